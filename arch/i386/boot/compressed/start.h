/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _I386_BOOT_COMPRESSED_START_H
#define _I386_BOOT_COMPRESSED_START_H

/* Bytes of stack at the load address, see head.S. */
#define ENTRY_STACK_SIZE	1024

/* Bytes of .data in the file, and room for it behind .text in memory. */
#define DATA_SIZE	128

#ifndef __ASSEMBLY__

#include <linux/types.h>
#include <linux/linkage.h>
#include <asm/bootparam.h>

/* vmlinux.lds.S: what the linker knows.  Addresses are those linked to. */
extern const u32 link_startup;		/* startup_32 */
extern const u32 link_payload;		/* input_data */
extern const u32 link_init_size;	/* bytes from pref_address on */
extern const u32 link_syssize;		/* paragraphs */
extern const u32 link_payload_offset;	/* bytes from startup_32 on */
extern const u32 link_payload_length;	/* bytes */
extern const u32 link_handover_offset;	/* bytes from startup_32 on */
extern const u32 link_kernel_info_offset;

/* header.S: setup header of this image */
extern const struct setup_header linked_header;

/* start.c */
struct placement {
	u32 output;			/* where the kernel is put; whole pages */
	u32 payload_stays;		/* 1: it is not moved with the rest */
};

asmlinkage long start_decompressor(struct boot_params *bp, u32 startup, struct placement *where);

/* cpu.c */
void check_cpu_features(const struct boot_params *bp);

#endif
#endif
