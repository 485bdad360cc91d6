/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two doors between loader and image: enter_image() goes through one,
 * every exception comes back through the other. All that has to stay mapped
 * while the image runs lies in the guard sections.
 */
#include "segments.h"

/*
 * enter_image - leave for the image in the state that entry_state describes
 *
 * Registers:	none is looked at
 * Stack:	the caller's, given up at once: it is not mapped in the
 *		image's page tables
 * Segments:	any flat ring 0 ones; gdt is loaded and has the descriptors
 *		that entry_state names
 * Paging:	off, or on with tables that map the guard as identity
 * Interrupts:	off; the loader's IDT and TSS are loaded
 *
 * Does not return. The image starts with exactly the registers of
 * entry_state, and, where entry_state says so, with the descriptors gone from
 * the table that its segments were loaded from.
 */
	.section .guard.text, "ax"
	.globl	enter_image
	.type	enter_image, @function
enter_image:
	movl	$guard_stack_top, %esp
	movl	entry_state + ENTRY_CR4, %eax
	movl	%eax, %cr4
	movl	entry_state + ENTRY_CR3, %eax
	movl	%eax, %cr3
	cmpl	$0, entry_state + ENTRY_PAGED
	je	1f
	movl	%cr0, %eax
	orl	$CR0_PG, %eax
	movl	%eax, %cr0
1:
	movl	entry_state + ENTRY_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	entry_state + ENTRY_FS, %ecx
	movl	%ecx, %fs
	movl	%ecx, %gs

	/*
	 * %cs, %eflags and, for an outer ring, %ss change together in one
	 * iret. Ring 0 cannot hold an outer ring's %ss, and the outer ring
	 * cannot load %ds before it has been entered with a valid one.
	 */
	movl	entry_state + ENTRY_CS, %edx
	testb	$3, %dl
	jnz	.Lframe_outer_ring
	movl	%eax, %ss
	jmp	.Lframe_rest
.Lframe_outer_ring:
	pushl	%eax
	pushl	$guard_stack_top
.Lframe_rest:
	pushl	entry_state + ENTRY_EFLAGS
	pushl	%edx
	pushl	$.Lon_image_segments
	iret

.Lon_image_segments:
	cmpl	$0, entry_state + ENTRY_ERASE
	je	2f
	xorl	%eax, %eax
	movl	%eax, gdt + BOOT_CS
	movl	%eax, gdt + BOOT_CS + 4
	movl	%eax, gdt + BOOT_DS
	movl	%eax, gdt + BOOT_DS + 4
	movl	%eax, gdt + HIDDEN_CS
	movl	%eax, gdt + HIDDEN_CS + 4
	movl	%eax, gdt + HIDDEN_DS
	movl	%eax, gdt + HIDDEN_DS + 4
2:
	movl	entry_state + ENTRY_EAX, %eax
	movl	entry_state + ENTRY_EBX, %ebx
	movl	entry_state + ENTRY_ECX, %ecx
	movl	entry_state + ENTRY_EDX, %edx
	movl	entry_state + ENTRY_ESI, %esi
	movl	entry_state + ENTRY_EDI, %edi
	movl	entry_state + ENTRY_EBP, %ebp
	movl	entry_state + ENTRY_ESP, %esp
	jmp	*entry_state + ENTRY_EIP
	.size	enter_image, . - enter_image

	.section .guard.bss, "aw", @nobits
	.balign	16
	.skip	256
guard_stack_top:

/*
 * fault_entries - first instruction of the task of each exception vector
 *
 * Registers:	zero, from the task state segment; the image's own are saved
 *		in image_tss
 * Stack:	fault_stack, with the error code on it where the vector has
 *		one
 * Segments:	FAULT_CS and FAULT_DS, flat, from a local table that only
 *		these tasks have
 * Paging:	as before the fault, but with the loader's full identity map
 * Interrupts:	off
 *
 * Goes on in fault_report(vector, error), which does not return.
 */
	.text
	.balign	16
	.globl	fault_entries
fault_entries:
	.set	vector, 0
	.rept	NR_VECTORS
	.balign	FAULT_ENTRY_BYTES
	.if	(vector == 8) || (vector >= 10 && vector <= 14) || \
		(vector == 17) || (vector == 21) || \
		(vector == 29) || (vector == 30)
	.else
	pushl	$0
	.endif
	pushl	$vector
	call	fault_report
	ud2
	.set	vector, vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
