/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The setup header as it was linked, for where a loader leaves it out (start.c)
 *
 * Same fields as in the image.  Those that only mean something to 16-bit code
 * are 0, and so are those that depend on this link: start.c fills them in.
 */
#define SETUP_SECTS		0
#define SETUP_SYSSIZE		0
#define SETUP_JUMP		HDR_END - HDR_header
#define SETUP_KERNEL_VERSION	0
#define SETUP_HEAP_END		0
#define ZO_hdr_payload_offset	0
#define ZO_hdr_payload_length	0
#define ZO_hdr_init_size	0
#define ZO_hdr_handover_offset	0
#define ZO_hdr_kernel_info_offset 0

	.section ".rodata", "a", @progbits
	.balign	4
	.globl	linked_header
linked_header:
#include "../header-fields.S"
