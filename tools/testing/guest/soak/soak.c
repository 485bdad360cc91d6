// SPDX-License-Identifier: GPL-2.0
/*
 * Work that checks itself, for a guest to which something is done meanwhile
 *
 *	soak [--disk=DEVICE] [--echo=ADDRESS:PORT] DIRECTORY
 *
 * Each worker is a process that does one thing round after round and compares. Ten
 * times a second DIRECTORY/status says how far they are:
 *
 *	NAME ROUNDS FAILURES
 *
 * a line each, and DIRECTORY/log what was wrong. When DIRECTORY/stop is there, all of
 * them end, the same lines go to standard output, and the exit status is 0 only if
 * each has done a round and none has failed. So whoever runs it sees after each
 * event that every worker still advances.
 */
#include <arpa/inet.h>
#include <asm/ldt.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define NSEC		1000000000LL
#define MAX_WORKERS	32
#define BLOCK		65536
#define DISK_BLOCKS	16		/* of the disk, from its start */
#define SLEEP		20000000	/* of the sleeper, in ns */
#define LDT_SLOT	600		/* on the second page */

struct worker {
	char name[16];
	void (*round)(struct worker *w, uint64_t number);
	int cpu;			/* to stay on, or -1 */
	int fd;				/* disk or connection */
	pid_t pid;
	volatile uint64_t rounds, failures;
};

static struct shared {
	volatile int stop;
	int n;
	struct worker workers[MAX_WORKERS];
	/* The latest time that any CPU has seen: guarded by lock */
	volatile int lock;
	volatile long long latest[2];
} *shared;

static FILE *logfile;
static uint8_t want[BLOCK], got[BLOCK];

static void fail(struct worker *w, const char *fmt, ...)
{
	va_list args;

	w->failures++;
	fprintf(logfile, "%s, round %llu: ", w->name, (unsigned long long)w->rounds);
	va_start(args, fmt);
	vfprintf(logfile, fmt, args);
	va_end(args);
	fputc('\n', logfile);
	fflush(logfile);
}

static void fill(void *buffer, size_t size, uint64_t seed)
{
	uint32_t *p = buffer, x = seed * 2654435761u + 12345;
	size_t i;

	for (i = 0; i < size / sizeof(*p); i++) {
		x = x * 1664525 + 1013904223;
		p[i] = x;
	}
}

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

/* ---- Workers ---- */

/* Clocks are one for all CPUs: what one sees after another is not earlier. */
static void see_clocks(struct worker *w, uint64_t number)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	unsigned int i;
	long long t;

	(void)number;
	while (__sync_lock_test_and_set(&shared->lock, 1))
		sched_yield();
	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		t = now(clocks[i]);
		if (t < shared->latest[i])
			fail(w, "clock %d went back by %lld ns", clocks[i], shared->latest[i] - t);
		shared->latest[i] = t;
	}
	__sync_lock_release(&shared->lock);
	usleep(1000);
}

static void sleep_some(struct worker *w, uint64_t number)
{
	struct timespec t = { .tv_nsec = SLEEP };
	long long start = now(CLOCK_MONOTONIC), slept;

	(void)number;
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
	slept = now(CLOCK_MONOTONIC) - start;
	if (slept < SLEEP)
		fail(w, "slept %lld ns instead of %d", slept, SLEEP);
}

/* The same numbers each time, whoever has used the registers meanwhile */
static void calculate(struct worker *w, uint64_t number)
{
	static long double first;
	long double x = 0.3L;
	int i;

	for (i = 0; i < 20000; i++)
		x = 3.99L * x * (1 - x);
	if (!number)
		first = x;
	if (x != first)
		fail(w, "%.20Lg instead of %.20Lg", x, first);
}

