// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does what has to go through pv_ops in a guest
 *
 * Its own code has paravirt sites, which are patched when it is loaded, and not those
 * of the kernel.  Loading it fails if something does not come out right.
 */
#define pr_fmt(fmt) "pvmodule: " fmt

#include <linux/completion.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <asm/msr.h>
#include <asm/pgtable.h>
#include <asm/processor.h>
#include <xen/page.h>
#include <xen/xen.h>

#define PAGES	64

static DECLARE_COMPLETION(expired);

static void on_timer(struct timer_list *timer)
{
	complete(&expired);
}

static DEFINE_TIMER(timer, on_timer);

static void count_cpu(void *counter)
{
	if (irqs_disabled())
		atomic_inc(counter);
}

static int __init interrupts(void)
{
	atomic_t cpus = ATOMIC_INIT(0);
	unsigned long flags;

	local_irq_save(flags);
	if (!irqs_disabled() || !(flags & X86_EFLAGS_IF))
		return -EINVAL;
	local_irq_restore(flags);
	if (irqs_disabled())
		return -EINVAL;
	on_each_cpu(count_cpu, &cpus, 1);
	if (atomic_read(&cpus) != num_online_cpus())
		return -EINVAL;
	mod_timer(&timer, jiffies + 2);
	return wait_for_completion_timeout(&expired, 60 * HZ) ? 0 : -ETIMEDOUT;
}

static int __init entries(void)
{
	struct page *page = alloc_page(GFP_KERNEL);
	pte_t pte;
	int ret = 0;

	if (!page)
		return -ENOMEM;
	pte = pfn_pte(page_to_pfn(page), PAGE_KERNEL);
	if (pte_pfn(pte) != page_to_pfn(page) || !pte_write(pte) || pte_write(pte_wrprotect(pte)) ||
	    pte_val(__pte(pte_val(pte))) != pte_val(pte))
		ret = -EINVAL;
	if (!(read_cr0() & X86_CR0_PG) || !__read_cr3() || !cpuid_eax(0))
		ret = -EINVAL;
	__free_page(page);
	return ret;
}

static int __init mappings(void)
{
	u32 *p = vmalloc(PAGES * PAGE_SIZE);
	unsigned int i;
	int ret = 0;

	if (!p)
		return -ENOMEM;
	for (i = 0; i < PAGES; i++)
		p[i * PAGE_SIZE / sizeof(*p)] = ~i;
	for (i = 0; i < PAGES; i++)
		if (*(u32 *)page_address(vmalloc_to_page(&p[i * PAGE_SIZE / sizeof(*p)])) != ~i)
			ret = -EINVAL;
	vfree(p);
	return ret;
}

/* The local APIC's: no domain gets it. */
#define REFUSED_FRAME	0xfee00

/* What Xen refuses to map is left empty; what was to be done with it, or is later, is done. */
static int __init refusals(void)
{
	pte_t *pte[2], was[2];
	unsigned int i, level;
	int ret = 0;
	u8 *p;

	if (!xen_pv_domain())
		return 0;
	p = vmalloc(ARRAY_SIZE(pte) * PAGE_SIZE);
	if (!p)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(pte); i++) {
		pte[i] = lookup_address((unsigned long)p + i * PAGE_SIZE, &level);
		was[i] = *pte[i];
	}
	arch_enter_lazy_mmu_mode();
	set_pte(pte[0], mfn_pte(REFUSED_FRAME, PAGE_KERNEL));
	set_pte(pte[1], pte_wrprotect(was[1]));
	arch_leave_lazy_mmu_mode();
	if (!pte_none(*pte[0]) || pte_write(*pte[1]))
		ret = -EINVAL;
	set_pte(pte[0], was[0]);
	set_pte(pte[0], mfn_pte(REFUSED_FRAME, PAGE_KERNEL));
	if (!pte_none(*pte[0]))
		ret = -EINVAL;
	for (i = 0; i < ARRAY_SIZE(pte); i++)
		set_pte(pte[i], was[i]);
	vfree(p);
	return ret;
}

/*
 * A page directory that does not know of a page table of vmalloc space yet gets to know by a
 * fault, in lazy mode, too.
 */
static int __init faults(void)
{
	unsigned long addr;
	pmd_t *pmd, was;
	pgd_t *pgd;
	u8 *p, *within, seen;

	/* Elsewhere this directory may be the one that others are filled from. */
	if (!xen_pv_domain())
		return 0;
	p = vmalloc(2 * PMD_SIZE);
	if (!p)
		return -ENOMEM;
	within = PTR_ALIGN(p, PMD_SIZE);
	addr = (unsigned long)within;
	*within = 0x47;
	preempt_disable();
	pgd = pgd_offset_pgd((pgd_t *)__va(read_cr3_pa()), addr);
	pmd = pmd_offset(pud_offset(p4d_offset(pgd, addr), addr), addr);
	was = *pmd;
	set_pmd(pmd, __pmd(0));
	write_cr3(__read_cr3());
	arch_enter_lazy_mmu_mode();
	seen = READ_ONCE(*within);
	arch_leave_lazy_mmu_mode();
	preempt_enable();
	vfree(p);
	return seen == 0x47 && pmd_same(*pmd, was) ? 0 : -EINVAL;
}

static int __init pvmodule_init(void)
{
	static const struct {
		const char *name;
		int (*test)(void);
	} tests[] = {
		{ "interrupts", interrupts }, { "entries", entries }, { "mappings", mappings },
		{ "refusals", refusals }, { "faults", faults },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		int ret = tests[i].test();

		if (ret) {
			pr_err("%s: errno %d\n", tests[i].name, ret);
			return ret;
		}
	}
	pr_info("interrupts, entries, mappings, refusals and faults are as they have to be\n");
	return 0;
}

static void __exit pvmodule_exit(void)
{
	pr_info("gone\n");
}

module_init(pvmodule_init);
module_exit(pvmodule_exit);
MODULE_DESCRIPTION("Test of paravirt sites in a module");
MODULE_LICENSE("GPL");
