// SPDX-License-Identifier: GPL-2.0
/*
 * lguest: page tables and cr3
 *
 * Page tables are ours, in memory, with frames of our own.  The host keeps copies
 * of what was used, for each of the last few tables that were loaded.  These are
 * a TLB with one difference: loading another table, or the same again, forgets
 * nothing.  So, as for a TLB, what becomes present needs no call; all else is told by
 * the flush that generic code makes of it.  For a table that is not loaded, that
 * flush only counts up mm->context.tlb_gen: when it is loaded next, we look if its
 * copy is older than that.
 *
 * Beyond that, an entry that is set in the table that is loaded is told at once,
 * with its address, in lazy mode together with others: that saves the fault in which
 * the host would look for it.
 */
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <asm/fixmap.h>
#include <asm/paravirt.h>
#include <asm/pgalloc.h>
#include <asm/setup.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>
#include <asm/x86_init.h>
#include "guest.h"

/* head_32.S */
extern pmd_t initial_pg_pmd[];

/* Physical address of the table that is loaded */
static unsigned long loaded_cr3;

/* ---- cr3 ---- */

/* How far the host's copies have come; more than it keeps, as which it drops is random. */
static struct copy {
	unsigned long cr3;
	u64 ctx_id, tlb_gen;
} copies[16];

static struct copy *copy_of(unsigned long cr3)
{
	/* Top levels of PAE are 32 bytes each. */
	return &copies[cr3 / sizeof(pgd_t) / PTRS_PER_PGD % ARRAY_SIZE(copies)];
}

/* Without PCID there is one context; switch_mm_irqs_off() sets it before it loads cr3. */
static const struct tlb_context *mm_context(void)
{
	return this_cpu_ptr(&cpu_tlbstate.ctxs[0]);
}

static unsigned long lguest_read_cr3(void)
{
	return loaded_cr3;
}

static void lguest_write_cr3(unsigned long cr3)
{
	const struct tlb_context *context = mm_context();
	struct copy *copy = copy_of(cr3);

	loaded_cr3 = cr3;
	lguest_queue(LHCALL_NEW_PGTABLE, cr3, 0, 0, 0);
	/* It has no user part. */
	if (cr3 == __pa(swapper_pg_dir))
		return;
	if (copy->cr3 != cr3 || copy->ctx_id != context->ctx_id ||
	    copy->tlb_gen != context->tlb_gen)
		lguest_queue(LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0, 0);
	*copy = (struct copy) { cr3, context->ctx_id, context->tlb_gen };
}

/* Before another table may be loaded: what was flushed in this one meanwhile? */
void lguest_leave_mm(void)
{
	const struct tlb_context *context = mm_context();
	struct copy *copy = copy_of(loaded_cr3);

	if (copy->cr3 == loaded_cr3 && copy->ctx_id == context->ctx_id)
		copy->tlb_gen = context->tlb_gen;
}

static void lguest_write_cr2(unsigned long cr2)
{
	lguest_data.cr2 = cr2;
}

/* ---- TLB.  Not to wait: pages may be given away after it. ---- */

static void lguest_flush_tlb_user(void)
{
	lguest_call(LHCALL_FLUSH_TLB, LGUEST_FLUSH_USER, 0, 0, 0);
}

static void lguest_flush_tlb_all(void)
{
	lguest_call(LHCALL_FLUSH_TLB, LGUEST_FLUSH_ALL, 0, 0, 0);
}

/* The host looks at our entry when the page is used next. */
static void lguest_flush_tlb_one(unsigned long address)
{
	lguest_call(LHCALL_SET_PTE, loaded_cr3, address & PAGE_MASK, 0, 0);
}

/* ---- Entries ---- */

/*
 * Of a page table, its struct page says where it is: for tables of user space, the
 * address of the top level, and the number of the first page that it maps.  Set when
 * the table is linked, by alloc_pte and set_pmd; of a page directory, set_pud sets the
 * number.
 */
#define table_owner(table)	((table)->__page_mapping)
#define table_first(table)	((table)->pt_index)

static void lguest_alloc_pte(struct mm_struct *mm, unsigned long pfn)
{
	if (mm != &init_mm)
		table_owner(page_ptdesc(pfn_to_page(pfn))) = __pa(mm->pgd);
}

static void lguest_release_pte(unsigned long pfn)
{
	struct ptdesc *table = page_ptdesc(pfn_to_page(pfn));

	table_owner(table) = 0;
	table_first(table) = 0;
}

static void lguest_release_pmd(unsigned long pfn)
{
	table_first(page_ptdesc(pfn_to_page(pfn))) = 0;
}

static unsigned long pte_number(const pte_t *ptep)
{
	return offset_in_page(ptep) / sizeof(*ptep);
}

