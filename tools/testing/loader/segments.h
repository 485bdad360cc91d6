/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Selectors, sizes and vectors that assembly and C must agree on.
 *
 * The global descriptor table has all 8192 slots so that selectors can be
 * chosen where no image expects them: the hidden ones are far above anything
 * a Linux image has in a table of its own.
 */
#ifndef LOADER_SEGMENTS_H
#define LOADER_SEGMENTS_H

/* What the 32-bit boot protocol promises; the loader runs on them itself. */
#define BOOT_CS		0x10
#define BOOT_DS		0x18

/* What an image entered with "paged" runs on; the ring is ORed in. */
#define HIDDEN_CS	0xe018
#define HIDDEN_DS	0xe020

/*
 * System descriptors. None of them can be loaded into a segment register, so
 * they may stay in the table while the image runs.
 */
#define FAULT_LDT	0xf000
#define IMAGE_TSS	0xf008
#define FAULT_TSS	0xf100

/* Slots of the local table, which only the fault tasks use (TI bit set). */
#define FAULT_CS	0x04
#define FAULT_DS	0x0c

#define GDT_BYTES	65536
#define NR_VECTORS	32
#define FAULT_ENTRY_BYTES 16

#define EFLAGS_FIXED	0x00000002
#define EFLAGS_IF	0x00000200
#define EFLAGS_NT	0x00004000

#define CR0_PE		0x00000001
#define CR0_TS		0x00000008
#define CR0_PG		0x80000000
#define CR4_PSE		0x00000010
#define CR4_PAE		0x00000020

/*
 * struct entry_state as enter.S reads it; guard.c checks every offset against
 * the C structure.
 */
#define ENTRY_EAX	0
#define ENTRY_EBX	4
#define ENTRY_ECX	8
#define ENTRY_EDX	12
#define ENTRY_ESI	16
#define ENTRY_EDI	20
#define ENTRY_EBP	24
#define ENTRY_ESP	28
#define ENTRY_EIP	32
#define ENTRY_EFLAGS	36
#define ENTRY_CS	40
#define ENTRY_DS	44
#define ENTRY_FS	48
#define ENTRY_CR3	52
#define ENTRY_CR4	56
#define ENTRY_PAGED	60
#define ENTRY_ERASE	64

#endif
