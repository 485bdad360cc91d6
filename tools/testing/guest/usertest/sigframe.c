// SPDX-License-Identifier: GPL-2.0
/* What sigreturn restores: every register, and nothing that it must not */
#include <asm/ldt.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness.h"

/* registers.S has the offsets, too. */
struct cpu {
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, eflags, es, fs;
};
_Static_assert(offsetof(struct cpu, ebp) == 24 && offsetof(struct cpu, eflags) == 28 &&
	       offsetof(struct cpu, es) == 32 && offsetof(struct cpu, fs) == 36 &&
	       sizeof(struct cpu) == 40, "as in registers.S");

extern void spin_with(const struct cpu *want, struct cpu *got, volatile int *flag);
extern char spin_start[], spin_end[];

#define FLAG_CF		0x0001
#define FLAG_PF		0x0004
#define FLAG_AF		0x0010
#define FLAG_ZF		0x0040
#define FLAG_SF		0x0080
#define FLAG_DF		0x0400
#define FLAG_IF		0x0200
#define FLAG_OF		0x0800
#define FLAG_IOPL	0x3000
#define FLAG_NT		0x4000
#define FLAG_VM		0x20000
#define FLAG_AC		0x40000
#define FLAG_ID		0x200000
#define FLAGS_ARITH	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static volatile int flag, signals_seen, wanted_signals;
static struct cpu seen;
static unsigned int seen_ds, seen_ss, seen_cs, in_ds, in_es;
static bool in_spin;

static void look(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	asm volatile("movl %%ds, %0; movl %%es, %1" : "=r" (in_ds), "=r" (in_es));
	seen = (struct cpu){ r[REG_EAX], r[REG_EBX], r[REG_ECX], r[REG_EDX], r[REG_ESI],
			     r[REG_EDI], r[REG_EBP], r[REG_EFL], r[REG_ES] & 0xffff,
			     r[REG_FS] & 0xffff };
	seen_cs = r[REG_CS] & 0xffff;
	seen_ds = r[REG_DS] & 0xffff;
	seen_ss = r[REG_SS] & 0xffff;
	in_spin = (uintptr_t)r[REG_EIP] == (uintptr_t)spin_start;
	/* Spoil what the interrupted code has in its registers. */
	asm volatile("movl $-1, %%eax; movl %%eax, %%ecx; movl %%eax, %%edx; movl %%eax, %%esi;"
		     "movl %%eax, %%edi; addl %%eax, %%eax"
		     : : : "eax", "ecx", "edx", "esi", "edi", "cc");
	if (++signals_seen >= wanted_signals)
		flag = 1;
}

static void look_and_reload(int sig, siginfo_t *info, void *context)
{
	look(sig, info, context);
	asm volatile("movw %w0, %%fs" : : "r" (0));
}

static unsigned int new_slot(void *base)
{
	struct user_desc d = { .entry_number = -1, .base_addr = (uintptr_t)base, .limit = 0xfffff,
			       .seg_32bit = 1, .limit_in_pages = 1 };

	if (syscall(SYS_set_thread_area, &d))
		give_up("set_thread_area");
	return d.entry_number;
}

static void free_slot(unsigned int slot)
{
	struct user_desc d = { .entry_number = slot, .read_exec_only = 1, .seg_not_present = 1 };

	asm volatile("movw %w0, %%fs" : : "r" (0));
	syscall(SYS_set_thread_area, &d);
}

static void same(const struct cpu *got, const struct cpu *want, const char *what)
{
	uint32_t mask = FLAGS_ARITH | FLAG_DF | FLAG_IF | FLAG_IOPL | FLAG_ID | FLAG_AC;
	bool good = got->eax == want->eax && got->ebx == want->ebx && got->ecx == want->ecx &&
		got->edx == want->edx && got->esi == want->esi && got->edi == want->edi &&
		got->ebp == want->ebp && got->es == want->es && got->fs == want->fs &&
		!((got->eflags ^ want->eflags) & mask);

	if (!check(good, "%s", what)) {
		diag("        eax      ebx      ecx      edx      esi      edi      ebp      eflags   es   fs");
		diag("  want  %08x %08x %08x %08x %08x %08x %08x %08x %04x %04x", want->eax,
		     want->ebx, want->ecx, want->edx, want->esi, want->edi, want->ebp,
		     want->eflags & mask, want->es, want->fs);
		diag("  got   %08x %08x %08x %08x %08x %08x %08x %08x %04x %04x", got->eax,
		     got->ebx, got->ecx, got->edx, got->esi, got->edi, got->ebp,
		     got->eflags & mask, got->es, got->fs);
	}
}

