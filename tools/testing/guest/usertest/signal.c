// SPDX-License-Identifier: GPL-2.0
/* Sending, blocking, nesting and taking signals */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

static volatile sig_atomic_t hits, order[64], nested_depth, deepest, raised;
static siginfo_t last;
static volatile uintptr_t handler_esp;

static void remember(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (hits < (int)ARRAY_SIZE(order))
		order[hits] = info->si_value.sival_int ? info->si_value.sival_int : sig;
	last = *info;
	hits++;
}

static void handle(int sig, void (*f)(int, siginfo_t *, void *), int flags)
{
	struct sigaction act = { .sa_sigaction = f, .sa_flags = SA_SIGINFO | flags };

	if (sigaction(sig, &act, NULL))
		give_up("sigaction of %d", sig);
}

static void block(int how, int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(how, &set, NULL);
}

static void senders(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
				  .sigev_value.sival_int = 77 };
	struct itimerspec when = { .it_value.tv_nsec = 1000000 };
	union sigval value = { .sival_int = 0x1badcafe };
	timer_t timer;
	double end;

	handle(SIGUSR1, remember, 0);
	hits = 0;
	kill(getpid(), SIGUSR1);
	check(hits == 1 && last.si_code == SI_USER && last.si_pid == getpid() &&
	      last.si_uid == getuid(), "kill: SI_USER, pid, uid");
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGUSR1);
	check(hits == 2 && last.si_code == SI_TKILL, "tgkill: SI_TKILL");
	sigqueue(getpid(), SIGUSR1, value);
	check(hits == 3 && last.si_code == SI_QUEUE && last.si_value.sival_int == 0x1badcafe,
	      "sigqueue: SI_QUEUE, value");
	if (works(timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create")) {
		timer_settime(timer, 0, &when, NULL);
		for (end = now() + 10; hits == 3 && now() < end;)
			;
		check(hits == 4 && last.si_code == SI_TIMER && last.si_value.sival_int == 77,
		      "a timer's signal: SI_TIMER, value");
		timer_delete(timer);
	}
	fails(kill(getpid(), 65), EINVAL, "a signal that is none");
	fails(sigaction(SIGKILL, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL), EINVAL,
	      "SIGKILL cannot be ignored");
}

static void queue(void)
{
	int i, bad = 0, low = 0, high = 0;
	union sigval value;
	sigset_t set;

	handle(SIGRTMIN, remember, 0);
	handle(SIGRTMIN + 1, remember, 0);
	block(SIG_BLOCK, SIGRTMIN);
	block(SIG_BLOCK, SIGRTMIN + 1);
	hits = 0;
	for (i = 0; i < 20; i++) {
		value.sival_int = 1000 + i;
		sigqueue(getpid(), SIGRTMIN + 1, value);
		value.sival_int = 100 + i;
		sigqueue(getpid(), SIGRTMIN, value);
	}
	sigpending(&set);
	check(!hits && sigismember(&set, SIGRTMIN) && sigismember(&set, SIGRTMIN + 1),
	      "blocked signals are pending");
	/* Unblocked by one call, so that the kernel chooses the order. */
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	equal(hits, 40, "none of 40 queued signals is lost");
	/* Which of the two comes first is open; each one's come as they were sent. */
	for (i = 0; i < 40; i++) {
		if (order[i] >= 1000)
			bad += order[i] != 1000 + high++;
		else
			bad += order[i] != 100 + low++;
	}
	check(!bad && low == 20 && high == 20, "and they come in order");
	if (bad)
		for (i = 0; i < 40; i++)
			diag("%d: %d", i, (int)order[i]);
}

static void nest(int sig, siginfo_t *info, void *context)
{
	uint32_t pattern[256];

	(void)info;
	(void)context;
	nested_depth++;
	if (nested_depth > deepest)
		deepest = nested_depth;
	fill(pattern, sizeof(pattern), nested_depth);
	if (raised++ < 49)
		raise(sig);
	if (differs(pattern, sizeof(pattern), nested_depth) < 0)
		hits++;
	nested_depth--;
}

