// SPDX-License-Identifier: GPL-2.0
/* iopl and ioperm: ports for processes that may, or a clean refusal */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

/* The port that the BIOS reports its progress to: harmless */
#define PORT	0x80

static void use_port(void *arg)
{
	(void)arg;
	asm volatile("inb %w0, %%al; outb %%al, %w0" : : "d" (PORT) : "al");
}

static void use_cli(void *arg)
{
	(void)arg;
	asm volatile("cli; nop; sti");
}

static void not_root(void *arg)
{
	struct fault f;

	(void)arg;
	if (setuid(65534))
		_exit(1);
	if (syscall(SYS_iopl, 3) != -1 || (errno != EPERM && errno != ENOSYS))
		_exit(2);
	if (syscall(SYS_ioperm, PORT, 1, 1) != -1 ||
	    (errno != EPERM && errno != ENOSYS && errno != EIO))
		_exit(3);
	_exit(faults(&f, use_port, NULL) ? 0 : 4);
}

static void inherits(void *arg)
{
	struct fault f;

	(void)arg;
	_exit(faults(&f, use_port, NULL) ? 1 : 0);
}

static void area(void)
{
	struct fault f;

	check(faults(&f, use_port, NULL) && f.sig == SIGSEGV && f.trapno == 13,
	      "no port without permission");
	if (refused("ioport")) {
		refuses(syscall(SYS_iopl, 3), ENOSYS, EPERM, "iopl(3)");
		refuses(syscall(SYS_ioperm, PORT, 1, 1), ENOSYS, EPERM, "ioperm");
		check(faults(&f, use_port, NULL) && f.sig == SIGSEGV, "and still no port");
		check(faults(&f, use_cli, NULL) && f.sig == SIGSEGV, "nor cli");
		equal_status(in_child(not_root, NULL), 0, "the same for others than root");
		return;
	}
	works(syscall(SYS_ioperm, PORT, 1, 1), "ioperm on");
	check(!faults(&f, use_port, NULL), "the port works");
	equal_status(in_child(inherits, NULL), 0, "in a child, too");
	usleep(1000);
	check(!faults(&f, use_port, NULL), "and after a switch");
	works(syscall(SYS_ioperm, PORT, 1, 0), "ioperm off");
	check(faults(&f, use_port, NULL) && f.sig == SIGSEGV, "the port is gone");
	fails(syscall(SYS_ioperm, 0x10000, 1, 1), EINVAL, "a port that is none");

	works(syscall(SYS_iopl, 3), "iopl(3)");
	check(!faults(&f, use_port, NULL), "all ports work");
	works(syscall(SYS_iopl, 0), "iopl(0)");
	check(faults(&f, use_port, NULL), "no port works");
	fails(syscall(SYS_iopl, 4), EINVAL, "iopl(4)");
	equal_status(in_child(not_root, NULL), 0, "none for others than root");
}

const struct area area_ioport = {
	"ioport", "iopl and ioperm, or their refusal", area, 20, false
};
