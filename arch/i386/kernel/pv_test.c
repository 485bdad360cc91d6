// SPDX-License-Identifier: GPL-2.0
/*
 * Do the paravirt ops carry all 64 bits of a page table entry, through the sites as
 * they are?  Run at each boot, before and after the sites are bound: what goes wrong
 * here would go wrong later in a way that nobody understands.
 */
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/pfn.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/pv_sites.h>

static pte_t table[PTRS_PER_PTE] __initdata __aligned(PAGE_SIZE);

static void __init expect(const char *op, u64 in, u64 out, u64 expected)
{
	if (out != expected)
		panic("pv_ops: %s: %#llx became %#llx instead of %#llx", op, in, out, expected);
}

/* What is not present has no frame in it: it must stay as it is. */
static void __init test_not_present(u64 val)
{
	const u64 pgd = val & PGD_ALLOWED_BITS;

	expect("make_pte", val, native_pte_val(__pte(val)), val);
	expect("pte_val", val, pte_val(native_make_pte(val)), val);
	expect("make_pmd", val, native_pmd_val(__pmd(val)), val);
	expect("pmd_val", val, pmd_val(native_make_pmd(val)), val);
	expect("make_pgd", val, native_pgd_val(__pgd(val)), pgd);
	expect("pgd_val", val, pgd_val(native_make_pgd(val)), pgd);
	expect("pte_pfn", val, pte_pfn(native_make_pte(val)), (u32)(~val >> PAGE_SHIFT));
}

/* A frame and its flags have to come back; meanwhile only the frame may differ. */
static void __init test_present(unsigned long pfn, u64 flags)
{
	const u64 val = (u64)pfn << PAGE_SHIFT | flags | _PAGE_PRESENT;
	const u64 pgd = val & PGD_ALLOWED_BITS;

	expect("pte_val(make_pte)", val, pte_val(__pte(val)), val);
	expect("flags of make_pte", val, native_pte_val(__pte(val)) & PTE_FLAGS_MASK,
	       val & PTE_FLAGS_MASK);
	expect("pmd_val(make_pmd)", val, pmd_val(__pmd(val)), val);
	expect("pgd_val(make_pgd)", val, pgd_val(__pgd(pgd)), pgd);
	expect("pte_pfn(make_pte)", val, pte_pfn(__pte(val)), pfn);
	expect("pmd_pfn(make_pmd)", val, pmd_pfn(__pmd(val)), pfn);

	set_pte(&table[1], __pte(val));
	expect("set_pte", val, pte_val(table[1]), val);
	expect("set_pte's neighbours", val, native_pte_val(table[0]) | native_pte_val(table[2]), 0);
	pte_clear(NULL, 0, &table[1]);
	expect("pte_clear", val, native_pte_val(table[1]), 0);
	set_pte_atomic(&table[1], __pte(val));
	expect("set_pte_atomic", val, pte_val(table[1]), val);
	set_pmd((pmd_t *)&table[1], __pmd(val));
	expect("set_pmd", val, pmd_val(*(pmd_t *)&table[1]), val);
	pmd_clear((pmd_t *)&table[1]);
	expect("pmd_clear", val, native_pte_val(table[1]), 0);
}

static void __init test_interrupt_flag(void)
{
	unsigned long flags;

	local_irq_save(flags);
	expect("irq_disable", 0, !raw_irqs_disabled(), 0);
	local_irq_enable();
	expect("irq_enable", 0, raw_irqs_disabled(), 0);
	local_irq_restore(flags);
	expect("save_fl", flags, raw_irqs_disabled_flags(flags), raw_irqs_disabled());
}

static void __init test_ops(void)
{
	/* A frame that is low and one that is as high as they come; flags in both halves */
	struct page *page = alloc_page(GFP_HIGHUSER);
	const unsigned long pfns[] = {
		PFN_DOWN(__pa(table)), page ? page_to_pfn(page) : PFN_DOWN(__pa(table))
	};
	const u64 flags[] = { 0, _PAGE_RW | _PAGE_USER, _PAGE_NX & __supported_pte_mask,
			      _PAGE_ACCESSED | _PAGE_DIRTY | (_PAGE_NX & __supported_pte_mask) };
	unsigned int i, j;

	for (i = 1; i < 64; i++) {
		test_not_present(1ull << i);
		test_not_present(~(1ull << i) & ~1ull);
	}
	for (i = 0; i < ARRAY_SIZE(pfns); i++)
		for (j = 0; j < ARRAY_SIZE(flags); j++)
			test_present(pfns[i], flags[j]);
	if (page)
		__free_page(page);
	test_interrupt_flag();
}

/* All ops have their final values, other CPUs don't run yet, and text is writable. */
static int __init test_and_bind(void)
{
	test_ops();
	if (pv_sites_bind())
		test_ops();
	return 0;
}
early_initcall(test_and_bind);
