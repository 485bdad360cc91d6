// SPDX-License-Identifier: GPL-2.0
/* set_thread_area: descriptors of the GDT that each thread has its own of */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"
#include "segment.h"

#define SWITCHES	300

static int set(struct user_desc *d)
{
	return syscall(SYS_set_thread_area, d);
}

static int get(struct user_desc *d)
{
	return syscall(SYS_get_thread_area, d);
}

static struct user_desc flat_at(void *base, int slot)
{
	return (struct user_desc){ .entry_number = slot, .base_addr = (uintptr_t)base,
				   .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1 };
}

static int clear(int slot)
{
	struct user_desc d = { .entry_number = slot, .read_exec_only = 1, .seg_not_present = 1 };

	load_fs(0);
	return set(&d);
}

static void slots(void)
{
	static uint32_t memory[4][64];
	struct user_desc d[3], back;
	int i, n, mine = get_gs() >> 3;

	check((get_gs() & 7) == 3 && mine >= 6, "the C library has a descriptor in gs: %#x",
	      get_gs());
	/* There are three, one of them is taken. */
	for (n = 0; n < 3; n++) {
		fill(memory[n], sizeof(memory[n]), n);
		d[n] = flat_at(memory[n], -1);
		if (set(&d[n]))
			break;
	}
	equal(n, 2, "two more can be had");
	check(errno == ESRCH, "the next is refused with ESRCH");
	for (i = 0; i < n; i++) {
		load_fs(GDT_SELECTOR(d[i].entry_number));
		check(read_fs(0) == mix(i, 0) && read_fs(252) == mix(i, 63), "slot %d by fs",
		      d[i].entry_number);
		equal(read_fs(-(4 * 64 * i)), memory[0][0],
		      "slot %d: a negative offset wraps around", d[i].entry_number);
		write_fs(8, 0x1000 + i);
		equal(memory[i][2], 0x1000 + i, "slot %d: writing", d[i].entry_number);
		back = (struct user_desc){ .entry_number = d[i].entry_number };
		check(!get(&back) && !memcmp(&back, &d[i], sizeof(back)),
		      "get_thread_area of slot %d", d[i].entry_number);
	}

	/* The selector stays loaded while the descriptor changes. */
	d[0].base_addr = (uintptr_t)memory[3];
	memory[3][0] = 0xabcdef;
	load_fs(GDT_SELECTOR(d[0].entry_number));
	works(set(&d[0]), "a slot in use changes");
	sched_yield();
	load_fs(GDT_SELECTOR(d[0].entry_number));
	equal(read_fs(0), 0xabcdef, "and has its new base");
	for (i = 0; i < n; i++)
		works(clear(d[i].entry_number), "slot %d is cleared", d[i].entry_number);
	back = (struct user_desc){ .entry_number = d[0].entry_number };
	check(!get(&back) && back.seg_not_present && back.read_exec_only, "and empty then");
}

static void bad_slots(void)
{
	static const int bad[] = { 0, 1, 2, 5, 9, 15, 26, 31, 32, 100, 8191, -2 };
	struct user_desc d;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		d = flat_at(NULL, bad[i]);
		fails(set(&d), EINVAL, "set_thread_area of entry %d", bad[i]);
		fails(get(&d), EINVAL, "get_thread_area of entry %d", bad[i]);
	}
	fails(set((void *)0xc0000000), EFAULT, "set_thread_area from the kernel's memory");
	fails(get((void *)16), EFAULT, "get_thread_area to nowhere");
	d = flat_at(NULL, -1);
	d.contents = 2;
	fails(set(&d), EINVAL, "a code segment");
	d = flat_at(NULL, -1);
	d.seg_32bit = 0;
	fails(set(&d), EINVAL, "a 16-bit segment");
}

static void limits(void)
{
	static uint8_t memory[2 * PAGE] __attribute__((aligned(4096)));
	struct user_desc d = flat_at(memory, -1);
	struct fault f;
	int slot;

	d.limit = 99;
	d.limit_in_pages = 0;
	if (!works(set(&d), "a segment of 100 bytes"))
		return;
	slot = d.entry_number;
	load_fs(GDT_SELECTOR(slot));
	check(!faults(&f, try_read_fs, (void *)96), "its last word can be read");
	check(segment_stops(&f, try_read_fs, (void *)97), "the byte behind cannot");
	check(segment_stops(&f, try_read_fs, (void *)-4), "nor what is below");

	load_fs(0);
	d.read_exec_only = 1;
	works(set(&d), "a read-only segment");
	load_fs(GDT_SELECTOR(slot));
	check(!faults(&f, try_read_fs, NULL), "can be read");
	check(segment_stops(&f, try_write_fs, NULL), "and not written");

	load_fs(0);
	d = flat_at(memory, slot);
	d.limit = 0;
	works(set(&d), "a segment of one page");
	load_fs(GDT_SELECTOR(slot));
	check(!faults(&f, try_read_fs, (void *)(PAGE - 4)), "its end can be read");
	check(segment_stops(&f, try_read_fs, (void *)(PAGE - 3)), "and no more");

	load_fs(0);
	d.seg_not_present = 1;
	fails(set(&d), EINVAL, "a segment that is not present");
	clear(slot);
	check(faults(&f, try_load_fs, (void *)GDT_SELECTOR(slot)) && f.sig == SIGSEGV,
	      "loading a cleared slot faults");
}

