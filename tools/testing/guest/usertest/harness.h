/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the areas of usertest have in common: TAP, children, faults that are
 * caught, and what the platform is known to refuse.
 */
#ifndef USERTEST_HARNESS_H
#define USERTEST_HARNESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE		4096u
#define MIB		(1024u * 1024u)

struct area {
	const char *name;
	const char *what;
	void (*run)(void);
	/* How long it may take, once, on a slow machine */
	unsigned int seconds;
	/* It changes what all processes share: never two of it at a time. */
	bool alone;
};

extern const struct area area_process, area_thread, area_signal, area_fault, area_sigframe,
	area_tls, area_ldt, area_vm86, area_ioport, area_ptrace, area_hwbp, area_memory, area_cow,
	area_churn, area_sysv, area_futex, area_fpu, area_time, area_syscall, area_proc, area_core,
	area_hotplug, area_oom, area_log;

/* argv[0] of the program, for areas that execute it again: see main.c */
extern const char *self_path;
#define EXEC_CHILD	"--exec-child"
int exec_child(int argc, char **argv);

/*
 * One test each.  The name may be a format.  They return whether it passed.
 * A failure is followed by diagnostic lines.
 */
#define check(good, ...) \
	check_at(__FILE__, __LINE__, #good, !!(good), __VA_ARGS__)
#define equal(got, want, ...) \
	equal_at(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want), __VA_ARGS__)
/* A system call that has to succeed, and one that has to fail with ERR */
#define works(call, ...) \
	works_at(__FILE__, __LINE__, #call, (long)(call), __VA_ARGS__)
#define fails(call, err, ...) \
	fails_at(__FILE__, __LINE__, #call, (long)(call), err, __VA_ARGS__)

bool check_at(const char *file, int line, const char *expr, bool good, const char *name, ...)
	__attribute__((format(printf, 5, 6)));
bool equal_at(const char *file, int line, const char *expr, uint64_t got, uint64_t want,
	      const char *name, ...) __attribute__((format(printf, 6, 7)));
bool works_at(const char *file, int line, const char *expr, long ret, const char *name, ...)
	__attribute__((format(printf, 5, 6)));
bool fails_at(const char *file, int line, const char *expr, long ret, int err,
	      const char *name, ...) __attribute__((format(printf, 6, 7)));
/* Counted and named, never a pass: only for what this machine has not. */
void skip(const char *why, const char *name, ...) __attribute__((format(printf, 2, 3)));
void diag(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The test cannot go on: a failure, and the end of the area. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Is this in --refused?  Then the test is that it is refused cleanly. */
bool refused(const char *what);
/* A test of a refusal: this call fails, with one of two errors (or one, twice). */
#define refuses(call, err, err2, ...) \
	refuses_at(__FILE__, __LINE__, #call, (long)(call), err, err2, __VA_ARGS__)
bool refuses_at(const char *file, int line, const char *expr, long ret, int err, int err2,
		const char *name, ...) __attribute__((format(printf, 7, 8)));

/* Repeats for the same --seed */
uint32_t random32(void);
/* A pattern that depends on every bit of both */
uint32_t mix(uint32_t a, uint32_t b);
void fill(void *where, size_t size, uint32_t pattern);
/* The offset of the first word that is not as fill() left it, or -1 */
long differs(const void *where, size_t size, uint32_t pattern);

/* All of these end in give_up() if they fail. */
void *map(size_t size, int prot);		/* private, anonymous */
void *map_shared(size_t size);			/* shared, anonymous */
pid_t spawn(void (*f)(void *), void *arg);	/* fork; the child exits 0 after f */
int wait_for(pid_t pid);			/* its status */
int in_child(void (*f)(void *), void *arg);	/* both */
/* The status of a child that exits with this, that is killed by this */
#define EXITED(n)	((n) << 8)
/* For people: "exit 3", "killed by 11" */
const char *status_text(int status);
#define equal_status(got, want, ...) \
	equal_status_at(__FILE__, __LINE__, got, want, __VA_ARGS__)
bool equal_status_at(const char *file, int line, int got, int want, const char *name, ...)
	__attribute__((format(printf, 5, 6)));

/* What a fault that was caught said. */
struct fault {
	int sig;		/* 0: none came */
	int code;
	uintptr_t addr;
	uintptr_t eip;
	unsigned int trapno, err;
	uint32_t eflags;
	unsigned int cs;
};

/* Call f(arg); what it faults with ends it and is in *fault. */
bool faults(struct fault *fault, void (*f)(void *), void *arg);
/*
 * An access that the segment does not allow: the general protection fault comes;
 * or, where nobody checks ("limits" is refused), nothing does.
 */
bool segment_stops(struct fault *fault, void (*f)(void *), void *arg);
/* The same as faults() for one access */
bool read_faults(struct fault *fault, const volatile void *where);
bool write_faults(struct fault *fault, volatile void *where);
bool exec_faults(struct fault *fault, void *where);

int online_cpus(void);
/* Run on this CPU alone; false if it is not there */
bool pin(int cpu);
/* The numbers of the CPUs that this process may run on, at most max */
int allowed_cpus(int *list, int max);
double now(void);
/* A file's content, NUL-terminated, in memory of its own; NULL and errno */
char *slurp(const char *path);
/* Write a string to a file by one write(); 0 or -1 and errno */
int put(const char *path, const char *text);
/* Does the line of /proc/cpuinfo's flags have this word? */
bool cpu_has(const char *flag);
unsigned long auxv(unsigned long type);

#endif
