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

static int __init pvmodule_init(void)
{
	static const struct {
		const char *name;
		int (*test)(void);
	} tests[] = {
		{ "interrupts", interrupts }, { "entries", entries }, { "mappings", mappings },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		int ret = tests[i].test();

		if (ret) {
			pr_err("%s: errno %d\n", tests[i].name, ret);
			return ret;
		}
	}
	pr_info("interrupts, entries and mappings are as they have to be\n");
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
