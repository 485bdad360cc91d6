// SPDX-License-Identifier: GPL-2.0
/* fork, exec, vfork, exit and wait, with what is in memory compared */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define TIMES		1000
#define WORDS		(16 * PAGE / 4)

static uint32_t data[WORDS] = { 0x600dda7a };
static uint32_t zeroes[WORDS];

static int exec_result(uint32_t pattern, size_t len)
{
	return mix(pattern, len) & 0x0f;
}

/* What a program that was executed sees of itself. Its exit status is the verdict. */
int exec_child(int argc, char **argv)
{
	char expect[32];
	uint32_t pattern, sum = 0;
	size_t i, len;

	if (argc == 3 && !strcmp(argv[2], "fpu")) {
		uint16_t control;
		uint32_t mxcsr = 0x1f80;

		asm volatile("fnstcw %0" : "=m" (control));
		if (getenv("SSE"))
			asm volatile("stmxcsr %0" : "=m" (mxcsr));
		return control != 0x37f ? 10 : mxcsr != 0x1f80 ? 11 : 0;
	}
	if (argc == 3 && !strcmp(argv[2], "ldt"))
		/* The old program's LDT must be gone. */
		return syscall(123 /* modify_ldt */, 0, expect, sizeof(expect)) ? 12 : 0;
	if (argc != 4)
		return 20;
	pattern = strtoul(argv[2], NULL, 16);
	snprintf(expect, sizeof(expect), "%08x", mix(pattern, 1));
	if (!getenv("PATTERN") || strcmp(getenv("PATTERN"), expect))
		return 21;
	/* The third argument is long, and made of the pattern. */
	len = strlen(argv[3]);
	for (i = 0; i < len; i++)
		if (argv[3][i] != 'a' + (char)(mix(pattern, i) % 26))
			return 22;
	if (data[0] != 0x600dda7a)
		return 23;
	for (i = 1; i < WORDS; i++)
		sum |= data[i];
	for (i = 0; i < WORDS; i++)
		sum |= zeroes[i];
	if (sum)
		return 24;
	if (auxv(AT_PAGESZ) != PAGE || !auxv(AT_RANDOM) || !auxv(AT_SYSINFO_EHDR))
		return 25;
	return exec_result(pattern, len);
}

static int exec_once(uint32_t pattern, size_t len, bool by_vfork)
{
	char env[48], hex[16], *text = malloc(len + 1), *argv[5], *envp[2];
	int status;
	pid_t pid;
	size_t i;

	for (i = 0; i < len; i++)
		text[i] = 'a' + (char)(mix(pattern, i) % 26);
	text[len] = 0;
	snprintf(hex, sizeof(hex), "%x", pattern);
	snprintf(env, sizeof(env), "PATTERN=%08x", mix(pattern, 1));
	argv[0] = "usertest";
	argv[1] = EXEC_CHILD;
	argv[2] = hex;
	argv[3] = text;
	argv[4] = NULL;
	envp[0] = env;
	envp[1] = NULL;
	pid = by_vfork ? vfork() : fork();
	if (!pid) {
		execve(self_path, argv, envp);
		_exit(99);
	}
	if (pid < 0)
		give_up("fork");
	status = wait_for(pid);
	free(text);
	return status == EXITED(exec_result(pattern, len)) ? 0 : status;
}

static void many_execs(void)
{
	int i, bad = 0, first = 0, status;

	for (i = 0; i < TIMES; i++) {
		status = exec_once(random32(), i % 10 ? (size_t)i : 20 * PAGE + i, i & 1);
		if (status && !bad++)
			first = status;
	}
	if (!equal(bad, 0, "%d times fork or vfork, exec, exit: arguments, environment, data, bss",
		   TIMES))
		diag("first failure: %s", status_text(first));
}

static void many_forks(void)
{
	size_t size = 32 * PAGE;
	uint32_t *p = map(size, PROT_READ | PROT_WRITE), pattern = random32();
	int i, bad = 0, spoilt = 0;
	pid_t pid;

	for (i = 0; i < TIMES; i++) {
		fill(p, size, pattern + i);
		pid = fork();
		if (pid < 0)
			give_up("fork number %d", i);
		if (!pid) {
			/* The parent's, although the parent changes it meanwhile */
			usleep(i % 50 ? 0 : 1000);
			if (differs(p, size, pattern + i) >= 0)
				_exit(1);
			fill(p, size, ~pattern);
			_exit(differs(p, size, ~pattern) < 0 ? i & 0x7f : 0xff);
		}
		fill(p, size, pattern + i + 1);
		bad += wait_for(pid) != EXITED(i & 0x7f);
		spoilt += differs(p, size, pattern + i + 1) >= 0;
	}
	equal(bad, 0, "%d times fork, write in both, exit: the child's memory", TIMES);
	equal(spoilt, 0, "and the parent's");
	munmap(p, size);
}

static void many_at_once(void)
{
	enum { N = 64 };
	uint32_t *p = map_shared(PAGE);
	pid_t pids[N];
	int i, bad = 0;

	for (i = 0; i < N; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			give_up("fork number %d", i);
		if (!pids[i]) {
			while (!__atomic_load_n(&p[N], __ATOMIC_SEQ_CST))
				sched_yield();
			__atomic_add_fetch(&p[N + 1], 1, __ATOMIC_SEQ_CST);
			p[i] = getpid();
			_exit(i);
		}
	}
	__atomic_store_n(&p[N], 1, __ATOMIC_SEQ_CST);
	/* Waited for in the order they were not started in */
	for (i = N; i--;)
		bad += wait_for(pids[i]) != EXITED(i) || p[i] != (uint32_t)pids[i];
	equal(bad, 0, "%d processes at once", N);
	equal(p[N + 1], N, "all of them counted atomically");
	munmap(p, PAGE);
}

