// SPDX-License-Identifier: GPL-2.0
/*
 * From P=V to PAGE_OFFSET: the first thing that the kernel does in a PV domain
 *
 * Runs P=V on the page tables of the domain builder.  It has made a page directory
 * (L2) for each of the four entries of the L3 table, also for the last one, where
 * its own mapping has no page (Xen wants one there).  So no page table has to be
 * built: the entries for the boot mapping are copied from the first directory to
 * the last.  Both then use the same page tables.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <asm/page_types.h>
#include <asm/pgtable_types.h>
#include <asm/setup.h>
#include <asm/xen/interface.h>
#include <xen/interface/xen.h>
#include <xen/interface/memory.h>
#include "../boot/say.h"
#include "early.h"

/* Entries of the last directory that are ours; above is Xen's (interface_32.h) */
#define KERNEL_L2_ENTRIES	((__HYPERVISOR_VIRT_START - __PAGE_OFFSET) >> PMD_SHIFT)

#define BATCH	64


static struct mmu_update updates[BATCH] __initdata;

asmlinkage __visible void __say xen_map_kernel(void);

/*
 * Machine frame to the address where its page is mapped P=V.  Xen's table of
 * machine frames is mapped, read-only, for every domain.
 */
static void __say *frame_address(const struct boot_params *bp, u64 entry)
{
	unsigned long mfn = (entry & PTE_PFN_MASK) >> PAGE_SHIFT;
	const unsigned long *m2p;
	struct xen_machphys_mapping mapping;
	long result;

	result = xen_memory_op(XENMEM_machphys_mapping, &mapping);
	if (result)
		xen_refused(bp, SAY_STR("XENMEM_machphys_mapping"), 0, result);
	m2p = (const unsigned long *)(unsigned long)mapping.v_start;
	return (void *)(m2p[mfn] << PAGE_SHIFT);
}

/**
 * xen_map_kernel() - map at PAGE_OFFSET what is mapped P=V
 *
 * Stops the domain, with a message, if Xen refuses.
 */
asmlinkage __visible void __say xen_map_kernel(void)
{
	const struct boot_params *bp = (void *)__pa_nodebug(&boot_params);
	const struct start_info *si = (void *)(unsigned long)bp->hdr.hardware_subarch_data;
	struct mmu_update *u = (void *)__pa_nodebug(updates);
	const u64 *l3, *from;
	unsigned int i, n = 0;
	long result;
	u64 last;

	/* A loader may say what it likes. */
	if (in_ring_0() || !si)
		boot_stop(bp, SAY_STR("hardware_subarch is %u (Xen), but Xen is not there\n"),
			  bp->hdr.hardware_subarch);

	l3 = (const u64 *)si->pt_base;
	last = l3[__PAGE_OFFSET >> PGDIR_SHIFT];
	from = frame_address(bp, l3[0]);
	if (!(last & _PAGE_PRESENT))
		boot_stop(bp, SAY_STR("xen: no page directory for PAGE_OFFSET\n"));

	for (i = 0; i < KERNEL_L2_ENTRIES; i++) {
		if (!(from[i] & _PAGE_PRESENT))
			continue;
		u[n].ptr = (last & PTE_PFN_MASK) + i * sizeof(*from);
		u[n].val = from[i];
		if (++n < BATCH)
			continue;
		result = xen_mmu_update(u, n, NULL);
		if (result)
			xen_refused(bp, SAY_STR("mmu_update for PAGE_OFFSET"), i, result);
		n = 0;
	}
	result = n ? xen_mmu_update(u, n, NULL) : 0;
	if (result)
		xen_refused(bp, SAY_STR("mmu_update for PAGE_OFFSET"), i, result);
}
