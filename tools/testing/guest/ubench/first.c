// SPDX-License-Identifier: GPL-2.0
/*
 * first: where the counting of a whole boot begins and ends
 *
 *   first begin    in whatever starts the guest: begins to count
 *   first          as the guest's first process (rdinit=): ends, and becomes /init
 */
#include "marker.h"

/* Of no row of ubench */
#define BOOT_ID	200

#ifdef __x86_64__
static long call3(long nr, long a, const void *b, const void *c)
{
	long ret;

	asm volatile("syscall" : "=a" (ret) : "a" (nr), "D" (a), "S" (b), "d" (c)
		     : "rcx", "r11", "memory");
	return ret;
}

enum { SYS_EXECVE = 59, SYS_EXIT = 60 };
#else
static long call3(long nr, long a, const void *b, const void *c)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret) : "a" (nr), "b" (a), "c" (b), "d" (c) : "memory");
	return ret;
}

enum { SYS_EXECVE = 11, SYS_EXIT = 1 };
#endif

__attribute__((used)) void first_main(long *stack)
{
	static const char init[] = "/init";
	long argc = stack[0];

	if (argc > 1) {
		MARK(MARK_BEGIN, BOOT_ID);
		call3(SYS_EXIT, 0, 0, 0);
	}
	MARK(MARK_END, BOOT_ID);
	call3(SYS_EXECVE, (long)init, stack + 1, stack + 1 + argc + 1);
	call3(SYS_EXIT, 1, 0, 0);
}

/* The kernel enters with a stack that has argc on top. */
#ifdef __x86_64__
asm(".globl _start\n_start: movq %rsp, %rdi; andq $-16, %rsp; call first_main; hlt");
#else
asm(".globl _start\n_start: movl %esp, %eax; andl $-16, %esp; subl $12, %esp; pushl %eax;"
	"call first_main; hlt");
#endif
