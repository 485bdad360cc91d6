// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit Xen PV: are all page tables as they have to be?
 *
 * Xen refuses a writable mapping of a page table, so one that is left over shows up
 * late, as a refusal somewhere else. This looks at all of it at once: each page table
 * that Xen knows, each GDT and each LDT has to be mapped read-only in the direct map,
 * and no entry of any page table may map one of them writable, be it for the direct
 * map, the fixmap, kmap, vmalloc or a process.
 *
 *	xen.check_tables			on the command line: at the end of booting
 *	/sys/module/xen/parameters/check_tables
 *		write 1: look now; "violate": look, and at page tables that are wrong, too
 *		read: how often something was wrong in the last look; -1 before the first
 */
#define pr_fmt(fmt) "xen: page tables: " fmt

#include <linux/gfp.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/mmu_context.h>
#include <asm/pgtable.h>
#include <xen/page.h>
#include <xen/xen.h>
#include "pv.h"

#define MAX_LINES	10		/* on the console; all are counted */

struct look {
	/* By page frame: page tables, GDTs and LDTs; page tables that were looked through */
	unsigned long *protected, *seen;
	unsigned int pgds, unpinned, tables, gdts, ldts, entries, wrong;
	pgd_t *fake;			/* page tables that are wrong on purpose, or NULL */
};

static void __printf(2, 3) wrong(struct look *look, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;

	if (look->wrong++ >= MAX_LINES)
		return;
	va_start(args, fmt);
	vaf.va = &args;
	pr_err("%pV\n", &vaf);
	va_end(args);
}

/* Frame of what an entry of any level points to; false if there is none of ours */
static bool entry_pfn(u64 entry, unsigned long *pfn)
{
	entry = xen_entry_to_phys(entry);
	*pfn = PFN_DOWN(entry & PTE_PFN_MASK);
	return entry & _PAGE_PRESENT && pfn_valid(*pfn);
}

/* The page at PFN, found as WHAT, must be read-only in the direct map. True: it is new. */
static bool protect(struct look *look, unsigned long pfn, const char *what)
{
	unsigned long address = (unsigned long)__va(PFN_PHYS(pfn));
	unsigned int level;
	pte_t *ptep;

	if (test_and_set_bit(pfn, look->protected))
		return false;
	if (PageHighMem(pfn_to_page(pfn))) {
		wrong(look, "%s %#lx is in high memory", what, pfn);
		return true;
	}
	ptep = lookup_address(address, &level);
	if (!ptep || !pte_present(*ptep) || pte_pfn(*ptep) != pfn)
		wrong(look, "%s %#lx is not in the direct map", what, pfn);
	else if (pte_flags(*ptep) & _PAGE_RW)
		wrong(look, "%s %#lx is writable in the direct map", what, pfn);
	return true;
}

static void protect_table(struct look *look, unsigned long pfn, const char *what)
{
	if (!protect(look, pfn, what))
		return;
	look->tables++;
	if (!PagePinned(pfn_to_page(pfn)))
		wrong(look, "%s %#lx is not marked as known to Xen", what, pfn);
}

/* Entries of a page directory that are ours: above are Xen's. */
static unsigned int nr_pmds(unsigned int i)
{
	return i < KERNEL_PGD_BOUNDARY ? PTRS_PER_PMD : pmd_index(FIXADDR_TOP) + 1;
}

typedef void pgd_fn(struct look *look, pgd_t *pgd, bool known);

/* First round: which pages are page tables.  One that is not KNOWN to Xen need not be. */
static void collect(struct look *look, pgd_t *pgd, bool known)
{
	unsigned long pfn;
	unsigned int i, j;

	look->pgds++;
	if (!known) {
		look->unpinned++;
		return;
	}
	protect_table(look, PFN_DOWN(__pa(pgd)), "page directory pointers");
	for (i = 0; i < PTRS_PER_PGD; i++) {
		pmd_t *pmd;

		if (!entry_pfn(native_pgd_val(pgd[i]), &pfn))
			continue;
		protect_table(look, pfn, "page directory");
		pmd = __va(PFN_PHYS(pfn));
		for (j = 0; j < nr_pmds(i); j++)
			if (entry_pfn(native_pmd_val(pmd[j]), &pfn))
				protect_table(look, pfn, "page table");
	}
}

static void look_through(struct look *look, const pte_t *table, unsigned long address)
{
	unsigned long pfn;
	unsigned int i;

	for (i = 0; i < PTRS_PER_PTE; i++) {
		u64 entry = native_pte_val(table[i]);

		if (!(entry & _PAGE_PRESENT))
			continue;
		look->entries++;
		if (entry & _PAGE_RW && entry_pfn(entry, &pfn) && test_bit(pfn, look->protected))
			wrong(look, "%#lx is mapped writable at %#lx", pfn,
			      address + i * PAGE_SIZE);
	}
}

/* Second round: all entries, also of what is not known to Xen yet */
static void look_at_entries(struct look *look, pgd_t *pgd, bool known)
{
	unsigned long pfn;
	unsigned int i, j;

	for (i = 0; i < PTRS_PER_PGD; i++) {
		pmd_t *pmd;

		if (!entry_pfn(native_pgd_val(pgd[i]), &pfn))
			continue;
		pmd = __va(PFN_PHYS(pfn));
		for (j = 0; j < nr_pmds(i); j++)
			if (entry_pfn(native_pmd_val(pmd[j]), &pfn) &&
			    !test_and_set_bit(pfn, look->seen))
				look_through(look, __va(PFN_PHYS(pfn)),
					     i * PGDIR_SIZE + j * PMD_SIZE);
	}
}

