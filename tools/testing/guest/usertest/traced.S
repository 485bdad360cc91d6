/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What ptrace.c and hwbp.c let run and look at: the addresses of its
 * instructions are known.
 */
	.section .text
	.globl	traced, traced_step1, traced_step2, traced_step3, traced_call
	.globl	traced_end, traced_syscall, traced_after_syscall
	.type	traced, @function
traced:
	movl	$0x1111, %eax
traced_step1:
	addl	$0x2222, %eax
traced_step2:
	movl	%eax, traced_word
traced_step3:
	pushl	%ebx
	movl	$20, %eax		/* getpid */
traced_syscall:
	int	$0x80
traced_after_syscall:
	popl	%ebx
traced_call:
	call	traced_callee
	movl	traced_word, %eax
traced_end:
	ret

	.globl	traced_callee
traced_callee:
	incl	traced_count
	ret

	.section .data
	.balign	8
	.globl	traced_word, traced_count
traced_word:
	.long	0
traced_count:
	.long	0

	.section .note.GNU-stack, "", @progbits
