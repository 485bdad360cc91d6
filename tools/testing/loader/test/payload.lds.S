/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An executable of the form the loader is for: the ELF header alone in the
 * first page of the file, segments in whole pages, a window without a byte in
 * the file.
 */
#include "payload.h"

OUTPUT_FORMAT("elf32-i386")
ENTRY(payload_entry)

PHDRS
{
	text PT_LOAD FLAGS(5);
	data PT_LOAD FLAGS(6);
	window PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = PAYLOAD_BASE;
	.text : {
		*(.head.text)
		. = 0x80;
		*(.promotion.text)
		*(.text .text.*)
		*(.rodata .rodata.*)
	} :text
	. = ALIGN(4096);
	.data : { *(.data .data.*) *(.got .got.plt .igot.plt .iplt .rel.*) } :data
	.bss : { *(.bss .bss.*) *(COMMON) } :data
	. = WINDOW_BASE;
	.window (NOLOAD) : { . += WINDOW_BYTES; } :window
	/DISCARD/ : { *(.note.GNU-stack) *(.comment) *(.eh_frame) }
}

ASSERT(promotion_point == PROMOTION_POINT, "promotion_point has moved")
