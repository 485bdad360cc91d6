// SPDX-License-Identifier: GPL-2.0
/* Futexes: waiting and waking, requeueing, priority inheritance, robust lists */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static int futex(uint32_t *word, int op, uint32_t value, void *timeout, uint32_t *second,
		 uint32_t third)
{
	return syscall(SYS_futex, word, op, value, timeout, second, third);
}

static uint32_t *words;

static void waits(void *arg)
{
	uint32_t *word = arg;

	__atomic_add_fetch(&words[100], 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
		futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
	__atomic_add_fetch(&words[101], 1, __ATOMIC_SEQ_CST);
	_exit(0);
}

static void until(uint32_t *word, uint32_t value)
{
	double end = now() + 20;

	while (__atomic_load_n(word, __ATOMIC_SEQ_CST) != value && now() < end)
		usleep(1000);
}

static void simple(void)
{
	struct timespec soon = { .tv_nsec = 30000000 };
	pid_t pids[8];
	int i, bad = 0;
	double start;

	words[0] = 5;
	fails(futex(words, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN, "another value than expected");
	start = now();
	fails(futex(words, FUTEX_WAIT, 5, &soon, NULL, 0), ETIMEDOUT, "nobody wakes");
	check(now() - start >= 0.029, "it waited as long as it should");
	equal(futex(words, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "nobody to wake");
	fails(futex((uint32_t *)((uintptr_t)words + 1), FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL,
	      "a word that is not aligned");
	fails(futex((uint32_t *)0xc0000000, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT,
	      "a word in the kernel");
	fails(futex((uint32_t *)16, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT, "a word nowhere");
	fails(futex(words, 99, 0, NULL, NULL, 0), ENOSYS, "an operation that is none");

	words[0] = words[100] = words[101] = 0;
	for (i = 0; i < 8; i++)
		pids[i] = spawn(waits, words);
	until(&words[100], 8);
	usleep(50000);
	words[0] = 1;
	/* Some may not sleep yet; those see the word. */
	i = futex(words, FUTEX_WAKE, 3, NULL, NULL, 0);
	check(i >= 0 && i <= 3, "three are woken, %d", i);
	futex(words, FUTEX_WAKE, 100, NULL, NULL, 0);
	for (i = 0; i < 8; i++)
		bad += wait_for(pids[i]) != 0;
	check(!bad && words[101] == 8, "and the others");
}

static void waits_once(void *arg)
{
	__atomic_add_fetch(&words[100], 1, __ATOMIC_SEQ_CST);
	_exit(futex(arg, FUTEX_WAIT, 0, NULL, NULL, 0) ? 1 : 0);
}

static void waits_for_bit(void *arg)
{
	__atomic_add_fetch(&words[100], 1, __ATOMIC_SEQ_CST);
	_exit(futex(words, FUTEX_WAIT_BITSET, 0, NULL, NULL, (uintptr_t)arg) ? 1 : 0);
}

static int wake_until(uint32_t *word, int op, uint32_t want, uint32_t bits)
{
	double end = now() + 20;
	uint32_t woken = 0;

	while (woken < want && now() < end) {
		woken += futex(word, op, want - woken, NULL, NULL, bits);
		usleep(1000);
	}
	return woken;
}

static void requeueing(void)
{
	pid_t pids[4];
	int i, bad = 0, n;

	words[0] = words[1] = words[100] = 0;
	for (i = 0; i < 4; i++)
		pids[i] = spawn(waits_once, words);
	until(&words[100], 4);
	usleep(100000);
	fails(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)3, words + 1, 9), EAGAIN,
	      "requeue with another value");
	n = futex(words, FUTEX_CMP_REQUEUE, 1, (void *)3, words + 1, 0);
	equal(n, 4, "one is woken, three are moved");
	equal(futex(words, FUTEX_WAKE, 9, NULL, NULL, 0), 0, "nobody is left at the first word");
	equal(wake_until(words + 1, FUTEX_WAKE, 3, 0), 3, "they are at the second");
	for (i = 0; i < 4; i++)
		bad += wait_for(pids[i]) != 0;
	equal(bad, 0, "all of them woke");

	words[100] = 0;
	pids[0] = spawn(waits_for_bit, (void *)1);
	pids[1] = spawn(waits_for_bit, (void *)2);
	until(&words[100], 2);
	usleep(100000);
	equal(futex(words, FUTEX_WAKE_BITSET, 9, NULL, NULL, 4), 0, "no waiter for this bit");
	equal(wake_until(words, FUTEX_WAKE_BITSET, 1, 2), 1, "one for that");
	equal_status(wait_for(pids[1]), 0, "the right one");
	equal(wake_until(words, FUTEX_WAKE_BITSET, 1, 1), 1, "and the other");
	equal_status(wait_for(pids[0]), 0, "too");

	/* Add 5 to the second word; wake there if it was 7 */
	words[1] = 7;
	equal(futex(words, FUTEX_WAKE_OP, 1, (void *)1, words + 1,
		    FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 7)), 0, "FUTEX_WAKE_OP");
	equal(words[1], 12, "changes the second word");
}

struct locked {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	uint32_t count, inside, bad;
};

static void make_lock(struct locked *l, int protocol, int robust)
{
	pthread_mutexattr_t attr;
	pthread_condattr_t cond;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setprotocol(&attr, protocol);
	pthread_mutexattr_setrobust(&attr, robust);
	if (pthread_mutex_init(&l->mutex, &attr))
		give_up("a mutex");
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&l->cond, &cond);
}

static void contend(void *arg)
{
	struct locked *l = arg;
	int i;

	for (i = 0; i < 300; i++) {
		if (pthread_mutex_lock(&l->mutex))
			_exit(1);
		l->bad += l->inside++;
		l->count++;
		if (i % 4 == 0)
			sched_yield();
		l->inside--;
		pthread_mutex_unlock(&l->mutex);
	}
	_exit(0);
}

static void contention(struct locked *l, const char *what)
{
	pid_t pids[8];
	int i, bad = 0;

	l->count = l->inside = l->bad = 0;
	for (i = 0; i < 8; i++)
		pids[i] = spawn(contend, l);
	for (i = 0; i < 8; i++)
		bad += wait_for(pids[i]) != 0;
	check(!bad && l->count == 2400 && !l->bad, "%s: 8 processes, 2400 times", what);
}

static void die_inside(void *arg)
{
	struct locked *l = arg;

	pthread_mutex_lock(&l->mutex);
	l->inside = 1;
	kill(getpid(), SIGKILL);
}

static void robust(struct locked *l, const char *what)
{
	equal_status(in_child(die_inside, l), SIGKILL, "%s: an owner is killed", what);
	equal(pthread_mutex_lock(&l->mutex), EOWNERDEAD, "%s: the next one is told", what);
	equal(pthread_mutex_consistent(&l->mutex), 0, "%s: mends it", what);
	equal(pthread_mutex_unlock(&l->mutex), 0, "%s: unlocks", what);
	equal(pthread_mutex_lock(&l->mutex), 0, "%s: locks as usual", what);
	pthread_mutex_unlock(&l->mutex);
}

static void alternate(void *arg)
{
	struct locked *l = arg;
	int i;

	pthread_mutex_lock(&l->mutex);
	for (i = 0; i < 200; i++) {
		while (l->count % 2 == 0)
			pthread_cond_wait(&l->cond, &l->mutex);
		l->count++;
		pthread_cond_signal(&l->cond);
	}
	pthread_mutex_unlock(&l->mutex);
	_exit(0);
}

static void conditions(struct locked *l)
{
	pid_t pid;
	int i;

	l->count = 0;
	pid = spawn(alternate, l);
	pthread_mutex_lock(&l->mutex);
	for (i = 0; i < 200; i++) {
		while (l->count % 2)
			pthread_cond_wait(&l->cond, &l->mutex);
		l->count++;
		pthread_cond_signal(&l->cond);
	}
	pthread_mutex_unlock(&l->mutex);
	equal_status(wait_for(pid), 0, "a condition variable, 200 times there and back");
	equal(l->count, 400, "all turns were taken");
}

/* The kernel's own locking, word by word */
static void raw_pi(void)
{
	uint32_t tid = syscall(SYS_gettid), *word = words + 50;

	*word = 0;
	if (!works(futex(word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), "FUTEX_LOCK_PI"))
		return;
	equal(*word, tid, "the word is the owner's number");
	fails(futex(word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK, "a second time");
	works(futex(word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), "FUTEX_UNLOCK_PI");
	equal(*word, 0, "the word is free");
	fails(futex(word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM, "unlocking what is not ours");
	*word = 0x3ffffff0;
	fails(futex(word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH, "an owner that is no process");
}

/* The waiter's priority is lent to the owner. */
static volatile int inherited_stage;
static pthread_mutex_t pi_mutex;

static int priority_of(pid_t tid)
{
	char path[64], *text, *p;
	int i, priority;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	text = slurp(path);
	p = text ? strrchr(text, ')') : NULL;
	/* The 18th field; ')' ends the second one. */
	for (i = 2; p && i < 18; i++)
		p = strchr(p + 1, ' ');
	priority = p ? atoi(p + 1) : 0;
	free(text);
	return priority;
}

static void *waiter(void *arg)
{
	struct sched_param param = { .sched_priority = 42 };

	(void)arg;
	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &param))
		inherited_stage = -1;
	else
		inherited_stage = 1;
	pthread_mutex_lock(&pi_mutex);
	pthread_mutex_unlock(&pi_mutex);
	return NULL;
}

static void inheritance(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;
	int i, priority = 0;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&pi_mutex, &attr);
	inherited_stage = 0;
	pthread_mutex_lock(&pi_mutex);
	pthread_create(&thread, NULL, waiter, NULL);
	for (i = 0; i < 2000 && priority != -43; i++) {
		usleep(1000);
		priority = priority_of(getpid());
	}
	equal(priority, -43, "the owner has the priority of who waits");
	pthread_mutex_unlock(&pi_mutex);
	pthread_join(thread, NULL);
	check(inherited_stage == 1 && priority_of(getpid()) >= 0, "and loses it by unlocking");
}

static void area(void)
{
	struct locked *l = map_shared(PAGE);

	words = map_shared(PAGE);
	simple();
	requeueing();
	make_lock(l, PTHREAD_PRIO_NONE, PTHREAD_MUTEX_ROBUST);
	contention(l, "robust mutex");
	robust(l, "robust mutex");
	conditions(l);
	if (refused("pi")) {
		fails(futex(words, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ENOSYS, "FUTEX_LOCK_PI");
	} else {
		raw_pi();
		make_lock(l + 1, PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_ROBUST);
		contention(l + 1, "mutex with priority inheritance");
		robust(l + 1, "robust mutex with priority inheritance");
		inheritance();
	}
	munmap(l, PAGE);
	munmap(words, PAGE);
}

const struct area area_futex = {
	"futex", "futexes between processes: wait, requeue, PI, robust", area, 60, false
};
