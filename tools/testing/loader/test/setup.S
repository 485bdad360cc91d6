/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The setup part of a test bzImage: a header without any code. What follows
 * it in the file is the payload's ELF header page, then its segments.
 */
#include "payload.h"

#ifndef VERSION
#define VERSION		0x20f
#endif
#ifndef INITRD_MAX
#define INITRD_MAX	0x7fffffff
#endif
#ifndef ALIGNMENT
#define ALIGNMENT	0x200000
#endif
/* The ELF header page counts as setup: (15 + 1) * 512 = 4096 + 4096. */
#define SETUP_SECTS	15

	.section .setup, "a"
	.globl	setup_start
setup_start:
	/* A loader that copies too much is found out by this byte. */
	.org	0x1ef
	.byte	0xff
	.org	0x1f1
	.byte	SETUP_SECTS
	.org	0x1fe
	.word	0xaa55
	.byte	0xeb, header_end - jump_end
jump_end:
	.ascii	"HdrS"
	.word	VERSION
	.org	0x211
	/* loadflags: loaded high */
	.byte	0x01
	.org	0x214
	/* code32_start */
	.long	0x100000
	.org	0x22c
	/* initrd_addr_max, kernel_alignment, relocatable_kernel */
	.long	INITRD_MAX
	.long	ALIGNMENT
	.byte	1
	.org	0x238
	/* cmdline_size */
	.long	2047
	.org	0x258
	/* pref_address, init_size */
	.quad	PAYLOAD_BASE
	.long	0x400000
	.org	0x26c
header_end:
	/* Behind the header's end: not to be copied. */
	.byte	0xee
	.org	4096

	.section .note.GNU-stack, "", @progbits