static void lguest_set_pte(pte_t *ptep, pte_t pte)
{
	const struct ptdesc *table = virt_to_ptdesc(ptep);
	bool was_present = ptep->pte_low & _PAGE_PRESENT;

	native_set_pte(ptep, pte);
	if (table_owner(table) != loaded_cr3)
		return;
	/*
	 * What is not present may have the accessed bit and an inverted frame
	 * (asm/pgtable-invert.h), for which the host would kill us: it gets a 0.
	 */
	if (!(pte.pte_low & _PAGE_PRESENT))
		pte = native_make_pte(0);
	/* The host takes what has not been used yet when it is. */
	if (was_present || (pte.pte_low & (_PAGE_PRESENT | _PAGE_ACCESSED)) ==
			   (_PAGE_PRESENT | _PAGE_ACCESSED))
		lguest_queue(LHCALL_SET_PTE, loaded_cr3,
			     (table_first(table) + pte_number(ptep)) << PAGE_SHIFT,
			     pte.pte_low, pte.pte_high);
}

static void lguest_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	native_set_pmd(pmdp, pmd);
	if (native_pmd_val(pmd) & _PAGE_PRESENT)
		table_first(page_ptdesc(pmd_page(pmd))) =
			table_first(virt_to_ptdesc(pmdp)) +
			offset_in_page(pmdp) / sizeof(*pmdp) * PTRS_PER_PTE;
}

/* A top level may be at the address of an old one, of which the host has a copy. */
static void lguest_set_pud(pud_t *pudp, pud_t pud)
{
	unsigned int index = (unsigned long)pudp / sizeof(*pudp) % PTRS_PER_PGD;

	native_set_pud(pudp, pud);
	if (native_pud_val(pud) & _PAGE_PRESENT)
		table_first(page_ptdesc(pfn_to_page(PFN_DOWN(native_pud_val(pud))))) =
			index << (PGDIR_SHIFT - PAGE_SHIFT);
	lguest_queue(LHCALL_SET_PGD, __pa(pudp - index), index, 0, 0);
}

/* Until there are struct pages: kernel tables only */
static void __init lguest_boot_set_pud(pud_t *pudp, pud_t pud)
{
	unsigned int index = (unsigned long)pudp / sizeof(*pudp) % PTRS_PER_PGD;

	native_set_pud(pudp, pud);
	lguest_call(LHCALL_SET_PGD, __pa(pudp - index), index, 0, 0);
}

static void __init lguest_after_bootmem(void)
{
	pv_ops.mmu.alloc_pte = lguest_alloc_pte;
	pv_ops.mmu.release_pte = lguest_release_pte;
	pv_ops.mmu.release_pmd = lguest_release_pmd;
	pv_ops.mmu.set_pte = lguest_set_pte;
	pv_ops.mmu.set_pmd = lguest_set_pmd;
	pv_ops.mmu.set_pud = lguest_set_pud;
}

/* Ops only: nothing may be printed yet. */
void __init lguest_init_mmu(void)
{
	struct pv_mmu_ops *mmu = &pv_ops.mmu;

	mmu->read_cr2 = __PV_IS_CALLEE_SAVE(lguest_read_cr2);
	mmu->write_cr2 = lguest_write_cr2;
	mmu->read_cr3 = lguest_read_cr3;
	mmu->write_cr3 = lguest_write_cr3;
	mmu->flush_tlb_user = lguest_flush_tlb_user;
	mmu->flush_tlb_kernel = lguest_flush_tlb_all;
	mmu->flush_tlb_one_user = lguest_flush_tlb_one;
	mmu->set_pud = lguest_boot_set_pud;
	mmu->lazy_mode.enter = lguest_enter_lazy;
	mmu->lazy_mode.leave = lguest_leave_lazy;
	mmu->lazy_mode.flush = lguest_flush_lazy;
	/* Entries are what they are. */
	mmu->pte_val = __PV_IS_CALLEE_SAVE(paravirt_nop);
	mmu->make_pte = __PV_IS_CALLEE_SAVE(paravirt_nop);
	mmu->pmd_val = __PV_IS_CALLEE_SAVE(paravirt_nop);
	mmu->make_pmd = __PV_IS_CALLEE_SAVE(paravirt_nop);
	mmu->pgd_val = __PV_IS_CALLEE_SAVE(paravirt_nop);
	mmu->make_pgd = __PV_IS_CALLEE_SAVE(paravirt_nop);

	x86_init.hyper.init_after_bootmem = lguest_after_bootmem;
	__userpte_alloc_gfp &= ~__GFP_HIGHMEM;	/* lguest_set_pte() wants the page */
	loaded_cr3 = __pa(initial_page_table);
}

/**
 * lguest_init_fixmap() - have the fixmap below what is the host's
 *
 * On initial_page_table, at PAGE_OFFSET, before anything is mapped.
 */
void __init lguest_init_fixmap(void)
{
	pmd_t *last = &initial_pg_pmd[PTRS_PER_PMD - 1];

	/* Its page table is in the last slot, which is the host's (make_early_page_tables). */
	BUILD_BUG_ON(__end_of_permanent_fixed_addresses >= PTRS_PER_PTE);
	reserve_top_address(lguest_data.reserve_mem);
	native_set_pmd(&initial_pg_pmd[pmd_index(__FIXADDR_TOP)], *last);
	native_set_pmd(last, native_make_pmd(0));
}