static void mask_seen(int sig, siginfo_t *info, void *context)
{
	sigset_t set;

	(void)info;
	(void)context;
	sigprocmask(SIG_BLOCK, NULL, &set);
	hits = sigismember(&set, sig) + 2 * sigismember(&set, SIGUSR2) +
		4 * sigismember(&set, SIGHUP);
}

static void nesting(void)
{
	struct sigaction act = { .sa_sigaction = mask_seen, .sa_flags = SA_SIGINFO };
	sigset_t set;

	hits = nested_depth = deepest = raised = 0;
	handle(SIGUSR1, nest, SA_NODEFER);
	raise(SIGUSR1);
	check(deepest == 50 && hits == 50 && !nested_depth,
	      "50 handlers within each other, stacks intact (deepest %d, intact %d)",
	      (int)deepest, (int)hits);
	handle(SIGUSR1, nest, 0);
	deepest = hits = raised = 0;
	raise(SIGUSR1);
	check(deepest == 1 && hits == 50, "without SA_NODEFER a handler is not interrupted by its signal");
	signal(SIGUSR1, SIG_IGN);

	sigaddset(&act.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &act, NULL);
	raise(SIGUSR1);
	equal(hits, 3, "sa_mask and the signal itself are blocked in the handler");
	sigprocmask(SIG_BLOCK, NULL, &set);
	check(!sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2), "and not behind it");

	handle(SIGUSR1, remember, SA_RESETHAND);
	hits = 0;
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &act);
	check(hits == 1 && act.sa_handler == SIG_DFL, "SA_RESETHAND");
}

static void where(int sig, siginfo_t *info, void *context)
{
	stack_t now_used;

	(void)sig;
	(void)info;
	(void)context;
	handler_esp = (uintptr_t)__builtin_frame_address(0);
	sigaltstack(NULL, &now_used);
	hits = now_used.ss_flags;
}

static void alternate(void)
{
	size_t size = 16 * PAGE;
	char *memory = map(size, PROT_READ | PROT_WRITE);
	stack_t alt = { .ss_sp = memory, .ss_size = size }, old;

	works(sigaltstack(&alt, &old), "sigaltstack");
	handle(SIGUSR1, where, SA_ONSTACK);
	raise(SIGUSR1);
	check(handler_esp > (uintptr_t)memory && handler_esp < (uintptr_t)memory + size,
	      "SA_ONSTACK: the handler is on the alternate stack");
	equal(hits, SS_ONSTACK, "and sigaltstack says so there");
	handle(SIGUSR1, where, 0);
	raise(SIGUSR1);
	check(handler_esp < (uintptr_t)memory || handler_esp > (uintptr_t)memory + size,
	      "without SA_ONSTACK it is not");
	equal(hits, 0, "and sigaltstack says so");
	alt.ss_size = 1;
	fails(sigaltstack(&alt, NULL), ENOMEM, "an alternate stack that is too small");
	sigaltstack(&old, NULL);
	munmap(memory, size);
}

static void overflow(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	_exit(info->si_code == SEGV_MAPERR || info->si_code == SEGV_ACCERR ? 33 : 34);
}

/* noipa: neither inlined nor turned into a loop */
static __attribute__((noipa)) unsigned int eat_stack(unsigned int n)
{
	volatile char page[PAGE];

	page[0] = n;
	return n ? eat_stack(n + 1) + page[0] : 0;
}

static void stack_overflow(void *arg)
{
	static char memory[16 * PAGE];
	stack_t alt = { .ss_sp = memory, .ss_size = sizeof(memory) };

	if (arg)
		sigaltstack(&alt, NULL);
	handle(SIGSEGV, overflow, SA_ONSTACK);
	eat_stack(1);
}

