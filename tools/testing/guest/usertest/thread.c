// SPDX-License-Identifier: GPL-2.0
/* Threads: clone with shared memory, the C library's threads, affinity */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#define THREADS		16
#define LOOPS		2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int plain, atomic;
static __thread uint32_t own[64];

static void *count(void *arg)
{
	uint32_t pattern = (uintptr_t)arg;
	int i, bad = 0;

	fill(own, sizeof(own), pattern);
	for (i = 0; i < LOOPS; i++) {
		pthread_mutex_lock(&lock);
		plain++;
		pthread_mutex_unlock(&lock);
		__atomic_add_fetch(&atomic, 1, __ATOMIC_SEQ_CST);
		if (i % 16 == 0)
			sched_yield();
		if (i % 100 == 0)
			bad += differs(own, sizeof(own), pattern) >= 0;
	}
	return (void *)(uintptr_t)(bad ? 0xdead : pattern ^ 0x55);
}

static void counters(void)
{
	pthread_t threads[THREADS];
	int i, bad = 0;
	void *ret;

	plain = atomic = 0;
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, (void *)(uintptr_t)(i * 977 + 1)))
			give_up("pthread_create");
	for (i = 0; i < THREADS; i++)
		bad += pthread_join(threads[i], &ret) ||
			ret != (void *)(uintptr_t)((i * 977 + 1) ^ 0x55);
	equal(bad, 0, "%d threads keep their own variables and return values", THREADS);
	equal(plain, THREADS * LOOPS, "a counter behind a mutex");
	equal(atomic, THREADS * LOOPS, "an atomic counter");
}

static void *leave(void *arg)
{
	return arg;
}

static void come_and_go(void)
{
	pthread_t thread;
	int i, bad = 0;
	void *ret;

	for (i = 0; i < 500; i++) {
		if (pthread_create(&thread, NULL, leave, (void *)(uintptr_t)i))
			give_up("pthread_create number %d", i);
		bad += pthread_join(thread, &ret) || ret != (void *)(uintptr_t)i;
	}
	equal(bad, 0, "500 threads one after the other");
}

struct raw {
	volatile int word, value, tid;
};

static int raw_thread(void *arg)
{
	struct raw *raw = arg;

	raw->value = 0x4711;
	while (raw->word != 2)
		sched_yield();
	return 9;
}

static void by_clone(void)
{
	char *stack = map(16 * PAGE, PROT_READ | PROT_WRITE);
	static struct raw raw;
	int status;
	pid_t pid;

	raw = (struct raw){ .word = 1 };
	pid = clone(raw_thread, stack + 16 * PAGE, CLONE_VM | CLONE_FS | CLONE_FILES |
		    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, &raw, &raw.word, NULL,
		    &raw.tid);
	if (!works(pid, "clone with shared memory, and no thread of the C library"))
		return;
	/* PARENT_SETTID wrote the number before the child ran. */
	equal(raw.word, pid, "CLONE_PARENT_SETTID");
	raw.tid = pid;
	raw.word = 2;
	while (raw.tid)
		syscall(SYS_futex, &raw.tid, FUTEX_WAIT, pid, NULL, NULL, 0);
	check(!raw.tid, "CLONE_CHILD_CLEARTID clears, and wakes who waits");
	status = wait_for(pid);
	equal_status(status, EXITED(9), "its exit status");
	equal(raw.value, 0x4711, "it wrote to our memory");
	fails(clone(raw_thread, stack + PAGE, CLONE_THREAD, &raw), EINVAL,
	      "CLONE_THREAD without CLONE_SIGHAND");
	munmap(stack, 16 * PAGE);
}

static void exit_all(void *arg)
{
	pthread_t thread;
	int i;

	(void)arg;
	for (i = 0; i < 4; i++)
		pthread_create(&thread, NULL, count, NULL);
	/* exit_group ends those that are still busy. */
	_exit(6);
}

static void *exec_from(void *arg)
{
	char *const argv[] = { "usertest", EXEC_CHILD, "fpu", NULL };

	(void)arg;
	execv(self_path, argv);
	_exit(97);
}

static void exec_in_thread(void *arg)
{
	pthread_t thread;

	(void)arg;
	pthread_create(&thread, NULL, count, NULL);
	pthread_create(&thread, NULL, exec_from, NULL);
	for (;;)
		pause();
}

static void migrate(void)
{
	int cpus[64], n = allowed_cpus(cpus, ARRAY_SIZE(cpus)), i, bad = 0;
	unsigned int cpu;
	uint32_t pattern = random32();
	cpu_set_t old;

	sched_getaffinity(0, sizeof(old), &old);
	fill(own, sizeof(own), pattern);
	for (i = 0; i < 200; i++) {
		if (!pin(cpus[i % n]))
			give_up("affinity to CPU %d", cpus[i % n]);
		bad += syscall(SYS_getcpu, &cpu, NULL, NULL) || cpu != (unsigned int)cpus[i % n] ||
			differs(own, sizeof(own), pattern) >= 0;
	}
	equal(bad, 0, "200 moves between %d CPU", n);
	sched_setaffinity(0, sizeof(old), &old);
	fails(pin(1000) ? 0 : -1, EINVAL, "affinity to a CPU that is not there");
}

static void area(void)
{
	counters();
	come_and_go();
	by_clone();
	equal_status(in_child(exit_all, NULL), EXITED(6), "exit_group with threads that run");
	equal_status(in_child(exec_in_thread, NULL), EXITED(0), "exec from a second thread");
	migrate();
}

const struct area area_thread = {
	"thread", "clone, threads, thread-local variables, affinity", area, 120, false
};
