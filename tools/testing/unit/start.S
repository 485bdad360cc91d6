/* SPDX-License-Identifier: GPL-2.0 */
/* First and last instructions of a process without C library */
#include <asm/unistd_32.h>

	.text
	.globl	_start, restore_signal

/* Entered by Linux, arguments on the stack.  Does not return. */
_start:
	xorl	%ebp, %ebp
	andl	$-16, %esp
	call	start

/* Where a signal handler returns to */
restore_signal:
	movl	$__NR_rt_sigreturn, %eax
	int	$0x80

	.section ".note.GNU-stack", "", @progbits
