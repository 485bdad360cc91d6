// SPDX-License-Identifier: GPL-2.0
/* TAP, children, caught faults */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness.h"
#include "runner.h"

struct run run;

#define MAX_LINE	1024

/* One write a line, so that lines of several processes do not mix. */
static void line(const char *text, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(STDOUT_FILENO, text, len);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			_exit(2);
		if (n > 0) {
			text += n;
			len -= n;
		}
	}
}

static void vdiag(const char *format, va_list args)
{
	char text[MAX_LINE], *p, *next, out[MAX_LINE + 8];

	vsnprintf(text, sizeof(text), format, args);
	for (p = text; p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = 0;
		if (next && !*next)
			next = NULL;
		line(out, snprintf(out, sizeof(out), "# %s\n", p));
	}
}

void diag(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vdiag(format, args);
	va_end(args);
}

static bool report(bool good, const char *directive, const char *name, va_list args)
{
	char text[MAX_LINE - 200], out[MAX_LINE];
	int n;

	vsnprintf(text, sizeof(text), name, args);
	__atomic_add_fetch(&run.shared->checks, 1, __ATOMIC_SEQ_CST);
	if (!good) {
		__atomic_add_fetch(&run.shared->failed, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&run.shared->area_failed, 1, __ATOMIC_SEQ_CST);
	}
	if (directive)
		__atomic_add_fetch(&run.shared->skipped, 1, __ATOMIC_SEQ_CST);
	/* What passes is said once, whatever the number of jobs and rounds. */
	if (good && (run.job || run.round))
		return good;
	n = __atomic_add_fetch(&run.shared->tests, 1, __ATOMIC_SEQ_CST);
	if (run.job || run.round)
		n = snprintf(out, sizeof(out), "not ok %d - %s: %s (job %d, round %d)\n", n,
			     run.area, text, run.job, run.round);
	else
		n = snprintf(out, sizeof(out), "%s %d - %s: %s%s\n", good ? "ok" : "not ok", n,
			     run.area, text, directive ? directive : "");
	line(out, n);
	return good;
}

bool check_at(const char *file, int at, const char *expr, bool good, const char *name, ...)
{
	int err = errno;
	va_list args;

	va_start(args, name);
	report(good, NULL, name, args);
	va_end(args);
	if (!good)
		diag("%s:%d: not true: %s (errno %d, %s)", file, at, expr, err, strerror(err));
	errno = err;
	return good;
}

bool equal_at(const char *file, int at, const char *expr, uint64_t got, uint64_t want,
	      const char *name, ...)
{
	va_list args;

	va_start(args, name);
	report(got == want, NULL, name, args);
	va_end(args);
	if (got != want)
		diag("%s:%d: %s\n  got  %#llx (%lld)\n  want %#llx (%lld)", file, at, expr,
		     (unsigned long long)got, (long long)got, (unsigned long long)want,
		     (long long)want);
	return got == want;
}

bool works_at(const char *file, int at, const char *expr, long ret, const char *name, ...)
{
	int err = errno;
	va_list args;

	va_start(args, name);
	report(ret != -1, NULL, name, args);
	va_end(args);
	if (ret == -1)
		diag("%s:%d: %s: errno %d, %s", file, at, expr, err, strerror(err));
	errno = err;
	return ret != -1;
}

static bool vrefuses(const char *file, int at, const char *expr, long ret, int err, int err2,
		     const char *name, va_list args)
{
	bool good = ret == -1 && (errno == err || errno == err2);
	int had = errno;

	report(good, NULL, name, args);
	if (!good && ret != -1)
		diag("%s:%d: %s: returned %ld (%#lx), want errno %d", file, at, expr, ret,
		     (unsigned long)ret, err);
	else if (!good)
		diag("%s:%d: %s: errno %d (%s), want %d (%s)", file, at, expr, had,
		     strerror(had), err, strerror(err));
	return good;
}

bool fails_at(const char *file, int at, const char *expr, long ret, int err, const char *name, ...)
{
	va_list args;
	bool good;

	va_start(args, name);
	good = vrefuses(file, at, expr, ret, err, err, name, args);
	va_end(args);
	return good;
}