static void visit_pgds(struct look *look, pgd_fn *fn)
{
	struct page *page;

	fn(look, swapper_pg_dir, true);
	list_for_each_entry(page, &pgd_list, lru)
		fn(look, page_address(page), PagePinned(page));
	if (look->fake)
		fn(look, look->fake, true);
}

/* A CPU that is off has none, and one that was on has it still. */
static void collect_gdts(struct look *look)
{
	int cpu;

	for_each_online_cpu(cpu) {
		phys_addr_t address = per_cpu_ptr_to_phys(get_cpu_gdt_rw(cpu));

		look->gdts += protect(look, PFN_DOWN(address), "GDT");
	}
}

static void collect_ldts(struct look *look)
{
#ifdef CONFIG_MODIFY_LDT_SYSCALL
	struct page *page;

	list_for_each_entry(page, &pgd_list, lru) {
		const struct mm_struct *mm = pgd_page_get_mm(page);
		const struct ldt_struct *ldt = mm->context.ldt;
		unsigned int i;

		for (i = 0; ldt && i < ldt->nr_entries; i += PAGE_SIZE / LDT_ENTRY_SIZE) {
			const void *entry = &ldt->entries[i];
			unsigned long pfn = is_vmalloc_addr(entry) ? vmalloc_to_pfn(entry) :
								     virt_to_pfn(entry);

			look->ldts += protect(look, pfn, "LDT");
		}
	}
#endif
}

/*
 * All other CPUs stand still, and no task is in the middle of a change: a batch ends
 * where its task is switched from, and without preemption this is never between a
 * page's flag and its mapping.
 */
static int look_around(void *data)
{
	struct look *look = data;

	visit_pgds(look, collect);
	collect_gdts(look);
	collect_ldts(look);
	visit_pgds(look, look_at_entries);
	return 0;
}

/*
 * Three writable pages as page tables, not loaded and not known to Xen, of which the
 * last maps the kernel's top-level page table writable.
 */
static pgd_t *make_fake(void)
{
	u64 *pgd = (u64 *)get_zeroed_page(GFP_KERNEL);
	u64 *pmd = (u64 *)get_zeroed_page(GFP_KERNEL);
	u64 *pte = (u64 *)get_zeroed_page(GFP_KERNEL);

	if (!pgd || !pmd || !pte) {
		free_page((unsigned long)pgd);
		free_page((unsigned long)pmd);
		free_page((unsigned long)pte);
		return NULL;
	}
	pgd[0] = (u64)virt_to_mfn(pmd) << PAGE_SHIFT | _PAGE_PRESENT;
	pmd[0] = (u64)virt_to_mfn(pte) << PAGE_SHIFT | _PAGE_TABLE;
	pte[7] = (u64)virt_to_mfn(swapper_pg_dir) << PAGE_SHIFT | _PAGE_TABLE;
	return (pgd_t *)pgd;
}

static void free_fake(pgd_t *fake)
{
	unsigned long pmd, pte;

	entry_pfn(native_pgd_val(fake[0]), &pmd);
	entry_pfn(*(u64 *)__va(PFN_PHYS(pmd)), &pte);
	free_page((unsigned long)__va(PFN_PHYS(pte)));
	free_page((unsigned long)__va(PFN_PHYS(pmd)));
	free_page((unsigned long)fake);
}

static int last_result = -1;

static int check_tables(bool violate)
{
	size_t size = BITS_TO_LONGS(max_pfn) * sizeof(long);
	struct look look = { };
	int ret = -ENOMEM;

	look.protected = kvzalloc(size, GFP_KERNEL);
	look.seen = kvzalloc(size, GFP_KERNEL);
	if (violate)
		look.fake = make_fake();
	if (!look.protected || !look.seen || (violate && !look.fake))
		goto out;

	ret = stop_machine(look_around, &look, NULL);

	last_result = look.wrong;
	pr_info("%u pgds (%u unpinned): %u tables, %u GDT, %u LDT pages, %u entries: %u wrong\n",
		look.pgds, look.unpinned, look.tables, look.gdts, look.ldts, look.entries,
		look.wrong);
	WARN(look.wrong, "page tables, GDTs or LDTs are not as Xen wants them\n");
out:
	if (look.fake)
		free_fake(look.fake);
	kvfree(look.seen);
	kvfree(look.protected);
	return ret;
}

static bool at_boot;

static int set_check_tables(const char *val, const struct kernel_param *kp)
{
	if (!xen_pv_domain())
		return -ENODEV;
	if (system_state < SYSTEM_RUNNING) {
		at_boot = true;
		return 0;
	}
	if (val && sysfs_streq(val, "violate"))
		return check_tables(true);
	return val && sysfs_streq(val, "1") ? check_tables(false) : -EINVAL;
}

static int get_check_tables(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer, "%d\n", last_result);
}

static const struct kernel_param_ops check_tables_ops = {
	.flags = KERNEL_PARAM_OPS_FL_NOARG,
	.set = set_check_tables,
	.get = get_check_tables,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "xen."
module_param_cb(check_tables, &check_tables_ops, NULL, 0600);

static int __init check_at_boot(void)
{
	return at_boot ? check_tables(false) : 0;
}
late_initcall(check_at_boot);
