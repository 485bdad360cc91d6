/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way into the guest and back: one page, mapped at the same address in
 * the host's and in the guest's page tables.
 */
#include "switcher.h"

	.section .switcher, "ax"
	.balign	4

/*
 * switch_to_guest(cr3) - run the guest until something happens
 *
 * C calling convention, %eax: page tables of the guest. Ring 0, the
 * host's page tables, interrupts off, DF clear. The guest's registers are those
 * in struct guest_regs at REGS_ADDR, and what has happened is in there afterwards.
 */
	.globl	switch_to_guest
	.type	switch_to_guest, @function
switch_to_guest:
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	movl	%esp, HOST_ESP
	movl	%eax, %cr3
	movl	$REGS_ADDR, %esp
	popl	%eax
	popl	%ebx
	popl	%ecx
	popl	%edx
	popl	%esi
	popl	%edi
	popl	%ebp
.Lrestore:
	popl	%gs
	popl	%fs
	popl	%ds
	popl	%es
	addl	$8, %esp
	iret
.Lrestore_end:
	.size	switch_to_guest, . - switch_to_guest

/*
 * Trap entries. Ring 0 by the gate; from the guest (rings 1 and 3) on its page
 * tables, with the processor's frame at the end of struct guest_regs; from the host
 * itself on the host's stack. Interrupts are off: all are interrupt gates.
 */
.macro trap_entries from, to
	.set	n, \from
	.rept	\to - \from + 1
	.pushsection .rodata
	.long	1f
	.popsection
	/* Vectors for which the processor pushes an error code itself */
1:	.if	!(n == 8 || (n >= 10 && n <= 14) || n == 17)
	pushl	$0
	.endif
	pushl	$n
	jmp	trap_common
	.set	n, n + 1
	.endr
.endm

	.pushsection .rodata
	.balign	4
	.globl	trap_entry
trap_entry:
	.popsection
	trap_entries 0, 255

trap_common:
	testb	$3, 12(%esp)
	jz	.Lfrom_host
	pushl	%es
	pushl	%ds
	pushl	%fs
	pushl	%gs
	pushl	%ebp
	pushl	%edi
	pushl	%esi
	pushl	%edx
	pushl	%ecx
	pushl	%ebx
	pushl	%eax
.Lto_host:
	movl	$HOST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	HOST_CR3, %eax
	movl	%eax, %cr3
	movl	HOST_ESP, %esp
	cld
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret

/*
 * In ring 0: an interrupt while the host waits for one, a segment register of
 * the guest's that cannot be loaded, or a fault of the host's own.
 */
.Lfrom_host:
	cmpl	$IRQ_VECTOR, (%esp)
	jb	1f
	pushl	%eax
	pushl	%ecx
	movl	8(%esp), %ecx
	subl	$IRQ_VECTOR, %ecx
	movl	$1, %eax
	shll	%cl, %eax
	orl	%eax, HOST_IRQS
	popl	%ecx
	popl	%eax
	addl	$8, %esp
	iret

1:	cmpl	$.Lrestore, 8(%esp)
	jb	2f
	cmpl	$.Lrestore_end, 8(%esp)
	jae	2f
	movl	$HOST_DS, %eax
	movl	%eax, %ds
	movl	$TRAP_SWITCHER, REGS_ADDR + REGS_TRAP
	jmp	.Lto_host

2:	movl	%ss:HOST_CR3, %eax
	movl	%eax, %cr3
	movl	$HOST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	cld
	movl	%esp, %eax
	movl	%cr2, %edx
	call	host_fault
	ud2

	.section .note.GNU-stack, "", @progbits
