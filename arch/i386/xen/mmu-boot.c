// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit Xen PV: page tables up to the end of memblock
 *
 * There is no struct page yet to say which pages are page tables.  The truth is in
 * the direct map: a page that is mapped read-only there is one (or is the GDT), and
 * stays read-only.  What is written to such a page goes through Xen, what is written
 * to others is memory.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <asm/fixmap.h>
#include <asm/init.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/interface/version.h>
#include <xen/page.h>
#include "pv.h"

/* Entries of the last page directory that are ours; above is Xen's. */
#define KERNEL_L2_ENTRIES	((__HYPERVISOR_VIRT_START - __PAGE_OFFSET) >> PMD_SHIFT)

/* head_32.S */
extern pmd_t initial_pg_pmd[];

/* The first page table of the fixmap; where it is natively belongs to Xen. */
static pte_t fixmap_ptes[PTRS_PER_PTE] __page_aligned_bss;

/*
 * Updates of the direct map wait here until they are enough for a hypercall: to
 * entries for the same frame, which are valid meanwhile, and to a page table for
 * lowmem that is being filled.  The generic code flushes the TLB before it relies
 * on either.
 */
static struct mmu_update waiting[128] __initdata;
static unsigned int nr_waiting __initdata;
static u64 first_waiting __initdata = ~0ull, last_waiting __initdata;
static unsigned long filling __initdata;	/* pfn of that page table */

void __init xen_flush_boot_updates(void)
{
	int done;

	if (!nr_waiting)
		return;
	xen_must("mmu_update of the direct map", waiting[0].ptr,
		 HYPERVISOR_mmu_update(waiting, nr_waiting, &done, DOMID_SELF));
	nr_waiting = 0;
	first_waiting = ~0ull;
	last_waiting = 0;
}

static void __init wait_for_more(u64 ptr, u64 val)
{
	waiting[nr_waiting++] = (struct mmu_update) { .ptr = ptr, .val = val };
	first_waiting = min(first_waiting, ptr);
	last_waiting = max(last_waiting, ptr);
	if (nr_waiting == ARRAY_SIZE(waiting))
		xen_flush_boot_updates();
}

static void __init update_now(u64 ptr, u64 val)
{
	struct mmu_update u = { .ptr = ptr, .val = val };

	xen_flush_boot_updates();
	xen_must("mmu_update", ptr, HYPERVISOR_mmu_update(&u, 1, NULL, DOMID_SELF));
}

static void __init mmuext_now(const char *what, unsigned int cmd, unsigned long pfn)
{
	struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pfn_to_mfn(pfn) };

	xen_flush_boot_updates();
	xen_must(what, op.arg1.mfn, HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF));
}

/* Is the page at ADDRESS of the direct map one of Xen's? */
static bool __init is_xens(const void *address)
{
	unsigned int level;
	const pte_t *ptep = lookup_address((unsigned long)address & PAGE_MASK, &level);

	return ptep && !(native_pte_val(*ptep) & _PAGE_RW);
}

void __init xen_boot_set_pte(pte_t *ptep, pte_t pte)
{
	const pteval_t ignored = _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_USER;
	pteval_t old, new = pte_val_ma(pte);
	u64 ptr;

	if (!is_xens(ptep)) {
		native_set_pte(ptep, pte);
		return;
	}

	ptr = virt_to_machine(ptep).maddr;
	if (ptr >= first_waiting && ptr <= last_waiting)
		xen_flush_boot_updates();

	old = native_pte_val(*ptep);
	if (old & new & _PAGE_PRESENT && !((old ^ new) & XEN_PTE_MFN_MASK)) {
		if (!(old & _PAGE_RW))
			new &= ~(pteval_t)_PAGE_RW;
		/* The first of two passes over lowmem changes nothing. */
		if ((old ^ new) & ~ignored)
			wait_for_more(ptr, new);
	} else if (PFN_DOWN(__pa(ptep)) == filling) {
		wait_for_more(ptr, new);
	} else {
		update_now(ptr, new);
	}
}

/* A page becomes a page table where it is attached, if it was none before. */
void __init xen_boot_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	unsigned long pfn, address;
	void *table;

	xen_flush_boot_updates();
	if (!is_xens(pmdp)) {
		*pmdp = pmd;
		return;
	}

	if (native_pmd_val(pmd) & _PAGE_PRESENT) {
		pfn = PFN_DOWN(xen_entry_to_phys(native_pmd_val(pmd)) & PTE_PFN_MASK);
		table = __va(PFN_PHYS(pfn));
		if (!is_xens(table)) {
			xen_set_lowmem_prot(table, PAGE_KERNEL_RO);
			mmuext_now("MMUEXT_PIN_L1_TABLE", MMUEXT_PIN_L1_TABLE, pfn);
		}
		address = PAGE_OFFSET + (pmdp - initial_pg_pmd) * PMD_SIZE;
		filling = address < (unsigned long)__va(PFN_PHYS(max_low_pfn)) ? pfn : 0;
	}
	update_now(virt_to_machine(pmdp).maddr, native_pmd_val(pmd));
}

/* Not with a kernel at 3 GiB: its one page directory is there. */
void __init xen_boot_set_pud(pud_t *pudp, pud_t pud)
{
	xen_refused_call("set_pud", native_pud_val(pud), -EOPNOTSUPP);
}

void __init xen_boot_flush_tlb(void)
{
	mmuext_now("MMUEXT_TLB_FLUSH_LOCAL", MMUEXT_TLB_FLUSH_LOCAL, 0);
}

