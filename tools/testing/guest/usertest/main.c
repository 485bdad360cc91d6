// SPDX-License-Identifier: GPL-2.0
/*
 * usertest: does a 32-bit kernel do for its processes what it has to?
 *
 *   usertest [OPTION...] [AREA...]
 *
 *   --list          the areas
 *   --refused=A,B   what this platform refuses: that is then tested to be
 *                   refused cleanly. README has the words
 *   --jobs N        N copies of each area at a time
 *   --rounds N      each of them N times over
 *   --seed N        for what is random; printed at the start
 *   --not=AREA,...  all areas but these
 *   --slow N        N times the time that an area may take
 *
 * Prints TAP. Exit status 0: all passed, 1: not so, 2: bad arguments.
 *
 * Each area runs in processes of its own, so that one that crashes or hangs is
 * one failure, and the others still run.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "runner.h"

#define MAX_JOBS	64

static const struct area *const areas[] = {
	&area_syscall, &area_process, &area_thread, &area_signal, &area_fault, &area_sigframe,
	&area_tls, &area_ldt, &area_vm86, &area_ioport, &area_ptrace, &area_hwbp, &area_memory,
	&area_cow, &area_churn, &area_sysv, &area_futex, &area_fpu, &area_time, &area_proc,
	&area_core, &area_hotplug, &area_oom,
	/* Last: it looks at what the others left in the kernel's log. */
	&area_log,
};

const char *self_path;
static int jobs = 1, rounds = 1, slow = 1;
static uint32_t seed;
static pid_t leader;

static void usage(const char *problem, const char *what)
{
	fprintf(stderr, "usertest: %s: %s; --list names the areas\n", problem, what);
	exit(2);
}

static const struct area *find(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if (strlen(areas[i]->name) == len && !strncmp(areas[i]->name, name, len))
			return areas[i];
	usage("no such area", name);
	return NULL;
}

static int number(const char *text, int max)
{
	char *end;
	long n = strtol(text, &end, 0);

	if (!*text || *end || n < 1 || n > max)
		usage("not a number that can be used", text);
	return n;
}

/* The area's processes are one group, so that one signal ends them all. */
static void too_long(int sig)
{
	(void)sig;
	if (leader)
		kill(-leader, SIGKILL);
}

static void run_job(const struct area *area, int job)
{
	for (run.job = job, run.round = 0; run.round < rounds; run.round++) {
		run.seed = mix(mix(seed, job), mix(run.round, (uintptr_t)area->name[0]));
		run.drawn = 0;
		area->run();
	}
	_exit(0);
}

static void run_area(const struct area *area)
{
	int n = area->alone ? 1 : jobs, i, status, before = run.shared->checks;
	unsigned int limit = area->seconds * n * rounds * slow;
	double start = now();
	pid_t pids[MAX_JOBS];
	bool timed_out;

	run.area = area->name;
	run.job = run.round = 0;
	run.shared->area_failed = 0;
	leader = 0;
	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			give_up("fork");
		if (!pids[i]) {
			setpgid(0, leader);
			run_job(area, i);
		}
		setpgid(pids[i], leader);
		if (!leader)
			leader = pids[0];
	}
	alarm(limit);
	for (i = 0; i < n; i++) {
		while (waitpid(pids[i], &status, 0) != pids[i])
			if (errno != EINTR)
				give_up("waitpid");
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 1 ||
		    (WEXITSTATUS(status) == 1 && !run.shared->area_failed))
			check(0, "job %d ended by itself: %s", i, status_text(status));
	}
	timed_out = !alarm(0);
	if (timed_out)
		check(0, "done within %u s", limit);
	/* What an area leaves behind would be load for the next one. */
	kill(-leader, SIGKILL);
	leader = 0;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	check(run.shared->checks > before, "checked something");
	if (n * rounds > 1)
		check(!run.shared->area_failed, "%d jobs, %d rounds, %d checks", n, rounds,
		      run.shared->checks - before);
	diag("%s: %.1f s", area->name, now() - start);
}

static const struct option options[] = {
	{ "list", no_argument, NULL, 'l' },
	{ "refused", required_argument, NULL, 'r' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "rounds", required_argument, NULL, 'n' },
	{ "seed", required_argument, NULL, 's' },
	{ "not", required_argument, NULL, 'x' },
	{ "slow", required_argument, NULL, 'w' },
	{ }
};

int main(int argc, char **argv)
{
	bool wanted[ARRAY_SIZE(areas)] = { }, some = false, out[ARRAY_SIZE(areas)] = { };
	struct utsname uts;
	const char *p;
	size_t i;
	int c;

	if (argc > 1 && !strcmp(argv[1], EXEC_CHILD))
		return exec_child(argc, argv);

	self_path = "/proc/self/exe";
	seed = time(NULL) ^ getpid() << 16;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'l':
			for (i = 0; i < ARRAY_SIZE(areas); i++)
				printf("%-10s %s\n", areas[i]->name, areas[i]->what);
			return 0;
		case 'r':
			run.refused = optarg;
			break;
		case 'j':
			jobs = number(optarg, MAX_JOBS);
			break;
		case 'n':
			rounds = number(optarg, 1000000);
			break;
		case 's':
			seed = number(optarg, 0x7fffffff);
			break;
		case 'w':
			slow = number(optarg, 100);
			break;
		case 'x':
			for (p = optarg; *p; p += strcspn(p, ","), p += *p == ',')
				for (i = 0; i < ARRAY_SIZE(areas); i++)
					out[i] |= areas[i] == find(p, strcspn(p, ","));
			break;
		default:
			usage("bad option", argv[optind - 1]);
		}
	}
	for (; optind < argc; optind++, some = true)
		for (i = 0; i < ARRAY_SIZE(areas); i++)
			wanted[i] |= areas[i] == find(argv[optind], strlen(argv[optind]));

	run.shared = map_shared(sizeof(*run.shared));
	signal(SIGALRM, too_long);
	/* Orphans come here and are reaped. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	uname(&uts);
	diag("usertest on %s %s %s, %d CPU, seed %u, refused: %s", uts.sysname, uts.release,
	     uts.machine, online_cpus(), seed, run.refused && *run.refused ? run.refused : "-");
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		if ((!some || wanted[i]) && !out[i])
			run_area(areas[i]);

	printf("1..%d\n", run.shared->tests);
	diag("%d checks, %d failed, %d skipped", run.shared->checks, run.shared->failed,
	     run.shared->skipped);
	return run.shared->failed || !run.shared->tests;
}
