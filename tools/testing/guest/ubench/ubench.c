// SPDX-License-Identifier: GPL-2.0
/*
 * ubench: what the kernel's most frequent work costs, in instructions
 *
 *   ubench [ROUNDS [ROW...]]
 *
 * Each row does one thing a fixed number of times between two markers
 * (marker.h), ROUNDS times over.  Time is not looked at: a plugin of QEMU
 * counts.  On the console goes what ubench.py needs to know of the rows.
 *
 * One source for 32 and 64 bits, and no C library: the same work for both, and
 * none that is not the kernel's.
 */
#include "marker.h"

typedef unsigned long ulong;
typedef unsigned int uint;

#define PAGE		4096ul
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NULL		((void *)0)
#define noinline	__attribute__((noinline, noclone))

#define ADDR_NO_RANDOMIZE	0x40000ul

/* What a process has touched, so that there is something to copy for fork */
#define WORKING_SET	(64 * PAGE)

#ifdef __x86_64__
enum {
	SYS_READ = 0, SYS_WRITE = 1, SYS_MMAP = 9, SYS_MUNMAP = 11, SYS_PIPE = 22,
	SYS_EXECVE = 59, SYS_EXIT = 60, SYS_WAIT4 = 61, SYS_GETPPID = 110, SYS_CLONE = 56,
	SYS_CLOSE = 3, SYS_SETAFFINITY = 203, SYS_PERSONALITY = 135,
};

static long call6(long nr, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f)
{
	register ulong r10 asm("r10") = d, r8 asm("r8") = e, r9 asm("r9") = f;
	long ret;

	asm volatile("syscall" : "=a" (ret)
		     : "a" (nr), "D" (a), "S" (b), "d" (c), "r" (r10), "r" (r8), "r" (r9)
		     : "rcx", "r11", "memory");
	return ret;
}
#define BITS			"64"
#else
enum {
	SYS_READ = 3, SYS_WRITE = 4, SYS_MMAP = 192, SYS_MUNMAP = 91, SYS_PIPE = 42,
	SYS_EXECVE = 11, SYS_EXIT = 1, SYS_WAIT4 = 114, SYS_GETPPID = 64, SYS_CLONE = 120,
	SYS_CLOSE = 6, SYS_SETAFFINITY = 241, SYS_PERSONALITY = 136,
};

/* The vDSO's entry, as the C library takes it */
__attribute__((used)) static ulong entry;

/* The sixth argument is in ebp: nothing that a compiler lets one do in C. */
long call6(long nr, ulong a, ulong b, ulong c, ulong d, ulong e, ulong f);

asm(".globl call6\ncall6: pushl %ebx; pushl %esi; pushl %edi; pushl %ebp;"
	"movl 20(%esp), %eax; movl 24(%esp), %ebx; movl 28(%esp), %ecx; movl 32(%esp), %edx;"
	"movl 36(%esp), %esi; movl 40(%esp), %edi; movl 44(%esp), %ebp;"
	"call *entry;"
	"popl %ebp; popl %edi; popl %esi; popl %ebx; ret");
#define BITS			"32"
#endif

static long call(long nr, ulong a, ulong b, ulong c)
{
	return call6(nr, a, b, c, 0, 0, 0);
}

static ulong length(const char *text)
{
	ulong n = 0;

	while (text[n])
		n++;
	return n;
}

static void say(const char *text)
{
	call(SYS_WRITE, 1, (ulong)text, length(text));
}

static void say_number(ulong n)
{
	char text[24], *p = text + sizeof(text);

	*--p = 0;
	do {
		*--p = '0' + n % 10;
		n /= 10;
	} while (n);
	say(p);
}

static void leave(int status)
{
	for (;;)
		call(SYS_EXIT, status, 0, 0);
}

static void need(int good, const char *what)
{
	if (good)
		return;
	say("ubench: failed: ");
	say(what);
	say("\n");
	leave(1);
}

static char working_set[WORKING_SET], *self;

static long fork(void)
{
	return call6(SYS_CLONE, 17 /* SIGCHLD */, 0, 0, 0, 0, 0);
}

static void wait_for(long pid)
{
	int status = -1;

	need(call6(SYS_WAIT4, pid, (ulong)&status, 0, 0, 0, 0) == pid && !status, "wait");
}

