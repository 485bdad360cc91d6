// SPDX-License-Identifier: GPL-2.0
/* Real faults: which signal, si_code, address, trap number and error code */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness.h"

#define FAULT(name) \
	extern void fault_##name(void *arg); \
	extern char fault_##name##_at[], fault_##name##_after[]
FAULT(divide);
FAULT(overflow_divide);
FAULT(ud2);
FAULT(int3);
FAULT(int_3);
FAULT(into);
FAULT(bound);
FAULT(hlt);
FAULT(cli);
FAULT(in);
FAULT(mov_cr);
FAULT(mov_dr);
FAULT(lgdt);
FAULT(rdmsr);
FAULT(int_0x42);
FAULT(int_0x0e);
FAULT(bad_ds);
FAULT(null_ss);
FAULT(far_call);
FAULT(null_fs);
FAULT(x87);
FAULT(sse);
FAULT(alignment);
extern void no_overflow(void *arg);
extern void in_bounds(void *arg);
extern void step_by_step(void);
extern char step_first[], step_last[];

enum trap {
	DE = 0, DB = 1, BP = 3, OF = 4, BR = 5, UD = 6, NP = 11, SS = 12, GP = 13, PF = 14,
	MF = 16, AC = 17, XM = 19
};

/* Of a page fault's error code */
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_USER		4
#define PF_INSTR	16

/* What si_addr is, too */
enum address { NONE, EIP };

struct expect {
	const char *name;
	void (*f)(void *arg);
	char *eip;
	int sig, code;
	enum trap trap;
	unsigned int err;
	enum address addr;
};

