// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit Xen PV: page tables that Xen knows
 *
 * Xen checks a page table when it is pinned, and each change from then on; its
 * pages must not be mapped writable meanwhile.  While a process is built up or taken
 * down its page tables are not pinned, and cost no hypercall.  They are from the end
 * of fork or exec (enter_mmap) to the beginning of exit (exit_mmap).
 *
 * PagePinned says of a page that it is a page table, read-only in the direct map.
 * Where page tables have locks of their own, each one is pinned by itself, too: what
 * holds only its lock must find it either writable or known to Xen.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched/mm.h>
#include <linux/smp.h>
#include <asm/mmu_context.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/page.h>
#include "pv.h"

/* Within a batch: an entry of the direct map; a page table's pin */
static void queue_prot(struct page *page, pgprot_t prot, unsigned long flags)
{
	struct multicall_space mcs = __xen_mc_entry(0);

	MULTI_update_va_mapping(mcs.mc, (unsigned long)page_address(page),
				pfn_pte(page_to_pfn(page), prot), flags);
}

static void queue_pin(struct page *page, unsigned int cmd)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pfn_to_mfn(page_to_pfn(page)) };

	xen_queue_mmuext(&op);
}

/* The lock of a page table, taken; NULL if it is page_table_lock, which is held */
static spinlock_t *lock_pte_table(struct mm_struct *mm, struct page *page)
{
#ifdef CONFIG_SPLIT_PTE_PTLOCKS
	spinlock_t *ptl = ptlock_ptr(page_ptdesc(page));	/* nested in page_table_lock */

	spin_lock_nest_lock(ptl, &mm->page_table_lock);
	return ptl;
#else
	return NULL;
#endif
}

static void unlock_pte_table(void *ptl)
{
	spin_unlock(ptl);
}

static void pin_pte_table(struct mm_struct *mm, struct page *page)
{
	spinlock_t *ptl;	/* of the page table */

	if (TestSetPagePinned(page))
		return;
	ptl = lock_pte_table(mm, page);
	queue_prot(page, PAGE_KERNEL_RO, 0);
	if (ptl) {
		queue_pin(page, MMUEXT_PIN_L1_TABLE);
		/* Held until Xen has seen all of it */
		xen_mc_callback(unlock_pte_table, ptl);
	}
}

static void unpin_pte_table(struct mm_struct *mm, struct page *page)
{
	spinlock_t *ptl;	/* of the page table */

	if (!TestClearPagePinned(page))
		return;
	ptl = lock_pte_table(mm, page);
	if (ptl)
		queue_pin(page, MMUEXT_UNPIN_TABLE);
	queue_prot(page, PAGE_KERNEL, 0);
	if (ptl)
		xen_mc_callback(unlock_pte_table, ptl);
}

static void pin_upper_table(struct mm_struct *mm, struct page *page)
{
	if (!TestSetPagePinned(page))
		queue_prot(page, PAGE_KERNEL_RO, 0);
}

static void unpin_upper_table(struct mm_struct *mm, struct page *page)
{
	if (TestClearPagePinned(page))
		queue_prot(page, PAGE_KERNEL, 0);
}

typedef void table_fn(struct mm_struct *mm, struct page *page);

/*
 * All page tables below a pgd that are its own: those of user space, and the page
 * directory of the kernel's part, not what this points to.
 */
static void visit_tables(struct mm_struct *mm, pgd_t *pgd, table_fn *upper, table_fn *pte_table)
{
	unsigned int i, j;

	for (i = 0; i < PTRS_PER_PGD; i++) {
		pud_t *pud = (pud_t *)&pgd[i];
		pmd_t *pmd;

		if (pud_none(*pud))
			continue;
		pmd = pmd_offset(pud, 0);
		for (j = 0; i < KERNEL_PGD_BOUNDARY && j < PTRS_PER_PMD; j++)
			if (!pmd_none(pmd[j]))
				pte_table(mm, pmd_page(pmd[j]));
		upper(mm, virt_to_page(pmd));
	}
}

static void pin_pgd(struct mm_struct *mm, pgd_t *pgd)
{
	struct page *page = virt_to_page(pgd);

	xen_mc_batch();
	visit_tables(mm, pgd, pin_upper_table, pin_pte_table);
	if (!TestSetPagePinned(page)) {
		queue_prot(page, PAGE_KERNEL_RO, UVMF_TLB_FLUSH);
		queue_pin(page, MMUEXT_PIN_L3_TABLE);
	}
	xen_mc_issue(0);
}