/* A child changes its copy of our memory; ours stays. */
static void have_child(struct worker *w, uint64_t number)
{
	static uint8_t ours[4 * BLOCK];
	int status;
	pid_t pid;

	fill(ours, sizeof(ours), number);
	pid = fork();
	if (!pid) {
		memset(ours, number, sizeof(ours));
		_exit(ours[BLOCK] == (uint8_t)number && ours[sizeof(ours) - 1] == (uint8_t)number ?
		      number & 0x3f : 99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return fail(w, "fork: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != (number & 0x3f))
		fail(w, "the child ended with %#x", status);
	fill(want, BLOCK, number);
	if (memcmp(ours, want, BLOCK))
		fail(w, "the child has changed our memory");
}

static void map_some(struct worker *w, uint64_t number)
{
	uint32_t *p = mmap(NULL, 4 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);

	if (p == MAP_FAILED)
		return fail(w, "mmap: %s", strerror(errno));
	fill(p, 4 * BLOCK, number);
	p = mremap(p, 4 * BLOCK, 8 * BLOCK, MREMAP_MAYMOVE);
	if (p == MAP_FAILED)
		return fail(w, "mremap: %s", strerror(errno));
	fill(want, BLOCK, number);
	if (memcmp(p, want, BLOCK) || p[8 * BLOCK / 4 - 1])
		fail(w, "memory is not what was written");
	munmap(p, 8 * BLOCK);
}

static void use_file(struct worker *w, uint64_t number)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);

	fill(want, BLOCK, number);
	if (fd < 0 || write(fd, want, BLOCK) != BLOCK || fsync(fd) ||
	    pread(fd, got, BLOCK, 0) != BLOCK)
		fail(w, "file: %s", strerror(errno));
	else if (memcmp(want, got, BLOCK))
		fail(w, "the file has something else");
	close(fd);
}

/* What was written in the round before, too, so that it has been on the disk for a while */
static void use_disk(struct worker *w, uint64_t number)
{
	uint64_t back;

	fill(want, BLOCK, number);
	if (pwrite(w->fd, want, BLOCK, number % DISK_BLOCKS * BLOCK) != BLOCK || fsync(w->fd) ||
	    posix_fadvise(w->fd, 0, 0, POSIX_FADV_DONTNEED))
		return fail(w, "writing: %s", strerror(errno));
	for (back = 0; back <= 1 && back <= number; back++) {
		fill(want, BLOCK, number - back);
		if (pread(w->fd, got, BLOCK, (number - back) % DISK_BLOCKS * BLOCK) != BLOCK)
			fail(w, "reading: %s", strerror(errno));
		else if (memcmp(want, got, BLOCK))
			fail(w, "block of round %llu has something else",
			     (unsigned long long)(number - back));
	}
}

/* One connection for all rounds */
static void have_echo(struct worker *w, uint64_t number)
{
	size_t size = 64 + number * 977 % 8192, have = 0;
	ssize_t n;

	fill(want, sizeof(want), number);
	if (write(w->fd, want, size) != (ssize_t)size)
		return fail(w, "sending: %s", strerror(errno));
	while (have < size) {
		n = read(w->fd, got + have, size - have);
		if (n <= 0)
			return fail(w, "receiving: %s", n ? strerror(errno) : "closed");
		have += n;
	}
	if (memcmp(want, got, size))
		fail(w, "another echo");
	usleep(10000);
}

/* To another process and back */
static void pass_on(struct worker *w, uint64_t number)
{
	static int to[2], from[2];
	uint64_t answer;

	if (!number) {
		if (pipe(to) || pipe(from))
			return fail(w, "pipe: %s", strerror(errno));
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			while (read(to[0], &answer, sizeof(answer)) == sizeof(answer)) {
				answer = ~answer;
				if (write(from[1], &answer, sizeof(answer)) < 0)
					break;
			}
			_exit(0);
		}
	}
	if (write(to[1], &number, sizeof(number)) != sizeof(number) ||
	    read(from[0], &answer, sizeof(answer)) != sizeof(answer) || answer != ~number)
		fail(w, "no answer, or a wrong one");
}

/* An LDT of two pages, and a segment that stays loaded while others run */
static void use_ldt(struct worker *w, uint64_t number)
{
	static volatile uint32_t data[2];
	struct user_desc desc = {
		.entry_number = LDT_SLOT, .base_addr = (uintptr_t)data, .limit = sizeof(data) - 1,
		.seg_32bit = 1,
	};
	uint16_t selector = LDT_SLOT << 3 | 7;
	uint32_t seen;

	if (!number && syscall(SYS_modify_ldt, 1, &desc, sizeof(desc)))
		return fail(w, "modify_ldt: %s", strerror(errno));
	if (!number)
		asm volatile("movw %0, %%fs" : : "r" (selector));
	data[1] = number;
	usleep(1000);
	asm volatile("movl %%fs:4, %0" : "=r" (seen));
	if (seen != (uint32_t)number)
		fail(w, "the segment has %u", seen);
}