static char *map(ulong size)
{
	ulong p = call6(SYS_MMAP, 0, size, 3 /* read, write */, 0x22 /* private, anonymous */,
			-1, 0);

	need(p < -PAGE, "mmap");
	return (char *)p;
}

static void full(int write, int fd, char *buffer, ulong size)
{
	long n;

	while (size) {
		n = call(write ? SYS_WRITE : SYS_READ, fd, (ulong)buffer, size);
		need(n > 0, "pipe");
		buffer += n;
		size -= n;
	}
}

/* ------------------------------------------------------------------------- */
/* The rows.  prepare and finish are not counted. */

static char *region;
static int to[2], from[2];
static long partner;
static char block[65536];

static noinline void nothing(void)
{
	asm volatile("" : : : "memory");
}

static noinline void null_call(void)
{
	call(SYS_GETPPID, 0, 0, 0);
}

static void pipes(void)
{
	need(!call(SYS_PIPE, (ulong)to, 0, 0) && !call(SYS_PIPE, (ulong)from, 0, 0), "pipe");
}

static void close_pipes(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		call(SYS_CLOSE, to[i], 0, 0);
		call(SYS_CLOSE, from[i], 0, 0);
	}
}

/*
 * Others that are there meanwhile, more of them in each round: what finding a place in
 * per-CPU memory costs is chance, some percent of fork and exit by what has been
 * allocated before.
 */
#define CROWD_STEP	3

static ulong round;
static long crowd[256];

static void crowd_prepare(void)
{
	ulong i;
	char c;

	need(round * CROWD_STEP <= ARRAY_SIZE(crowd), "fewer rounds");
	pipes();
	for (i = 0; i < round * CROWD_STEP; i++) {
		crowd[i] = fork();
		need(crowd[i] >= 0, "fork");
		if (crowd[i])
			continue;
		call(SYS_CLOSE, to[1], 0, 0);
		call(SYS_READ, to[0], (ulong)&c, 1);
		leave(0);
	}
}

static void crowd_finish(void)
{
	ulong i;

	close_pipes();
	for (i = 0; i < round * CROWD_STEP; i++)
		wait_for(crowd[i]);
}

static noinline void fork_exit(void)
{
	long pid = fork();

	need(pid >= 0, "fork");
	if (!pid)
		leave(0);
	wait_for(pid);
}

static noinline void fork_exec(void)
{
	char *const argv[] = { self, "-", NULL }, *const envp[] = { NULL };
	long pid = fork();

	need(pid >= 0, "fork");
	if (!pid) {
		call(SYS_EXECVE, (ulong)self, (ulong)argv, (ulong)envp);
		leave(9);
	}
	wait_for(pid);
}

#define FAULTS	256ul

static void fault_prepare(void)
{
	/* As many pages as there are operations, in page tables that are there */
	region = map((FAULTS + 1) * PAGE);
	region[FAULTS * PAGE] = 1;
}

static noinline void fault(void)
{
	*(volatile char *)region = 1;
	region += PAGE;
}

static void fault_finish(void)
{
	call(SYS_MUNMAP, (ulong)region - FAULTS * PAGE, (FAULTS + 1) * PAGE, 0);
}

static void end_partner(void)
{
	close_pipes();
	wait_for(partner);
}

/* The other process: reads size bytes, answers one, until nobody writes. */
static void start_partner(ulong size)
{
	char c = 1;
	ulong got;
	long n;

	pipes();
	partner = fork();
	need(partner >= 0, "fork");
	if (partner)
		return;
	call(SYS_CLOSE, to[1], 0, 0);
	for (;;) {
		for (got = 0; got < size; got += n) {
			n = call(SYS_READ, to[0], (ulong)block, size - got);
			if (n <= 0)
				leave(0);
		}
		full(1, from[1], &c, 1);
	}
}

static void switch_prepare(void)
{
	start_partner(1);
}

static void pipe_prepare(void)
{
	start_partner(sizeof(block));
}

static noinline void switch_twice(void)
{
	char c = 0;

	full(1, to[1], &c, 1);
	full(0, from[0], &c, 1);
}

static noinline void map_touch(void)
{
	char *p = map(16 * PAGE);
	int i;

	for (i = 0; i < 16; i++)
		*(volatile char *)(p + i * PAGE) = 1;
	call(SYS_MUNMAP, (ulong)p, 16 * PAGE, 0);
}

static noinline void pipe_block(void)
{
	char c;

	full(1, to[1], block, sizeof(block));
	full(0, from[0], &c, 1);
}