/* Waits until the other thread sleeps, then sends it a signal, then wakes it. */
static void *interrupter(void *arg)
{
	char path[64], *text = NULL, *state = NULL;
	int i;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", *(pid_t *)arg);
	for (i = 0; i < 1000 && (!state || state[2] != 'S'); i++) {
		usleep(5000);
		free(text);
		text = slurp(path);
		state = text ? strrchr(text, ')') : NULL;
	}
	free(text);
	syscall(SYS_tgkill, getpid(), *(pid_t *)arg, SIGUSR1);
	usleep(100000);
	/* What read() waits for */
	return (void *)(intptr_t)write(((int *)arg)[1], "x", 1);
}

static void interrupted(void)
{
	struct timespec pause_for = { .tv_sec = 10 }, left;
	int fds[2], arg[2] = { syscall(SYS_gettid) }, n;
	pthread_t thread;
	char c;

	if (pipe(fds))
		give_up("pipe");
	arg[1] = fds[1];
	hits = 0;
	handle(SIGUSR1, remember, SA_RESTART);
	pthread_create(&thread, NULL, interrupter, arg);
	n = read(fds[0], &c, 1);
	check(n == 1 && c == 'x' && hits == 1, "SA_RESTART: read goes on behind the handler");
	pthread_join(thread, NULL);

	handle(SIGUSR1, remember, 0);
	pthread_create(&thread, NULL, interrupter, arg);
	fails(read(fds[0], &c, 1), EINTR, "without: EINTR");
	pthread_join(thread, NULL);
	read(fds[0], &c, 1);

	pthread_create(&thread, NULL, interrupter, arg);
	n = nanosleep(&pause_for, &left);
	check(n == -1 && errno == EINTR && left.tv_sec >= 5 && left.tv_sec < 10,
	      "nanosleep tells how much is left: %ld s", (long)left.tv_sec);
	pthread_join(thread, NULL);

	/* Restarted inside the kernel by restart_syscall, with the time left */
	handle(SIGUSR1, remember, SA_RESTART);
	pthread_create(&thread, NULL, interrupter, arg);
	n = poll(&(struct pollfd){ .fd = -1 }, 1, 200);
	check(n == 0 || (n == -1 && errno == EINTR), "poll with a signal ends");
	pthread_join(thread, NULL);
	close(fds[0]);
	close(fds[1]);
}

static void stopper(void *arg)
{
	pid_t parent = *(pid_t *)arg;

	usleep(30000);
	kill(parent, SIGSTOP);
	usleep(30000);
	kill(parent, SIGCONT);
}

/* A process that is stopped and goes on sleeps on: the kernel restarts nanosleep. */
static void restart_block(void *arg)
{
	struct timespec t = { .tv_nsec = 200000000 };
	pid_t me = getpid();
	double start = now();

	(void)arg;
	spawn(stopper, &me);
	if (nanosleep(&t, NULL))
		_exit(1);
	_exit(now() - start >= 0.2 ? 0 : 2);
}

static void taken(void)
{
	struct timespec soon = { .tv_nsec = 20000000 };
	struct signalfd_siginfo from_fd;
	siginfo_t info;
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fails(sigtimedwait(&set, &info, &soon), EAGAIN, "sigtimedwait without a signal");
	raise(SIGUSR2);
	check(sigtimedwait(&set, &info, &soon) == SIGUSR2 && info.si_signo == SIGUSR2,
	      "sigtimedwait takes a signal");
	fd = signalfd(-1, &set, 0);
	raise(SIGUSR2);
	check(fd >= 0 && read(fd, &from_fd, sizeof(from_fd)) == sizeof(from_fd) &&
	      from_fd.ssi_signo == SIGUSR2 && from_fd.ssi_pid == (uint32_t)getpid(),
	      "signalfd reads a signal");
	close(fd);
	handle(SIGUSR2, remember, 0);
	hits = 0;
	raise(SIGUSR2);
	sigprocmask(SIG_BLOCK, NULL, &set);
	sigdelset(&set, SIGUSR2);
	check(!hits && sigsuspend(&set) == -1 && errno == EINTR && hits == 1,
	      "sigsuspend lets it in");
	block(SIG_UNBLOCK, SIGUSR2);
}

