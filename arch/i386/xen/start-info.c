// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit PV domain: from Xen's start_info to boot_params
 *
 * The only place where the one is turned into the other, for decompressor and
 * kernel.  Runs P=V in ring 1 on the domain builder's page tables and stack.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <asm/boot.h>
#include <asm/bootparam.h>
#include <asm/e820/types.h>
#include <asm/page_types.h>
#include "../boot/say.h"
#include "early.h"
#include "start-info.h"

#ifdef BOOT_SAY_IN_KERNEL
#define ENTERED		"kernel"
#else
#define ENTERED		"decompressor"
#endif

#define HDRS_MAGIC	0x53726448	/* "HdrS" */
#define PROTOCOL	0x020f
#define LOADER_XEN	0x90		/* boot.rst, type_of_loader: 9, version 0 */

static_assert(XEN_BOOT_PARAMS + sizeof(struct boot_params) <= LOAD_PHYSICAL_ADDR,
	      "boot_params of a Xen domain: must lie below the kernel");

__say bool start_info_is_valid(const struct start_info *si)
{
	const char *magic = SAY_STR("xen-3.0-x86_32p");
	unsigned int i;

	for (i = 0; si->magic[i] == magic[i]; i++)
		if (!magic[i])
			return true;
	return false;
}

__say void start_info_to_boot_params(struct boot_params *bp, struct start_info *si)
{
	struct setup_header *hdr = &bp->hdr;
	void *p = bp;
	unsigned long words = sizeof(*bp) / 4;

	asm volatile("rep stosl" : "+D" (p), "+c" (words) : "a" (0) : "memory");

	hdr->header = HDRS_MAGIC;
	hdr->version = PROTOCOL;
	hdr->type_of_loader = LOADER_XEN;
	hdr->loadflags = LOADED_HIGH | KEEP_SEGMENTS;
	hdr->hardware_subarch = X86_SUBARCH_XEN;
	hdr->hardware_subarch_data = (unsigned long)si;
	if (!start_info_is_valid(si))
		return;

	/* Builders end it with a NUL; what stands behind it is no command line. */
	si->cmd_line[sizeof(si->cmd_line) - 1] = 0;
	hdr->cmd_line_ptr = (unsigned long)si->cmd_line;

	if (si->mod_len) {
		hdr->ramdisk_image = si->flags & SIF_MOD_START_PFN ? si->mod_start << PAGE_SHIFT :
								     si->mod_start;
		hdr->ramdisk_size = si->mod_len;
	}

	/* Frames 0 to nr_pages - 1 are the domain's, and there is no other memory in it. */
	bp->e820_table[0].addr = 0;
	bp->e820_table[0].size = (u64)si->nr_pages << PAGE_SHIFT;
	bp->e820_table[0].type = E820_TYPE_RAM;
	bp->e820_entries = 1;
}

static __say void check(const struct boot_params *bp, const struct start_info *si)
{
	const struct setup_header *hdr = &bp->hdr;
	u64 end;

	if (!start_info_is_valid(si))
		boot_stop(bp, SAY_STR("xen: start_info at 0x%x is not one of xen-3.0-x86_32p\n"),
			  (unsigned int)(unsigned long)si);

	/* An initrd above 4 GiB can't be told in 32 bits. */
	end = si->flags & SIF_MOD_START_PFN ? (u64)si->mod_start << PAGE_SHIFT : si->mod_start;
	end += si->mod_len;
	if (si->mod_len && end > min_t(u64, bp->e820_table[0].size, 1ULL << 32))
		boot_stop(bp, SAY_STR("xen: initrd of 0x%x bytes at 0x%x, memory of 0x%x pages\n"),
			  hdr->ramdisk_size, hdr->ramdisk_image, (unsigned int)si->nr_pages);
}

asmlinkage __visible __say struct boot_params *xen_make_boot_params(struct start_info *si)
{
	struct boot_params *bp = (struct boot_params *)XEN_BOOT_PARAMS;
	struct physdev_set_iopl iopl = { .iopl = 1 };
	struct say say;
	long result;

	start_info_to_boot_params(bp, si);
	check(bp, si);

	/* Without, a stray cli or sti and all ports are general protection faults. */
	result = xen_physdev_op(PHYSDEVOP_set_iopl, &iopl);
	if (result)
		xen_refused(bp, SAY_STR("PHYSDEVOP_set_iopl"), iopl.iopl, result);

	if (xen_earlyprintk(bp)) {
		boot_say_start(&say, bp);
		boot_say(&say, SAY_STR("Xen has entered the %s: start_info at 0x%x, 0x%x pages, "),
			 SAY_STR(ENTERED), (unsigned int)(unsigned long)si,
			 (unsigned int)si->nr_pages);
		boot_say(&say, SAY_STR("initrd of 0x%x bytes at 0x%x\n"),
			 bp->hdr.ramdisk_size, bp->hdr.ramdisk_image);
	}
	return bp;
}
