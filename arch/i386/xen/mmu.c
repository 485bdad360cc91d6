// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit Xen PV: page table entries, TLB and cr3
 *
 * Entries hold machine frames; the rest of Linux thinks in pseudo-physical ones.
 * What lies in a page that Xen knows as a page table is written by hypercall, all
 * else like memory.  Updates are collected in lazy mode.
 */
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <asm/fixmap.h>
#include <asm/paravirt.h>
#include <asm/pgtable.h>
#include <asm/setup.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <xen/interface/memory.h>
#include <xen/page.h>
#include "early.h"
#include "pv.h"

/* Xen's own, in the number of updates: some of them have been made (its mm.c) */
#define MMU_UPDATE_PREEMPTED	BIT(31)

/* What PV_CALLEE_SAVE_REGS_THUNK() calls */
pteval_t xen_pte_val(pteval_t val);
pteval_t xen_make_pte(pteval_t val);
/* What xen_entry_pfn() calls */
u32 xen_do_entry_pfn(u64 entry);

/*
 * Physical address of the page table that a CPU has loaded: as far as it has said
 * (xen_cr3), and as far as the hypercall was made.
 */
DEFINE_PER_CPU(unsigned long, xen_cr3);
DEFINE_PER_CPU(unsigned long, xen_loaded_cr3);

/* ---- Conversion ---- */

