/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader's own entry: from a Multiboot 1 loader to loader_main().
 */
#include "../include/multiboot.h"
#include "segments.h"

#define MULTIBOOT_FLAGS (MULTIBOOT_WANT_ALIGN | MULTIBOOT_WANT_MEMORY)

	.section .multiboot, "a"
	.balign 4
	.long	MULTIBOOT_HEADER_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS)

/*
 * loader_entry - where the Multiboot loader jumps to
 *
 * Registers:	%eax = MULTIBOOT_LOADER_MAGIC, %ebx = address of the
 *		multiboot_info; all others unspecified
 * Stack:	none that may be used
 * Segments:	flat 4 GiB code and data; the GDT they came from may be gone,
 *		so none may be loaded before our own table is in place
 * Paging:	off
 * Interrupts:	off, and no IDT
 *
 * Goes on in loader_main(magic, info), which does not return.
 */
	.text
	.globl	loader_entry
	.type	loader_entry, @function
loader_entry:
	cld
	movl	$loader_stack_top, %esp
	lgdt	gdt_pointer
	ljmp	$BOOT_CS, $1f
1:	movl	$BOOT_DS, %ecx
	movl	%ecx, %ds
	movl	%ecx, %es
	movl	%ecx, %fs
	movl	%ecx, %gs
	movl	%ecx, %ss
	pushl	%ebx
	pushl	%eax
	call	loader_main
	ud2
	.size	loader_entry, . - loader_entry

	.section .rodata
gdt_pointer:
	.word	GDT_BYTES - 1
	.long	gdt

	.bss
	.balign	16
	.skip	16384
loader_stack_top:

	.section .note.GNU-stack, "", @progbits
