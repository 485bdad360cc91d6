/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the Multiboot 1 interface that programs which QEMU starts here read. */
#ifndef TESTING_MULTIBOOT_H
#define TESTING_MULTIBOOT_H

#define MULTIBOOT_HEADER_MAGIC	0x1badb002
#define MULTIBOOT_LOADER_MAGIC	0x2badb002

/* Header flags: modules on page boundaries, memory information wanted */
#define MULTIBOOT_WANT_ALIGN	(1 << 0)
#define MULTIBOOT_WANT_MEMORY	(1 << 1)

/* Which members of struct multiboot_info are filled in */
#define MULTIBOOT_HAS_CMDLINE	(1 << 2)
#define MULTIBOOT_HAS_MODULES	(1 << 3)
#define MULTIBOOT_HAS_MMAP	(1 << 6)

#define MULTIBOOT_RAM		1	/* a type in the memory map */

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct multiboot_info {
	uint32_t flags;				/* 0 */
	uint8_t unused_4[16 - 4];
	uint32_t cmdline;			/* 16 */
	uint32_t mods_count;			/* 20 */
	uint32_t mods_addr;			/* 24 */
	uint8_t unused_28[44 - 28];
	uint32_t mmap_length;			/* 44 */
	uint32_t mmap_addr;			/* 48 */
};

_Static_assert(offsetof(struct multiboot_info, cmdline) == 16, "cmdline");
_Static_assert(offsetof(struct multiboot_info, mods_addr) == 24, "mods_addr");
_Static_assert(offsetof(struct multiboot_info, mmap_addr) == 48, "mmap_addr");

struct multiboot_module {
	uint32_t start;
	uint32_t end;
	uint32_t string;
	uint32_t reserved;
};

struct multiboot_mmap {
	/* Bytes that follow this member, which the next entry lies behind */
	uint32_t size;
	uint64_t start;
	uint64_t length;
	uint32_t type;
} __attribute__((packed));

#endif /* __ASSEMBLER__ */
#endif
