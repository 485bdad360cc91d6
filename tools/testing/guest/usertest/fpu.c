// SPDX-License-Identifier: GPL-2.0
/* x87, MMX, SSE, AVX: over switches, fork, exec, and in signal frames */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "harness.h"

/* What precedes it is the old form, of fsave. */
static struct _fpstate *state_of(void *context)
{
	return (struct _fpstate *)((ucontext_t *)context)->uc_mcontext.fpregs;
}

/* vectors.S has the offsets, too. */
struct vectors {
	uint8_t x87[8][10];
	uint16_t control, pad;
	uint32_t mxcsr, pad2[2];
	uint8_t xmm[8][16];
	uint8_t ymm[8][32];
};
_Static_assert(offsetof(struct vectors, control) == 80 && offsetof(struct vectors, mxcsr) == 84 &&
	       offsetof(struct vectors, xmm) == 96 && offsetof(struct vectors, ymm) == 224,
	       "as in vectors.S");

#define HAS_SSE		1u
#define HAS_AVX		2u
#define SWITCHES	200

extern void vectors_load(const struct vectors *v, uint32_t has);
extern void vectors_store(struct vectors *v, uint32_t has);
extern void mmx_load(const uint64_t *v);
extern void mmx_store(uint64_t *v);

static uint32_t has;
static bool has_mmx;

static void make(struct vectors *v, uint32_t pattern)
{
	static const uint16_t controls[] = { 0x37f, 0x27f, 0x77f, 0xb7f, 0xf7f, 0x07f };
	int i;

	memset(v, 0, sizeof(*v));
	for (i = 0; i < 8; i++) {
		uint32_t low = mix(pattern, i), high = mix(pattern, 100 + i) | 0x80000000;

		/* A number that is one: explicit leading bit, exponent in range */
		memcpy(v->x87[i], &low, 4);
		memcpy(v->x87[i] + 4, &high, 4);
		v->x87[i][8] = pattern + i;
		v->x87[i][9] = 0x3f | (i & 1) << 7;
	}
	v->control = controls[pattern % ARRAY_SIZE(controls)];
	/* All masked; rounding differs. */
	v->mxcsr = has & HAS_SSE ? 0x1f80 | (pattern & 3) << 13 : 0;
	if (has & HAS_SSE)
		fill(v->xmm, sizeof(v->xmm), pattern);
	if (has & HAS_AVX) {
		fill(v->ymm, sizeof(v->ymm), pattern + 1);
		/* The lower halves of ymm are xmm. */
		for (i = 0; i < 8; i++)
			memcpy(v->xmm[i], v->ymm[i], 16);
	}
}

static bool same(const struct vectors *want)
{
	struct vectors got = { };

	vectors_store(&got, has);
	return !memcmp(want, &got, sizeof(got));
}

static void usual(void)
{
	uint32_t mxcsr = 0x1f80;

	asm volatile("fninit");
	if (has & HAS_SSE)
		asm volatile("ldmxcsr %0" : : "m" (mxcsr));
}

struct switcher {
	uint32_t number, bad;
	int cpus[64], n_cpus;
};

static void *switch_often(void *arg)
{
	struct switcher *s = arg;
	struct vectors v;
	uint64_t mmx[8], got[8];
	int i;

	for (i = 0; i < SWITCHES; i++) {
		make(&v, s->number + i);
		vectors_load(&v, has);
		if (i % 50 == 49)
			pin(s->cpus[(s->number + i / 50) % s->n_cpus]);
		else
			sched_yield();
		s->bad += !same(&v);
		if (has_mmx) {
			fill(mmx, sizeof(mmx), s->number + i);
			mmx_load(mmx);
			sched_yield();
			mmx_store(got);
			s->bad += !!memcmp(mmx, got, sizeof(got));
			asm volatile("emms");
		}
	}
	usual();
	return NULL;
}

static void switch_and_tell(void *arg)
{
	struct switcher *s = arg;

	switch_often(s);
	_exit(s->bad ? 1 : 0);
}

static void switches(void)
{
	enum { N = 10 };
	struct switcher s[N] = { };
	pthread_t threads[N];
	pid_t pids[N];
	int i, bad = 0;

	s[0].n_cpus = allowed_cpus(s[0].cpus, ARRAY_SIZE(s[0].cpus));
	for (i = 0; i < N; i++) {
		s[i] = s[0];
		s[i].number = i * 1000 + 1;
		pids[i] = spawn(switch_and_tell, &s[i]);
	}
	for (i = 0; i < N; i++)
		bad += wait_for(pids[i]) != 0;
	equal(bad, 0, "%d processes, %d switches each", N, SWITCHES);
	for (i = 0; i < N; i++)
		if (pthread_create(&threads[i], NULL, switch_often, &s[i]))
			give_up("pthread_create");
	for (i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		bad += s[i].bad;
	}
	equal(bad, 0, "%d threads", N);
}

static void inherited(void)
{
	struct vectors v;
	int status;
	pid_t pid;

	make(&v, 77);
	vectors_load(&v, has);
	/* The system call itself: the C library's fork may use the registers. */
	pid = syscall(SYS_fork);
	if (!pid)
		_exit(same(&v) ? 0 : 1);
	check(same(&v), "the parent's registers over fork");
	usual();
	status = wait_for(pid);
	equal_status(status, 0, "and the child's, which inherits them");
}

