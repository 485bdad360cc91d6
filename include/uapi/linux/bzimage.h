/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_BZIMAGE_H
#define _UAPI_LINUX_BZIMAGE_H

/*
 * The file format of a bzImage that is an ELF executable as well.
 *
 *	0		boot sector, setup header, 16-bit setup code
 *	S - 4096	ELF header page: Ehdr, Phdrs, notes
 *	S		protected-mode block = the segments of that ELF file
 *
 * with S = (setup_sects + 1) * 512. The header page counts as setup code, so
 * that the block starts with code: loaders jump to its first byte.
 *
 * Boot code, kernel and host tools share these constants. Those above the
 * #ifndef __ASSEMBLER__ are plain numbers and fit assembler and linker scripts.
 */

/* Geometry of the file */
#define BZIMAGE_SECTOR_SIZE		512
#define BZIMAGE_DEFAULT_SETUP_SECTS	4	/* what setup_sects == 0 means */
#define BZIMAGE_MAX_SETUP_SIZE		0x8000	/* boot sector and setup code */
#define BZIMAGE_PARAGRAPH_SIZE		16	/* unit of syssize */
#define BZIMAGE_ELF_PAGE_SIZE		4096	/* the ELF header page */
#define BZIMAGE_ELF_MIN_SETUP_SIZE	8192	/* one page of setup, one of ELF headers */

/* File offsets of the setup header's fields */
#define BZIMAGE_OFF_SENTINEL		0x1ef
#define BZIMAGE_OFF_SETUP_SECTS		0x1f1
#define BZIMAGE_OFF_ROOT_FLAGS		0x1f2
#define BZIMAGE_OFF_SYSSIZE		0x1f4
#define BZIMAGE_OFF_RAM_SIZE		0x1f8
#define BZIMAGE_OFF_VID_MODE		0x1fa
#define BZIMAGE_OFF_ROOT_DEV		0x1fc
#define BZIMAGE_OFF_BOOT_FLAG		0x1fe
#define BZIMAGE_OFF_JUMP		0x200
#define BZIMAGE_OFF_HEADER		0x202
#define BZIMAGE_OFF_VERSION		0x206
#define BZIMAGE_OFF_REALMODE_SWTCH	0x208
#define BZIMAGE_OFF_START_SYS_SEG	0x20c
#define BZIMAGE_OFF_KERNEL_VERSION	0x20e
#define BZIMAGE_OFF_TYPE_OF_LOADER	0x210
#define BZIMAGE_OFF_LOADFLAGS		0x211
#define BZIMAGE_OFF_SETUP_MOVE_SIZE	0x212
#define BZIMAGE_OFF_CODE32_START	0x214
#define BZIMAGE_OFF_RAMDISK_IMAGE	0x218
#define BZIMAGE_OFF_RAMDISK_SIZE	0x21c
#define BZIMAGE_OFF_BOOTSECT_KLUDGE	0x220
#define BZIMAGE_OFF_HEAP_END_PTR	0x224
#define BZIMAGE_OFF_EXT_LOADER_VER	0x226
#define BZIMAGE_OFF_EXT_LOADER_TYPE	0x227
#define BZIMAGE_OFF_CMD_LINE_PTR	0x228
#define BZIMAGE_OFF_INITRD_ADDR_MAX	0x22c
#define BZIMAGE_OFF_KERNEL_ALIGNMENT	0x230
#define BZIMAGE_OFF_RELOCATABLE_KERNEL	0x234
#define BZIMAGE_OFF_MIN_ALIGNMENT	0x235
#define BZIMAGE_OFF_XLOADFLAGS		0x236
#define BZIMAGE_OFF_CMDLINE_SIZE	0x238
#define BZIMAGE_OFF_HARDWARE_SUBARCH	0x23c
#define BZIMAGE_OFF_HW_SUBARCH_DATA	0x240
#define BZIMAGE_OFF_PAYLOAD_OFFSET	0x248
#define BZIMAGE_OFF_PAYLOAD_LENGTH	0x24c
#define BZIMAGE_OFF_SETUP_DATA		0x250
#define BZIMAGE_OFF_PREF_ADDRESS	0x258
#define BZIMAGE_OFF_INIT_SIZE		0x260
#define BZIMAGE_OFF_HANDOVER_OFFSET	0x264
#define BZIMAGE_OFF_KERNEL_INFO_OFFSET	0x268
#define BZIMAGE_OFF_HEADER_LIMIT	0x26c	/* end of the 2.15 header */