static void by_timer(int rounds)
{
	struct itimerval every = { { 0, 1000 }, { 0, 1000 } }, off = { };
	struct sigaction act = { .sa_sigaction = look_and_reload, .sa_flags = SA_SIGINFO };
	static const uint32_t flags[] = {
		FLAG_CF | FLAG_AF, FLAG_PF | FLAG_ZF, FLAG_SF | FLAG_OF, FLAGS_ARITH, 0,
		FLAG_DF | FLAG_CF, FLAG_ID
	};
	unsigned int ds, slot;
	uint32_t memory = 0;
	struct cpu want, got;
	int i, tried = 0;

	asm("movl %%ds, %0" : "=r" (ds));
	slot = new_slot(&memory);
	sigaction(SIGALRM, &act, NULL);
	for (i = 0; i < rounds; i++) {
		want = (struct cpu){ random32(), random32(), random32(), random32(), random32(),
				     random32(), random32(),
				     flags[i % ARRAY_SIZE(flags)] | FLAG_IF | 2, ds,
				     slot * 8 + 3 };
		memset(&got, 0, sizeof(got));
		flag = 0;
		signals_seen = 0;
		wanted_signals = 3;
		setitimer(ITIMER_REAL, &every, NULL);
		spin_with(&want, &got, &flag);
		setitimer(ITIMER_REAL, &off, NULL);
		same(&got, &want, "registers, flags, es, fs behind three signals");
		/* Where all registers were as loaded, the frame has to say so. */
		if (in_spin) {
			tried++;
			same(&seen, &want, "and in the signal's frame");
		}
	}
	diag("%d of %d frames were built where all registers are known", tried, rounds);
	check(in_ds == ds && in_es == ds, "the handler has the usual ds and es");
	signal(SIGALRM, SIG_DFL);
	free_slot(slot);
}

/* A handler that changes registers changes them. */
static struct cpu to_be;

static void set_registers(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	r[REG_EAX] = to_be.eax;
	r[REG_EBX] = to_be.ebx;
	r[REG_ECX] = to_be.ecx;
	r[REG_EDX] = to_be.edx;
	r[REG_ESI] = to_be.esi;
	r[REG_EDI] = to_be.edi;
	r[REG_EFL] = to_be.eflags;
	/* Behind ud2 */
	r[REG_EIP] += 2;
}

static void from_handler(void)
{
	struct sigaction act = { .sa_sigaction = set_registers, .sa_flags = SA_SIGINFO };
	struct cpu got = { };
	uint32_t bad;

	sigaction(SIGILL, &act, NULL);
	to_be = (struct cpu){ random32(), random32(), random32(), random32(), random32(),
			      random32(), 0, FLAG_CF | FLAG_ZF | FLAG_OF | FLAG_IF | 2, 0, 0 };
	asm volatile("ud2; pushfl; popl %6"
		     : "=a" (got.eax), "=b" (got.ebx), "=c" (got.ecx), "=d" (got.edx),
		       "=S" (got.esi), "=D" (got.edi), "=m" (got.eflags) : : "memory", "cc");
	same(&got, &to_be, "registers and flags that a handler sets");

	/* What is the kernel's stays the kernel's. */
	to_be.eflags = FLAG_IOPL | FLAG_CF | 2;
	asm volatile("ud2; pushfl; popl %0" : "=m" (got.eflags)
		     : : "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
	bad = got.eflags;
	check(!(bad & FLAG_IOPL), "a frame does not give IOPL (eflags %#x)", bad);
	check(bad & FLAG_IF, "nor take interrupts away");
	check(bad & FLAG_CF, "while CF is taken");
	to_be.eflags = FLAG_VM | FLAG_IF | 2;
	asm volatile("ud2; pushfl; popl %0" : "=m" (got.eflags)
		     : : "eax", "ebx", "ecx", "edx", "esi", "edi", "memory", "cc");
	check(!(got.eflags & FLAG_VM), "and does not enter virtual 8086 mode");
	signal(SIGILL, SIG_DFL);
}

/* Frames that cannot be returned to: the process dies, and nobody else. */
struct spoil {
	const char *name;
	int reg;
	uint32_t value;
};

static const struct spoil spoils[] = {
	{ "cs 0", REG_CS, 0 },
	{ "cs 3", REG_CS, 3 },
	{ "cs beyond the GDT", REG_CS, 0xfff3 },
	{ "cs in no LDT", REG_CS, 0x0007 },
	{ "cs that is data", REG_CS, 0x10003 },
	{ "ss 0", REG_SS, 0 },
	{ "ss beyond the GDT", REG_SS, 0xfff3 },
	{ "ss in no LDT", REG_SS, 0x0007 },
	{ "ss that is code", REG_SS, 0x10003 },
	{ "ds beyond the GDT", REG_DS, 0xfff3 },
	{ "ds in no LDT", REG_DS, 0x0007 },
	{ "es that is no segment", REG_ES, 0xfffb },
	{ "eip in the kernel", REG_EIP, 0xc0000000 },
	{ "eip at the end of memory", REG_EIP, 0xffffffff },
	{ "esp 0", REG_ESP, 0 },
};

static const struct spoil *spoil;

static void spoil_frame(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint32_t value = spoil->value;

	(void)sig;
	(void)info;
	/* 0x10003: the other kind of segment */
	if (value == 0x10003)
		value = spoil->reg == REG_CS ? r[REG_SS] : r[REG_CS];
	r[spoil->reg] = value;
}

static volatile int after;

static void return_to_it(void *arg)
{
	struct sigaction act = { .sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO };

	spoil = arg;
	sigaction(SIGUSR1, &act, NULL);
	/* As the kernel loads them and nothing else: no return through libc */
	asm volatile("int $0x80; movl %%es:(%2), %%eax; movl (%2), %%eax; pushl %%eax; popl %%eax"
		     : : "a" (SYS_kill), "b" (getpid()), "S" (&after), "c" (SIGUSR1)
		     : "memory", "cc");
	_exit(0);
}

static void bad_frames(void)
{
	int status;
	bool good;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spoils); i++) {
		status = in_child(return_to_it, (void *)&spoils[i]);
		/* Null in a data segment's register harms where segments are checked. */
		good = (spoils[i].reg == REG_DS || spoils[i].reg == REG_ES) && refused("limits") ?
			!status : WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV ||
							  WTERMSIG(status) == SIGILL);
		check(good, "return to a frame with %s: %s", spoils[i].name, status_text(status));
	}
}

