/* SPDX-License-Identifier: GPL-2.0 */
/* Sites of paravirt calls, see asm/paravirt_xxl.h */
#ifndef _I386_ASM_PV_SITES_H
#define _I386_ASM_PV_SITES_H

/* Bytes: an indirect call through memory */
#define PV_SITE_SIZE	6
/* In front of what is shorter: a prefix of the instruction */
#define PV_FILL_BYTE	0x3e

#ifndef __ASSEMBLY__

#include <linux/types.h>

/* One in .pv_sites for each */
struct pv_site {
	s32	offset;		/* from this field to the site's first byte */
	u32	op;		/* offset of the op in pv_ops, bytes */
};

/* vmlinux.lds.S */
extern const struct pv_site __pv_sites[], __pv_sites_end[];

void pv_sites_divert(void);
bool pv_sites_bind(void);

void pv_sites_module(const void *hdr, const void *sechdrs);

#endif
#endif
