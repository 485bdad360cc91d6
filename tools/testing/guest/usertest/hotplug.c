// SPDX-License-Identifier: GPL-2.0
/* CPUs are taken away and come back, under processes that work on them */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define CPUS "/sys/devices/system/cpu/"

struct worker {
	volatile uint32_t rounds;
	volatile uint32_t bad;
};

static void work(void *arg)
{
	struct worker *w = arg;
	uint32_t buffer[256], pattern = getpid();

	for (;;) {
		fill(buffer, sizeof(buffer), pattern);
		sched_yield();
		if (differs(buffer, sizeof(buffer), pattern++) >= 0)
			__atomic_add_fetch(&w->bad, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&w->rounds, 1, __ATOMIC_SEQ_CST);
	}
}

static void pinned(void *arg)
{
	unsigned int cpu = 0;

	if (!pin(*(int *)arg))
		_exit(1);
	sched_yield();
	getcpu(&cpu, NULL);
	_exit(cpu == (unsigned int)*(int *)arg ? 0 : 2);
}

static void one(int cpu, struct worker *w)
{
	int before = online_cpus(), i;
	uint32_t rounds;
	char path[80];

	snprintf(path, sizeof(path), CPUS "cpu%d/online", cpu);
	for (i = 0; i < 3; i++) {
		if (!works(put(path, "0"), "CPU %d off", cpu))
			return;
		equal(online_cpus(), before - 1, "there is one less");
		equal_status(in_child(pinned, &cpu), EXITED(1), "nobody can run there");
		works(put(path, "1"), "CPU %d on", cpu);
		equal(online_cpus(), before, "it is back");
		equal_status(in_child(pinned, &cpu), 0, "and runs");
	}
	rounds = w->rounds;
	for (i = 0; i < 2000 && w->rounds == rounds; i++)
		usleep(1000);
	check(w->rounds != rounds && !w->bad, "processes went on, %u rounds", w->rounds);
}

static void area(void)
{
	struct worker *w = map_shared(PAGE);
	int n = online_cpus(), cpu, i;
	pid_t pids[8];

	if (refused("hotplug")) {
		check(put(CPUS "cpu1/online", "0") && (errno == ENOENT || errno == EPERM ||
		      errno == EACCES || errno == EBUSY || errno == EINVAL || errno == ENODEV ||
		      errno == EOPNOTSUPP), "CPU 1 off: refused, errno %d", errno);
		equal(online_cpus(), n, "all CPUs are there");
		return;
	}
	/* The one that booted stays. */
	check(put(CPUS "cpu0/online", "0") == -1, "CPU 0 cannot go");
	if (n < 2) {
		skip("one CPU", "CPUs off and on");
		return;
	}
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++)
		pids[i] = spawn(work, w);
	for (cpu = 1; cpu < n; cpu++)
		one(cpu, w);
	for (i = 0; i < (int)ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		wait_for(pids[i]);
	}
	munmap(w, PAGE);
}

const struct area area_hotplug = {
	"hotplug", "CPUs off and on, or the refusal of it", area, 60, true
};
