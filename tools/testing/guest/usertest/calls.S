/* SPDX-License-Identifier: GPL-2.0 */
/*
 * void call_int80(struct call *c), void call_vdso(struct call *c)
 *
 * A system call with all registers from *c, which are stored back there behind
 * it.  call_flags_in are added to eflags before, call_flags_out are those
 * behind.  struct call is in syscalls.c: eax, ebx, ecx, edx, esi, edi, ebp.
 */
	.section .text
.macro	WAY name, instruction:vararg
	.globl	\name
	.type	\name, @function
\name:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	20(%esp), %eax
	movl	%eax, call_record
	movl	4(%eax), %ebx
	movl	8(%eax), %ecx
	movl	12(%eax), %edx
	movl	16(%eax), %esi
	movl	20(%eax), %edi
	movl	24(%eax), %ebp
	movl	(%eax), %eax
	pushfl
	pushl	%eax
	movl	call_flags_in, %eax
	orl	%eax, 4(%esp)
	popl	%eax
	popfl
	\instruction
	pushfl
	popl	call_flags_out
	cld
	pushl	%eax
	movl	call_record, %eax
	popl	(%eax)
	movl	%ebx, 4(%eax)
	movl	%ecx, 8(%eax)
	movl	%edx, 12(%eax)
	movl	%esi, 16(%eax)
	movl	%edi, 20(%eax)
	movl	%ebp, 24(%eax)
	/* NT and the like do not stay. */
	pushfl
	andl	$~0x244c01, (%esp)
	popfl
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret
.endm

WAY call_int80, int $0x80
WAY call_vdso, call *call_entry

	.section .data
	.balign	4
	.globl	call_entry, call_flags_in, call_flags_out
call_entry:
	.long	0
call_flags_in:
	.long	0
call_flags_out:
	.long	0
call_record:
	.long	0

	.section .note.GNU-stack, "", @progbits
