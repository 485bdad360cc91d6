// SPDX-License-Identifier: GPL-2.0
/* modify_ldt: a process's own segments, for data and for code */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness.h"
#include "segment.h"

#define READ_LDT	0
#define OLD_WRITE	1
#define READ_DEFAULT	2
#define WRITE_LDT	0x11
#define ENTRIES		8192
#define SWITCHES	300
#define CHANGES		500

struct far_pointer {
	uint32_t offset;
	uint16_t selector;
} __attribute__((packed));

extern uint32_t far_call(const struct far_pointer *target);
extern uint32_t stack_probe(uint32_t ss);
extern char far_target[], far_target_end[], far_loop[], far_kill[];
extern uint32_t far_pid, probe_esp;

static uint32_t memory[4][256];

static void try_far_call(void *target)
{
	far_call(target);
}

static long ldt(int what, void *p, unsigned long size)
{
	long ret = syscall(SYS_modify_ldt, what, p, size);

	/* The kernel's type is narrower than long on some. */
	return (int)ret;
}

static struct user_desc data(int entry, void *base)
{
	return (struct user_desc){ .entry_number = entry, .base_addr = (uintptr_t)base,
				   .limit = sizeof(memory[0]) - 1, .seg_32bit = 1 };
}

static struct user_desc code(int entry, uintptr_t base)
{
	return (struct user_desc){ .entry_number = entry, .base_addr = base, .limit = 0xfffff,
				   .seg_32bit = 1, .contents = 2, .limit_in_pages = 1 };
}

static long set(struct user_desc d)
{
	return ldt(WRITE_LDT, &d, sizeof(d));
}

static long clear(int entry)
{
	return set((struct user_desc){ .entry_number = entry, .read_exec_only = 1,
				       .seg_not_present = 1 });
}

static void refused_all(void)
{
	struct user_desc d = data(0, memory[0]);
	char buffer[64];

	refuses(ldt(WRITE_LDT, &d, sizeof(d)), ENOSYS, EINVAL, "writing the LDT");
	refuses(ldt(READ_LDT, buffer, sizeof(buffer)), ENOSYS, EINVAL, "reading the LDT");
	equal(d.entry_number, 0, "nothing was written");
}

static void arguments(void)
{
	struct user_desc d = data(0, memory[0]);
	char buffer[64];

	equal(ldt(READ_LDT, buffer, sizeof(buffer)), 0, "a new process has no LDT");
	memset(buffer, 0xff, sizeof(buffer));
	check(ldt(READ_DEFAULT, buffer, sizeof(buffer)) > 0 && !buffer[0] && !buffer[7],
	      "the default LDT is empty");
	fails(ldt(99, buffer, sizeof(buffer)), ENOSYS, "a function that is none");
	fails(ldt(WRITE_LDT, &d, sizeof(d) - 1), EINVAL, "a description of the wrong size");
	fails(ldt(WRITE_LDT, (void *)0xc0000000, sizeof(d)), EFAULT, "one in the kernel");
	d.entry_number = ENTRIES;
	fails(ldt(WRITE_LDT, &d, sizeof(d)), EINVAL, "an entry too far");
	d = data(0, memory[0]);
	d.contents = 3;
	fails(ldt(OLD_WRITE, &d, sizeof(d)), EINVAL, "a conforming code segment, the old way");
}