bool refuses_at(const char *file, int at, const char *expr, long ret, int err, int err2,
		const char *name, ...)
{
	va_list args;
	bool good;

	va_start(args, name);
	good = vrefuses(file, at, expr, ret, err, err2, name, args);
	va_end(args);
	return good;
}

void skip(const char *why, const char *name, ...)
{
	char directive[200];
	va_list args;

	snprintf(directive, sizeof(directive), " # SKIP %s", why);
	va_start(args, name);
	report(true, directive, name, args);
	va_end(args);
}

void give_up(const char *format, ...)
{
	int err = errno;
	va_list args;

	va_start(args, format);
	report(false, NULL, format, args);
	va_end(args);
	diag("cannot go on: errno %d, %s", err, strerror(err));
	_exit(1);
}

bool refused(const char *what)
{
	size_t len = strlen(what);
	const char *p;

	for (p = run.refused; p && *p; p = strchr(p, ',')) {
		p += *p == ',';
		if (!strncmp(p, what, len) && (!p[len] || p[len] == ','))
			return true;
	}
	return false;
}

uint32_t mix(uint32_t a, uint32_t b)
{
	uint32_t x = a * 0x9e3779b1u ^ (b + 0x7f4a7c15u);

	x ^= x >> 16;
	x *= 0x85ebca6bu;
	x ^= x >> 13;
	x *= 0xc2b2ae35u;
	return x ^ x >> 16;
}

uint32_t random32(void)
{
	return mix(run.seed, run.drawn++);
}

void fill(void *where, size_t size, uint32_t pattern)
{
	uint32_t *p = where;
	size_t i;

	for (i = 0; i < size / sizeof(*p); i++)
		p[i] = mix(pattern, i);
}

long differs(const void *where, size_t size, uint32_t pattern)
{
	const uint32_t *p = where;
	size_t i;

	for (i = 0; i < size / sizeof(*p); i++)
		if (p[i] != mix(pattern, i))
			return i * sizeof(*p);
	return -1;
}

void *map(size_t size, int prot)
{
	void *p = mmap(NULL, size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		give_up("mmap of %zu bytes", size);
	return p;
}

void *map_shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		give_up("shared mmap of %zu bytes", size);
	return p;
}

pid_t spawn(void (*f)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (!pid) {
		f(arg);
		_exit(0);
	}
	return pid;
}

int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		if (errno != EINTR)
			give_up("waitpid of %d", pid);
	return status;
}

int in_child(void (*f)(void *), void *arg)
{
	return wait_for(spawn(f, arg));
}

const char *status_text(int status)
{
	static char text[2][64];
	static int which;

	which = !which;
	if (WIFEXITED(status))
		snprintf(text[which], sizeof(text[0]), "exit %d", WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		snprintf(text[which], sizeof(text[0]), "killed by %d (%s)%s", WTERMSIG(status),
			 strsignal(WTERMSIG(status)), WCOREDUMP(status) ? ", core" : "");
	else
		snprintf(text[which], sizeof(text[0]), "status %#x", status);
	return text[which];
}

bool equal_status_at(const char *file, int at, int got, int want, const char *name, ...)
{
	bool good = got == want || (WIFSIGNALED(got) && (got & ~0x80) == want);
	va_list args;

	va_start(args, name);
	report(good, NULL, name, args);
	va_end(args);
	if (!good)
		diag("%s:%d: got %s, want %s", file, at, status_text(got), status_text(want));
	return good;
}

static const int fault_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
static __thread sigjmp_buf fault_return;
static __thread struct fault *fault_record;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct fault *f = fault_record;

	/* A fault of alignment comes with the flag that makes more of them. */
	asm volatile("pushfl; andl $~0x40000, (%%esp); popfl" : : : "cc", "memory");
	f->sig = sig;
	f->code = info->si_code;
	f->addr = (uintptr_t)info->si_addr;
	f->eip = regs[REG_EIP];
	f->trapno = regs[REG_TRAPNO];
	f->err = regs[REG_ERR];
	f->eflags = regs[REG_EFL];
	f->cs = regs[REG_CS] & 0xffff;
	siglongjmp(fault_return, 1);
}

