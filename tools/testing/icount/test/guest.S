/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest whose every instruction can be counted by hand: run_tests.py has the
 * numbers, each beside the label it belongs to. It has a low and a high part,
 * which stand for user space and kernel.
 */
#define MULTIBOOT_MAGIC	0x1badb002
#define DEBUG_EXIT	0xf4
#define DONE		0x20

.macro MARKER kind, id
	.byte	0x0f, 0x1f, 0x84, 0x00, \id, \kind, 0x43, 0x4d
.endm

	.section .low, "awx"
	.balign	4
	.long	MULTIBOOT_MAGIC, 0, -MULTIBOOT_MAGIC

	.globl	low_before, low_user
low_before:
	ret
low_user:
	nop
	/* For markcount: a marker, 12 low and 2 high instructions, its end */
	MARKER	1, 7
	movl	$4, %ecx
2:	decl	%ecx
	jnz	2b
	/* Padding, and no marker */
	nopl	0x100(%eax,%eax,1)
	call	unmarked
	call	unmarked
	MARKER	2, 7
	/* An end without a beginning */
	MARKER	2, 8
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

unmarked:
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