static void segments(void)
{
	static const int entries[] = { 0, 1, 2, 511, 512, 513, 4095, ENTRIES - 1 };
	static uint64_t table[ENTRIES];
	struct user_desc d;
	struct fault f;
	uint64_t want;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		fill(memory[i % 4], sizeof(memory[0]), i);
		if (!works(set(data(entries[i], memory[i % 4])), "data segment at entry %d",
			   entries[i]))
			continue;
		load_fs(LDT_SELECTOR(entries[i]));
		check(read_fs(0) == mix(i, 0) && read_fs(1020) == mix(i, 255), "is read by fs");
		write_fs(16, 0x99 + i);
		equal(memory[i % 4][4], 0x99 + i, "and written");
		check(segment_stops(&f, try_read_fs, (void *)1021), "up to its limit");
		load_fs(0);
	}
	memset(table, 0x55, sizeof(table));
	equal(ldt(READ_LDT, table, sizeof(table)), sizeof(table), "reading a full LDT");
	for (i = 0; i < ARRAY_SIZE(entries); i++) {
		/* Present, ring 3, writable data; 32 bits; limit 1023 in bytes */
		uint32_t base = (uintptr_t)memory[i % 4];

		want = 0x03ff | (uint64_t)(base & 0xffffff) << 16 | 0xf2ULL << 40 | 0x40ULL << 48 |
			(uint64_t)(base >> 24) << 56;
		/* The processor sets the accessed bit, the kernel may. */
		equal(table[entries[i]] & ~(1ULL << 40), want, "descriptor %d", entries[i]);
	}
	equal(table[3] | table[514] | table[ENTRIES - 2], 0, "other entries are empty");
	equal(ldt(READ_LDT, table, 24), 24, "reading three entries");

	d = data(5, memory[0]);
	d.read_exec_only = 1;
	works(set(d), "read-only data segment");
	load_fs(LDT_SELECTOR(5));
	check(!faults(&f, try_read_fs, NULL), "can be read");
	check(segment_stops(&f, try_write_fs, NULL), "and not written");
	load_fs(0);

	/* Expand-down: what is above the limit */
	d = data(6, memory[0]);
	d.contents = 1;
	d.limit = 511;
	works(set(d), "expand-down segment");
	load_fs(LDT_SELECTOR(6));
	check(!faults(&f, try_read_fs, (void *)512), "can be read above its limit");
	check(segment_stops(&f, try_read_fs, (void *)508), "and not below");
	load_fs(0);

	d = data(7, memory[0]);
	d.seg_not_present = 1;
	works(set(d), "a segment that is not present");
	check(faults(&f, try_load_fs, (void *)LDT_SELECTOR(7)) && f.sig == SIGBUS &&
	      f.trapno == 11 && f.err == (LDT_SELECTOR(7) & ~3), "its load faults: #NP, SIGBUS");
	check(faults(&f, try_load_fs, (void *)LDT_SELECTOR(100)) && f.sig == SIGSEGV &&
	      f.trapno == 13 && f.err == (LDT_SELECTOR(100) & ~3),
	      "the load of an empty entry: #GP, SIGSEGV");
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		works(clear(entries[i]), "clearing entry %d", entries[i]);
	check(faults(&f, try_load_fs, (void *)LDT_SELECTOR(0)) && f.trapno == 13,
	      "a cleared entry cannot be loaded");
	load_fs(0);
}

static volatile unsigned int handler_cs, frame_cs;

static void in_far_code(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	asm("movl %%cs, %0" : "=r" (handler_cs));
	frame_cs = ((ucontext_t *)context)->uc_mcontext.gregs[REG_CS] & 0xffff;
}