static void exec_with_other(void *arg)
{
	char *const argv[] = { "usertest", EXEC_CHILD, "fpu", NULL };
	char *const envp[] = { has & HAS_SSE ? "SSE=1" : NULL, NULL };
	struct vectors v;

	(void)arg;
	make(&v, 1);
	vectors_load(&v, has);
	execve(self_path, argv, envp);
	_exit(99);
}

static struct vectors in_frame;
static volatile uint16_t handler_control;
static volatile uint32_t handler_mxcsr;
static volatile bool frame_right, change;

static void handler(int sig, siginfo_t *info, void *context)
{
	struct _fpstate *fp = state_of(context);
	struct vectors other;
	uint16_t control;
	uint32_t mxcsr = 0x1f80;
	int i;

	(void)sig;
	(void)info;
	asm volatile("fnstcw %0" : "=m" (control));
	handler_control = control;
	if (has & HAS_SSE)
		asm volatile("stmxcsr %0" : "=m" (mxcsr));
	handler_mxcsr = mxcsr;
	frame_right = fp && (fp->cw & 0xffff) == in_frame.control;
	for (i = 0; i < 8 && fp; i++) {
		frame_right &= !memcmp(&fp->_st[i], in_frame.x87[i], 10);
		if (has & HAS_SSE)
			frame_right &= fp->magic == 0 && fp->mxcsr == in_frame.mxcsr &&
				!memcmp(&fp->_xmm[i], in_frame.xmm[i], 16);
	}
	if (change && fp) {
		fp->cw = (fp->cw & ~0xffffu) | 0x27f;
		fp->_st[0].significand[0] ^= 1;
		if (has & HAS_SSE)
			((uint8_t *)&fp->_xmm[5])[3] ^= 0xff;
	}
	/* Spoil all of them. */
	make(&other, 4242);
	vectors_load(&other, has);
}

static void frames(void)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	int i, bad = 0, bad_frames = 0, pid = getpid();

	sigaction(SIGUSR1, &act, NULL);
	for (i = 0; i < 100; i++) {
		make(&in_frame, i);
		vectors_load(&in_frame, has);
		syscall(SYS_kill, pid, SIGUSR1);
		bad += !same(&in_frame);
		bad_frames += !frame_right;
	}
	usual();
	equal(bad, 0, "registers behind a handler that changes them all");
	equal(bad_frames, 0, "and in its frame");
	/* The handler keeps what was there: only exec gives a new state. */
	check(handler_control, "a handler has a control word: %#x", handler_control);

	make(&in_frame, 12);
	vectors_load(&in_frame, has);
	change = true;
	syscall(SYS_kill, pid, SIGUSR1);
	change = false;
	in_frame.control = 0x27f;
	in_frame.x87[0][0] ^= 1;
	if (has & HAS_SSE) {
		in_frame.xmm[5][3] ^= 0xff;
		in_frame.ymm[5][3] ^= has & HAS_AVX ? 0xff : 0;
	}
	bad = !same(&in_frame);
	usual();
	equal(bad, 0, "what a handler changes in its frame is changed");
	signal(SIGUSR1, SIG_DFL);
}

static void bad_mxcsr(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	state_of(context)->mxcsr = 0xffffffff;
}

static void bad_pointer(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	((ucontext_t *)context)->uc_mcontext.fpregs = (void *)0xc0000000;
}

static void spoilt(void *arg)
{
	struct sigaction act = { .sa_sigaction = arg, .sa_flags = SA_SIGINFO };

	uint32_t mxcsr = 0;

	usual();
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	if (has & HAS_SSE)
		asm volatile("stmxcsr %0" : "=m" (mxcsr));
	_exit(mxcsr & 0xffff0000 ? 1 : 0);
}

static void computation(void)
{
	volatile double x = 0.5, sum = 0;
	long double exact;
	int i;

	for (i = 1; i <= 1000; i++)
		sum += 1.0 / i / i;
	check(sum > 1.6439345 && sum < 1.6439346, "a sum of squares: %.10f", sum);
	asm("fldpi; fsin" : "=t" (exact));
	check(exact * 1e15L < 1 && exact * 1e15L > -1, "sine of pi");
	asm("fsqrt" : "=t" (exact) : "0" (2.0L));
	check(exact > 1.41421356237309504L && exact < 1.41421356237309506L, "square root of 2");
	check(x * 2 == 1.0, "a half");
}

static void area(void)
{
	int status;

	/* XSAVE's flag says whether the kernel has turned AVX on, too. */
	has = (cpu_has("sse") ? HAS_SSE : 0) | (cpu_has("avx") ? HAS_AVX : 0);
	has_mmx = cpu_has("mmx");
	diag("%s%s%s", has_mmx ? "MMX " : "", has & HAS_SSE ? "SSE " : "",
	     has & HAS_AVX ? "AVX" : "");
	computation();
	switches();
	inherited();
	equal_status(in_child(exec_with_other, NULL), 0, "a program starts with default settings");
	frames();
	if (has & HAS_SSE) {
		/* i386 without XSAVE drops the bits "for historical reasons". */
		status = in_child(spoilt, bad_mxcsr);
		check(!status || WTERMSIG(status) == SIGSEGV,
		      "a frame with reserved bits of MXCSR: %s", status_text(status));
	}
	equal_status(in_child(spoilt, bad_pointer), SIGSEGV, "a frame with its state nowhere");
}

const struct area area_fpu = {
	"fpu", "x87, MMX, SSE, AVX over switches, fork, exec, signals", area, 60, false
};