/* Works for all levels: the bits are the same.  What is not ours is not present. */
pteval_t xen_entry_to_phys(pteval_t entry)
{
	unsigned long pfn;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	pfn = mfn_to_pfn((entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT);
	if (unlikely(pfn == ~0UL))
		return entry & PTE_FLAGS_MASK & ~(pteval_t)_PAGE_PRESENT;
	return (pteval_t)pfn << PAGE_SHIFT | (entry & PTE_FLAGS_MASK);
}

/* A page that has no frame, as it was ballooned out, makes an empty entry. */
pteval_t xen_entry_to_machine(pteval_t entry)
{
	unsigned long mfn;

	if (!(entry & _PAGE_PRESENT))
		return entry;
	mfn = __pfn_to_mfn((entry & PTE_PFN_MASK) >> PAGE_SHIFT);
	if (unlikely(mfn == INVALID_P2M_ENTRY))
		return 0;
	mfn &= ~(FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT);
	return (pteval_t)mfn << PAGE_SHIFT | (entry & PTE_FLAGS_MASK);
}

__visible pteval_t xen_pte_val(pteval_t val)
{
	return xen_entry_to_phys(val);
}
PV_CALLEE_SAVE_REGS_THUNK(xen_pte_val);

__visible pteval_t xen_make_pte(pteval_t val)
{
	return xen_entry_to_machine(val);
}
PV_CALLEE_SAVE_REGS_THUNK(xen_make_pte);

/* ~0 for what is not ours */
__visible u32 xen_do_entry_pfn(u64 entry)
{
	if (!(entry & _PAGE_PRESENT))
		return entry >> PAGE_SHIFT;
	return mfn_to_pfn((entry & XEN_PTE_MFN_MASK) >> PAGE_SHIFT);
}

/* Entry in edx:eax, number in eax; keeps all else, which PV_CALLEE_SAVE_REGS_THUNK() does not. */
extern asmlinkage u32 xen_entry_pfn(u64 entry);
DEFINE_ASM_FUNC(xen_entry_pfn,
		"push %ecx; push %edx; call xen_do_entry_pfn; pop %edx; pop %ecx", .text);

/* ---- Updates ---- */

/* Both to be called between xen_mc_batch() and xen_mc_issue() */
void xen_queue_mmu_update(u64 ptr, u64 val)
{
	struct multicall_space mcs;
	struct mmu_update *u;

	mcs = xen_mc_extend_args(__HYPERVISOR_mmu_update, sizeof(*u));
	if (mcs.mc) {
		mcs.mc->args[1]++;
	} else {
		mcs = __xen_mc_entry(sizeof(*u));
		MULTI_mmu_update(mcs.mc, mcs.args, 1, NULL, DOMID_SELF);
	}
	u = mcs.args;
	u->ptr = ptr;
	u->val = val;
}

void xen_queue_mmuext(const struct mmuext_op *op)
{
	struct multicall_space mcs;

	mcs = xen_mc_extend_args(__HYPERVISOR_mmuext_op, sizeof(*op));
	if (mcs.mc) {
		mcs.mc->args[1]++;
	} else {
		mcs = __xen_mc_entry(sizeof(*op));
		MULTI_mmuext_op(mcs.mc, mcs.args, 1, NULL, DOMID_SELF);
	}
	memcpy(mcs.args, op, sizeof(*op));
}

static bool is_own_frame(unsigned long mfn)
{
	unsigned long pfn = mfn_to_pfn(mfn);

	return pfn != ~0UL && get_phys_to_machine(pfn) == mfn;
}

/*
 * An entry for a frame that is not the domain's and that Xen does not let it map, as
 * by /dev/mem or a driver that looks for its device: is made an empty one.
 */
static long update_singly(struct mmu_update *u, unsigned int count)
{
	long ret = 0;

	for (; count && !ret; count--, u++) {
		unsigned long mfn = (u->val & XEN_PTE_MFN_MASK) >> PAGE_SHIFT;

		ret = HYPERVISOR_mmu_update(u, 1, NULL, DOMID_SELF);
		if (ret >= 0 || !(u->val & _PAGE_PRESENT) || is_own_frame(mfn))
			continue;
		pr_warn_ratelimited("xen: frame %#lx is not to be mapped: errno %ld\n", mfn, ret);
		u->val = 0;
		ret = HYPERVISOR_mmu_update(u, 1, NULL, DOMID_SELF);
	}
	return ret;
}

/**
 * xen_mc_without_others_frames() - what to do after a refusal
 * @mc:		hypercalls that were made, with their results
 * @n:		their number
 *
 * Xen stops at the first update that it refuses: those behind it are made here.  What
 * the hypercall was is read from @mc, as xen_mc_flush() reports it: a Xen built for
 * debugging has overwritten it, and then nothing is left out.
 *
 * Return: how many of the hypercalls are still refused
 */
int xen_mc_without_others_frames(struct multicall_entry *mc, unsigned int n)
{
	int refused = 0;

	for (; n; n--, mc++) {
		unsigned int count = mc->args[1] & ~MMU_UPDATE_PREEMPTED;

		if (mc->result < 0 && mc->op == __HYPERVISOR_mmu_update && count)
			mc->result = update_singly((struct mmu_update *)mc->args[0], count);
		refused += mc->result < 0;
	}
	return refused;
}

static void update_entry(void *entry, u64 val, u64 how)
{
	u64 ptr = virt_to_machine(entry).maddr | how;

	preempt_disable();
	if (xen_get_lazy_mode() == XEN_LAZY_MMU) {
		xen_mc_batch();
		xen_queue_mmu_update(ptr, val);
		xen_mc_issue(XEN_LAZY_MMU);
	} else {
		struct mmu_update u = { .ptr = ptr, .val = val };

		xen_must("mmu_update", ptr, update_singly(&u, 1));
	}
	preempt_enable();
}

static void xen_set_pte(pte_t *ptep, pte_t pte)
{
	if (xen_table_is_pinned(ptep))
		update_entry(ptep, pte_val_ma(pte), MMU_NORMAL_PT_UPDATE);
	else
		native_set_pte(ptep, pte);
}

static void xen_flush_lazy_mmu(void)
{
	preempt_disable();
	if (xen_get_lazy_mode() == XEN_LAZY_MMU)
		xen_mc_flush();
	preempt_enable();
}

/* An entry that points to a page table, into a pinned one */
static void link_table(void *entry, u64 val, bool pte_table)
{
	if (val & _PAGE_PRESENT)
		xen_attach_table(PFN_DOWN(xen_entry_to_phys(val) & PTE_PFN_MASK), pte_table);
	update_entry(entry, val, MMU_NORMAL_PT_UPDATE);
	/* In lazy mode a fault in vmalloc space, too, is resolved by this, and has to be. */
	xen_flush_lazy_mmu();
}

static void xen_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	if (xen_table_is_pinned(pmdp))
		link_table(pmdp, native_pmd_val(pmd), true);
	else
		native_set_pmd(pmdp, pmd);
}

