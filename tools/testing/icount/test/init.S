/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_start - the whole userland of the tests: _exit(0)
 *
 * Registers, stack:	as execve() leaves them, not looked at
 * Segments:		the kernel's user segments
 * Paging:		on, this process's
 * Interrupts:		on
 */
#define NR_EXIT 1

	.text
	.globl	user_start
user_start:
	movl	$NR_EXIT, %eax
	xorl	%ebx, %ebx
	int	$0x80

	.section .note.GNU-stack, "", @progbits
