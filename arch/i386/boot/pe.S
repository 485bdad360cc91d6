/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PE/COFF header: the image as an EFI application (CONFIG_EFI_STUB)
 *
 * Lies in the boot sector.  The EFI loader maps the file one to one, so that
 * every relative virtual address is the offset in the file:
 *
 *	.setup	page 1 to S		read-only; nobody needs it there
 *	.text	S to the end		entry, payload, decompressor
 *	.data	nothing in the file	.data and .bss
 *
 * pe_* are symbols of setup.lds.S.
 */
#include <linux/pe.h>
#include "setup.h"

#ifdef CONFIG_EFI_STUB
	.section ".pehdr", "a"

	.long	LINUX_PE_MAGIC		/* offset 0x38: marks Linux's EFI stub */
	.long	.Lpe_offset		/* offset 0x3c: where PE begins */

	.globl	pe_header
pe_header:
	.set	.Lpe_offset, 0x40
	.long	PE_MAGIC

	/* COFF header */
	.word	IMAGE_FILE_MACHINE_I386
	.word	(.Lsections_end - .Lsections) / 40
	.long	0			/* time stamp */
	.long	0, 0			/* no COFF symbols */
	.word	.Lsections - .Loptional
	.word	IMAGE_FILE_EXECUTABLE_IMAGE | IMAGE_FILE_32BIT_MACHINE | \
		IMAGE_FILE_DEBUG_STRIPPED | IMAGE_FILE_LINE_NUMS_STRIPPED

.Loptional:
	.word	PE_OPT_MAGIC_PE32
	.byte	0, 0			/* linker version */
	.long	pe_text_size		/* SizeOfCode */
	.long	pe_setup_size		/* SizeOfInitializedData */
	.long	pe_data_memsize		/* SizeOfUninitializedData */
	.long	pe_entry		/* AddressOfEntryPoint */
	.long	pe_text			/* BaseOfCode */
	.long	pe_data			/* BaseOfData */
	.long	0			/* ImageBase */
	.long	PE_SECTION_ALIGN
	.long	PE_FILE_ALIGN
	.word	0, 0			/* operating system version */
	.word	LINUX_EFISTUB_MAJOR_VERSION, LINUX_EFISTUB_MINOR_VERSION
	.word	0, 0			/* subsystem version */
	.long	0			/* Win32VersionValue */
	.long	pe_image_size		/* SizeOfImage */
	.long	PE_SECTION_ALIGN	/* SizeOfHeaders */
	.long	0			/* CheckSum */
	.word	IMAGE_SUBSYSTEM_EFI_APPLICATION
	.word	IMAGE_DLL_CHARACTERISTICS_NX_COMPAT
	.long	0, 0, 0, 0		/* stack and heap: the firmware's */
	.long	0			/* LoaderFlags */
	.long	6			/* NumberOfRvaAndSizes */
	.quad	0, 0, 0, 0, 0, 0	/* none of the directories */

	.macro	section name:req, start:req, memsize:req, filesize:req, offset:req, flags:req
1:	.ascii	"\name"
	.org	1b + 8
	.long	\memsize, \start, \filesize, \offset
	.long	0, 0			/* no relocations, no line numbers */
	.word	0, 0
	.long	IMAGE_SCN_MEM_READ | \flags
	.endm

.Lsections:
	section	.setup, PE_SECTION_ALIGN, pe_setup_size, pe_setup_size, PE_SECTION_ALIGN, \
		IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_DISCARDABLE
	section	.text, pe_text, pe_text_size, pe_text_size, pe_text, \
		IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE
	section	.data, pe_data, pe_data_memsize, 0, 0, \
		IMAGE_SCN_CNT_UNINITIALIZED_DATA | IMAGE_SCN_MEM_WRITE
.Lsections_end:
#endif /* CONFIG_EFI_STUB */
