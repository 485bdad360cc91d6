/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the Multiboot 1 interface that this host reads. */
#ifndef LGUEST_HOST_MULTIBOOT_H
#define LGUEST_HOST_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC	0x1badb002
#define MULTIBOOT_LOADER_MAGIC	0x2badb002

/* Header flags: modules on page boundaries, memory information wanted */
#define MULTIBOOT_WANT_ALIGN	(1 << 0)
#define MULTIBOOT_WANT_MEMORY	(1 << 1)

/* Which members of struct multiboot_info are filled in */
#define MULTIBOOT_HAS_CMDLINE	(1 << 2)
#define MULTIBOOT_HAS_MODULES	(1 << 3)
#define MULTIBOOT_HAS_MMAP	(1 << 6)

#ifndef __ASSEMBLER__

#include "host.h"

struct multiboot_info {
	u32 flags;				/* 0 */
	u8 unused_4[16 - 4];
	u32 cmdline;				/* 16 */
	u32 mods_count;				/* 20 */
	u32 mods_addr;				/* 24 */
	u8 unused_28[44 - 28];
	u32 mmap_length;			/* 44 */
	u32 mmap_addr;				/* 48 */
};

_Static_assert(offsetof(struct multiboot_info, cmdline) == 16, "cmdline");
_Static_assert(offsetof(struct multiboot_info, mods_addr) == 24, "mods_addr");
_Static_assert(offsetof(struct multiboot_info, mmap_addr) == 48, "mmap_addr");

struct multiboot_module {
	u32 start;
	u32 end;
	u32 string;
	u32 reserved;
};

struct multiboot_mmap {
	/* Bytes that follow this member, which the next entry lies behind */
	u32 size;
	u64 start;
	u64 length;
	u32 type;
} __packed;

#define MULTIBOOT_RAM	1

/* main.c: from start.S */
void host_main(u32 magic, const struct multiboot_info *info) __noreturn;

#endif /* __ASSEMBLER__ */
#endif