bool faults(struct fault *fault, void (*f)(void *), void *arg)
{
	static __thread char stack[4 * PAGE] __attribute__((aligned(16)));
	struct sigaction act = { .sa_sigaction = on_fault,
				 .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction old[ARRAY_SIZE(fault_signals)];
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) }, old_alt;
	size_t i;

	memset(fault, 0, sizeof(*fault));
	fault_record = fault;
	sigaltstack(&alt, &old_alt);
	for (i = 0; i < ARRAY_SIZE(fault_signals); i++)
		sigaction(fault_signals[i], &act, &old[i]);
	if (!sigsetjmp(fault_return, 1))
		f(arg);
	for (i = 0; i < ARRAY_SIZE(fault_signals); i++)
		sigaction(fault_signals[i], &old[i], NULL);
	sigaltstack(&old_alt, NULL);
	return fault->sig;
}

/* Instructions of which the address is known: see the labels' users. */
static void do_read(void *where)
{
	uint8_t got;

	asm volatile("movb (%1), %0" : "=q" (got) : "r" (where) : "memory");
}

static __thread uint8_t byte_there;

static void get_byte(void *where)
{
	byte_there = *(volatile uint8_t *)where;
}

/* Not by an instruction that reads as well: what faults then differs. */
static void do_write(void *where)
{
	asm volatile("movb %1, (%0)" : : "r" (where), "q" (byte_there) : "memory");
}

static void do_exec(void *where)
{
	((void (*)(void))where)();
}

bool read_faults(struct fault *fault, const volatile void *where)
{
	return faults(fault, do_read, (void *)where);
}

bool write_faults(struct fault *fault, volatile void *where)
{
	/* Written is what is there already, if anything can be read. */
	faults(fault, get_byte, (void *)where);
	return faults(fault, do_write, (void *)where);
}

bool segment_stops(struct fault *fault, void (*f)(void *), void *arg)
{
	bool came = faults(fault, f, arg);

	if (refused("limits"))
		return !came;
	return came && fault->sig == SIGSEGV && fault->code == SI_KERNEL &&
		fault->trapno == 13 && !fault->err;
}

bool exec_faults(struct fault *fault, void *where)
{
	return faults(fault, do_exec, where);
}

int online_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

bool pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

int allowed_cpus(int *list, int max)
{
	cpu_set_t set;
	int cpu, n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		give_up("sched_getaffinity");
	for (cpu = 0; cpu < CPU_SETSIZE && n < max; cpu++)
		if (CPU_ISSET(cpu, &set))
			list[n++] = cpu;
	return n;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

char *slurp(const char *path)
{
	size_t size = 0, room = 0;
	char *text = NULL;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	do {
		if (room - size < PAGE) {
			room += 4 * PAGE;
			text = realloc(text, room);
			if (!text)
				give_up("out of memory reading %s", path);
		}
		n = read(fd, text + size, room - size - 1);
		size += n > 0 ? n : 0;
	} while (n > 0);
	close(fd);
	text[size] = 0;
	return text;
}

int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), err;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	errno = err;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

bool cpu_has(const char *flag)
{
	char *text = slurp("/proc/cpuinfo"), *p, *end;
	size_t len = strlen(flag);
	bool found = false;

	p = text ? strstr(text, "\nflags") : NULL;
	p = p ? strchr(p, ':') : NULL;
	end = p ? strchr(p, '\n') : NULL;
	if (!end)
		give_up("/proc/cpuinfo has no line of flags");
	*end = 0;
	for (; p && !found; p = strchr(p + 1, ' '))
		found = p[0] == ' ' && !strncmp(p + 1, flag, len) &&
			(p[1 + len] == ' ' || !p[1 + len]);
	free(text);
	return found;
}

unsigned long auxv(unsigned long type)
{
	return getauxval(type);
}
