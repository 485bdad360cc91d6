// SPDX-License-Identifier: GPL-2.0
/* Files for xl: whole, or not there */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "handover.h"

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static const int signals[] = { SIGTERM, SIGINT, SIGHUP };

/* Files that are to go unless all goes well; NULL when there is none */
struct made {
	char *kernel;
	char *ramdisk;
	char *output;
};

static void remove_file(char **path)
{
	if (*path)
		unlink(*path);
	free(*path);
	*path = NULL;
}

static int make_file(const char *stem, const char *name, char **path)
{
	int fd;

	if (asprintf(path, "%s%s.XXXXXX", stem, name) < 0) {
		*path = NULL;
		system_error("no memory");
		return -1;
	}
	fd = mkostemp(*path, O_CLOEXEC);
	if (fd < 0) {
		system_error("cannot create %s%s.XXXXXX: %s", stem, name, strerror(errno));
		free(*path);
		*path = NULL;
	}
	return fd;
}

static int write_all(int fd, const char *data, size_t size, const char *name)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR && !stopped)
			continue;
		if (n < 0)
			return system_error("cannot write %s: %s", name, strerror(errno));
		data += n;
		size -= (size_t)n;
	}
	return ST_OK;
}

static void add_item(FILE *out, const struct handover *h, const char *key, const char *value)
{
	if (h->format != OUT_SXP) {
		fprintf(out, "%s %s%c", key, value, h->format == OUT_SIMPLE ? '\n' : '\0');
		return;
	}
	if (strcmp(key, "args")) {
		fprintf(out, "(%s %s)", key, value);
		return;
	}
	fprintf(out, "(%s \"", key);
	for (; *value; value++)
		fprintf(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
	fputs("\")", out);
}

static char *compose(const struct handover *h, const struct made *made, const struct result *res,
		     size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		return NULL;
	if (h->format == OUT_SXP)
		fputs("linux ", out);
	add_item(out, h, "kernel", made->kernel);
	if (res->has_ramdisk)
		add_item(out, h, "ramdisk", made->ramdisk);
	if (*res->args)
		add_item(out, h, "args", res->args);
	if (h->format == OUT_SIMPLE)
		fputc('\n', out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* The last step: when the answer is there, all that it names is */
static int write_answer(const struct handover *h, struct made *made, const struct result *res)
{
	size_t size = 0;
	char *text = compose(h, made, res, &size);
	struct stat st;
	int fd, ret;

	if (!text)
		return system_error("no memory for the answer");
	if (!h->output) {
		ret = write_all(STDOUT_FILENO, text, size, "standard output");
	} else if (!stat(h->output, &st) && !S_ISREG(st.st_mode)) {
		/* Renaming over a FIFO would replace it */
		fd = open(h->output, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		ret = fd < 0 ? system_error("cannot open %s: %s", h->output, strerror(errno)) :
			write_all(fd, text, size, h->output);
		if (fd >= 0)
			close(fd);
	} else {
		fd = make_file(h->output, "", &made->output);
		ret = fd < 0 ? ST_SYSTEM : write_all(fd, text, size, made->output);
		if (fd >= 0 && close(fd) && !ret)
			ret = system_error("cannot close %s: %s", made->output, strerror(errno));
		if (!ret && rename(made->output, h->output))
			ret = system_error("cannot rename %s to %s: %s", made->output, h->output,
					   strerror(errno));
		if (!ret) {
			free(made->output);
			made->output = NULL;
		}
	}
	free(text);
	return ret;
}

/* In the child: never returns */
static void __attribute__((noreturn)) child(const struct handover *h, struct disk *disk,
					    const struct request *req, int pipe_fd,
					    const sigset_t *mask)
{
	struct result res;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		signal(signals[i], SIG_DFL);
	/* A file that grows too large is an error of write() */
	signal(SIGXFSZ, SIG_IGN);
	sigprocmask(SIG_SETMASK, mask, NULL);
	ret = enter_sandbox(h, &req->limits);
	if (!ret)
		ret = boot(disk, req, &res);
	if (!ret && !req->wishes.list)
		ret = write_all(pipe_fd, (const char *)&res, sizeof(res), "the result");
	if (fflush(stdout) && !ret)
		ret = system_error("cannot write to standard output: %s", strerror(errno));
	_exit(ret);
}

/* What the child says is not trusted more than the disk */
static int check_result(const struct result *res, size_t got)
{
	unsigned char flag;

	memcpy(&flag, &res->has_ramdisk, 1);
	if (got != sizeof(*res) || flag > 1 ||
	    strnlen(res->args, sizeof(res->args)) == sizeof(res->args))
		return system_error("the reader of the disk gave no proper result");
	for (const char *p = res->args; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return bad("the kernel's arguments have a control character, 0x%02x",
				   (unsigned char)*p);
	return ST_OK;
}

static int judge(const struct handover *h, const struct disk *disk, int status)
{
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGXCPU)
		return bad("%s: reading it took more than %u seconds of processor time (see --max-seconds)",
			   disk->name, h->seconds);
	return bad("%s: its reader was ended by signal %d", disk->name, WTERMSIG(status));
}

/* Wait for the child's result and end, or for a signal to us */
static int wait_for(const struct handover *h, const struct disk *disk, pid_t pid, int fd,
		    const sigset_t *mask, bool list, struct result *res)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	int status, ret;

	while (!stopped && got <= sizeof(*res)) {
		char extra, *to = got < sizeof(*res) ? (char *)res + got : &extra;
		ssize_t n;

		/* Signals come in here and nowhere else */
		if (ppoll(&p, 1, NULL, mask) < 0)
			continue;
		n = read(fd, to, got < sizeof(*res) ? sizeof(*res) - got : 1);
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (stopped)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return system_error("cannot wait: %s", strerror(errno));
	if (stopped)
		return system_error("ended by signal %d", (int)stopped);
	ret = judge(h, disk, status);
	return ret || list ? ret : check_result(res, got);
}

static int run_child(const struct handover *h, struct disk *disk, const struct request *req,
		     const sigset_t *mask, struct result *res)
{
	int fds[2], ret;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return system_error("cannot make a pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		child(h, disk, req, fds[1], mask);
	}
	close(fds[1]);
	ret = pid < 0 ? system_error("cannot fork: %s", strerror(errno)) :
		wait_for(h, disk, pid, fds[0], mask, req->wishes.list, res);
	close(fds[0]);
	return ret;
}

int hand_over(const struct handover *h, struct disk *disk, struct request *req)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct made made = { 0 };
	struct result res = { 0 };
	sigset_t mask, block;
	int ret = ST_OK;

	sigemptyset(&block);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &block, &mask);

	req->kernel_fd = req->ramdisk_fd = -1;
	if (!req->wishes.list) {
		req->kernel_fd = make_file(h->directory, "/kernel", &made.kernel);
		if (req->kernel_fd >= 0)
			req->ramdisk_fd = make_file(h->directory, "/ramdisk", &made.ramdisk);
		if (req->ramdisk_fd < 0)
			ret = ST_SYSTEM;
	}
	if (!ret)
		ret = run_child(h, disk, req, &mask, &res);
	/* Some file systems tell only now that there was no room */
	if (req->kernel_fd >= 0 && close(req->kernel_fd) && !ret)
		ret = system_error("cannot close %s: %s", made.kernel, strerror(errno));
	if (req->ramdisk_fd >= 0 && close(req->ramdisk_fd) && !ret)
		ret = system_error("cannot close %s: %s", made.ramdisk, strerror(errno));
	if (!ret && !req->wishes.list)
		ret = write_answer(h, &made, &res);
	if (ret || !res.has_ramdisk)
		remove_file(&made.ramdisk);
	if (ret) {
		remove_file(&made.kernel);
		remove_file(&made.output);
	}
	free(made.kernel);
	free(made.ramdisk);
	return ret;
}