static void code_segments(void)
{
	struct sigaction act = { .sa_sigaction = in_far_code, .sa_flags = SA_SIGINFO };
	struct far_pointer target = { (uintptr_t)far_target, LDT_SELECTOR(10) };
	uint8_t *copy = map(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
	unsigned int cs;
	struct fault f;

	asm("movl %%cs, %0" : "=r" (cs));
	if (!works(set(code(10, 0)), "32-bit code segment, flat"))
		return;
	equal(far_call(&target), LDT_SELECTOR(10) << 16 | 0x4711, "lcall and lret");
	target.offset = (uintptr_t)far_loop;
	equal(far_call(&target), LDT_SELECTOR(10), "system calls by int $0x80 from there");

	far_pid = getpid();
	sigaction(SIGUSR1, &act, NULL);
	target.offset = (uintptr_t)far_kill;
	equal(far_call(&target), LDT_SELECTOR(10), "a signal there returns there");
	equal(frame_cs, LDT_SELECTOR(10), "its frame has the segment");
	equal(handler_cs, cs, "its handler has the usual one");
	signal(SIGUSR1, SIG_DFL);

	/* A base that is not 0, and a limit behind which there is nothing */
	memcpy(copy + 256, far_target, far_target_end - far_target);
	copy[512] = 0xcb;	/* lret */
	works(set((struct user_desc){ .entry_number = 11, .base_addr = (uintptr_t)copy + 256,
				      .limit = 99, .seg_32bit = 1, .contents = 2 }),
	      "code segment with a base, 100 bytes long");
	target = (struct far_pointer){ 0, LDT_SELECTOR(11) };
	equal(far_call(&target), LDT_SELECTOR(11) << 16 | 0x4711, "runs at its base");
	target.offset = 256;
	check(faults(&f, try_far_call, &target) && f.sig == SIGSEGV &&
	      f.trapno == 13, "a jump beyond its limit faults");
	/* A data segment cannot be called. */
	set(data(12, copy));
	target = (struct far_pointer){ 0, LDT_SELECTOR(12) };
	check(faults(&f, try_far_call, &target) && f.sig == SIGSEGV &&
	      f.err == (LDT_SELECTOR(12) & ~3), "a data segment is not called");
	clear(10);
	clear(11);
	clear(12);
	target = (struct far_pointer){ (uintptr_t)far_target, LDT_SELECTOR(10) };
	check(faults(&f, try_far_call, &target) && f.sig == SIGSEGV,
	      "nor is a cleared entry");
	munmap(copy, PAGE);
}

static void segments_of_16_bits(void)
{
	static uint32_t stack[0x4000] __attribute__((aligned(65536)));
	struct user_desc d = data(20, memory[0]);

	d.seg_32bit = 0;
	if (refused("ldt16")) {
		fails(set(d), EINVAL, "16-bit data segment");
		d.contents = 2;
		fails(set(d), EINVAL, "16-bit code segment");
		/* The old function, too; it must not leave half an entry. */
		fails(ldt(OLD_WRITE, &d, sizeof(d)), EINVAL, "16-bit segment, the old way");
		return;
	}
	fill(memory[0], sizeof(memory[0]), 3);
	works(set(d), "16-bit data segment");
	load_fs(LDT_SELECTOR(20));
	equal(read_fs(16), memory[0][4], "can be read");
	load_fs(0);
	/* On such a stack iret takes only 16 bits of esp: the kernel's to mend. */
	d = data(21, stack);
	d.seg_32bit = 0;
	d.limit = 0xffff;
	works(set(d), "16-bit stack segment");
	equal(stack_probe(LDT_SELECTOR(21)), probe_esp, "all of esp survives a system call");
	clear(20);
	clear(21);
}

struct switcher {
	uint32_t number, bad;
	int cpus[64], n_cpus;
};

/* The same entry, another base in each process */
static void switch_often(void *arg)
{
	struct switcher *s = arg;
	uint32_t mine[16];
	int i;

	fill(mine, sizeof(mine), s->number);
	if (set(data(30, mine)))
		_exit(2);
	load_fs(LDT_SELECTOR(30));
	for (i = 0; i < SWITCHES; i++) {
		if (i % 50 == 49)
			pin(s->cpus[(s->number + i / 50) % s->n_cpus]);
		else
			sched_yield();
		if (get_fs() != LDT_SELECTOR(30) || read_fs(0) != mix(s->number, 0) ||
		    read_fs(60) != mix(s->number, 15))
			_exit(1);
	}
	_exit(0);
}

static void switches(void)
{
	enum { N = 12 };
	struct switcher s = { };
	pid_t pids[N];
	int i, bad = 0;

	s.n_cpus = allowed_cpus(s.cpus, ARRAY_SIZE(s.cpus));
	for (i = 0; i < N; i++) {
		s.number = i;
		pids[i] = spawn(switch_often, &s);
	}
	for (i = 0; i < N; i++)
		bad += wait_for(pids[i]) != 0;
	equal(bad, 0, "%d processes, %d switches each", N, SWITCHES);
}

static void inherited(void *arg)
{
	(void)arg;
	if (get_fs() != LDT_SELECTOR(40) || read_fs(0) != mix(9, 0))
		_exit(1);
	/* The child's LDT is its own. */
	if (set(data(40, memory[2])))
		_exit(2);
	load_fs(LDT_SELECTOR(40));
	_exit(read_fs(0) == mix(10, 0) ? 0 : 3);
}

static void exec_child_without(void *arg)
{
	char *const argv[] = { "usertest", EXEC_CHILD, "ldt", NULL };

	(void)arg;
	load_fs(0);
	execv(self_path, argv);
	_exit(99);
}

static volatile int stage;

static void *other_thread(void *arg)
{
	uint32_t *seen = arg;

	while (stage != 1)
		sched_yield();
	load_fs(LDT_SELECTOR(40));
	seen[0] = read_fs(0);
	stage = 2;
	while (stage != 3)
		sched_yield();
	load_fs(LDT_SELECTOR(40));
	seen[1] = read_fs(0);
	load_fs(0);
	return NULL;
}

/* With the pattern 9; memory[2] is another base for it, with 10 */
static void segment_to_change(int entry)
{
	fill(memory[1], sizeof(memory[1]), 9);
	fill(memory[2], sizeof(memory[2]), 10);
	works(set(data(entry, memory[1])), "a segment");
}

static void shared(void)
{
	int cpus[64], n = allowed_cpus(cpus, ARRAY_SIZE(cpus));
	uint32_t seen[2] = { };
	pthread_t thread;
	cpu_set_t old;

	sched_getaffinity(0, sizeof(old), &old);
	segment_to_change(40);
	load_fs(LDT_SELECTOR(40));
	equal_status(in_child(inherited, NULL), 0, "a child inherits the LDT, and changes its copy");
	equal(read_fs(0), mix(9, 0), "the parent's is unchanged");
	equal_status(in_child(exec_child_without, NULL), 0, "a program starts without LDT");
	load_fs(0);

	/* Threads have one LDT. The other one runs on another CPU if there is one. */
	pin(cpus[n - 1]);
	pthread_create(&thread, NULL, other_thread, seen);
	pin(cpus[0]);
	stage = 1;
	while (stage != 2)
		sched_yield();
	works(set(data(40, memory[2])), "another base while a thread uses the segment");
	stage = 3;
	pthread_join(thread, NULL);
	stage = 0;
	equal(seen[0], mix(9, 0), "a thread sees the LDT of the other");
	equal(seen[1], mix(10, 0), "and its change");
	sched_setaffinity(0, sizeof(old), &old);
	clear(40);
}

struct changed {
	int cpu;
	volatile bool stop;
	uint32_t rounds, bad;
};

/* Gives the CPU to others whenever it can. */
static void *yields(void *arg)
{
	struct changed *c = arg;
	uint32_t value;

	pin(c->cpu);
	for (; !c->stop; c->rounds++) {
		load_fs(LDT_SELECTOR(41));
		value = read_fs(0);
		c->bad += value != mix(9, 0) && value != mix(10, 0);
		sched_yield();
	}
	load_fs(0);
	return NULL;
}

static void yields_for_ever(void *arg)
{
	pin(*(int *)arg);
	for (;;)
		sched_yield();
}

/*
 * A CPU that switches from a task to one of another process is not interrupted meanwhile; the LDT
 * that it leaves goes when it does not use it any more.
 */
static void changed_in_switches(void)
{
	int cpus[64], n = allowed_cpus(cpus, ARRAY_SIZE(cpus)), i, bad = 0;
	struct changed c = { .cpu = cpus[n - 1] };
	pthread_t thread;
	cpu_set_t old;
	pid_t other;

	sched_getaffinity(0, sizeof(old), &old);
	segment_to_change(41);
	other = spawn(yields_for_ever, &c.cpu);
	pthread_create(&thread, NULL, yields, &c);
	pin(cpus[0]);
	for (i = 0; i < CHANGES; i++) {
		bad += set(data(41, memory[1 + i % 2])) != 0;
		if (n == 1)
			sched_yield();
	}
	c.stop = true;
	pthread_join(thread, NULL);
	kill(other, SIGKILL);
	wait_for(other);
	equal(bad + c.bad, 0, "%d changes while a thread and another process take turns", CHANGES);
	check(c.rounds > 0, "%u turns", c.rounds);
	sched_setaffinity(0, sizeof(old), &old);
	clear(41);
}

static void in_use(void)
{
	struct fault f;

	/* Cleared while loaded: the selector cannot come back after a switch. */
	set(data(50, memory[1]));
	load_fs(LDT_SELECTOR(50));
	clear(50);
	usleep(1000);
	faults(&f, try_read_fs, NULL);
	check(!get_fs() || f.sig == SIGSEGV, "a segment that is cleared while loaded is gone");
	load_fs(0);
}

static void all(void *arg)
{
	(void)arg;
	arguments();
	segments();
	code_segments();
	segments_of_16_bits();
	switches();
	shared();
	changed_in_switches();
	in_use();
}

static void area(void)
{
	if (refused("ldt"))
		refused_all();
	else
		/* In a process that has never had an LDT */
		equal_status(in_child(all, NULL), 0, "with a new LDT");
}

const struct area area_ldt = {
	"ldt", "modify_ldt: data and code segments over switches, fork, exec", area, 60, false
};