static void xen_set_pud(pud_t *pudp, pud_t pud)
{
	if (xen_table_is_pinned(pudp))
		link_table(pudp, native_pud_val(pud), false);
	else
		native_set_pud(pudp, pud);
}

/*
 * Accessed and dirty bits that the CPU sets between start and commit are kept by
 * Xen, so the entry need not be cleared meanwhile.
 */
static pte_t xen_modify_prot_start(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	return *ptep;
}

static void xen_modify_prot_commit(struct vm_area_struct *vma, unsigned long addr,
				   pte_t *ptep, pte_t pte)
{
	if (xen_table_is_pinned(ptep))
		update_entry(ptep, pte_val_ma(pte), MMU_PT_UPDATE_PRESERVE_AD);
	else
		native_set_pte(ptep, pte);
}

static pte_t *lowmem_pte(const void *address)
{
	unsigned int level;

	return lookup_address((unsigned long)address, &level);
}

/* Change the entry of a page of the direct map that keeps its frame. */
static void change_lowmem_pte(void *address, pte_t pte)
{
	xen_must("update_va_mapping", (unsigned long)address,
		 HYPERVISOR_update_va_mapping((unsigned long)address, pte, UVMF_INVLPG));
}

/* For smp_pv.c and others: nothing to do where nothing is mapped. */
void make_lowmem_page_readonly(void *vaddr)
{
	pte_t *ptep = lowmem_pte(vaddr);

	if (ptep)
		change_lowmem_pte(vaddr, pte_wrprotect(*ptep));
}

void make_lowmem_page_readwrite(void *vaddr)
{
	pte_t *ptep = lowmem_pte(vaddr);

	if (ptep)
		change_lowmem_pte(vaddr, pte_mkwrite_novma(*ptep));
}

void xen_set_lowmem_prot(void *address, pgprot_t prot)
{
	change_lowmem_pte(address, pfn_pte(virt_to_pfn(address), prot));
}

/* For time.c, grant-table.c, ...: map a frame that need not be ours. */
void __init set_pte_mfn(unsigned long vaddr, unsigned long mfn, pgprot_t flags)
{
	change_lowmem_pte((void *)vaddr, mfn_pte(mfn, flags));
}

static unsigned char no_apic[PAGE_SIZE] __page_aligned_bss;

static void xen_set_fixmap(unsigned int idx, phys_addr_t phys, pgprot_t prot)
{
	unsigned long va = __fix_to_virt(idx);
	pte_t pte;

	switch (idx) {
	case FIX_BTMAP_END ... FIX_BTMAP_BEGIN:
		pte = pfn_pte(PFN_DOWN(phys), prot);
		break;
	case FIX_APIC_BASE:
#ifdef CONFIG_X86_IO_APIC
	case FIX_IO_APIC_BASE_0 ... FIX_IO_APIC_BASE_END:
#endif
		pte = pfn_pte(PFN_DOWN(__pa(no_apic)), PAGE_KERNEL);
		break;
	default:	/* machine addresses */
		pte = mfn_pte(PFN_DOWN(phys), prot);
		break;
	}
	xen_must("update_va_mapping", va, HYPERVISOR_update_va_mapping(va, pte, UVMF_INVLPG));
}

/* ---- TLB ---- */

static void xen_write_cr2(unsigned long cr2)
{
	this_cpu_read(xen_vcpu)->arch.cr2 = cr2;
}

static void issue_mmuext(const struct mmuext_op *op)
{
	preempt_disable();
	xen_mc_batch();
	xen_queue_mmuext(op);
	xen_mc_issue(XEN_LAZY_MMU);
	preempt_enable();
}

static void xen_flush_tlb(void)
{
	struct mmuext_op op = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };

	issue_mmuext(&op);
}