static void unpin_pgd(struct mm_struct *mm, pgd_t *pgd)
{
	struct page *page = virt_to_page(pgd);

	xen_mc_batch();
	if (TestClearPagePinned(page)) {
		queue_pin(page, MMUEXT_UNPIN_TABLE);
		queue_prot(page, PAGE_KERNEL, UVMF_TLB_FLUSH);
	}
	visit_tables(mm, pgd, unpin_upper_table, unpin_pte_table);
	xen_mc_issue(0);
}

void xen_pin_mm(struct mm_struct *mm)
{
	spin_lock(&mm->page_table_lock);
	pin_pgd(mm, mm->pgd);
	spin_unlock(&mm->page_table_lock);
}

/* On each CPU that may have it loaded, lazily or in an unfinished batch */
static void leave_pgd(void *info)
{
	struct mm_struct *mm = info;

	if (this_cpu_read(cpu_tlbstate.loaded_mm) == mm)
		leave_mm();
	if (this_cpu_read(xen_loaded_cr3) == __pa(mm->pgd))
		xen_mc_flush();
}

void xen_exit_mm(struct mm_struct *mm)
{
	unsigned int cpu, this_cpu = get_cpu();

	leave_pgd(mm);
	for_each_online_cpu(cpu)
		if (cpu != this_cpu && per_cpu(xen_loaded_cr3, cpu) == __pa(mm->pgd))
			smp_call_function_single(cpu, leave_pgd, mm, 1);
	put_cpu();

	spin_lock(&mm->page_table_lock);
	/* exec may fail before there was an enter_mmap. */
	if (xen_table_is_pinned(mm->pgd))
		unpin_pgd(mm, mm->pgd);
	spin_unlock(&mm->page_table_lock);
}

/* ---- Single page tables ---- */

/*
 * To be called before an entry that points to the page goes into a pinned table.
 * The generic code announces most new page tables, but not all of the kernel's own.
 */
void xen_attach_table(unsigned long pfn, bool pte_table)
{
	struct page *page = pfn_to_page(pfn);

	if (TestSetPagePinned(page))
		return;
	xen_mc_batch();
	queue_prot(page, PAGE_KERNEL_RO, 0);
	if (pte_table && IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS))
		queue_pin(page, MMUEXT_PIN_L1_TABLE);
	xen_mc_issue(XEN_LAZY_MMU);
}

static void release_table(unsigned long pfn, bool pte_table)
{
	struct page *page = pfn_to_page(pfn);

	if (!TestClearPagePinned(page))
		return;
	xen_mc_batch();
	if (pte_table && IS_ENABLED(CONFIG_SPLIT_PTE_PTLOCKS))
		queue_pin(page, MMUEXT_UNPIN_TABLE);
	queue_prot(page, PAGE_KERNEL, 0);
	xen_mc_issue(XEN_LAZY_MMU);
}

void xen_release_pte_table(unsigned long pfn)
{
	release_table(pfn, true);
}

void xen_release_pmd_table(unsigned long pfn)
{
	release_table(pfn, false);
}

/* ---- Boot, save and restore ---- */

/* The kernel's own were pinned before there was a flag to say so. */
void __init xen_mark_init_mm(void)
{
	pmd_t *pmd = pmd_offset((pud_t *)&swapper_pg_dir[KERNEL_PGD_BOUNDARY], 0);
	unsigned int i;

	for (i = 0; i <= pmd_index(FIXADDR_TOP); i++)
		if (!pmd_none(pmd[i]))
			SetPagePinned(pmd_page(pmd[i]));
	SetPagePinned(virt_to_page(pmd));
	SetPagePinned(virt_to_page(swapper_pg_dir));
}

/*
 * In a saved domain Xen's tools find and convert the machine frames in page tables
 * by what is pinned, so those under construction are, too.  All other CPUs stand
 * still.
 */
void xen_mm_pin_all(void)
{
	struct page *page;

	spin_lock(&init_mm.page_table_lock);
	spin_lock(&pgd_lock);
	list_for_each_entry(page, &pgd_list, lru) {
		if (PagePinned(page))
			continue;
		pin_pgd(&init_mm, page_address(page));
		SetPageSavePinned(page);
	}
	spin_unlock(&pgd_lock);
	spin_unlock(&init_mm.page_table_lock);
}

void xen_mm_unpin_all(void)
{
	struct page *page;

	spin_lock(&init_mm.page_table_lock);
	spin_lock(&pgd_lock);
	list_for_each_entry(page, &pgd_list, lru) {
		if (!PageSavePinned(page))
			continue;
		unpin_pgd(&init_mm, page_address(page));
		ClearPageSavePinned(page);
	}
	spin_unlock(&pgd_lock);
	spin_unlock(&init_mm.page_table_lock);
}
