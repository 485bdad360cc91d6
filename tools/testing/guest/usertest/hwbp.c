// SPDX-License-Identifier: GPL-2.0
/* Breakpoints and watchpoints in the processor's debug registers */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define DR(n)		offsetof(struct user, u_debugreg[n])
#define DR7_LOCAL(n)	(1u << ((n) * 2))
#define DR7_EXECUTE	0u
#define DR7_WRITE	1u
#define DR7_ACCESS	3u
#define DR7_LEN1	0u
#define DR7_LEN4	3u
#define DR7(n, type, len) (DR7_LOCAL(n) | ((type) | (len) << 2) << (16 + (n) * 4))

extern uint32_t traced(void);
extern char traced_step2[], traced_step3[], traced_callee[];
extern uint32_t traced_word, traced_count;

static void tracee(void *arg)
{
	(void)arg;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	for (;;) {
		traced();
		sched_yield();
	}
}

static long poke(pid_t pid, int n, uintptr_t value)
{
	return syscall(SYS_ptrace, PTRACE_POKEUSER, pid, DR(n), value);
}

static uint32_t peek(pid_t pid, int n)
{
	long value = 0;

	syscall(SYS_ptrace, PTRACE_PEEKUSER, pid, DR(n), &value);
	return value;
}

static bool stops(pid_t pid)
{
	int status;

	if (syscall(SYS_ptrace, PTRACE_CONT, pid, 0, 0))
		return false;
	status = wait_for(pid);
	return WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
}

static uintptr_t eip(pid_t pid)
{
	struct user_regs_struct regs = { };

	syscall(SYS_ptrace, PTRACE_GETREGS, pid, 0, &regs);
	return regs.eip;
}

static void refusals(pid_t pid)
{
	fails(poke(pid, 4, 1), EIO, "DR4 does not exist");
	check(poke(pid, 0, 0xc0000000) || poke(pid, 7, DR7(0, DR7_WRITE, DR7_LEN4)),
	      "a watchpoint in the kernel is refused (errno %d)", errno);
	poke(pid, 7, 0);
	check(poke(pid, 0, (uintptr_t)&traced_word + 1) ||
	      poke(pid, 7, DR7(0, DR7_WRITE, DR7_LEN4)),
	      "so is one that is not aligned (errno %d)", errno);
	poke(pid, 7, 0);
	poke(pid, 0, 0);
}

static void write_it(void *arg)
{
	(void)arg;
	traced();
	sched_yield();
	traced();
}

static void area(void)
{
	pid_t pid = spawn(tracee, NULL);
	int cpus[64], n = allowed_cpus(cpus, ARRAY_SIZE(cpus)), i, k, bad = 0;
	struct fault f;
	siginfo_t info;
	cpu_set_t set;

	wait_for(pid);
	if (refused("hwbp")) {
		check(poke(pid, 0, (uintptr_t)traced_callee) ||
		      poke(pid, 7, DR7(0, DR7_EXECUTE, DR7_LEN1)), "a breakpoint is refused");
		check(errno == EINVAL || errno == EIO || errno == ENOSPC || errno == ENODEV ||
		      errno == EOPNOTSUPP, "with an error: %d", errno);
		goto out;
	}
	refusals(pid);

	if (!works(poke(pid, 0, (uintptr_t)traced_callee), "DR0: address") ||
	    !works(poke(pid, 7, DR7(0, DR7_EXECUTE, DR7_LEN1)), "DR7: breakpoint on execution"))
		goto out;
	check(stops(pid) && eip(pid) == (uintptr_t)traced_callee, "stops in front of the instruction");
	equal(peek(pid, 6) & 0xf, 1, "DR6 says which");
	check(!syscall(SYS_ptrace, PTRACE_GETSIGINFO, pid, 0, &info) &&
	      info.si_code == TRAP_HWBKPT, "TRAP_HWBKPT");
	/* RF lets it pass, and it comes again; on each CPU. */
	for (i = 0; i < 40; i++) {
		CPU_ZERO(&set);
		CPU_SET(cpus[i % n], &set);
		sched_setaffinity(pid, sizeof(set), &set);
		bad += !stops(pid) || eip(pid) != (uintptr_t)traced_callee;
	}
	equal(bad, 0, "40 times, on %d CPU", n);
	works(poke(pid, 7, 0), "off");

	works(poke(pid, 1, (uintptr_t)&traced_word), "DR1");
	works(poke(pid, 7, DR7(1, DR7_WRITE, DR7_LEN4)), "watchpoint for writing");
	check(stops(pid) && eip(pid) == (uintptr_t)traced_step3, "stops behind the instruction");
	equal(peek(pid, 6) & 0xf, 2, "DR6 says which");
	/* Reading does not stop it: the next one is the same write. */
	check(stops(pid) && eip(pid) == (uintptr_t)traced_step3, "reading does not");
	works(poke(pid, 7, DR7(1, DR7_ACCESS, DR7_LEN4)), "watchpoint for access");
	check(stops(pid) && eip(pid) != (uintptr_t)traced_step3, "stops for the read, too");
	works(poke(pid, 7, 0), "off");

	for (i = 0; i < 4; i++) {
		for (k = 0; k < 4; k++)
			poke(pid, k, 0);
		works(poke(pid, i, (uintptr_t)&traced_count + i), "DR%d", i);
		works(poke(pid, 7, DR7(i, DR7_WRITE, DR7_LEN1)), "watches one byte");
		check(stops(pid) && (peek(pid, 6) & 0xf) == 1u << i, "and is told by DR6");
		poke(pid, 7, 0);
	}
	/* All four at once, byte by byte */
	for (i = 0; i < 4; i++)
		poke(pid, i, (uintptr_t)&traced_count + i);
	works(poke(pid, 7, DR7(0, DR7_WRITE, DR7_LEN1) | DR7(1, DR7_WRITE, DR7_LEN1) |
		   DR7(2, DR7_WRITE, DR7_LEN1) | DR7(3, DR7_WRITE, DR7_LEN1)), "four watchpoints");
	/* All are hit; QEMU tells of one. */
	check(stops(pid) && peek(pid, 6) & 0xf, "a write of four bytes hits them");
	/* Debug registers are the thread's: what we write ourselves stops nobody. */
	check(!faults(&f, write_it, NULL), "another process's write is none of it");
	works(poke(pid, 7, 0), "off");
out:
	kill(pid, SIGKILL);
	wait_for(pid);
}

const struct area area_hwbp = {
	"hwbp", "hardware breakpoints by ptrace, or their refusal", area, 30, false
};
