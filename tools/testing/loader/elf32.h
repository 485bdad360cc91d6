/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of ELF that a loader of 32-bit x86 executables looks at. The
 * host's <elf.h> cannot serve: with -m32 it wants a 32-bit C library.
 */
#ifndef LOADER_ELF32_H
#define LOADER_ELF32_H

#include "loader.h"

#define ELF_MAGIC	0x464c457f
#define ELF_CLASS_32	1
#define ELF_DATA_LSB	1
#define ELF_TYPE_EXEC	2
#define ELF_MACHINE_386	3
#define ELF_PT_LOAD	1

struct elf32_header {
	u32 magic;			/* 0 */
	u8 class;			/* 4 */
	u8 data;			/* 5 */
	u8 ident_rest[16 - 6];
	u16 type;			/* 16 */
	u16 machine;			/* 18 */
	u32 version;			/* 20 */
	u32 entry;			/* 24 */
	u32 phoff;			/* 28 */
	u32 shoff;			/* 32 */
	u32 flags;			/* 36 */
	u16 ehsize;			/* 40 */
	u16 phentsize;			/* 42 */
	u16 phnum;			/* 44 */
	u16 shentsize;
	u16 shnum;
	u16 shstrndx;
};

_Static_assert(offsetof(struct elf32_header, entry) == 24, "e_entry");
_Static_assert(offsetof(struct elf32_header, phnum) == 44, "e_phnum");
_Static_assert(sizeof(struct elf32_header) == 52, "Elf32_Ehdr");

struct elf32_segment {
	u32 type;
	u32 offset;
	u32 vaddr;
	u32 paddr;
	u32 filesz;
	u32 memsz;
	u32 flags;
	u32 align;
};

_Static_assert(sizeof(struct elf32_segment) == 32, "Elf32_Phdr");

#endif
