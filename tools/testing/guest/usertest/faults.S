/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that fault, for fault.c.  The label NAME_at is the instruction that
 * does; what the kernel reports has to be this address, or for traps the one
 * behind it, NAME_after.
 */
	.section .text

.macro	FAULT name
	.globl	fault_\name, fault_\name\()_at, fault_\name\()_after
	.type	fault_\name, @function
fault_\name:
.endm
.macro	AT name
fault_\name\()_at:
.endm
.macro	AFTER name
fault_\name\()_after:
	ret
.endm

FAULT divide
	movl	$1, %eax
	xorl	%edx, %edx
	xorl	%ecx, %ecx
AT divide
	divl	%ecx
AFTER divide

FAULT overflow_divide
	movl	$0x80000000, %eax
	cltd
	movl	$-1, %ecx
AT overflow_divide
	idivl	%ecx
AFTER overflow_divide

FAULT ud2
AT ud2
	ud2
AFTER ud2

FAULT int3
AT int3
	int3
AFTER int3

/* The two-byte form */
FAULT int_3
AT int_3
	.byte	0xcd, 3
AFTER int_3

FAULT into
	movb	$0x7f, %al
	addb	$1, %al
AT into
	into
AFTER into

/* No overflow, nothing happens */
	.globl	no_overflow
no_overflow:
	xorl	%eax, %eax
	into
	ret

FAULT bound
	movl	$5, %eax
AT bound
	bound	%eax, bounds
AFTER bound

	.globl	in_bounds
in_bounds:
	movl	$3, %eax
	bound	%eax, bounds
	ret

FAULT hlt
AT hlt
	hlt
AFTER hlt

FAULT cli
AT cli
	cli
AFTER cli

FAULT in
	xorl	%eax, %eax
AT in
	inb	$0x80, %al
AFTER in

FAULT mov_cr
AT mov_cr
	movl	%cr3, %eax
AFTER mov_cr

FAULT mov_dr
AT mov_dr
	movl	%dr7, %eax
AFTER mov_dr

FAULT lgdt
AT lgdt
	lgdt	bounds
AFTER lgdt

FAULT rdmsr
	movl	$0x10, %ecx
AT rdmsr
	rdmsr
AFTER rdmsr

FAULT int_0x42
AT int_0x42
	int	$0x42
AFTER int_0x42

/* The page fault vector: not for users */
FAULT int_0x0e
AT int_0x0e
	int	$0x0e
AFTER int_0x0e

FAULT bad_ds
	movl	$0x1237, %eax
AT bad_ds
	movw	%ax, %ds
AFTER bad_ds

FAULT null_ss
	xorl	%eax, %eax
AT null_ss
	movw	%ax, %ss
AFTER null_ss

/* The kernel's own code segment, or none at all: no way in from here */
FAULT far_call
AT far_call
	lcall	$0x60, $0
AFTER far_call

FAULT null_fs
	xorl	%eax, %eax
	movw	%ax, %fs
AT null_fs
	movl	%fs:0, %eax
AFTER null_fs

FAULT x87
	fninit
	fldcw	x87_unmasked
	fld1
	fldz
	fdivrp	%st, %st(1)
AT x87
	fwait
AFTER x87

FAULT sse
	ldmxcsr	sse_unmasked
	xorps	%xmm1, %xmm1
	movss	one, %xmm0
AT sse
	divss	%xmm1, %xmm0
AFTER sse

/* With the AC flag set */
FAULT alignment
	pushfl
	orl	$0x40000, (%esp)
	popfl
	movl	$bounds + 1, %eax
AT alignment
	movl	(%eax), %eax
	pushfl
	andl	$~0x40000, (%esp)
	popfl
AFTER alignment

/*
 * Single step: the trap comes behind the instruction that follows popfl, and
 * behind each further one.
 */
	.globl	step_by_step, step_first, step_last
step_by_step:
	xorl	%eax, %eax
	pushfl
	orl	$0x100, (%esp)
	popfl
	incl	%eax
step_first:
	incl	%eax
	cmpl	$2, %eax
	jne	1f
	movl	$bounds, %ecx
	movl	(%ecx), %ecx
1:	pushfl
	andl	$~0x100, (%esp)
	popfl
step_last:
	ret

	.section .rodata
	.balign	4
	.globl	bounds
bounds:
	.long	2, 4
x87_unmasked:
	.word	0x37b, 0
sse_unmasked:
	.long	0x1d80
one:
	.long	0x3f800000

	.section .note.GNU-stack, "", @progbits
