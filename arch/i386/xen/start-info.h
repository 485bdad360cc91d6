/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _I386_XEN_START_INFO_H
#define _I386_XEN_START_INFO_H

/*
 * Where boot_params are made: a page that no domain builder uses, as they put all
 * they have behind the kernel, and neither decompressor nor kernel writes to.
 */
#define XEN_BOOT_PARAMS		0x90000

#ifndef __ASSEMBLY__

#include <linux/linkage.h>
#include <linux/types.h>
#include <asm/bootparam.h>
#include <xen/interface/xen.h>

/* Is this the start_info of a 32-bit PAE domain? */
bool start_info_is_valid(const struct start_info *si);

/* What start_info says, as boot_params.  BP is overwritten. */
void start_info_to_boot_params(struct boot_params *bp, struct start_info *si);

/* First C code of a domain, called by start.S: make boot_params, return their address. */
asmlinkage struct boot_params *xen_make_boot_params(struct start_info *si);

#endif
#endif
