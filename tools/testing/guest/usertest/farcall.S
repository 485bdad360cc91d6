/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Code for segments of the LDT, for ldt.c.
 *
 * uint32_t far_call(struct { uint32_t offset; uint16_t selector; } *target)
 * returns what the code there returns.
 */
	.section .text
	.globl	far_call, far_target, far_target_end, far_loop, far_kill
	.type	far_call, @function
far_call:
	pushl	%ebx
	movl	8(%esp), %eax
	/* QEMU pushes with the kernel's rights: no copy on write there. */
	movl	$0, -16(%esp)
	lcall	*(%eax)
	popl	%ebx
	ret

/* In its own segment: returns cs in the upper half, and a known number. */
far_target:
	xorl	%eax, %eax
	movw	%cs, %ax
	shll	$16, %eax
	movw	$0x4711, %ax
	lret
far_target_end:

/* Makes system calls by int $0x80 (sched_yield) in the segment, 100 times. */
far_loop:
	pushl	%esi
	movl	$100, %esi
1:	movl	$158, %eax		/* sched_yield */
	int	$0x80
	decl	%esi
	jnz	1b
	xorl	%eax, %eax
	movw	%cs, %ax
	popl	%esi
	lret

/* Sends SIGUSR1 to itself in there; far_pid is the process. */
far_kill:
	pushl	%ebx
	movl	$37, %eax		/* kill */
	movl	far_pid, %ebx
	movl	$10, %ecx		/* SIGUSR1 */
	int	$0x80
	xorl	%eax, %eax
	movw	%cs, %ax
	popl	%ebx
	lret

/* uint32_t stack_probe(uint32_t ss): all of %esp, after int $0x80 on a 16-bit stack */
	.globl	stack_probe
	.type	stack_probe, @function
stack_probe:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	16(%esp), %eax
	movl	%esp, %esi
	movw	%ss, %di
	movl	probe_esp, %ebx
	movw	%ax, %ss
	movl	%ebx, %esp
	movl	$20, %eax		/* getpid */
	int	$0x80
	movl	%esp, %eax
	movw	%di, %ss
	movl	%esi, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	.section .data
	.balign	4
	.globl	far_pid, probe_esp
far_pid:
	.long	0
probe_esp:
	.long	0x12340800

	.section .note.GNU-stack, "", @progbits
