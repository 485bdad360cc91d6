/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry of the test payload. It runs wherever it is put, as ELF or as the
 * block of a bzImage, so it has to find out where it is.
 */
#include "payload.h"

/*
 * payload_entry - entered by the loader as a kernel would be
 *
 * Registers:	%esi = boot_params; what the others hold is reported, so none
 *		is changed before all have been saved
 * Stack:	may be absent. A piece of boot_params serves: it has a scratch
 *		field, and the fields in front of it are of no interest here
 * Segments:	flat; there may be no descriptor table behind them
 * Paging:	off, or identity
 * Interrupts:	either way
 *
 * Goes on in payload_main(frame), which does not return.
 */
	.section .head.text, "ax"
	.globl	payload_entry
payload_entry:
	movl	%esp, PARAMS_SCRATCH(%esi)
	leal	PARAMS_SCRATCH(%esi), %esp
	pushal
	pushfl
	call	1f
1:	popl	%ebx
	movl	%esp, %eax
	leal	(stack_top - 1b)(%ebx), %esp
	pushl	%eax
	call	payload_main
	ud2

/*
 * promotion_point - where the tests let the loader give ring 0
 *
 * Registers, stack:	as at any C call
 * Segments, paging:	as at payload_entry, but perhaps another ring
 *
 * Returns at once.
 */
	.section .promotion.text, "ax"
	.globl	promotion_point
promotion_point:
	ret

	/* In the file: entered as a bzImage, only the file's bytes are mapped. */
	.data
	.balign	16
	.skip	4096
stack_top:

	.section .note.GNU-stack, "", @progbits
