/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An ELF32 header and program headers, written by the linker
 *
 * Layout and values as in the System V ABI, "Object Files"; linux/elf.h, which
 * has them for C, is not for linker scripts.
 */
#ifndef _I386_BOOT_ELFHDR_LDS_H
#define _I386_BOOT_ELFHDR_LDS_H

#define EHDR_SIZE	52
#define PHDR_SIZE	32

#define L_PT_LOAD	1
#define L_PT_NOTE	4
#define L_PT_GNU_STACK	0x6474e551
#define L_PF_X		1
#define L_PF_W		2
#define L_PF_R		4

/* An executable for EM_386: no section headers, program headers right behind. */
#define EHDR(entry, phnum)						\
	LONG(0x464c457f)	/* "\x7fELF" */				\
	BYTE(1) BYTE(1) BYTE(1) BYTE(0)	/* 32-bit, LSB, version, SysV */ \
	QUAD(0)								\
	SHORT(2) SHORT(3)	/* ET_EXEC, EM_386 */			\
	LONG(1)			/* EV_CURRENT */			\
	LONG(entry)							\
	LONG(EHDR_SIZE)		/* e_phoff */				\
	LONG(0)			/* e_shoff */				\
	LONG(0)			/* e_flags */				\
	SHORT(EHDR_SIZE)						\
	SHORT(PHDR_SIZE) SHORT(phnum)					\
	SHORT(0) SHORT(0) SHORT(0)

/* Addresses are physical, and P=V. */
#define PHDR(type, flags, offset, addr, filesize, memsize, align)	\
	LONG(type)							\
	LONG(offset)							\
	LONG(addr) LONG(addr)						\
	LONG(filesize) LONG(memsize)					\
	LONG(flags)							\
	LONG(align)

#endif