#define IS(name, sig, code, trap, err, addr) \
	{ #name, fault_##name, fault_##name##_at, sig, code, trap, err, addr }
#define BEHIND(name, sig, code, trap, err, addr) \
	{ #name, fault_##name, fault_##name##_after, sig, code, trap, err, addr }

static const struct expect expect[] = {
	IS(divide, SIGFPE, FPE_INTDIV, DE, 0, EIP),
	IS(overflow_divide, SIGFPE, FPE_INTDIV, DE, 0, EIP),
	IS(ud2, SIGILL, ILL_ILLOPN, UD, 0, EIP),
	BEHIND(int3, SIGTRAP, SI_KERNEL, BP, 0, NONE),
	BEHIND(int_3, SIGTRAP, SI_KERNEL, BP, 0, NONE),
	BEHIND(into, SIGSEGV, SI_KERNEL, OF, 0, NONE),
	IS(bound, SIGSEGV, SI_KERNEL, BR, 0, NONE),
	IS(hlt, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(cli, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(in, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(mov_cr, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(mov_dr, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(lgdt, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(rdmsr, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(int_0x42, SIGSEGV, SI_KERNEL, GP, 0x42 * 8 + 2, NONE),
	IS(int_0x0e, SIGSEGV, SI_KERNEL, GP, 0x0e * 8 + 2, NONE),
	IS(bad_ds, SIGSEGV, SI_KERNEL, GP, 0x1234, NONE),
	IS(null_ss, SIGSEGV, SI_KERNEL, GP, 0, NONE),
	IS(far_call, SIGSEGV, SI_KERNEL, GP, 0x60, NONE),
	IS(x87, SIGFPE, FPE_FLTDIV, MF, 0, EIP),
};

static void describe(const struct fault *f)
{
	diag("signal %d, code %d, address %#lx, eip %#lx, trap %u, error code %#x", f->sig, f->code,
	     (unsigned long)f->addr, (unsigned long)f->eip, f->trapno, f->err);
}

static void expected(const struct expect *e)
{
	unsigned int err = e->err;
	struct fault f;

	/* Of an interrupt gate: twice the vector, see README */
	if (refused("intcode") && e->trap == GP && err & 2)
		err = (err & ~2U) * 2 + 2;
	faults(&f, e->f, NULL);
	if (!check(f.sig == e->sig && f.code == e->code, "%s: signal %d, code %d", e->name, e->sig,
		   e->code) ||
	    !check(f.eip == (uintptr_t)e->eip, "%s: eip %p", e->name, e->eip) ||
	    !check(f.addr == (e->addr == EIP ? (uintptr_t)e->eip : 0), "%s: si_addr", e->name) ||
	    !check(f.trapno == e->trap && f.err == err, "%s: trap %d, error code %#x", e->name,
		   e->trap, err))
		describe(&f);
}

static void page_fault(const struct fault *f, const void *addr, int sig, int code,
		       unsigned int err, const char *name)
{
	if (!check(f->sig == sig && f->code == code && f->addr == (uintptr_t)addr &&
		   f->trapno == PF && f->err == err,
		   "%s: signal %d, code %d, error code %#x, address", name, sig, code, err)) {
		diag("want address %p", addr);
		describe(f);
	}
}

static void pages(void)
{
	char *p = map(4 * PAGE, PROT_READ | PROT_WRITE), path[] = "/tmp/usertest-XXXXXX";
	static const uintptr_t kernel[] = { 0xc0000000, 0xc0100000, 0xff000000, 0xfffff000 };
	unsigned int nx = cpu_has("nx") ? PF_INSTR : 0;
	struct fault f;
	size_t i;
	int fd;

	memset(p, 0xc3 /* ret */, 4 * PAGE);
	munmap(p + PAGE, PAGE);
	read_faults(&f, p + PAGE + 5);
	page_fault(&f, p + PAGE + 5, SIGSEGV, SEGV_MAPERR, PF_USER, "read of no page");
	write_faults(&f, p + PAGE);
	page_fault(&f, p + PAGE, SIGSEGV, SEGV_MAPERR, PF_USER | PF_WRITE, "write to no page");
	exec_faults(&f, p + PAGE + 16);
	/* The processor tells of a fetch if it has NX or SMEP on, be it a host's. */
	if (!nx)
		f.err &= ~PF_INSTR;
	page_fault(&f, p + PAGE + 16, SIGSEGV, SEGV_MAPERR, PF_USER | nx, "execution of no page");
	mprotect(p, PAGE, PROT_READ);
	write_faults(&f, p + 7);
	page_fault(&f, p + 7, SIGSEGV, SEGV_ACCERR, PF_USER | PF_WRITE | PF_PRESENT,
		   "write to a read-only page");
	mprotect(p, PAGE, PROT_NONE);
	read_faults(&f, p);
	/* The processor sees no page, or one that is the kernel's. */
	f.err &= ~PF_PRESENT;
	page_fault(&f, p, SIGSEGV, SEGV_ACCERR, PF_USER, "read of a PROT_NONE page");
	if (nx) {
		exec_faults(&f, p + 2 * PAGE);
		page_fault(&f, p + 2 * PAGE, SIGSEGV, SEGV_ACCERR, PF_USER | PF_INSTR | PF_PRESENT,
			   "NX: execution of a data page");
		exec_faults(&f, (char *)&f + 0);
		check(f.sig == SIGSEGV && f.code == SEGV_ACCERR, "NX: execution of the stack");
	} else {
		check(!exec_faults(&f, p + 2 * PAGE), "no NX: execution of a data page");
	}
	mprotect(p + 2 * PAGE, PAGE, PROT_READ | PROT_EXEC);
	check(!exec_faults(&f, p + 2 * PAGE), "execution of an executable page");

	for (i = 0; i < ARRAY_SIZE(kernel); i++) {
		/* Whether there is a page must not be told. */
		read_faults(&f, (void *)kernel[i]);
		page_fault(&f, (void *)kernel[i], SIGSEGV, SEGV_MAPERR, PF_USER | PF_PRESENT,
			   "read of the kernel's memory");
		write_faults(&f, (void *)kernel[i]);
		page_fault(&f, (void *)kernel[i], SIGSEGV, SEGV_MAPERR,
			   PF_USER | PF_PRESENT | PF_WRITE, "write to the kernel's memory");
	}
	read_faults(&f, NULL);
	page_fault(&f, NULL, SIGSEGV, SEGV_MAPERR, PF_USER, "read of address 0");
	munmap(p, 4 * PAGE);

	fd = mkstemp(path);
	unlink(path);
	if (fd < 0 || ftruncate(fd, 100))
		give_up("a temporary file");
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(!read_faults(&f, p + 200), "a file's last page is filled up");
	read_faults(&f, p + PAGE);
	page_fault(&f, p + PAGE, SIGBUS, BUS_ADRERR, PF_USER, "read beyond a file's end");
	write_faults(&f, p + PAGE + 1);
	page_fault(&f, p + PAGE + 1, SIGBUS, BUS_ADRERR, PF_USER | PF_WRITE,
		   "write beyond a file's end");
	munmap(p, 2 * PAGE);
	close(fd);
}

static struct {
	int traps, bad;
	uintptr_t first, last;
} steps;

static void on_step(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	if (!steps.traps++)
		steps.first = regs[REG_EIP];
	steps.last = regs[REG_EIP];
	/* The trap behind the popfl that clears TF */
	if (info->si_code == TRAP_BRKPT && !(regs[REG_EFL] & 0x100) && refused("laststep"))
		info->si_code = TRAP_TRACE;
	steps.bad += info->si_code != TRAP_TRACE || regs[REG_TRAPNO] != DB ||
		(uintptr_t)info->si_addr != (uintptr_t)regs[REG_EIP];
	/* A handler does not run step by step. */
	asm volatile("pushfl; testl $0x100, (%%esp); jz 1f; incl %0; 1: popfl"
		     : "+m" (steps.bad) : : "cc");
}

static void single_step(void)
{
	struct sigaction act = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };

	sigaction(SIGTRAP, &act, NULL);
	memset(&steps, 0, sizeof(steps));
	step_by_step();
	/* incl, incl, cmpl, jne, movl, movl, pushfl, andl, popfl */
	equal(steps.traps, 9, "TF: a trap behind each instruction");
	equal(steps.first, (uintptr_t)step_first, "the first where it has to be");
	/* popfl clears TF, and is still followed by a trap. */
	equal(steps.last, (uintptr_t)step_last, "the last, too");
	equal(steps.bad, 0, "TRAP_TRACE, address, and TF off in the handler");
	signal(SIGTRAP, SIG_DFL);
}

static void step_over_syscall(const char *name, bool by_int)
{
	struct sigaction act = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	uint32_t entry = auxv(32 /* AT_SYSINFO */);
	int pid, n = 20;

	sigaction(SIGTRAP, &act, NULL);
	memset(&steps, 0, sizeof(steps));
	if (by_int)
		asm volatile("pushfl; orl $0x100, (%%esp); popfl; int $0x80; nop;"
			     "pushfl; andl $~0x100, (%%esp); popfl"
			     : "=a" (pid) : "a" (n) : "memory", "cc");
	else
		asm volatile("pushfl; orl $0x100, (%%esp); popfl; call *%2;"
			     "pushfl; andl $~0x100, (%%esp); popfl"
			     : "=a" (pid) : "a" (n), "r" (entry) : "memory", "cc");
	equal(pid, getpid(), "TF over %s: its result", name);
	check(steps.traps >= 4 && steps.traps < 40 && !steps.bad,
	      "TF over %s: traps before and behind, none lost (%d, %d bad)", name, steps.traps,
	      steps.bad);
	signal(SIGTRAP, SIG_DFL);
}

static void blocked_fault(void *arg)
{
	sigset_t set;

	(void)arg;
	signal(SIGSEGV, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	*(volatile char *)NULL = 0;
}

static volatile int depth;

static void fault_again(int sig)
{
	if (sig == SIGSEGV && depth++ < 10)
		asm volatile("movl %%eax, 0" : : : "memory");
	_exit(depth == 11 ? 10 : 1);
}

static void fault_in_handler(void *arg)
{
	struct sigaction act = { .sa_handler = fault_again, .sa_flags = arg ? SA_NODEFER : 0 };

	depth = 0;
	sigaction(SIGSEGV, &act, NULL);
	asm volatile("movl %%eax, 0" : : : "memory");
}

/* The fault is mended, and the instruction runs again. */
static char *mend;
static int mended;

static void mend_it(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	mended++;
	mprotect((void *)((uintptr_t)info->si_addr & -PAGE), PAGE, PROT_READ | PROT_WRITE);
}

static void mending(void)
{
	struct sigaction act = { .sa_sigaction = mend_it, .sa_flags = SA_SIGINFO };
	uint32_t pattern = random32();
	size_t size = 64 * PAGE;

	mend = map(size, PROT_NONE);
	sigaction(SIGSEGV, &act, NULL);
	fill(mend, size, pattern);
	check(differs(mend, size, pattern) < 0, "accesses that a handler mends run again");
	equal(mended, 64, "one fault a page");
	/* A string instruction goes on where it was. */
	mended = 0;
	mprotect(mend, size, PROT_NONE);
	asm volatile("rep stosb" : : "a" (0x5a), "D" (mend), "c" (size) : "memory");
	check(mend[0] == 0x5a && mend[size - 1] == 0x5a && mended == 64,
	      "a string instruction goes on (%d faults)", mended);
	signal(SIGSEGV, SIG_DFL);
	munmap(mend, size);
	mended = 0;
}

static void arithmetic(void)
{
	struct fault f;

	/* QEMU 7.2's TCG sets the flag in MXCSR, and never raises the exception. */
	if (!cpu_has("sse")) {
		skip("no SSE", "sse: unmasked division by zero");
	} else if (refused("simdfpe")) {
		uint32_t mxcsr = 0, masked = 0x1f80;

		check(!faults(&f, fault_sse, NULL), "sse: platform has no exceptions, none comes");
		asm volatile("stmxcsr %0" : "=m" (mxcsr));
		equal(mxcsr & 0x3f, 4, "but the flag for division by zero");
		asm volatile("ldmxcsr %0" : : "m" (masked));
	} else {
		static const struct expect sse = IS(sse, SIGFPE, FPE_FLTDIV, XM, 0, EIP);

		expected(&sse);
	}
	/* Nor does it check segments: it reads address 0. */
	if (refused("limits")) {
		check(faults(&f, fault_null_fs, NULL) && f.trapno == PF && !f.addr,
		      "null_fs: platform does not check segments, address 0 is read");
	} else {
		static const struct expect null = IS(null_fs, SIGSEGV, SI_KERNEL, GP, 0, NONE);

		expected(&null);
	}
	/* Nor alignment. */
	if (refused("align")) {
		check(!faults(&f, fault_alignment, NULL),
		      "AC: platform does not check alignment, nothing comes");
	} else {
		static const struct expect ac = IS(alignment, SIGBUS, BUS_ADRALN, AC, 0, NONE);

		expected(&ac);
	}
}

static void area(void)
{
	int on = 1;
	struct fault f;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(expect); i++)
		expected(&expect[i]);
	check(!faults(&f, no_overflow, NULL), "into without overflow");
	check(!faults(&f, in_bounds, NULL), "bound within bounds");
	arithmetic();
	pages();
	single_step();
	step_over_syscall("int $0x80", true);
	step_over_syscall("the vDSO's entry", false);
	mending();
	equal_status(in_child(blocked_fault, NULL), SIGSEGV,
		     "a fault while SIGSEGV is blocked and ignored ends the process");
	equal_status(in_child(fault_in_handler, &on), EXITED(10), "faults in handlers of faults");
	equal_status(in_child(fault_in_handler, NULL), SIGSEGV,
		     "without SA_NODEFER the second one ends the process");
}

const struct area area_fault = {
	"fault", "real faults: signal, si_code, si_addr, trap number, single step", area, 60, false
};