#define ROW(row_name, id, n, before, after, body)		\
static noinline void row_##row_name(void)			\
{								\
	ulong i;						\
								\
	MARK(MARK_BEGIN, id);					\
	for (i = 0; i < (n); i++)				\
		body();						\
	MARK(MARK_END, id);					\
}

static void none(void)
{
}

/* name, id, operations, what is done around them, the operation */
#define ROWS(r)								\
	r(empty, 1, 1000, none, none, nothing)				\
	r(null_syscall, 2, 1000, none, none, null_call)			\
	r(fork_exit, 3, 50, crowd_prepare, crowd_finish, fork_exit)	\
	r(fork_exec, 4, 50, crowd_prepare, crowd_finish, fork_exec)	\
	r(page_fault, 5, FAULTS, fault_prepare, fault_finish, fault)	\
	r(context_switch, 6, 200, switch_prepare, end_partner, switch_twice) \
	r(mmap_touch_munmap, 7, 100, none, none, map_touch)		\
	r(pipe_64k, 8, 50, pipe_prepare, end_partner, pipe_block)

ROWS(ROW)

struct row {
	const char *name;
	uint id, operations;
	void (*prepare)(void);
	void (*finish)(void);
	void (*run)(void);
};

#define ENTRY(name, id, n, before, after, body) { #name, id, n, before, after, row_##name },
static const struct row rows[] = { ROWS(ENTRY) };

static int same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static ulong parse(const char *text)
{
	ulong n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + *text++ - '0';
	return n;
}

static int wanted(int argc, char **argv, const char *name)
{
	int i;

	for (i = 2; i < argc; i++)
		if (same(argv[i], name))
			return 1;
	return argc <= 2;
}

__attribute__((used)) int bench_main(ulong *stack)
{
	int argc = stack[0];
	char **argv = (char **)stack + 1;
	ulong *aux = stack + argc + 2, rounds, i, old;
	static ulong first_cpu[16] = { 1 };

	while (*aux++)
		;
	for (; aux[0]; aux += 2) {
#ifndef __x86_64__
		if (aux[0] == 32 /* AT_SYSINFO */)
			entry = aux[1];
#endif
		if (aux[0] == 31 /* AT_EXECFN */)
			self = (char *)aux[1];
	}
	/* What row fork_exec executes */
	if (argc > 1 && same(argv[1], "-"))
		return 0;

	/*
	 * Where stack and mappings lie decides how many page tables there are:
	 * without chance in it, and it starts anew with the first program.
	 */
	old = call(SYS_PERSONALITY, -1u, 0, 0);
	if (!(old & ADDR_NO_RANDOMIZE)) {
		call(SYS_PERSONALITY, old | ADDR_NO_RANDOMIZE, 0, 0);
		call(SYS_EXECVE, (ulong)self, (ulong)argv, (ulong)(argv + argc + 1));
		need(0, "execution of itself");
	}

	rounds = argc > 1 ? parse(argv[1]) : 5;
	need(rounds, "number of rounds");
	call(SYS_SETAFFINITY, 0, sizeof(ulong), (ulong)first_cpu);
	for (i = 0; i < WORKING_SET; i += PAGE)
		working_set[i] = 1;
	for (i = 0; i < sizeof(block); i += PAGE)
		block[i] = 1;
	say("ubench: " BITS " bits\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!wanted(argc, argv, rows[i].name))
			continue;
		say("ubench: row ");
		say_number(rows[i].id);
		say(" ");
		say(rows[i].name);
		say(" ");
		say_number(rows[i].operations);
		say("\n");
		/* One round more: the first one fills caches of all kinds. */
		for (round = 0; round <= rounds; round++) {
			rows[i].prepare();
			rows[i].run();
			rows[i].finish();
		}
	}
	say("ubench: end\n");
	return 0;
}

/* The kernel enters with a stack that has argc on top. */
#ifdef __x86_64__
asm(".globl _start\n_start: movq %rsp, %rdi; andq $-16, %rsp; call bench_main;"
	"movl %eax, %edi; movl $60, %eax; syscall; hlt");
#else
asm(".globl _start\n_start: movl %esp, %eax; andl $-16, %esp; subl $12, %esp; pushl %eax;"
	"call bench_main; movl %eax, %ebx; movl $1, %eax; int $0x80; hlt");
#endif
