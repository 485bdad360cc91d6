/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Linker script of the wrapper: from file offset S - 4096 to the end
 *
 * File and memory have the same order, for an ELF loader and for one that just
 * puts the block from S on somewhere:
 *
 *	pref_address	window		not in the file; the kernel is put here
 *	-4096		ELF header page
 *	startup_32	entry		the block begins here (S)
 *			payload
 *			rodata, text	and, right behind them, what .data begins with
 *			data		from here on, nothing is in the file
 *			bss, stack, heap
 *	pref_address + init_size
 *
 * The kernel is decompressed in place: from pref_address upwards, over the
 * header page, the entry and the part of the payload that is used up.  So the
 * decompressor has to lie behind the payload, and startup_32 so high that the
 * output never overtakes the input.  What the output may gain on the input at
 * most, from the properties of the formats (measured nowhere near):
 *
 *	gzip	5 bytes a block of 32 KiB (RFC 1951), 18 of header and trailer
 *	lz4	1/255 of the data, rounded up
 *	xz	64 KiB, its largest chunk
 *	zstd	3 bytes a block of 128 KiB, and one such block
 *
 * Together: 1/256 of the output and 128 KiB, as upstream has it.
 */
#include <asm-generic/vmlinux.lds.h>
#include <asm/boot.h>
#include <asm/page_types.h>
#include <linux/bzimage.h>
#include "elfhdr.lds.h"
#include "start.h"

#undef i386

OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(startup_32)
/* Only header fields and notes refer to these. */
EXTERN(kernel_info)
#ifdef CONFIG_EFI_STUB
EXTERN(pe_entry)
#endif
#ifdef CONFIG_EFI_HANDOVER_PROTOCOL
EXTERN(handover_entry)
#endif
#ifdef CONFIG_XEN_PV
EXTERN(xen_start)
#endif

#define ELF_PHNUM	6

/* Of compressed/vmlinux itself, for the debugger: same segments, no window */
PHDRS
{
	headers	PT_LOAD FLAGS(4);
	image	PT_LOAD FLAGS(5);
	data	PT_LOAD FLAGS(6);
	stack	PT_GNU_STACK FLAGS(6);
}

in_place_slack = (z_output_len >> 8) + 0x20000;
/*
 * A page more than a multiple of min_alignment: no bzImage loader puts the
 * block at startup_32's address, so who is there was loaded as ELF.
 */
in_place_gap   = ALIGN(MAX(z_output_len, z_input_len) + in_place_slack - z_input_len, MIN_KERNEL_ALIGN) + PAGE_SIZE;

SECTIONS
{
	. = LOAD_PHYSICAL_ADDR + in_place_gap - BZIMAGE_ELF_PAGE_SIZE;
	.elfhdr : {
		elf_header = .;
		EHDR(_head, ELF_PHNUM)
#define SEGMENT(flags, start, end)					\
		PHDR(L_PT_LOAD, flags, start - elf_header, start,	\
		     end - start, end - start, PAGE_SIZE)
		/* Memory to decompress to: nothing in the file */
		PHDR(L_PT_LOAD, L_PF_R | L_PF_W, 0, LOAD_PHYSICAL_ADDR,
		     0, elf_header - LOAD_PHYSICAL_ADDR, PAGE_SIZE)
		SEGMENT(L_PF_R, elf_header, notes_end)
		/* One, as three would have to begin on pages of their own. */
		SEGMENT(L_PF_R | L_PF_X, _head, block_end)
		/* To the end of the kernel's .bss and .brk where that lies higher */
		PHDR(L_PT_LOAD, L_PF_R | L_PF_W, 0, _data,
		     0, LOAD_PHYSICAL_ADDR + hdr_init_size - _data, PAGE_SIZE)
		PHDR(L_PT_NOTE, L_PF_R, notes_start - elf_header, notes_start,
		     notes_end - notes_start, notes_end - notes_start, 4)
		PHDR(L_PT_GNU_STACK, L_PF_R | L_PF_W, 0, 0, 0, 0, 16)
		elf_header_end = .;
	} :headers
	.notes : ALIGN(4) {
		notes_start = .;
		KEEP(*(.note.gnu.build-id))
		KEEP(*(.note.Xen))
#ifdef CONFIG_XEN_PV
		/* An address in C would be a relocation: only the number is from here. */
		KEEP(*(.note.Xen.entry))
		LONG(xen_start)
#endif
		notes_end = .;
	} :headers

	. = elf_header + BZIMAGE_ELF_PAGE_SIZE;
	.head.text : {
		_head = .;
		KEEP(*(.head.text))
		/*
		 * What runs here and only here: before anything is moved.  But
		 * for what it shares with the rest.
		 */
		*/start.o(.text.[!_]* .rodata .rodata.*)
		*/cpu.o(.text.[!_]* .rodata .rodata.*)
		*/header.o(.rodata)
#ifdef CONFIG_XEN_PV
		*/xen-start.o(.text)
		*/xen.o(.text.xen_make_boot_params .text.start_info_to_boot_params)
		*/xen.o(.rodata.xen_make_boot_params.*)
#endif
	} :image

	.payload : {
		KEEP(*(.payload))
		payload_end = .;
	} :image

	.rodata : {
		_rodata = .;
		*(.rodata .rodata.*)
		/*
		 * What only the linker knows.  Code that runs elsewhere than it
		 * was linked to can't take the address of an absolute symbol
		 * and get its number, so it reads it from here (start.h).
		 */
		. = ALIGN(4);
		link_startup = .;		LONG(_head)
		link_payload = .;		LONG(input_data)
		link_init_size = .;		LONG(hdr_init_size)
		link_syssize = .;		LONG(hdr_syssize)
		link_payload_offset = .;	LONG(hdr_payload_offset)
		link_payload_length = .;	LONG(hdr_payload_length)
		link_handover_offset = .;	LONG(hdr_handover_offset)
		link_kernel_info_offset = .;	LONG(hdr_kernel_info_offset)
		/* For misc.c, kaslr.c and the EFI stub (link.h) */
		kernel_text_size = .;	LONG(VO___start_rodata - VO__text)
		kernel_total_size = .;	LONG(VO__end - VO__text)
		vo_bss_offset = .;	LONG(VO___bss_start - VO__text)
	} :image

	.text : {
		*(.text .text.*)
		*(.noinstr.text)
		/* syssize counts paragraphs, PE file alignment is a sector. */
		. += ALIGN(ABSOLUTE(.) + DATA_SIZE, BZIMAGE_SECTOR_SIZE) - DATA_SIZE - ABSOLUTE(.);
		data_image = .;
	} :image
	. += DATA_SIZE;
	block_end = .;

	/*
	 * A page of the file for some variables, and a page begun for the text
	 * in front of them?  head.S puts them in their place.
	 */
	. = ALIGN(PAGE_SIZE);
	.data : AT(data_image) {
		_data = .;
		*(.data .data.*)
		*(.got.plt)
		. = DATA_SIZE;
	} :data
	.bss (NOLOAD) : {
		_bss = .;
		*(.bss .bss.*)
		*(COMMON)
		. = ALIGN(4);
		_ebss = .;
	} :data
	. = ALIGN(PAGE_SIZE);
	_end = .;

	STABS_DEBUG
	DWARF_DEBUG
	ELF_DETAILS

	/DISCARD/ : {
		*(.dynamic) *(.dynsym) *(.dynstr) *(.dynbss)
		*(.hash) *(.gnu.hash) *(.gnu.version*) *(.interp)
		*(.note.gnu.property) *(.note.GNU-stack)
		*(.discard .discard.*)
		*(.eh_frame .eh_frame_hdr)
		*(.altinstructions .altinstr_replacement .altinstr_aux)
		*(.modinfo .export_symbol)
	}

	/* Must be empty: nobody relocates the wrapper. */
	.got		: { *(.got) }
	.plt		: { *(.plt .plt.*) }
	.rel.dyn	: { *(.rel.*) *(.rel_*) }
}

