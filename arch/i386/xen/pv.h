/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the 32-bit PV back end share; else see arch/x86/xen/xen-ops.h */
#ifndef _I386_XEN_PV_H
#define _I386_XEN_PV_H

#include <linux/init.h>
#include <linux/pgtable.h>
#include "../../x86/xen/xen-ops.h"

/*
 * A hypercall that changes page tables, descriptors or traps was refused: say
 * what, for which argument, and with which result, and stop the domain.
 */
void __noreturn xen_refused_call(const char *what, u64 arg, long result);

#define xen_must(what, arg, result)				\
do {								\
	long __result = (result);				\
								\
	if (unlikely(__result < 0))				\
		xen_refused_call(what, arg, __result);		\
} while (0)

/* entry.S */
void xen_load_kernel_segments(void);

/* mmu.c */
pteval_t xen_entry_to_phys(pteval_t entry);
pteval_t xen_entry_to_machine(pteval_t entry);
void xen_queue_mmu_update(u64 ptr, u64 val);
void xen_queue_mmuext(const struct mmuext_op *op);
void xen_set_lowmem_prot(void *address, pgprot_t prot);

/* mmu-boot.c */
void xen_init_boot_mmu(void);
void xen_boot_write_cr3(unsigned long cr3);
void xen_boot_set_pte(pte_t *ptep, pte_t pte);
void xen_boot_set_pmd(pmd_t *pmdp, pmd_t pmd);
void xen_boot_set_pud(pud_t *pudp, pud_t pud);
void xen_boot_flush_tlb(void);
void xen_boot_release_table(unsigned long pfn);
void xen_flush_boot_updates(void);

/* pin.c */
void xen_pin_mm(struct mm_struct *mm);
void xen_exit_mm(struct mm_struct *mm);
void xen_attach_table(unsigned long pfn, bool pte_table);
void xen_release_pte_table(unsigned long pfn);
void xen_release_pmd_table(unsigned long pfn);
void xen_mark_init_mm(void);

/* Is the page table page with this address known to Xen as one? */
static inline bool xen_table_is_pinned(const void *table)
{
	return PagePinned(virt_to_page(table));
}

DECLARE_PER_CPU(unsigned long, xen_loaded_cr3);

#endif
