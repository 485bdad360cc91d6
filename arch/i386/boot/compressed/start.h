/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _I386_BOOT_COMPRESSED_START_H
#define _I386_BOOT_COMPRESSED_START_H

/* Bytes of stack at the load address, see head.S. */
#define ENTRY_STACK_SIZE	1024

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
extern long payload_shift;		/* payload: where it is - where linked to */
extern unsigned long output_address;	/* where the kernel is put */
asmlinkage long start_decompressor(struct boot_params *bp, u32 startup);

/* cpu.c */
void check_cpu_features(const struct boot_params *bp);

#endif
#endif
