/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own entry: from a Multiboot 1 loader to host_main().
 */
#include "../../include/multiboot.h"
#include "switcher.h"

#define MULTIBOOT_FLAGS (MULTIBOOT_WANT_ALIGN | MULTIBOOT_WANT_MEMORY)

	.section .multiboot, "a"
	.balign 4
	.long	MULTIBOOT_HEADER_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_HEADER_MAGIC + MULTIBOOT_FLAGS)

/*
 * host_entry - where the Multiboot loader jumps to
 *
 * Registers:	%eax = MULTIBOOT_LOADER_MAGIC, %ebx = address of the
 *		multiboot_info; all others unspecified
 * Stack:	none that may be used
 * Segments:	flat 4 GiB code and data; host_main() loads its own
 * Paging:	off
 * Interrupts:	off, and no IDT
 *
 * Goes on in host_main(magic, info), which does not return.
 */
	.text
	.globl	host_entry
	.type	host_entry, @function
host_entry:
	cld
	movl	$host_stack_top, %esp
	movl	%ebx, %edx
	call	host_main
	ud2
	.size	host_entry, . - host_entry

/*
 * load_segments() - segment registers from the host's slots of the GDT that
 * has just been loaded. C calling convention.
 */
	.globl	load_segments
	.type	load_segments, @function
load_segments:
	ljmp	$HOST_CS, $1f
1:	movl	$HOST_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	ret
	.size	load_segments, . - load_segments

/*
 * restart_on_stack(function) - call a function that does not return, on an
 * empty stack. %eax: the function.
 */
	.globl	restart_on_stack
	.type	restart_on_stack, @function
restart_on_stack:
	movl	$host_stack_top, %esp
	call	*%eax
	ud2
	.size	restart_on_stack, . - restart_on_stack

/* For the linker script, which cannot include a header */
	.globl	switcher_addr
	.set	switcher_addr, SWITCHER_ADDR

	.bss
	.balign	16
	.skip	32768
host_stack_top:

	.section .note.GNU-stack, "", @progbits
