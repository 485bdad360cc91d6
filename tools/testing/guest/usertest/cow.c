// SPDX-License-Identifier: GPL-2.0
/* Copy on write after fork, in all its orders */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PAGES	512u
#define SIZE	(PAGES * PAGE)

struct work {
	char *p;
	uint32_t pattern;
	int depth;
};

/* Each generation changes every third page, and finds the others as they were. */
static void generation(void *arg)
{
	struct work *w = arg, mine = *w;
	uint32_t i, bad = 0;

	for (i = 0; i < PAGES; i++)
		if (i % 3 == (uint32_t)w->depth % 3)
			fill(w->p + i * PAGE, PAGE, mix(w->pattern + w->depth, i));
	if (w->depth < 6) {
		mine.depth = w->depth + 1;
		bad += in_child(generation, &mine) != 0;
	}
	for (i = 0; i < PAGES; i++) {
		/* Who wrote this page last? */
		int by = w->depth;

		while (by >= 0 && i % 3 != (uint32_t)by % 3)
			by--;
		bad += differs(w->p + i * PAGE, PAGE, by < 0 ? mix(w->pattern, i) :
			       mix(w->pattern + by, i)) >= 0;
	}
	if (w->depth)
		_exit(bad ? 1 : 0);
	equal(bad, 0, "seven generations, each writing a third of the pages");
}

static void generations(void)
{
	struct work w = { map(SIZE, RW), random32() & 0xffff, 0 };
	uint32_t i;

	for (i = 0; i < PAGES; i++)
		fill(w.p + i * PAGE, PAGE, mix(w.pattern, i));
	generation(&w);
	munmap(w.p, SIZE);
}

/* Parent and child write the same pages at the same time. */
static void race(void)
{
	char *p = map(SIZE, RW);
	int round, bad = 0;
	uint32_t i;
	pid_t pid;

	for (round = 0; round < 10; round++) {
		fill(p, SIZE, round);
		pid = fork();
		if (pid < 0)
			give_up("fork");
		for (i = 0; i < PAGES; i++)
			fill(p + i * PAGE, PAGE, mix(round + (pid ? 100 : 200), i));
		for (i = 0; i < PAGES; i++)
			bad += differs(p + i * PAGE, PAGE,
				       mix(round + (pid ? 100 : 200), i)) >= 0;
		if (!pid)
			_exit(bad ? 1 : 0);
		bad += wait_for(pid) != 0;
	}
	equal(bad, 0, "parent and child write at once, 10 times");
	munmap(p, SIZE);
}

static void read_only_stays(void *arg)
{
	struct fault f;

	_exit(write_faults(&f, arg) && f.code == SEGV_ACCERR ? 0 : 1);
}

static void kernel_writes(void *arg)
{
	char *p = arg;
	int fds[2];

	/* read() has to make the copy, as a write by the process would. */
	if (pipe(fds) || write(fds[1], "child", 5) != 5 || read(fds[0], p + 10, 5) != 5)
		_exit(1);
	_exit(!memcmp(p + 10, "child", 5) ? 0 : 2);
}

static void zero_page(void)
{
	char *p = map(SIZE, RW);
	uint32_t i, sum = 0, bad = 0;

	/* Read first: all pages are the one zero page. */
	for (i = 0; i < PAGES; i++)
		sum += p[i * PAGE];
	for (i = 0; i < PAGES; i += 2)
		p[i * PAGE] = 1;
	for (i = 0; i < PAGES; i++)
		bad += p[i * PAGE] != (i % 2 ? 0 : 1) || p[i * PAGE + 1];
	check(!sum && !bad, "the zero page is copied when written to");
	munmap(p, SIZE);
}

static void leaves(void *arg)
{
	(void)arg;
}

static void lone_owner(void)
{
	char *p = map(SIZE, RW);
	int i, bad = 0;

	/* The child is gone: the parent's pages are its own again. */
	for (i = 0; i < 20; i++) {
		fill(p, SIZE, i);
		bad += in_child(leaves, NULL) != 0;
		bad += differs(p, SIZE, i) >= 0;
	}
	equal(bad, 0, "20 children that write nothing");
	munmap(p, SIZE);
}

static void area(void)
{
	char *p;
	int fd;

	generations();
	race();
	zero_page();
	lone_owner();

	p = map(PAGE, RW);
	memcpy(p + 10, "first", 5);
	equal_status(in_child(kernel_writes, p), 0, "read() into a shared page");
	check(!memcmp(p + 10, "first", 5), "does not change the parent's");
	mprotect(p, PAGE, PROT_READ);
	equal_status(in_child(read_only_stays, p), 0, "a read-only page is not copied");
	munmap(p, PAGE);

	/* A program's own data is a private mapping of its file. */
	fd = open("/proc/self/exe", O_RDONLY);
	p = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	check(p != MAP_FAILED && !memcmp(p, "\x7f" "ELF", 4), "private mapping of the program");
	p[0] = 0;
	in_child(kernel_writes, p);
	check(!p[0] && !memcmp(p + 1, "ELF", 3), "written to, with a child");
	munmap(p, PAGE);
	close(fd);
}

const struct area area_cow = {
	"cow", "copy on write over fork", area, 60, false
};