/* Fields of the setup header */
hdr_init_size	= MAX(ABSOLUTE(_end) - LOAD_PHYSICAL_ADDR, ALIGN(VO__end - VO__text, PAGE_SIZE));
hdr_payload_offset = ABSOLUTE(input_data - startup_32);
hdr_payload_length = ABSOLUTE(z_input_len);
hdr_syssize	= ABSOLUTE(block_end - startup_32) / BZIMAGE_PARAGRAPH_SIZE;
hdr_kernel_info_offset = ABSOLUTE(kernel_info - startup_32);
#ifdef CONFIG_EFI_HANDOVER_PROTOCOL
hdr_handover_offset = ABSOLUTE(handover_entry - startup_32);
#else
hdr_handover_offset = 0;
#endif

#ifdef CONFIG_EFI_STUB
pe_entry_offset	 = ABSOLUTE(pe_entry - startup_32);
pe_text_filesize = ABSOLUTE(block_end - startup_32);
pe_data_offset	 = ABSOLUTE(_data - startup_32);
pe_data_memsize	 = ABSOLUTE(_end - _data);
#endif

ASSERT(startup_32 == _head, "code32_start: startup_32 must be the first byte of the block")
ASSERT(_head % MIN_KERNEL_ALIGN != 0, "startup_32: a bzImage could be loaded there, and be taken for ELF")
ASSERT(notes_end <= _head, "ELF header page: headers and notes do not fit into 4096 bytes")
#ifdef CONFIG_XEN_PV
ASSERT(notes_end - xen_entry_note == 20, "ELF note ENTRY: something got between header and address")
#endif
ASSERT(elf_header_end - elf_header == EHDR_SIZE + ELF_PHNUM * PHDR_SIZE, "ELF header page: e_phnum does not say how many program headers there are")
ASSERT(elf_header >= LOAD_PHYSICAL_ADDR, "ELF header page: would lie below pref_address")
ASSERT(payload_end - input_data == z_input_len, "payload_length: something else got into the payload")
ASSERT(LOAD_PHYSICAL_ADDR + z_output_len + in_place_slack <= payload_end, "init_size: decompression in place would overtake the payload")
ASSERT(hdr_syssize * BZIMAGE_PARAGRAPH_SIZE == ABSOLUTE(block_end - startup_32), "syssize: the block does not end on a paragraph")
ASSERT(SIZEOF(.got) == 0, "wrapper: GOT entries would need relocation")
ASSERT(SIZEOF(.plt) == 0, "wrapper: PLT entries would need relocation")
ASSERT(SIZEOF(.rel.dyn) == 0, "wrapper: run-time relocations (.rel), but nobody applies them")
