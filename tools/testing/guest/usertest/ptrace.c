// SPDX-License-Identifier: GPL-2.0
/* ptrace: memory, registers, single steps, system calls, events */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "segment.h"

#ifndef PTRACE_GET_THREAD_AREA
#define PTRACE_GET_THREAD_AREA	25
#endif
#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU		31
#endif
#define EFLAGS_CF		1
#define EFLAGS_IOPL		0x3000

extern uint32_t traced(void);
extern char traced_step1[], traced_step2[], traced_step3[], traced_call[], traced_end[],
	traced_syscall[], traced_after_syscall[];
extern uint32_t traced_word, traced_count;


/* Runs traced() over and over; the tracer ends it. */
static void tracee(void *arg)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	if (arg)
		_exit(traced() == 0x3333 ? 0 : 1);
	for (;;)
		traced();
}

/* A function, and not ptrace(): that one tells its result and error in one. */
static long trace(int request, pid_t pid, uintptr_t addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static bool stopped_by(pid_t pid, int sig)
{
	int status = wait_for(pid);

	if (WIFSTOPPED(status) && status >> 8 == sig)
		return true;
	diag("process %d: status %#x, want a stop by %#x", pid, status, sig);
	return false;
}

static struct user_regs_struct registers(pid_t pid)
{
	struct user_regs_struct regs = { };

	if (trace(PTRACE_GETREGS, pid, 0, &regs))
		check(0, "PTRACE_GETREGS");
	return regs;
}

static uint32_t peek(pid_t pid, void *addr)
{
	uint32_t word = 0;

	if (trace(PTRACE_PEEKDATA, pid, (uintptr_t)addr, &word))
		check(0, "PTRACE_PEEKDATA");
	return word;
}

static bool go(pid_t pid, int request)
{
	return !trace(request, pid, 0, NULL) && stopped_by(pid, SIGTRAP);
}

/* Breakpoint at addr, run to it, take it away; true if it got there */
static bool run_to(pid_t pid, char *addr)
{
	uint32_t old = peek(pid, addr);
	struct user_regs_struct regs;

	if (trace(PTRACE_POKETEXT, pid, (uintptr_t)addr, (void *)((old & ~0xffu) | 0xcc)))
		return false;
	if (!go(pid, PTRACE_CONT))
		return false;
	regs = registers(pid);
	if (trace(PTRACE_POKETEXT, pid, (uintptr_t)addr, (void *)old))
		return false;
	if ((uintptr_t)regs.eip != (uintptr_t)addr + 1)
		return false;
	regs.eip--;
	return !trace(PTRACE_SETREGS, pid, 0, &regs);
}

static void basics(pid_t pid)
{
	struct user_regs_struct regs, back;
	static char *const path[] = { traced_step1, traced_step2, traced_step3 };
	siginfo_t info;
	unsigned int i;
	long old;

	check(run_to(pid, (char *)traced), "int3 put into a process that runs");
	check(!memcmp(&(uint8_t){ *(uint8_t *)traced }, "\xb8", 1), "and not into ours");
	for (i = 0; i < ARRAY_SIZE(path); i++) {
		check(go(pid, PTRACE_SINGLESTEP), "single step %u", i);
		equal(registers(pid).eip, (uintptr_t)path[i], "is one instruction");
	}
	check(!trace(PTRACE_GETSIGINFO, pid, 0, &info) && info.si_signo == SIGTRAP &&
	      info.si_code == TRAP_TRACE, "siginfo of the step: TRAP_TRACE");
	regs = registers(pid);
	equal(regs.eax, 0x3333, "eax of the traced process");
	equal(peek(pid, &traced_word), 0x3333, "what it stored");
	check(!(regs.eflags & 0x100), "TF is not to be seen");
	check((regs.xcs & 3) == 3 && (regs.xss & 3) == 3 && (regs.xds & 3) == 3,
	      "its segments: cs %#lx ss %#lx ds %#lx", regs.xcs & 0xffff, regs.xss & 0xffff,
	      regs.xds & 0xffff);

	/* Over the system call by int $0x80: one step */
	check(go(pid, PTRACE_SINGLESTEP) && go(pid, PTRACE_SINGLESTEP) &&
	      registers(pid).eip == (long)(uintptr_t)traced_syscall, "two steps more");
	check(go(pid, PTRACE_SINGLESTEP) &&
	      registers(pid).eip == (long)(uintptr_t)traced_after_syscall &&
	      registers(pid).eax == pid, "a step over int $0x80");

	works(trace(PTRACE_POKEDATA, pid, (uintptr_t)&traced_word, (void *)0x12345678), "poke");
	equal(peek(pid, &traced_word), 0x12345678, "peek of it");
	equal(traced_word, 0, "it is not in our memory");
	regs = back = registers(pid);
	regs.ebx = 0xb0b0b0b0;
	regs.ecx = 0xc0c0c0c0;
	regs.edx = 0xd0d0d0d0;
	regs.esi = 0x51515151;
	regs.edi = 0xd1d1d1d1;
	regs.ebp = 0xb1b1b1b1;
	regs.eflags |= EFLAGS_CF | EFLAGS_IOPL;
	works(trace(PTRACE_SETREGS, pid, 0, &regs), "registers are set");
	old = registers(pid).eflags;
	check(!(old & EFLAGS_IOPL) && (old & EFLAGS_CF), "flags, too, but not the kernel's");
	regs.eflags = old;
	back = registers(pid);
	check(!memcmp(&regs, &back, sizeof(regs)), "and read back");
	check(go(pid, PTRACE_SINGLESTEP), "a step with them: popl %%ebx");
	back = registers(pid);
	check(back.ecx == regs.ecx && back.edx == regs.edx && back.esi == regs.esi &&
	      back.edi == regs.edi && back.ebp == regs.ebp, "they were loaded");
	errno = 0;
	fails(trace(PTRACE_PEEKDATA, pid, 16, &old), EIO, "peek of no page");
	fails(trace(PTRACE_PEEKDATA, pid, 0xc0000000, &old), EIO, "peek of the kernel");
	fails(trace(PTRACE_POKEDATA, pid, 0xc0000000, NULL), EIO, "poke into the kernel");
	regs = back;
	regs.xcs = 0;
	fails(trace(PTRACE_SETREGS, pid, 0, &regs), EIO, "cs of 0 is refused");
	regs.xcs = 0x60;
	fails(trace(PTRACE_SETREGS, pid, 0, &regs), EIO, "the kernel's cs is refused");
	fails(trace(PTRACE_PEEKUSER, pid, 2, &old), EIO, "peek of an odd register");
	fails(trace(PTRACE_PEEKUSER, pid, 4 * sizeof(struct user), &old), EIO,
	      "peek of a register that is none");
	check(!trace(PTRACE_PEEKUSER, pid, offsetof(struct user, regs.ecx), &old) &&
	      (uint32_t)old == 0xc0c0c0c0, "peek of ecx");
}

static void floating_point(pid_t pid)
{
	struct user_fpregs_struct fp;
	struct user_fpxregs_struct fpx, back;
	uint32_t pattern[4];

	works(trace(PTRACE_GETFPREGS, pid, 0, &fp), "PTRACE_GETFPREGS");
	equal(fp.cwd & 0xffff, 0x37f, "the x87 control word");
	if (!cpu_has("fxsr")) {
		skip("no FXSR", "PTRACE_GETFPXREGS");
		return;
	}
	works(trace(PTRACE_GETFPXREGS, pid, 0, &fpx), "PTRACE_GETFPXREGS");
	fill(pattern, sizeof(pattern), 7);
	memcpy((char *)fpx.xmm_space + 3 * 16, pattern, 16);
	fpx.cwd = 0x27f;
	works(trace(PTRACE_SETFPXREGS, pid, 0, &fpx), "PTRACE_SETFPXREGS");
	works(trace(PTRACE_GETFPXREGS, pid, 0, &back), "and back");
	check(!memcmp((char *)back.xmm_space + 3 * 16, pattern, 16) && back.cwd == 0x27f,
	      "xmm3 and control word were set");
	fpx.mxcsr = 0xffffffff;
	refuses(trace(PTRACE_SETFPXREGS, pid, 0, &fpx), EINVAL, EIO, "reserved bits of MXCSR");
}

static void segments(pid_t pid)
{
	struct user_desc d = { };
	struct user_regs_struct regs = registers(pid);
	struct iovec iov = { &regs, sizeof(regs) };
	unsigned int gs = regs.xgs & 0xffff;

	works(trace(PTRACE_GET_THREAD_AREA, pid, gs >> 3, &d), "PTRACE_GET_THREAD_AREA");
	check(d.base_addr && d.seg_32bit, "has a base");
	check(!trace(PTRACE_GETREGSET, pid, 1 /* NT_PRSTATUS */, &iov) &&
	      iov.iov_len == sizeof(regs), "PTRACE_GETREGSET");
	fails(trace(PTRACE_GET_THREAD_AREA, pid, 100, &d), EINVAL, "a slot that is none");
	regs.xfs = 0xffff;
	check(trace(PTRACE_SETREGS, pid, 0, &regs) == 0 || errno == EIO,
	      "a bad fs is refused, or comes to nothing");
	regs.xfs = 0;
	works(trace(PTRACE_SETREGS, pid, 0, &regs), "fs of 0");
}

static void system_calls(pid_t pid)
{
	struct user_regs_struct regs;
	int n, entries = 0, bad = 0;

	works(trace(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACESYSGOOD), "TRACESYSGOOD");
	for (n = 0; n < 100; n++) {
		if (trace(PTRACE_SYSCALL, pid, 0, NULL) || !stopped_by(pid, SIGTRAP | 0x80))
			break;
		regs = registers(pid);
		bad += regs.orig_eax != 20;
		/* Stops come in pairs. */
		bad += regs.eax != (n & 1 ? pid : -ENOSYS);
		entries++;
	}
	equal(entries, 100, "100 stops at entry and exit of a system call");
	equal(bad, 0, "with its number and result");

	/* Another one instead: getppid */
	check(!trace(PTRACE_SYSCALL, pid, 0, NULL) && stopped_by(pid, SIGTRAP | 0x80), "entry");
	regs = registers(pid);
	regs.orig_eax = SYS_getppid;
	trace(PTRACE_SETREGS, pid, 0, &regs);
	check(!trace(PTRACE_SYSCALL, pid, 0, NULL) && stopped_by(pid, SIGTRAP | 0x80) &&
	      registers(pid).eax == getpid(), "a system call is replaced by another");
	/* None at all, with a result that we choose */
	check(!trace(PTRACE_SYSEMU, pid, 0, NULL) && stopped_by(pid, SIGTRAP | 0x80),
	      "PTRACE_SYSEMU stops");
	regs = registers(pid);
	regs.eax = 0x7777;
	trace(PTRACE_SETREGS, pid, 0, &regs);
	check(run_to(pid, traced_after_syscall) && registers(pid).eax == 0x7777,
	      "and the result is ours");
}

/* A traced process's own signal */
static void signals(pid_t pid)
{
	siginfo_t info;

	kill(pid, SIGUSR1);
	check(!trace(PTRACE_CONT, pid, 0, NULL) && stopped_by(pid, SIGUSR1),
	      "a signal stops the process");
	check(!trace(PTRACE_GETSIGINFO, pid, 0, &info) && info.si_pid == getpid(),
	      "siginfo says who sent it");
	/* Swallowed: else it would end the process. */
	check(run_to(pid, traced_call), "and is not delivered");
	works(trace(PTRACE_KILL, pid, 0, NULL), "PTRACE_KILL");
	equal_status(wait_for(pid), SIGKILL, "ends it");
}

static void run_free(void *arg)
{
	volatile uint32_t *count = arg;

	for (;;)
		(*count)++;
}

static void attach(void)
{
	volatile uint32_t *count = map_shared(PAGE);
	pid_t pid = spawn(run_free, (void *)count);
	uint32_t before;
	int i;

	while (!*count)
		usleep(1000);
	works(trace(PTRACE_ATTACH, pid, 0, NULL), "attach to a process that runs");
	check(stopped_by(pid, SIGSTOP), "it stops");
	before = *count;
	usleep(20000);
	equal(*count, before, "it stands still");
	works(trace(PTRACE_DETACH, pid, 0, NULL), "detach");
	for (i = 0; i < 1000 && *count == before; i++)
		usleep(1000);
	check(*count != before, "it runs on");
	works(trace(PTRACE_SEIZE, pid, 0, NULL), "seize");
	works(trace(PTRACE_INTERRUPT, pid, 0, NULL), "interrupt");
	check(stopped_by(pid, SIGTRAP | PTRACE_EVENT_STOP << 8), "stops it");
	fails(trace(PTRACE_ATTACH, pid, 0, NULL), EPERM, "a second tracer");
	kill(pid, SIGKILL);
	equal_status(wait_for(pid), SIGKILL, "and it can be killed");
	fails(trace(PTRACE_PEEKDATA, getpid(), 0, NULL), ESRCH, "who is not traced");
	munmap((void *)count, PAGE);
}

static void forks_and_execs(void *arg)
{
	char *const argv[] = { "usertest", EXEC_CHILD, "fpu", NULL };
	pid_t pid;

	(void)arg;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	pid = fork();
	if (!pid)
		_exit(3);
	waitpid(pid, NULL, 0);
	execv(self_path, argv);
	_exit(9);
}

static void events(void)
{
	pid_t pid = spawn(forks_and_execs, NULL), child = 0;
	unsigned long message = 0;

	check(stopped_by(pid, SIGSTOP), "stopped");
	works(trace(PTRACE_SETOPTIONS, pid, 0,
		    (void *)(PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT |
			     PTRACE_O_TRACECLONE)), "options");
	trace(PTRACE_CONT, pid, 0, NULL);
	if (check(stopped_by(pid, SIGTRAP | PTRACE_EVENT_FORK << 8), "event: fork")) {
		trace(PTRACE_GETEVENTMSG, pid, 0, &message);
		child = message;
		check(child > pid && stopped_by(child, SIGSTOP), "the child is traced, too");
		trace(PTRACE_DETACH, child, 0, NULL);
	}
	trace(PTRACE_CONT, pid, 0, NULL);
	if (check(stopped_by(pid, SIGCHLD), "its SIGCHLD"))
		trace(PTRACE_CONT, pid, 0, (void *)SIGCHLD);
	check(stopped_by(pid, SIGTRAP | PTRACE_EVENT_EXEC << 8), "event: exec");
	trace(PTRACE_CONT, pid, 0, NULL);
	check(stopped_by(pid, SIGTRAP | PTRACE_EVENT_EXIT << 8), "event: exit");
	check(!trace(PTRACE_GETEVENTMSG, pid, 0, &message) && message == 0,
	      "with the status: %#lx", message);
	trace(PTRACE_CONT, pid, 0, NULL);
	equal_status(wait_for(pid), 0, "and it exits");
}

static void other_memory(void)
{
	uint32_t *p = map(64 * PAGE, PROT_READ | PROT_WRITE), buffer[1024];
	struct iovec here = { buffer, sizeof(buffer) }, there = { p + 1000, sizeof(buffer) };
	char path[40];
	uint32_t word;
	pid_t pid;
	int fd;

	fill(p, 64 * PAGE, 3);
	pid = spawn(tracee, NULL);
	check(stopped_by(pid, SIGSTOP), "stopped");
	memset(p, 0, 64 * PAGE);
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (refused("crossmem")) {
		fails(syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0), ENOSYS,
		      "process_vm_readv");
		fails(syscall(SYS_process_vm_writev, pid, &here, 1, &there, 1, 0), ENOSYS,
		      "process_vm_writev");
		fill(buffer, sizeof(buffer), 4);
		equal(pwrite(fd, buffer, sizeof(buffer), (uintptr_t)(p + 1000)), sizeof(buffer),
		      "/proc/PID/mem is written to");
	} else {
		equal(syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0), sizeof(buffer),
		      "process_vm_readv");
		check(buffer[0] == mix(3, 1000) && buffer[1023] == mix(3, 2023),
		      "reads the right words");
		fill(buffer, sizeof(buffer), 4);
		equal(syscall(SYS_process_vm_writev, pid, &here, 1, &there, 1, 0), sizeof(buffer),
		      "process_vm_writev");
	}
	check(fd >= 0 && pread(fd, &word, 4, (uintptr_t)(p + 1001)) == 4 && word == mix(4, 1),
	      "/proc/PID/mem reads what was written");
	equal(p[1001], 0, "our own page is another by now");
	close(fd);
	kill(pid, SIGKILL);
	wait_for(pid);
	munmap(p, 64 * PAGE);
}

static void area(void)
{
	pid_t pid = spawn(tracee, NULL);

	check(stopped_by(pid, SIGSTOP), "a traced process stops");
	basics(pid);
	floating_point(pid);
	segments(pid);
	system_calls(pid);
	signals(pid);
	attach();
	events();
	other_memory();
}

const struct area area_ptrace = {
	"ptrace", "ptrace: memory, registers, steps, system calls, events", area, 60, false
};
