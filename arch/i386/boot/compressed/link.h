/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the decompressor proper (arch/x86/boot/compressed/misc.c) gets from here
 *
 * Included by it in the place of voffset.h, which upstream makes from nm's
 * output; here the linker fills in the values (vmlinux.lds.S).
 */
#ifndef _I386_BOOT_COMPRESSED_LINK_H
#define _I386_BOOT_COMPRESSED_LINK_H

#include <linux/types.h>
#include <asm/bootparam.h>
#include <asm/processor-flags.h>

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

/* payload.c: false, after a call to error(), if the payload is damaged. */
bool payload_is_intact(const unsigned char *payload, unsigned int len, void (*error)(char *x));

#ifdef CONFIG_X86_NEED_RELOCS
/* relocs.c: reads the packed table. */
void apply_relocs(void *output, unsigned long output_len, unsigned long virt_addr);
#define handle_relocations	apply_relocs
#endif

/* xen.c, lguest.c: such a guest has a console of its own, and no ports to look for others. */
#ifdef CONFIG_XEN_PV
bool xen_putstr(const struct boot_params *bp, const char *s);
#else
static inline bool xen_putstr(const struct boot_params *bp, const char *s)
{
	return false;
}
#endif

#ifdef CONFIG_LGUEST_GUEST
bool lguest_putstr(const struct boot_params *bp, const char *s);
#else
static inline bool lguest_putstr(const struct boot_params *bp, const char *s)
{
	return false;
}
#endif

#define putstr_elsewhere(s)	\
	(xen_putstr(boot_params_ptr, s) || lguest_putstr(boot_params_ptr, s))

#define console_init() do {				\
	if (!putstr_elsewhere(""))			\
		console_init();				\
} while (0)

#ifdef CONFIG_RANDOMIZE_BASE
/*
 * Where somebody else has made the mapping, no other place can be taken than
 * the one it was made for; and outside of ring 0, KASLR's look at the FPU would
 * fault.
 */
static inline bool others_made_mapping(const struct boot_params *bp)
{
	unsigned long cr0;

	if (bp->hdr.loadflags & KEEP_SEGMENTS)
		return true;
	asm volatile("movl %%cr0, %0" : "=r" (cr0));
	return cr0 & X86_CR0_PG;
}

#define choose_random_location(args...) do {		\
	if (!others_made_mapping(boot_params_ptr))	\
		choose_random_location(args);		\
} while (0)
#endif

#endif
