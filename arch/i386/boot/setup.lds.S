/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linker script of the 16-bit setup: file offset 0 to S - 4096
 *
 * Addresses are offsets in the file and, in real mode, in the segment that the
 * loader has chosen.  Behind this part come the ELF header page and, at
 *
 *	S = (setup_sects + 1) * 512, a multiple of 4096,
 *
 * the protected-mode block.  A loader reads all of S as setup; by then the
 * header page lies where .bss, heap and stack of the setup come to lie, and
 * is overwritten.  ZO_* come from compressed/vmlinux.
 */
#include <linux/bzimage.h>
#include "setup.h"

OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(_start)

SECTIONS
{
	. = 0;
	.boot_sector : {
		KEEP(*(.bstext))
		boot_sector_code_end = .;
#ifdef CONFIG_EFI_STUB
		. = 0x38;
		KEEP(*(.pehdr))
#endif
		KEEP(*(.bsmessage))
		boot_sector_end = .;
		. = 0x1ef;
		KEEP(*(.sentinel))
	} =0xffffffff
	.header		: { KEEP(*(.header)) }
	.inittext	: { *(.inittext .inittext.*) }
	.initdata	: { *(.initdata .initdata.*) }
	init_end = .;

	.text		: { *(.text .text.*) }
	.text32		: { *(.text32 .text32.*) }

	. = ALIGN(16);
	.rodata		: { *(.rodata*) }
	.videocards	: {
		video_cards = .;
		KEEP(*(.videocards))
		video_cards_end = .;
	}

	. = ALIGN(16);
	.data		: { *(.data*) }

	.signature	: {
		setup_sig = .;
		LONG(SETUP_SIGNATURE)
		/* Up to the header page. */
		. = ALIGN(BZIMAGE_ELF_PAGE_SIZE);
		setup_file_end = .;
	}

	.bss (NOLOAD)	: {
		__bss_start = .;
		*(.bss .bss.*)
		*(COMMON)
		__bss_end = .;
	}
	. = ALIGN(16);
	_end = .;

	/DISCARD/ : {
		*(.note*)
		*(.comment)
		*(.eh_frame*)
		*(.debug*)
		*(.discard*)
	}
}

/* File offset of the protected-mode block. */
bzimage_s	= setup_file_end + BZIMAGE_ELF_PAGE_SIZE;
setup_sects	= bzimage_s / BZIMAGE_SECTOR_SIZE - 1;

#ifdef CONFIG_EFI_STUB
pe_setup_size	= bzimage_s - PE_SECTION_ALIGN;
pe_text		= bzimage_s;
pe_text_size	= ZO_pe_text_filesize;
pe_entry	= bzimage_s + ZO_pe_entry_offset;
pe_data		= bzimage_s + ZO_pe_data_offset;
pe_data_memsize	= ZO_pe_data_memsize;
pe_image_size	= pe_data + ALIGN(pe_data_memsize, PE_SECTION_ALIGN);
ASSERT(pe_header == 0x40, "PE header: must lie at 0x40, where the word at 0x3c says")
ASSERT(pe_text_size % PE_FILE_ALIGN == 0, "PE header: SizeOfRawData of .text is not a multiple of FileAlignment")
ASSERT(pe_data % PE_SECTION_ALIGN == 0, "PE header: .data does not begin on a page")
#endif

ASSERT(hdr == 0x1f1, "setup header: must lie at 0x1f1")
ASSERT(_start == 0x200, "setup header: jump must lie at 0x200, the 16-bit entry")
ASSERT(boot_sector_code_end <= 0x38, "boot sector: code must end before the PE magic at 0x38")
ASSERT(boot_sector_end <= 0x1ef, "boot sector: code, PE header and message must end before the sentinel at 0x1ef")
ASSERT(bzimage_s % BZIMAGE_ELF_PAGE_SIZE == 0, "setup_sects: S must be a multiple of 4096")
ASSERT(setup_sects >= 4, "setup_sects: loaders expect at least 4 sectors")
ASSERT(setup_sects <= 64, "setup_sects: loaders take at most 64 sectors (32 KiB)")
ASSERT(_end <= 0x8000, "heap_end_ptr: setup with .bss must end below 0x8000")
ASSERT(init_end <= 5 * 512, "setup: old loaders read only 4 setup sectors before they check setup_sects")
ASSERT(ZO_hdr_syssize < 0x1000000, "syssize: the protected-mode block is larger than 256 MiB")