static volatile uint32_t ticks;

static void tick(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	ticks++;
}

/* Thousands of signals at arbitrary instructions */
static void storm(void)
{
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } }, off = { };
	uint32_t buffer[1024], want, got = 0;
	double end = now() + 20;
	int i, k, rounds = 0, bad = 0;
	uint32_t x;

	for (x = 1, i = 0; i < 20000; i++)
		x = mix(x, i);
	want = x;
	handle(SIGALRM, tick, SA_RESTART);
	ticks = 0;
	setitimer(ITIMER_REAL, &every, NULL);
	while (ticks < 200 && now() < end) {
		for (x = 1, i = 0; i < 20000; i++)
			x = mix(x, i);
		got = x;
		bad += got != want;
		fill(buffer, sizeof(buffer), rounds);
		for (k = 0; k < 20; k++)
			bad += differs(buffer, sizeof(buffer), rounds) >= 0;
		rounds++;
	}
	setitimer(ITIMER_REAL, &off, NULL);
	check(ticks >= 200, "a timer's 200 signals come (%u in %d rounds)", ticks, rounds);
	equal(bad, 0, "computations they interrupt come out right");
	signal(SIGALRM, SIG_DFL);
}

struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static void old_handler(int sig)
{
	hits += sig == SIGUSR1;
}

/* Without SA_RESTORER the kernel returns through the vDSO. */
static void vdso_return(void)
{
	struct kernel_sigaction act = { .handler = old_handler }, old;

	hits = 0;
	works(syscall(SYS_rt_sigaction, SIGUSR1, &act, &old, 8), "a handler without restorer");
	raise(SIGUSR1);
	equal(hits, 1, "its old-style frame returns through the vDSO");
	act.handler = remember;
	act.flags = SA_SIGINFO;
	syscall(SYS_rt_sigaction, SIGUSR1, &act, NULL, 8);
	raise(SIGUSR1);
	equal(hits, 2, "and a frame with siginfo, too");
	fails(syscall(SYS_rt_sigaction, SIGUSR1, &act, NULL, 4), EINVAL,
	      "a signal set of the wrong size");
	signal(SIGUSR1, SIG_DFL);
}

static void dies(void *arg)
{
	raise(*(int *)arg);
}

static void defaults(void)
{
	static const int fatal[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGKILL, SIGUSR1, SIGPIPE,
				     SIGABRT, SIGXCPU, SIGSYS };
	static const int ignored[] = { SIGCHLD, SIGURG, SIGWINCH, SIGCONT };
	int i, status, sig;

	for (i = 0; i < (int)ARRAY_SIZE(fatal); i++) {
		sig = fatal[i];
		status = in_child(dies, &sig);
		equal_status(status, sig, "signal %d ends a process", sig);
	}
	for (i = 0; i < (int)ARRAY_SIZE(ignored); i++) {
		sig = ignored[i];
		equal_status(in_child(dies, &sig), 0, "signal %d does not", sig);
	}
}

static void area(void)
{
	int on = 1;

	senders();
	queue();
	nesting();
	alternate();
	equal_status(in_child(stack_overflow, &on), EXITED(33),
		     "a stack overflow is handled on the alternate stack");
	equal_status(in_child(stack_overflow, NULL), SIGSEGV, "without one it ends the process");
	interrupted();
	equal_status(in_child(restart_block, NULL), 0, "nanosleep goes on after SIGSTOP, SIGCONT");
	taken();
	storm();
	vdso_return();
	defaults();
}

const struct area area_signal = {
	"signal", "sending, queueing, nesting, alternate stacks, restarting", area, 90, false
};
