// SPDX-License-Identifier: GPL-2.0
/* Processes take memory until one of them is killed; everything else lives on */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

/* One process has 3 GiB of addresses at most: a big machine takes several. */
#define EACH	(1024 * MIB)
#define CHUNK	(4 * MIB)
#define MAX	64

static long number_in(const char *file, const char *name)
{
	char *text = slurp(file), *p = text ? strstr(text, name) : NULL;
	long n = p ? atol(p + strlen(name)) : -1;

	free(text);
	return n;
}

static void hog(void *arg)
{
	int full = *(int *)arg;
	size_t got = 0;
	char *p;

	put("/proc/self/oom_score_adj", "500");
	while (got < EACH) {
		p = mmap(NULL, CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED) {
			usleep(10000);
			continue;
		}
		fill(p, CHUNK, got);
		got += CHUNK;
	}
	if (write(full, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void area(void)
{
	long before = number_in("/proc/meminfo", "MemAvailable:"), after = 0;
	long kills = number_in("/proc/vmstat", "oom_kill "), more;
	uint32_t *mine = map(MIB, PROT_READ | PROT_WRITE);
	int fds[2], n = 0, i, status = 0, killed = 0;
	pid_t pids[MAX], pid;
	char c;

	if (pipe(fds))
		give_up("pipe");
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	fill(mine, MIB, 99);
	while (!killed && n < MAX) {
		pids[n++] = spawn(hog, &fds[1]);
		/* Until it has its share, or somebody is killed. */
		for (;;) {
			pid = waitpid(-1, &status, WNOHANG);
			if (pid > 0) {
				killed++;
				for (i = 0; i < n; i++)
					if (pids[i] == pid)
						pids[i] = 0;
				break;
			}
			if (read(fds[0], &c, 1) == 1)
				break;
			usleep(10000);
		}
	}
	check(killed, "a process was ended, %d had started", n);
	equal_status(status, SIGKILL, "by SIGKILL");
	for (i = 0; i < n; i++) {
		if (pids[i]) {
			kill(pids[i], SIGKILL);
			wait_for(pids[i]);
		}
	}
	more = number_in("/proc/vmstat", "oom_kill ") - kills;
	check(more >= 1, "the kernel counts it: %ld", more);
	equal(differs(mine, MIB, 99), -1, "the parent has its memory");
	/* Freeing is done in part by the killed process, in part by the reaper. */
	for (i = 0; i < 500; i++) {
		after = number_in("/proc/meminfo", "MemAvailable:");
		if (after > before - before / 10 - 1024)
			break;
		usleep(10000);
	}
	check(after > before - before / 10 - 1024,
	      "the memory comes back: %ld KiB available before, %ld after", before, after);
	munmap(mine, MIB);
	close(fds[0]);
	close(fds[1]);
}

const struct area area_oom = {
	"oom", "memory is used up, one process is killed, the others live", area, 120, true
};