/* ---- */

static struct worker *add(const char *name, void (*round)(struct worker *w, uint64_t number))
{
	struct worker *w = &shared->workers[shared->n++];

	snprintf(w->name, sizeof(w->name), "%s", name);
	w->round = round;
	w->cpu = w->fd = -1;
	return w;
}

static void add_clocks(void)
{
	cpu_set_t set;
	char name[16];
	int cpu;

	sched_getaffinity(0, sizeof(set), &set);
	for (cpu = 0; cpu < 8; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		snprintf(name, sizeof(name), "clocks-%d", cpu);
		add(name, see_clocks)->cpu = cpu;
	}
}

static int connected(char *where)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	char *port = strchr(where, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (!port)
		return -1;
	*port++ = 0;
	a.sin_port = htons(atoi(port));
	if (inet_pton(AF_INET, where, &a.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)))
		return -1;
	return fd;
}

static void start(struct worker *w)
{
	cpu_set_t set;
	uint64_t i;
	pid_t pid = fork();

	if (pid) {
		w->pid = pid;
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (w->cpu >= 0) {
		CPU_ZERO(&set);
		CPU_SET(w->cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	for (i = 0; !shared->stop; i++) {
		w->round(w, i);
		w->rounds = i + 1;
	}
	_exit(0);
}

static void print_status(FILE *out)
{
	int i;

	for (i = 0; i < shared->n; i++)
		fprintf(out, "%s %llu %llu\n", shared->workers[i].name,
			(unsigned long long)shared->workers[i].rounds,
			(unsigned long long)shared->workers[i].failures);
}

static void write_status(void)
{
	FILE *out = fopen("status.new", "w");

	if (!out)
		return;
	print_status(out);
	fclose(out);
	rename("status.new", "status");
}

static void usage(void)
{
	fprintf(stderr, "usage: soak [--disk=DEVICE] [--echo=ADDRESS:PORT] DIRECTORY\n");
	exit(2);
}

int main(int argc, char **argv)
{
	char *disk = NULL, *echo = NULL;
	int i, status, bad = 0;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strncmp(argv[i], "--disk=", 7))
			disk = argv[i] + 7;
		else if (!strncmp(argv[i], "--echo=", 7))
			echo = argv[i] + 7;
		else
			usage();
	}
	if (i != argc - 1)
		usage();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED || chdir(argv[i])) {
		fprintf(stderr, "soak: %s: %s\n", argv[i], strerror(errno));
		return 2;
	}
	logfile = fopen("log", "a");
	if (!logfile) {
		fprintf(stderr, "soak: log: %s\n", strerror(errno));
		return 2;
	}

	add_clocks();
	add("sleep", sleep_some);
	add("calculate", calculate);
	add("calculate-2", calculate);
	add("child", have_child);
	add("map", map_some);
	add("file", use_file);
	add("pass-on", pass_on);
	if (syscall(SYS_modify_ldt, 0, got, 0) >= 0)	/* there may be none: ENOSYS */
		add("ldt", use_ldt);
	if (disk) {
		int fd = open(disk, O_RDWR);

		if (fd < 0) {
			fprintf(stderr, "soak: %s: %s\n", disk, strerror(errno));
			return 2;
		}
		add("disk", use_disk)->fd = fd;
	}
	if (echo) {
		int fd = connected(echo);

		if (fd < 0) {
			fprintf(stderr, "soak: %s: no connection\n", echo);
			return 2;
		}
		add("echo", have_echo)->fd = fd;
	}
	for (i = 0; i < shared->n; i++)
		start(&shared->workers[i]);
	while (access("stop", F_OK)) {
		write_status();
		usleep(100000);
	}
	shared->stop = 1;
	for (i = 0; i < shared->n; i++) {
		struct worker *w = &shared->workers[i];

		if (waitpid(w->pid, &status, 0) != w->pid || status)
			fail(w, "ended with %#x", status);
		bad |= w->failures || !w->rounds;
	}
	print_status(stdout);
	return bad;
}
