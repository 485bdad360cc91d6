/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A test guest's assembly: entry, trap entries, the one iret, a way to ring 3.
 */
#include "../host/switcher.h"

	.text
/*
 * guest_entry - first instruction of a test guest
 *
 * Registers as lguest's launcher gives them: esi = boot_params, all others 0,
 * no stack; rings, segments and paging as the ABI has them. They are kept in
 * entry_regs for the guest to look at. Goes on in guest_main().
 */
	.globl	guest_entry
guest_entry:
	movl	%eax, entry_regs
	movl	%ebx, entry_regs + 4
	movl	%ecx, entry_regs + 8
	movl	%edx, entry_regs + 12
	movl	%esi, entry_regs + 16
	movl	%edi, entry_regs + 20
	movl	%ebp, entry_regs + 24
	movl	%esp, entry_regs + 28
	movl	%cs, %eax
	movl	%eax, entry_regs + 32
	movl	%ds, %eax
	movl	%eax, entry_regs + 36
	movl	%es, %eax
	movl	%eax, entry_regs + 40
	movl	%ss, %eax
	movl	%eax, entry_regs + 44
	movl	%fs, %eax
	movl	%eax, entry_regs + 48
	movl	%gs, %eax
	movl	%eax, entry_regs + 52
	movl	$boot_stack_end, %esp
	pushfl
	popl	entry_regs + 56
	call	guest_main
1:	jmp	1b

/* Trap entries: an error code, a vector, pusha, and struct frame is complete. */
.macro trap_entries from, to
	.set	n, \from
	.rept	\to - \from + 1
	.pushsection .rodata
	.long	1f
	.popsection
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
	pushal
	cld
	movl	%esp, %eax
	/* From ring 3, data segments are the user's; so are they again on the way back. */
	pushl	%ds
	pushl	%es
	movl	$GUEST_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	call	on_trap
	popl	%es
	popl	%ds
	popal
	addl	$8, %esp
	/* The virtual interrupt flag, then nothing but the iret that the host knows */
	pushl	%eax
	movl	12(%esp), %eax
	andl	%ss:restore_mask, %eax
	movl	%eax, %ss:lg
	popl	%eax
	.globl	noirq_iret
noirq_iret:
	iret

/*
 * enter_user(eip, esp, segments) - iret to ring 3, interrupts enabled; comes
 * back where leave_user() is called on a trap's stack
 */
	.globl	enter_user
enter_user:
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	pushl	%ebp
	movl	%esp, kernel_esp
	pushl	$USER_DS
	pushl	%edx
	pushl	$0x202
	pushl	$USER_CS
	pushl	%eax
	movl	$USER_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	movl	$0x200, %ss:lg
	jmp	noirq_iret

	.globl	leave_user
leave_user:
	movl	$GUEST_DS, %edx
	movl	%edx, %ds
	movl	%edx, %es
	movl	kernel_esp, %esp
	popl	%ebp
	popl	%edi
	popl	%esi
	popl	%ebx
	ret

	.bss
	.balign	4096
	.globl	boot_stack_end
	.skip	16384
boot_stack_end:
	.balign	4
	.globl	entry_regs
entry_regs:
	.skip	60
kernel_esp:
	.skip	4

	.section .note.GNU-stack, "", @progbits