static void xen_flush_tlb_one(unsigned long addr)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_INVLPG_LOCAL,
		.arg1.linear_addr = addr & PAGE_MASK,
	};

	issue_mmuext(&op);
}

/* Xen reaches the other vCPUs itself, and those that don't run it need not reach. */
static void xen_flush_tlb_multi(const struct cpumask *cpus, const struct flush_tlb_info *info)
{
	/* xen_queue_mmuext() may put another operation right behind this one. */
	struct {
		struct cpumask mask;
		struct mmuext_op op;
	} *args;
	struct multicall_space mcs;

	if (cpumask_empty(cpus))
		return;

	mcs = xen_mc_entry(sizeof(*args));
	args = mcs.args;
	args->op = (struct mmuext_op) { .cmd = MMUEXT_TLB_FLUSH_MULTI };
	if (info->end != TLB_FLUSH_ALL && info->end - info->start <= PAGE_SIZE) {
		args->op.cmd = MMUEXT_INVLPG_MULTI;
		args->op.arg1.linear_addr = info->start;
	}
	args->op.arg2.vcpumask = &args->mask;
	cpumask_and(&args->mask, cpus, cpu_online_mask);
	MULTI_mmuext_op(mcs.mc, &args->op, 1, NULL, DOMID_SELF);
	xen_mc_issue(XEN_LAZY_MMU);
}

/* ---- cr3 ---- */

static unsigned long xen_read_cr3(void)
{
	return this_cpu_read(xen_cr3);
}

static void cr3_is_loaded(void *cr3)
{
	this_cpu_write(xen_loaded_cr3, (unsigned long)cr3);
}

static void xen_write_cr3(unsigned long cr3)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_NEW_BASEPTR,
		.arg1.mfn = pfn_to_mfn(PFN_DOWN(cr3)),
	};

	WARN_ON_ONCE(preemptible());
	xen_mc_batch();
	this_cpu_write(xen_cr3, cr3);
	xen_queue_mmuext(&op);
	xen_mc_callback(cr3_is_loaded, (void *)cr3);
	xen_mc_issue(XEN_LAZY_CPU);
}

/* ---- Lazy mode ---- */

static void xen_enter_lazy_mmu(void)
{
	enter_lazy(XEN_LAZY_MMU);
}

static void xen_leave_lazy_mmu(void)
{
	preempt_disable();
	xen_mc_flush();
	leave_lazy(XEN_LAZY_MMU);
	preempt_enable();
}

/* ---- Ops ---- */

static int xen_pgd_alloc(struct mm_struct *mm)
{
	return WARN_ON(xen_table_is_pinned(mm->pgd)) ? -EBUSY : 0;
}

static const struct pv_mmu_ops mmu_ops __initconst = {
	.flush_tlb_user		= xen_boot_flush_tlb,
	.flush_tlb_kernel	= xen_boot_flush_tlb,
	.flush_tlb_one_user	= xen_flush_tlb_one,
	.flush_tlb_multi	= xen_flush_tlb_multi,
	.tlb_remove_table	= tlb_remove_table,
	.enter_mmap		= xen_pin_mm,
	.exit_mmap		= xen_exit_mm,
	.notify_page_enc_status_changed = paravirt_nop,
	.read_cr2		= __PV_IS_CALLEE_SAVE(xen_read_cr2),
	.write_cr2		= xen_write_cr2,
	.read_cr3		= xen_read_cr3,
	.write_cr3		= xen_boot_write_cr3,
	.pgd_alloc		= xen_pgd_alloc,
	.pgd_free		= paravirt_nop,
	.alloc_pte		= paravirt_nop,
	.alloc_pmd		= paravirt_nop,
	.release_pte		= xen_boot_release_table,
	.release_pmd		= xen_boot_release_table,
	.set_pte		= xen_boot_set_pte,
	.set_pmd		= xen_boot_set_pmd,
	.set_pud		= xen_boot_set_pud,
	.ptep_modify_prot_start	= xen_modify_prot_start,
	.ptep_modify_prot_commit = xen_modify_prot_commit,
	.pte_val		= PV_CALLEE_SAVE(xen_pte_val),
	.make_pte		= PV_CALLEE_SAVE(xen_make_pte),
	.pmd_val		= PV_CALLEE_SAVE(xen_pte_val),
	.make_pmd		= PV_CALLEE_SAVE(xen_make_pte),
	.pgd_val		= PV_CALLEE_SAVE(xen_pte_val),
	.make_pgd		= PV_CALLEE_SAVE(xen_make_pte),
	.entry_pfn		= __PV_IS_CALLEE_SAVE(xen_entry_pfn),
	.lazy_mode = {
		.enter		= xen_enter_lazy_mmu,
		.leave		= xen_leave_lazy_mmu,
		.flush		= xen_flush_lazy_mmu,
	},
	.set_fixmap		= xen_set_fixmap,
};

