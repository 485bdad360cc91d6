// SPDX-License-Identifier: GPL-2.0
/* Clocks: vDSO against system calls, over CPUs; sleeping and timers */
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

#define NSEC	1000000000LL
/* A busy machine may be late, though not by this much. */
#define LATE	3.0

typedef int (*clock_fn)(clockid_t, struct timespec *);
typedef int (*day_fn)(struct timeval *, void *);
typedef time_t (*time_fn)(time_t *);

/* A function of the vDSO by its name */
static void *vdso(const char *name)
{
	const char *base = (const char *)auxv(AT_SYSINFO_EHDR), *strings = NULL;
	const Elf32_Ehdr *elf = (const void *)base;
	const Elf32_Phdr *ph;
	const Elf32_Dyn *dyn = NULL;
	const Elf32_Sym *symbols = NULL;
	const uint32_t *hash = NULL, *gnu = NULL;
	uintptr_t load = 0;
	uint32_t i, n = 0;

	if (!base)
		return NULL;
	ph = (const void *)(base + elf->e_phoff);
	for (i = 0; i < elf->e_phnum; i++) {
		if (ph[i].p_type == PT_LOAD)
			load = (uintptr_t)base + ph[i].p_offset - ph[i].p_vaddr;
		if (ph[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(base + ph[i].p_offset);
	}
	for (; dyn && dyn->d_tag != DT_NULL; dyn++) {
		if (dyn->d_tag == DT_STRTAB)
			strings = (const char *)(load + dyn->d_un.d_ptr);
		if (dyn->d_tag == DT_SYMTAB)
			symbols = (const void *)(load + dyn->d_un.d_ptr);
		if (dyn->d_tag == DT_HASH)
			hash = (const void *)(load + dyn->d_un.d_ptr);
		if (dyn->d_tag == DT_GNU_HASH)
			gnu = (const void *)(load + dyn->d_un.d_ptr);
	}
	/* The number of symbols: the string table follows them. */
	n = hash ? hash[1] : gnu ? ((uintptr_t)strings - (uintptr_t)symbols) / sizeof(*symbols) : 0;
	for (i = 0; i < n; i++)
		if (!strcmp(strings + symbols[i].st_name, name))
			return (void *)(load + symbols[i].st_value);
	return NULL;
}

static long long ns(const struct timespec *t)
{
	return t->tv_sec * NSEC + t->tv_nsec;
}

static long long by_syscall(clockid_t clock)
{
	struct timespec t = { };

	if (syscall(SYS_clock_gettime, clock, &t))
		return -1;
	return ns(&t);
}

static clock_fn vdso_gettime;

static long long by_vdso(clockid_t clock)
{
	struct timespec t = { };

	if (vdso_gettime(clock, &t))
		return -1;
	return ns(&t);
}

static void agreement(void)
{
	static const struct { clockid_t id; const char *name; } clocks[] = {
		{ CLOCK_REALTIME, "realtime" }, { CLOCK_MONOTONIC, "monotonic" },
		{ CLOCK_BOOTTIME, "boottime" }, { CLOCK_TAI, "TAI" },
		{ CLOCK_MONOTONIC_RAW, "raw" },
	};
	long long a, b, c;
	struct timespec res;
	int i, k, bad;

	for (k = 0; k < (int)ARRAY_SIZE(clocks); k++) {
		for (bad = 0, i = 0; i < 2000; i++) {
			a = by_syscall(clocks[k].id);
			b = by_vdso(clocks[k].id);
			c = by_syscall(clocks[k].id);
			if (a < 0 || !(a <= b && b <= c)) {
				if (!bad++)
					diag("%s: %lld, %lld, %lld", clocks[k].name, a, b, c);
			}
		}
		equal(bad, 0, "%s: vDSO between two system calls, 2000 times", clocks[k].name);
	}
	check(!syscall(SYS_clock_getres, CLOCK_MONOTONIC, &res) && res.tv_sec == 0 &&
	      res.tv_nsec >= 1, "resolution: %ld ns", res.tv_nsec);
	check(by_vdso(99) < 0, "a clock that is none");
	a = by_syscall(CLOCK_MONOTONIC_COARSE);
	b = by_syscall(CLOCK_MONOTONIC);
	check(a <= b && b - a < NSEC, "the coarse clock is behind by %lld us", (b - a) / 1000);
}

static void day(void)
{
	day_fn gettime = (day_fn)vdso("__vdso_gettimeofday");
	time_fn seconds = (time_fn)vdso("__vdso_time");
	struct timeval tv, kernel;
	long long a, b, c;
	int i, bad = 0;
	time_t t;

	if (!check(gettime && seconds, "the vDSO has gettimeofday and time"))
		return;
	for (i = 0; i < 1000; i++) {
		a = by_syscall(CLOCK_REALTIME);
		gettime(&tv, NULL);
		c = by_syscall(CLOCK_REALTIME);
		b = tv.tv_sec * NSEC + tv.tv_usec * 1000LL;
		bad += a / 1000 * 1000 > b || b > c;
	}
	equal(bad, 0, "gettimeofday between two system calls");
	syscall(SYS_gettimeofday, &kernel, NULL);
	gettime(&tv, NULL);
	b = (tv.tv_sec - kernel.tv_sec) * 1000000LL + tv.tv_usec - kernel.tv_usec;
	check(b >= 0 && b < 1000000, "the system call is %lld us before it", b);
	/* time() tells the second of the last tick: it may lag behind the precise clock. */
	a = by_syscall(CLOCK_REALTIME_COARSE) / NSEC;
	t = seconds(NULL);
	c = by_syscall(CLOCK_REALTIME_COARSE) / NSEC;
	check(a <= t && t <= c, "time: %lld, between %lld and %lld", (long long)t, a, c);
	/* Nobody's clock is that wrong; a clock that was never set is. */
	check(kernel.tv_sec > 1577836800 && kernel.tv_sec < 4102444800LL,
	      "the year is between 2020 and 2100: %lld", (long long)kernel.tv_sec);
}

static volatile long long latest;
static volatile int turn;
static volatile long going_back, samples;
static long long worst;

struct bouncer {
	int me, n, cpu;
	clockid_t clock;
};

/* Each one, on its CPU, takes the time when it is its turn. */
static void *bounce(void *arg)
{
	struct bouncer *b = arg;
	long long t;

	pin(b->cpu);
	while (samples < 4000) {
		if (turn != b->me) {
			/* On one CPU nobody else gets on otherwise. */
			sched_yield();
			continue;
		}
		t = by_vdso(b->clock);
		if (t < latest) {
			going_back++;
			if (latest - t > worst)
				worst = latest - t;
		}
		latest = t;
		samples++;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		turn = (b->me + 1) % b->n;
	}
	turn = (b->me + 1) % b->n;
	return NULL;
}

static void over_cpus(clockid_t clock, const char *name)
{
	int cpus[16], n = allowed_cpus(cpus, ARRAY_SIZE(cpus)), i;
	int threads = n > 1 ? n : 2;
	struct bouncer b[16];
	pthread_t t[16];

	turn = 0;
	samples = going_back = 0;
	latest = worst = 0;
	for (i = 0; i < threads; i++) {
		b[i] = (struct bouncer){ i, threads, cpus[i % n], clock };
		if (pthread_create(&t[i], NULL, bounce, &b[i]))
			give_up("pthread_create");
	}
	for (i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
	if (!equal(going_back, 0, "%s never goes back over %d CPU, %ld times", name, n, samples))
		diag("by %lld ns at most", worst);
}

/* Both clocks at one time: nothing came in between, or not for long. */
static void read_both(long long *monotonic, long long *raw)
{
	int i;

	for (i = 0; i < 1000; i++) {
		*monotonic = by_vdso(CLOCK_MONOTONIC);
		*raw = by_vdso(CLOCK_MONOTONIC_RAW);
		if (by_vdso(CLOCK_MONOTONIC) - *monotonic < NSEC / 2000)
			return;
	}
	diag("never two readings within half a millisecond");
}

static void one_thread(void)
{
	long long last = 0, t, start, raw, raw_start;
	int i, bad = 0, same = 0;
	double rate;

	read_both(&start, &raw_start);
	for (i = 0; i < 20000; i++) {
		t = by_vdso(CLOCK_MONOTONIC);
		bad += t < last;
		same += t == last;
		last = t;
	}
	equal(bad, 0, "20000 readings never go back");
	/* Without a counter, only from tick to tick: then most are equal, but not all. */
	if (refused("fineclock"))
		check(same >= 20000 / 2 && same < 20000 - 1, "the clock ticks: %d equal readings",
		      same);
	else
		check(same < 20000 / 2, "the clock goes on: %d equal readings", same);
	while (by_vdso(CLOCK_MONOTONIC) - start < NSEC / 2)
		usleep(10000);
	read_both(&t, &raw);
	rate = (double)(t - start) / (raw - raw_start);
	check(rate > 0.99 && rate < 1.01, "monotonic and raw clock go at one rate: %.5f", rate);
}

static void slept(double took, double want, const char *what)
{
	check(took >= want && took < want + LATE, "%s of %.3f s took %.4f s", what, want, took);
}

static void sleeping(void)
{
	static const long times[] = { 1000000, 10000000, 50000000, 300000000 };
	struct timespec t, at;
	struct itimerspec when = { .it_value.tv_nsec = 20000000,
				   .it_interval.tv_nsec = 20000000 };
	uint64_t expirations = 0, n;
	double start;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		t = (struct timespec){ .tv_nsec = times[i] };
		start = now();
		nanosleep(&t, NULL);
		slept(now() - start, times[i] / 1e9, "nanosleep");
	}
	start = now();
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += 100000000;
	if (at.tv_nsec >= NSEC) {
		at.tv_nsec -= NSEC;
		at.tv_sec++;
	}
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	slept(now() - start, 0.1, "clock_nanosleep to a time");
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	start = now();
	timerfd_settime(fd, 0, &when, NULL);
	while (expirations < 10 && read(fd, &n, sizeof(n)) == sizeof(n))
		expirations += n;
	check(expirations >= 10, "a timer's descriptor");
	slept(now() - start, 0.2 - 0.0001, "ten ticks of a timer");
	close(fd);
	t.tv_nsec = NSEC;
	fails(nanosleep(&t, NULL), EINVAL, "nanosleep with too many nanoseconds");
}

static void cpu_time(void)
{
	struct timespec t;
	double start = now(), used;
	volatile uint32_t n = 0;

	while (now() < start + 0.2)
		n++;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	used = t.tv_sec + t.tv_nsec / 1e9;
	check(used > 0.001 && used < 1000, "CPU time used: %.3f s", used);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	check(t.tv_sec + t.tv_nsec / 1e9 <= used + 0.5, "a thread's is not more");
}

static void uptime(void)
{
	char *text = slurp("/proc/uptime");
	double up = text ? atof(text) : -1, boot = by_syscall(CLOCK_BOOTTIME) / 1e9;

	check(up > 0 && up <= boot + 0.02 && boot - up < LATE, "/proc/uptime %.2f, clock %.2f", up,
	      boot);
	free(text);
}

static void area(void)
{
	vdso_gettime = (clock_fn)vdso("__vdso_clock_gettime");
	if (!check(vdso_gettime, "the vDSO has clock_gettime"))
		return;
	agreement();
	day();
	one_thread();
	over_cpus(CLOCK_MONOTONIC, "monotonic");
	over_cpus(CLOCK_REALTIME, "realtime");
	sleeping();
	cpu_time();
	uptime();
}

const struct area area_time = {
	"time", "vDSO and system calls, over CPUs; sleeping", area, 60, false
};
