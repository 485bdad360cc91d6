/* SPDX-License-Identifier: GPL-2.0 */
/* A crash with known registers, for core.c. */
	.section .text
	.globl	crash, crash_at
	.type	crash, @function
crash:
	movl	$0xa0a0a0a1, %eax
	movl	$0xb0b0b0b2, %ebx
	movl	$0xc0c0c0c3, %ecx
	movl	$0xd0d0d0d4, %edx
	movl	$0x51515155, %esi
	movl	$0xd1d1d1d6, %edi
	movl	$0xb1b1b1b7, %ebp
	fld1
crash_at:
	ud2

	.section .note.GNU-stack, "", @progbits
