/* SPDX-License-Identifier: GPL-2.0 */
/*
 * void spin_with(struct cpu *want, struct cpu *got, int *flag)
 *
 * Loads all registers from *want, waits until *flag is not 0 with nothing but
 * them, and stores them to *got.  Flags with a meaning for the C compiler are
 * put back.  struct cpu is in sigframe.c, with these offsets asserted.
 */
	.set	CPU_EAX, 0
	.set	CPU_EBX, 4
	.set	CPU_ECX, 8
	.set	CPU_EDX, 12
	.set	CPU_ESI, 16
	.set	CPU_EDI, 20
	.set	CPU_EBP, 24
	.set	CPU_EFLAGS, 28
	.set	CPU_ES, 32
	.set	CPU_FS, 36

	.section .text
	.globl	spin_with, spin_start, spin_end
	.type	spin_with, @function
spin_with:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	pushl	%es
	pushl	%fs
	/* Six words and the return address */
	movl	28(%esp), %eax
	movl	32(%esp), %ecx
	movl	%ecx, spin_got
	movl	36(%esp), %ecx
	movl	%ecx, spin_flag
	movl	CPU_ES(%eax), %ecx
	movw	%cx, %es
	movl	CPU_FS(%eax), %ecx
	movw	%cx, %fs
	movl	CPU_EBX(%eax), %ebx
	movl	CPU_ECX(%eax), %ecx
	movl	CPU_EDX(%eax), %edx
	movl	CPU_ESI(%eax), %esi
	movl	CPU_EDI(%eax), %edi
	movl	CPU_EBP(%eax), %ebp
	pushl	CPU_EFLAGS(%eax)
	movl	CPU_EAX(%eax), %eax
	popfl
	/* No instruction here may change a flag. */
spin_start:
	xchgl	%eax, spin_eax
	movl	spin_flag, %eax
	movl	(%eax), %eax
	xchgl	%ecx, %eax
	jecxz	1f
	xchgl	%ecx, %eax
	xchgl	%eax, spin_eax
	jmp	spin_end
1:	xchgl	%ecx, %eax
	xchgl	%eax, spin_eax
	jmp	spin_start
spin_end:
	movl	%eax, spin_eax
	movl	spin_got, %eax
	movl	%ebx, CPU_EBX(%eax)
	movl	%ecx, CPU_ECX(%eax)
	movl	%edx, CPU_EDX(%eax)
	movl	%esi, CPU_ESI(%eax)
	movl	%edi, CPU_EDI(%eax)
	movl	%ebp, CPU_EBP(%eax)
	pushfl
	popl	CPU_EFLAGS(%eax)
	cld
	movl	spin_eax, %ecx
	movl	%ecx, CPU_EAX(%eax)
	xorl	%ecx, %ecx
	movw	%es, %cx
	movl	%ecx, CPU_ES(%eax)
	xorl	%ecx, %ecx
	movw	%fs, %cx
	movl	%ecx, CPU_FS(%eax)
	popl	%fs
	popl	%es
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	.section .data
	.balign	4
spin_got:
	.long	0
spin_flag:
	.long	0
spin_eax:
	.long	0

	.section .note.GNU-stack, "", @progbits