/* Both levels: only a page table of the fixmap is ever given back this early. */
void __init xen_boot_release_table(unsigned long pfn)
{
	if (!is_xens(__va(PFN_PHYS(pfn))))
		return;
	mmuext_now("MMUEXT_UNPIN_TABLE", MMUEXT_UNPIN_TABLE, pfn);
	xen_set_lowmem_prot(__va(PFN_PHYS(pfn)), PAGE_KERNEL);
}

/* ---- The domain builder's page tables, and how we get rid of them ---- */

/* Address of a page table that an entry of the domain builder's points to */
static void __init *table_of(u64 entry)
{
	return __va(PFN_PHYS(mfn_to_pfn((entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT)));
}

static u64 __init *builders_l3(void)
{
	return (u64 *)xen_start_info->pt_base;
}

static void __init give_back(void *table)
{
	xen_set_lowmem_prot(table, PAGE_KERNEL);
	memblock_phys_free(__pa(table), PAGE_SIZE);
}

/*
 * Before setup_arch() has loaded swapper_pg_dir for the first time: that is where
 * the mapping P=V goes away.  The page directory of its last entry, and with it the
 * page tables behind, is taken over from the domain builder.
 */
static void __init leave_builders_tables(void)
{
	u64 *l3 = builders_l3(), entry[PTRS_PER_PGD];
	unsigned int i, kernel = PAGE_OFFSET >> PGDIR_SHIFT;
	unsigned long pfn = PFN_DOWN(__pa(swapper_pg_dir));

	memcpy(entry, l3, sizeof(entry));
	memcpy(initial_pg_pmd, table_of(entry[kernel]), KERNEL_L2_ENTRIES * sizeof(pmd_t));
	xen_set_lowmem_prot(initial_pg_pmd, PAGE_KERNEL_RO);
	xen_set_lowmem_prot(swapper_pg_dir, PAGE_KERNEL_RO);
	mmuext_now("MMUEXT_PIN_L3_TABLE", MMUEXT_PIN_L3_TABLE, pfn);
	mmuext_now("MMUEXT_NEW_BASEPTR", MMUEXT_NEW_BASEPTR, pfn);

	mmuext_now("MMUEXT_UNPIN_TABLE", MMUEXT_UNPIN_TABLE, PFN_DOWN(__pa(l3)));
	for (i = 0; i < PTRS_PER_PGD; i++)
		if (entry[i] & _PAGE_PRESENT)
			give_back(table_of(entry[i]));
	give_back(l3);
	xen_start_info->pt_base = (unsigned long)swapper_pg_dir;
}

void __init xen_boot_write_cr3(unsigned long cr3)
{
	xen_flush_boot_updates();
	if (xen_start_info->pt_base != (unsigned long)swapper_pg_dir)
		leave_builders_tables();
	else
		mmuext_now("MMUEXT_NEW_BASEPTR", MMUEXT_NEW_BASEPTR, PFN_DOWN(cr3));
	this_cpu_write(xen_cr3, cr3);
	this_cpu_write(xen_loaded_cr3, cr3);
}

static unsigned long __init hypervisor_start(void)
{
	struct xen_platform_parameters pp;

	xen_must("XENVER_platform_parameters", 0,
		 HYPERVISOR_xen_version(XENVER_platform_parameters, &pp));
	return pp.virt_start;
}

/**
 * xen_init_boot_mmu() - before anything is mapped
 *
 * On the domain builder's page tables, at PAGE_OFFSET.  Prepares swapper_pg_dir so
 * that setup_arch() finds it as after head_32.S, and the fixmap, below Xen's space.
 */
void __init xen_init_boot_mmu(void)
{
	unsigned int kernel = PAGE_OFFSET >> PGDIR_SHIFT;
	u64 l2 = builders_l3()[kernel] & XEN_PTE_MFN_MASK;
	const u64 *map = table_of(builders_l3()[kernel]);
	unsigned int i;

	/* The permanent fixmap has one page table, in the last slot that is ours. */
	BUILD_BUG_ON(__end_of_permanent_fixed_addresses >= PTRS_PER_PTE);
	reserve_top_address(-hypervisor_start());

	xen_set_lowmem_prot(fixmap_ptes, PAGE_KERNEL_RO);
	update_now(l2 + pmd_index(__FIXADDR_TOP) * sizeof(u64),
		   (u64)virt_to_mfn(fixmap_ptes) << PAGE_SHIFT | _KERNPG_TABLE);

	native_set_pud((pud_t *)&initial_page_table[kernel],
		       native_make_pud((u64)virt_to_mfn(initial_pg_pmd) << PAGE_SHIFT |
				       _PAGE_PRESENT));

	for (i = 0; map[i] & _PAGE_PRESENT; i++)
		;
	max_pfn_mapped = i * PTRS_PER_PTE;
	memblock_reserve(__pa(xen_start_info->pt_base),
			 xen_start_info->nr_pt_frames * PAGE_SIZE);
	this_cpu_write(xen_cr3, __pa(xen_start_info->pt_base));
	this_cpu_write(xen_loaded_cr3, __pa(xen_start_info->pt_base));
}

/* setup.c: may the memory map have something else there? */
void __init xen_pt_check_e820(void)
{
	xen_chk_is_e820_usable(__pa(xen_start_info->pt_base), PAGE_SIZE, "page table");
}