/* Many that switch, each with its own base at the same selector */
struct switcher {
	uint32_t number;
	int slots[2];
	int cpus[64], n_cpus;
	uint32_t bad;
	uint32_t memory[2][16];
};

static void *switch_often(void *arg)
{
	struct switcher *s = arg;
	struct user_desc d;
	unsigned int gs = get_gs();
	int i, k;

	for (k = 0; k < 2; k++) {
		fill(s->memory[k], sizeof(s->memory[k]), s->number * 2 + k);
		d = flat_at(s->memory[k], s->slots[k]);
		s->bad += !!set(&d);
	}
	for (i = 0; i < SWITCHES; i++) {
		k = i & 1;
		load_fs(GDT_SELECTOR(s->slots[k]));
		if (i % 50 == 49)
			pin(s->cpus[(s->number + i / 50) % s->n_cpus]);
		else
			sched_yield();
		if (get_fs() != GDT_SELECTOR((unsigned int)s->slots[k]) || get_gs() != gs) {
			s->bad++;
			load_fs(GDT_SELECTOR(s->slots[k]));
		}
		s->bad += read_fs(0) != mix(s->number * 2 + k, 0) ||
			read_fs(60) != mix(s->number * 2 + k, 15);
	}
	/* A selector of 0 has to stay, too. */
	load_fs(0);
	sched_yield();
	s->bad += get_fs() != 0;
	return NULL;
}

static void many_threads(struct switcher *model)
{
	enum { N = 12 };
	static struct switcher s[N];
	pthread_t threads[N];
	uint32_t bad = 0;
	int i;

	for (i = 0; i < N; i++) {
		s[i] = *model;
		s[i].number = 100 + i;
		if (pthread_create(&threads[i], NULL, switch_often, &s[i]))
			give_up("pthread_create");
	}
	for (i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		bad += s[i].bad;
	}
	equal(bad, 0, "%d threads, %d switches each: fs, gs, two slots", N, SWITCHES);
}

static void switch_and_tell(void *arg)
{
	struct switcher *s = arg;

	switch_often(s);
	_exit(s->bad ? 1 : 0);
}

static void many_processes(struct switcher *model)
{
	enum { N = 12 };
	pid_t pids[N];
	int i, bad = 0;

	for (i = 0; i < N; i++) {
		model->number = i;
		pids[i] = spawn(switch_and_tell, model);
	}
	for (i = 0; i < N; i++)
		bad += wait_for(pids[i]) != 0;
	equal(bad, 0, "%d processes, %d switches each", N, SWITCHES);
}

static void inherited(void *arg)
{
	unsigned int selector = *(unsigned int *)arg;

	_exit(get_fs() == selector && read_fs(0) == 0x11223344 ? 0 : 1);
}

static int with_own_gs(void *arg)
{
	uint32_t got;

	(void)arg;
	asm volatile("movl %%gs:-8, %0" : "=r" (got));
	return got == 0x55667788 ? 0 : 1;
}

/* What clone with CLONE_SETTLS does, without the C library: it would use gs. */
static void by_clone(void)
{
	char *stack = map(4 * PAGE, PROT_READ | PROT_WRITE);
	uint32_t *tls = map_shared(PAGE);
	struct user_desc d = flat_at(tls + 512, get_gs() >> 3);
	int status = -1;
	pid_t pid;

	tls[510] = 0x55667788;
	/* The C library's function would look for the thread there. */
	tls[512] = (uintptr_t)(tls + 512);
	tls[512 + 4] = auxv(32);
	pid = clone(with_own_gs, stack + 4 * PAGE, CLONE_SETTLS | SIGCHLD, NULL, NULL, &d,
		    NULL);
	if (pid > 0)
		status = wait_for(pid);
	equal_status(status, 0, "CLONE_SETTLS: gs with a negative offset in the new process");
	munmap(tls, PAGE);
	munmap(stack, 4 * PAGE);
}

static __thread uint32_t negative[4] = { 1, 2, 3, 4 };

static void area(void)
{
	static uint32_t word = 0x11223344;
	struct switcher model = { };
	struct user_desc d[2];
	unsigned int selector;
	uint32_t got;
	int i;

	slots();
	bad_slots();
	limits();

	/* A variable of the thread lies below what gs:0 points to. */
	asm("movl %%gs:0, %0" : "=r" (got));
	check((uintptr_t)negative < got, "thread-local variables have negative offsets");
	asm("movl %%gs:(%1), %0" : "=r" (got) : "r" ((uintptr_t)&negative[2] - got));
	equal(got, 3, "and are reached through gs");

	for (i = 0; i < 2; i++) {
		d[i] = flat_at(&word, -1);
		if (set(&d[i]))
			give_up("set_thread_area");
		model.slots[i] = d[i].entry_number;
	}
	selector = GDT_SELECTOR(d[0].entry_number);
	load_fs(selector);
	equal_status(in_child(inherited, &selector), 0, "a child inherits slot and selector");
	model.n_cpus = allowed_cpus(model.cpus, ARRAY_SIZE(model.cpus));
	many_processes(&model);
	many_threads(&model);
	load_fs(selector);
	equal(read_fs(0), 0x11223344, "the parent's slot is as it was");
	for (i = 0; i < 2; i++)
		clear(d[i].entry_number);
	by_clone();
}

const struct area area_tls = {
	"tls", "set_thread_area, fs and gs over context switches", area, 60, false
};