/* The frame itself is gone or nonsense. */
static void bad_sigreturn(void *arg)
{
	uint32_t esp = (uintptr_t)arg;

	asm volatile("movl %1, %%esp; int $0x80; hlt" : : "a" (SYS_rt_sigreturn), "r" (esp));
}

static void bad_old_sigreturn(void *arg)
{
	uint32_t esp = (uintptr_t)arg;

	asm volatile("movl %1, %%esp; int $0x80; hlt" : : "a" (SYS_sigreturn), "r" (esp));
}

static void seen_nowhere(int sig)
{
	_exit(sig);
}

/* No stack for a frame to be put on */
static void no_stack(void *arg)
{
	(void)arg;
	signal(SIGUSR1, seen_nowhere);
	asm volatile("movl $16, %%esp; int $0x80; hlt"
		     : : "a" (SYS_kill), "b" (getpid()), "c" (SIGUSR1));
}

/* gs in a frame is bad: it becomes 0, and that is no fault by itself. */
static void bad_gs(void *arg)
{
	static const struct spoil gs = { "gs", REG_GS, 0xfff3 };
	struct sigaction act = { .sa_sigaction = spoil_frame, .sa_flags = SA_SIGINFO };
	uint32_t got;

	(void)arg;
	spoil = &gs;
	sigaction(SIGUSR1, &act, NULL);
	asm volatile("int $0x80; movl %%gs, %0; cmpl $3, %0; ja 1f; xorl %%ebx, %%ebx;"
		     "1: movl $1, %%eax; int $0x80"
		     : "=&r" (got) : "a" (SYS_kill), "b" (getpid()), "c" (SIGUSR1) : "memory");
}

static void area(void)
{
	by_timer(40);
	from_handler();
	bad_frames();
	equal_status(in_child(bad_sigreturn, (void *)0x1000), SIGSEGV, "sigreturn without a frame");
	equal_status(in_child(bad_sigreturn, (void *)0xc0000000), SIGSEGV,
		     "sigreturn with a frame in the kernel");
	equal_status(in_child(bad_old_sigreturn, (void *)0x1000), SIGSEGV,
		     "old sigreturn without a frame");
	equal_status(in_child(no_stack, NULL), SIGSEGV, "a signal, and no stack for it");
	equal_status(in_child(bad_gs, NULL), 0, "a bad gs in a frame becomes null");
}

const struct area area_sigframe = {
	"sigframe", "signal frames: all registers, flags, segments, and broken ones", area, 60, false
};
