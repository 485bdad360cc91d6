/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest whose every instruction can be counted by hand: run_tests.py has the
 * numbers, each beside the label it belongs to. It has a low and a high part,
 * which stand for user space and kernel.
 */
#define MULTIBOOT_MAGIC	0x1badb002
#define DEBUG_EXIT	0xf4
#define DONE		0x20

	.section .low, "awx"
	.balign	4
	.long	MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

	.globl	low_before, low_user
low_before:
	ret
low_user:
	nop
	movb	$DONE, %al
	outb	%al, $DEBUG_EXIT
1:	jmp	1b

/*
 * guest_start - entered by QEMU as a Multiboot kernel
 *
 * Registers:	none is looked at
 * Stack:	none yet
 * Segments:	flat, never loaded
 * Paging:	off
 * Interrupts:	off
 *
 * Ends the machine.
 */
	.section .high, "awx"
	.globl	guest_start, loop_done, string_done, twice, marked, swapped
guest_start:
	movl	$stack_top, %esp
	movl	$1000, %ecx
1:	decl	%ecx
	jnz	1b
loop_done:
	/* A string instruction counts once an iteration. */
	movl	$scratch, %edi
	movl	$64, %ecx
	rep	stosb
string_done:
	call	twice
	call	twice
	/* The code at "swapped" is another the second time. */
	call	swapped
	movb	$0x90, swapped
	call	swapped
	/* Low code before the mark is no user code. */
	call	low_before
marked:
	nop
	jmp	low_user

twice:
	ret

	.balign	64
swapped:
	cld
	ret

	.balign	16
scratch:
	.skip	64
	.skip	256
stack_top:

	.section .note.GNU-stack, "", @progbits