static void chain(void *arg)
{
	int depth = *(int *)arg, status;

	if (!depth)
		_exit(77);
	depth--;
	status = in_child(chain, &depth);
	_exit(status == EXITED(77) ? 77 : 1);
}

static void vfork_order(void)
{
	volatile int shared = 0;
	pid_t pid = vfork();

	if (!pid) {
		/* The parent stands still until exit, and this is its memory. */
		shared = 0x1234;
		usleep(20000);
		shared++;
		_exit(5);
	}
	equal(shared, 0x1235, "vfork: the parent waits, memory is shared");
	equal_status(wait_for(pid), EXITED(5), "vfork: exit status");
}

/* usertest --exec-child SCRIPT more: comes to look for PATTERN, which is not there */
static void exec_script(void *arg)
{
	char **argv = arg;
	char *const none[] = { NULL };

	execve(argv[0], argv, none);
	_exit(98);
}

static void scripts(void)
{
	char path[] = "/tmp/usertest-XXXXXX", text[200], self[100];
	int fd = mkstemp(path), len;
	char *const argv[] = { path, "more", NULL };

	if (fd < 0)
		give_up("a temporary file");
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[len < 0 ? 0 : len] = 0;
	len = snprintf(text, sizeof(text), "#!%s %s\n", self, EXEC_CHILD);
	check(write(fd, text, len) == len, "a script is written");
	fchmod(fd, 0700);
	close(fd);
	equal_status(in_child(exec_script, (void *)argv), EXITED(21),
		     "a script's interpreter gets its arguments");

	/* No format that is known, no permission */
	if (put(path, "\x7f" "ELF, but only so") < 0)
		give_up("writing %s", path);
	fails(execv(path, argv), ENOEXEC, "exec of a broken ELF file");
	chmod(path, 0600);
	fails(execv(path, argv), EACCES, "exec without permission");
	unlink(path);
	fails(execv(path, argv), ENOENT, "exec of nothing");
	fails(execv((char *)0xc0000000, argv), EFAULT, "exec of an address in the kernel");
}

static void work_a_little(void *arg)
{
	volatile uint32_t n = 0;
	double end = now() + 0.05;

	(void)arg;
	while (now() < end)
		n++;
	fill(map(2 * MIB, PROT_READ | PROT_WRITE), 2 * MIB, 1);
	_exit(0);
}

static void forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* Leaves a child behind, which sees its parent change and says so. */
static void orphan(void *arg)
{
	volatile uint32_t *adopted = arg;
	pid_t me = getpid();

	if (!fork()) {
		while (getppid() == me)
			usleep(1000);
		*adopted = getppid();
		_exit(0);
	}
	_exit(0);
}

static void waiting(void)
{
	struct rusage usage;
	siginfo_t info;
	volatile uint32_t *adopted = map_shared(PAGE);
	pid_t pid;
	int status, depth = 40;

	pid = spawn(work_a_little, NULL);
	check(wait4(pid, &status, 0, &usage) == pid && !status, "wait4");
	check(usage.ru_minflt > 512, "a child that touched 2 MiB had %ld page faults",
	      usage.ru_minflt);
	check(usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec +
	      usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec > 0,
	      "a child that worked for 50 ms used the CPU");

	pid = spawn(forever, NULL);
	check(!waitpid(pid, &status, WNOHANG), "WNOHANG on a child that runs");
	kill(pid, SIGSTOP);
	check(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status), "stopped");
	kill(pid, SIGCONT);
	check(waitpid(pid, &status, WCONTINUED) == pid && WIFCONTINUED(status), "continued");
	kill(pid, SIGKILL);
	check(!waitid(P_PID, pid, &info, WEXITED) && info.si_code == CLD_KILLED &&
	      info.si_status == SIGKILL && info.si_pid == pid, "waitid of a killed child");
	fails(waitpid(pid, &status, 0), ECHILD, "a child is waited for once");
	fails(kill(pid, 0), ESRCH, "and gone then");

	equal_status(in_child(chain, &depth), EXITED(77), "a chain of 40 processes");

	equal_status(in_child(orphan, (void *)adopted), 0, "a parent leaves before its child");
	for (depth = 0; depth < 1000 && !*adopted; depth++)
		usleep(10000);
	check(*adopted, "and the child finds a new parent");
	munmap((void *)adopted, PAGE);
}

static void too_long(void)
{
	size_t size = 4 * MIB;
	char *text = map(size, PROT_READ | PROT_WRITE);
	char *const argv[] = { "usertest", text, NULL };

	memset(text, 'x', size - 1);
	fails(execv(self_path, argv), E2BIG, "an argument of 4 MiB");
	munmap(text, size);
}

static void area(void)
{
	many_forks();
	many_execs();
	many_at_once();
	vfork_order();
	waiting();
	scripts();
	too_long();
}

const struct area area_process = {
	"process", "fork, exec, vfork, exit, wait", area, 180, false
};