/* Magic numbers, as little-endian words */
#define BZIMAGE_BOOT_FLAG		0xaa55
#define BZIMAGE_JUMP_OPCODE		0xeb
#define BZIMAGE_HEADER_MAGIC		0x53726448	/* "HdrS" */
#define BZIMAGE_ELF_MAGIC		0x464c457f	/* "\x7fELF" */
#define BZIMAGE_KERNEL_INFO_MAGIC	0x506f544c	/* "LToP" */
#define BZIMAGE_SENTINEL		0xff

/* Protocol versions: (major << 8) | minor */
#define BZIMAGE_PROTOCOL_OLDEST		0x0200
#define BZIMAGE_PROTOCOL_BURNT		0x020e	/* read it as 2.13 */
#define BZIMAGE_PROTOCOL_NEWEST		0x020f

/* Load addresses */
#define BZIMAGE_SETUP_ADDRESS		0x90000		/* where setup may always go */
#define BZIMAGE_LOW_ADDRESS		0x10000		/* LOADED_HIGH clear */
#define BZIMAGE_HIGH_ADDRESS		0x100000	/* LOADED_HIGH set */

/* loadflags */
#define BZIMAGE_LF_LOADED_HIGH		0x01
#define BZIMAGE_LF_KASLR		0x02
#define BZIMAGE_LF_QUIET		0x20
#define BZIMAGE_LF_KEEP_SEGMENTS	0x40
#define BZIMAGE_LF_CAN_USE_HEAP		0x80

/* xloadflags */
#define BZIMAGE_XLF_KERNEL_64		0x01
#define BZIMAGE_XLF_ABOVE_4G		0x02
#define BZIMAGE_XLF_EFI_HANDOVER_32	0x04
#define BZIMAGE_XLF_EFI_HANDOVER_64	0x08
#define BZIMAGE_XLF_EFI_KEXEC		0x10
#define BZIMAGE_XLF_5LEVEL		0x20
#define BZIMAGE_XLF_5LEVEL_ENABLED	0x40
#define BZIMAGE_XLF_MEM_ENCRYPTION	0x80

#ifndef __ASSEMBLER__

/*
 * BZIMAGE_SETUP_SIZE - size in bytes of the setup part, S
 * @sects: the setup_sects byte
 */
#define BZIMAGE_SETUP_SIZE(sects) \
	((((sects) ? (sects) : BZIMAGE_DEFAULT_SETUP_SECTS) + 1) * BZIMAGE_SECTOR_SIZE)

/*
 * BZIMAGE_MAY_HAVE_ELF - first half of the locator rule
 * @setup_size: S in bytes
 *
 * An image has an ELF header page if this holds and the four bytes at
 * BZIMAGE_ELF_OFFSET(S) are BZIMAGE_ELF_MAGIC; otherwise it has none.
 */
#define BZIMAGE_MAY_HAVE_ELF(setup_size) \
	((setup_size) >= BZIMAGE_ELF_MIN_SETUP_SIZE && (setup_size) % BZIMAGE_ELF_PAGE_SIZE == 0)

/* BZIMAGE_ELF_OFFSET - file offset of the ELF header page, if there is one */
#define BZIMAGE_ELF_OFFSET(setup_size)	((setup_size) - BZIMAGE_ELF_PAGE_SIZE)

#endif /* __ASSEMBLER__ */

#endif /* _UAPI_LINUX_BZIMAGE_H */