/* From here on page tables have struct pages, which say whether they are pinned. */
static void __init xen_after_bootmem(void)
{
	xen_flush_boot_updates();
	xen_mark_init_mm();
	pv_ops.mmu.set_pte = xen_set_pte;
	pv_ops.mmu.set_pmd = xen_set_pmd;
	pv_ops.mmu.set_pud = xen_set_pud;
	pv_ops.mmu.flush_tlb_user = xen_flush_tlb;
	pv_ops.mmu.flush_tlb_kernel = xen_flush_tlb;
	pv_ops.mmu.release_pte = xen_release_pte_table;
	pv_ops.mmu.release_pmd = xen_release_pmd_table;
}

static void __init xen_pagetable_init(void)
{
	paging_init();
	xen_flush_boot_updates();
	pv_ops.mmu.write_cr3 = xen_write_cr3;

	/* The list of frames gets a place of its own, and Xen hears of it. */
	xen_vmalloc_p2m_tree();
	xen_flush_boot_updates();
	memblock_phys_free(__pa(xen_start_info->mfn_list),
			   PAGE_ALIGN(xen_start_info->nr_pages * sizeof(unsigned long)));
	xen_start_info->mfn_list = (unsigned long)xen_p2m_addr;
	xen_build_mfn_list_list();
	xen_remap_memory();
	xen_setup_mfn_list_list();
}

void __init xen_init_mmu_ops(void)
{
	pv_ops.mmu = mmu_ops;
	x86_init.paging.pagetable_init = xen_pagetable_init;
	x86_init.hyper.init_after_bootmem = xen_after_bootmem;
}

void __init xen_setup_machphys_mapping(void)
{
	struct xen_machphys_mapping mapping;
	long ret = HYPERVISOR_memory_op(XENMEM_machphys_mapping, &mapping);

	/* Without it the console's ring is not to be found, but P=V is still there. */
	if (ret)
		xen_refused((void *)__pa_nodebug(&boot_params),
			    (void *)__pa_nodebug("XENMEM_machphys_mapping"), 0, ret);
	machine_to_phys_mapping = (unsigned long *)(unsigned long)mapping.v_start;
	machine_to_phys_nr = mapping.max_mfn + 1;
}

void __init xen_reserve_special_pages(void)
{
	memblock_reserve(__pa(xen_start_info), PAGE_SIZE);
	if (xen_start_info->store_mfn)
		memblock_reserve(PFN_PHYS(mfn_to_pfn(xen_start_info->store_mfn)), PAGE_SIZE);
	if (xen_start_info->console.domU.mfn)
		memblock_reserve(PFN_PHYS(mfn_to_pfn(xen_start_info->console.domU.mfn)), PAGE_SIZE);
}

/* Mapping other domains' memory is for domains that rule others. */
int xen_remap_pfn(struct vm_area_struct *vma, unsigned long addr,
		  xen_pfn_t *pfn, int nr, int *err_ptr, pgprot_t prot,
		  unsigned int domid, bool no_translate)
{
	return -EOPNOTSUPP;
}
EXPORT_SYMBOL_GPL(xen_remap_pfn);
