/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What arch/x86/boot/compressed/misc.c wants to know of the link
 *
 * Upstream makes a header of this name from nm's output.  Here the linker
 * fills in the values (compressed/vmlinux.lds.S), as offsets from the kernel's _text.
 */
#ifndef _I386_BOOT_VOFFSET_H
#define _I386_BOOT_VOFFSET_H

/* kernel_text_size and kernel_total_size are variables of the link. */
#define VO_SIZES_BY_LINKER

/* The first byte of the kernel's .bss, from its _text on */
extern const unsigned long vo_bss_offset;

/*
 * Where the payload lies, against where it was linked to: not 0 where the
 * loader has put it out of the way and it is left there (start.c).
 */
extern long payload_shift;
#define payload_data		(input_data + payload_shift)

/* payload.c: stops if the payload is damaged. */
void verify_payload(const unsigned char *payload, unsigned int len);
#define verify_payload		verify_payload

#ifdef CONFIG_X86_NEED_RELOCS
/* relocs.c: reads the packed table. */
void apply_relocs(void *output, unsigned long output_len, unsigned long virt_addr);
#define handle_relocations	apply_relocs
#endif

#endif
