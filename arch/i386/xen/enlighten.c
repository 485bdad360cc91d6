// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit Xen PV: the CPU, and the way to start_kernel()
 *
 * The kernel runs in ring 1.  Xen emulates what is privileged and harmless; the
 * rest goes through hypercalls.  Descriptor tables belong to Xen once they are
 * loaded: their pages are mapped read-only, and every entry is checked.
 */
#include <linux/console.h>
#include <linux/cpu.h>
#include <linux/entry-common.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/panic_notifier.h>
#include <linux/pci.h>
#include <linux/percpu.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/smp.h>
#include <linux/start_kernel.h>
#include <linux/static_call.h>
#include <linux/virtio_anchor.h>
#include <linux/vmalloc.h>

#include <asm/apic.h>
#include <asm/cpu.h>
#include <asm/desc.h>
#include <asm/emulate_prefix.h>
#include <asm/fixmap.h>
#include <asm/hypervisor.h>
#include <asm/io_bitmap.h>
#include <asm/irq_regs.h>
#include <asm/mach_traps.h>
#include <asm/mtrr.h>
#include <asm/mwait.h>
#include <asm/paravirt.h>
#include <asm/pci_x86.h>
#include <asm/pgalloc.h>
#include <asm/processor.h>
#include <asm/proto.h>
#include <asm/pv_sites.h>
#include <asm/pv_start.h>
#include <asm/reboot.h>
#include <asm/setup.h>
#include <asm/traps.h>
#include <asm/xen/cpuid.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/hypervisor.h>
#include <asm/xen/pci.h>

#include <xen/events.h>
#include <xen/features.h>
#include <xen/hvc-console.h>
#include <xen/interface/callback.h>
#include <xen/interface/nmi.h>
#include <xen/interface/physdev.h>
#include <xen/interface/sched.h>
#include <xen/interface/vcpu.h>
#include <xen/page.h>
#include <xen/xen.h>

#include "pv.h"

asmlinkage __visible void __init __noreturn xen_pv_start(void);
__visible noinstr void exc_xen_hypervisor_callback(struct pt_regs *regs);

/* The page of the boot CPU's first GDT: smp_pv.c gives it back. */
void *xen_initial_gdt;

DEFINE_PER_CPU(enum xen_lazy_mode, xen_lazy_mode) = XEN_LAZY_NONE;
DEFINE_PER_CPU(unsigned int, xen_lazy_nesting);

enum xen_lazy_mode xen_get_lazy_mode(void)
{
	return in_interrupt() ? XEN_LAZY_NONE : this_cpu_read(xen_lazy_mode);
}

void __noreturn xen_refused_call(const char *what, u64 arg, long result)
{
	xen_raw_printk("xen: %s(%#llx) refused: errno %ld\n", what, arg, result);
	panic("xen: %s(%#llx) refused: errno %ld", what, arg, result);
}

/*
 * Who panics before there is a console has nobody to tell: the ring of the PV console
 * gets all that was said so far.
 */
static int __ref panic_without_console(struct notifier_block *nb, unsigned long event, void *text)
{
	if (system_state == SYSTEM_BOOTING && hlist_empty(&console_list)) {
		if (IS_ENABLED(CONFIG_EARLY_PRINTK) && IS_ENABLED(CONFIG_HVC_XEN))
			register_console(&xenboot_console);
		xen_reboot(SHUTDOWN_crash);
	}
	return NOTIFY_DONE;
}

static struct notifier_block without_console = {
	.notifier_call	= panic_without_console,
	.priority	= INT_MAX,
};

/* ---- Instructions ---- */

/* Xen answers for the domain, if asked with this prefix. */
static void emulated_cpuid(unsigned int *eax, unsigned int *ebx,
			   unsigned int *ecx, unsigned int *edx)
{
	asm(XEN_EMULATE_PREFIX "cpuid"
	    : "=a" (*eax), "=b" (*ebx), "=c" (*ecx), "=d" (*edx)
	    : "0" (*eax), "2" (*ecx));
}

static void xen_cpuid(unsigned int *eax, unsigned int *ebx,
		      unsigned int *ecx, unsigned int *edx)
{
	unsigned int leaf = *eax;

	emulated_cpuid(eax, ebx, ecx, edx);
	switch (leaf) {
	case 1:
		/* APIC IDs are those of xen_pv_smp_config(). */
		*ebx = (*ebx & 0x00ffffff) | raw_smp_processor_id() << 24;
		break;
	case CPUID_MWAIT_LEAF:
		*eax = *ebx = *ecx = *edx = 0;
		break;
	case 0xb:
		*ebx = 0;	/* no topology */
		break;
	}
}

static noinstr void xen_set_debugreg(int reg, unsigned long val)
{
	int ret = HYPERVISOR_set_debugreg(reg, val);

	if (unlikely(ret)) {
		instrumentation_begin();
		pr_warn_once("xen: debug register %d = %#lx refused: errno %d\n", reg, val, ret);
		instrumentation_end();
	}
}

static noinstr unsigned long xen_get_debugreg(int reg)
{
	return HYPERVISOR_get_debugreg(reg);
}

static DEFINE_PER_CPU(unsigned long, cached_cr0);

static unsigned long xen_read_cr0(void)
{
	if (!this_cpu_read(cached_cr0))
		this_cpu_write(cached_cr0, native_read_cr0());
	return this_cpu_read(cached_cr0);
}

/* Of all bits only TS is a domain's to change. */
static void xen_write_cr0(unsigned long cr0)
{
	struct multicall_space mcs;

	this_cpu_write(cached_cr0, cr0);
	mcs = xen_mc_entry(0);
	MULTI_fpu_taskswitch(mcs.mc, !!(cr0 & X86_CR0_TS));
	xen_mc_issue(XEN_LAZY_CPU);
}

static void xen_write_cr4(unsigned long cr4)
{
	native_write_cr4(cr4 & ~(X86_CR4_PGE | X86_CR4_PSE | X86_CR4_PCE));
}

/* There is nothing that tasks could switch to. */
static unsigned long xen_store_tr(void)
{
	return 0;
}

static u64 xen_read_msr_safe(unsigned int msr, int *err)
{
	u64 val = 0;

	*err = 0;
	if (pmu_msr_read(msr, &val, err))
		return val;
	val = native_read_msr_safe(msr, err);
	if (msr == MSR_IA32_APICBASE) {
		val &= ~X2APIC_ENABLE;
		if (raw_smp_processor_id())
			val &= ~(u64)MSR_IA32_APICBASE_BSP;
		else
			val |= MSR_IA32_APICBASE_BSP;
	}
	return val;
}

static int xen_write_msr_safe(unsigned int msr, unsigned int low, unsigned int high)
{
	int err = 0;

	if (!pmu_msr_write(msr, low, high, &err))
		err = native_write_msr_safe(msr, low, high);
	return err;
}

/* What Xen does not let us have reads as 0, and is not written. */
static u64 xen_read_msr(unsigned int msr)
{
	int err;
	u64 val = xen_read_msr_safe(msr, &err);

	return err ? 0 : val;
}

static void xen_write_msr(unsigned int msr, unsigned int low, unsigned int high)
{
	xen_write_msr_safe(msr, low, high);
}

/* ---- Descriptors ---- */

/*
 * Make the page at ADDRESS read-only (or writable again), and its other address
 * in the direct map, too.
 */
static void set_page_prot(void *address, pgprot_t prot)
{
	unsigned int level;
	pte_t *ptep = lookup_address((unsigned long)address, &level);
	unsigned long pfn;
	void *direct;
	u8 dummy;

	if (!ptep)
		xen_refused_call("protection of an unmapped page", (unsigned long)address, -EFAULT);
	pfn = pte_pfn(*ptep);
	direct = __va(PFN_PHYS(pfn));

	preempt_disable();
	/*
	 * The hypercall needs the page table of ADDRESS in the mm that is loaded:
	 * a fault brings it there, where vmalloc space is not in step.
	 */
	(void)copy_from_kernel_nofault(&dummy, address, 1);
	xen_must("update_va_mapping", (unsigned long)address,
		 HYPERVISOR_update_va_mapping((unsigned long)address, pfn_pte(pfn, prot),
					      UVMF_INVLPG));
	if (direct != address && !PageHighMem(pfn_to_page(pfn)))
		xen_must("update_va_mapping", (unsigned long)direct,
			 HYPERVISOR_update_va_mapping((unsigned long)direct, pfn_pte(pfn, prot),
						      UVMF_INVLPG));
	preempt_enable();
}

static void xen_alloc_ldt(struct desc_struct *ldt, unsigned int entries)
{
	unsigned int i;

	/* A page of vmalloc's may still have the mapping of a kmap(). */
	if (is_vmalloc_addr(ldt))
		kmap_flush_unused();
	for (i = 0; i < entries; i += PAGE_SIZE / LDT_ENTRY_SIZE)
		set_page_prot(ldt + i, PAGE_KERNEL_RO);
}

static void xen_free_ldt(struct desc_struct *ldt, unsigned int entries)
{
	unsigned int i;

	for (i = 0; i < entries; i += PAGE_SIZE / LDT_ENTRY_SIZE)
		set_page_prot(ldt + i, PAGE_KERNEL);
}

static void xen_set_ldt(const void *addr, unsigned int entries)
{
	struct mmuext_op op = {
		.cmd = MMUEXT_SET_LDT,
		.arg1.linear_addr = (unsigned long)addr,
		.arg2.nr_ents = entries,
	};

	xen_mc_batch();
	xen_queue_mmuext(&op);
	xen_mc_issue(XEN_LAZY_CPU);
}

/* Xen wants the machine frame of each page of the table; ours has one. */
static void set_gdt(unsigned long mfn, unsigned int bytes)
{
	if (bytes > PAGE_SIZE)
		xen_refused_call("GDT of more than a page", bytes, -E2BIG);
	xen_must("set_gdt", mfn, HYPERVISOR_set_gdt(&mfn, bytes / sizeof(struct desc_struct)));
}

static void xen_load_gdt(const struct desc_ptr *dtr)
{
	unsigned int level;
	pte_t *ptep = lookup_address(dtr->address, &level);

	if (!ptep || offset_in_page(dtr->address))
		xen_refused_call("load_gdt", dtr->address, -EFAULT);
	make_lowmem_page_readonly((void *)dtr->address);
	make_lowmem_page_readonly(__va(PFN_PHYS(pte_pfn(*ptep))));
	set_gdt(pte_mfn(*ptep), dtr->size + 1);
}

/* The same before there are page tables of our own */
static void __init xen_boot_load_gdt(const struct desc_ptr *dtr)
{
	xen_set_lowmem_prot((void *)dtr->address, PAGE_KERNEL_RO);
	set_gdt(virt_to_mfn((void *)dtr->address), dtr->size + 1);
}

static void update_descriptor(const struct desc_struct *dt, int entry, const void *desc)
{
	u64 maddr = arbitrary_virt_to_machine((void *)&dt[entry]).maddr;

	preempt_disable();
	xen_mc_flush();
	xen_must("update_descriptor", maddr, HYPERVISOR_update_descriptor(maddr, *(u64 *)desc));
	preempt_enable();
}

static void xen_write_ldt_entry(struct desc_struct *dt, int entry, const void *desc)
{
	update_descriptor(dt, entry, desc);
}

/* System descriptors are Xen's. */
static void xen_write_gdt_entry(struct desc_struct *dt, int entry, const void *desc, int type)
{
	if (type != DESC_TSS && type != DESC_LDT)
		update_descriptor(dt, entry, desc);
}

/* Before the table is loaded it is a page as any other. */
static void __init xen_boot_write_gdt_entry(struct desc_struct *dt, int entry,
					    const void *desc, int type)
{
	if (type != DESC_TSS && type != DESC_LDT)
		dt[entry] = *(const struct desc_struct *)desc;
}

/* What each CPU has in its GDT; most tasks have the same. */
static DEFINE_PER_CPU(struct desc_struct, loaded_tls[GDT_ENTRY_TLS_ENTRIES]);

static void xen_load_tls(struct thread_struct *t, unsigned int cpu)
{
	struct desc_struct *gdt = get_cpu_gdt_rw(cpu);
	struct desc_struct *loaded = per_cpu(loaded_tls, cpu);
	int i;

	/*
	 * In a context switch the old task's gs must not be in the register when
	 * its descriptor goes: it would be found bad on any return from Xen.
	 * __switch_to() has saved it, and loads the new one.
	 */
	if (xen_get_lazy_mode() == XEN_LAZY_CPU)
		loadsegment(gs, 0);

	xen_mc_batch();
	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		struct multicall_space mcs;
		xmaddr_t entry;

		if (!memcmp(&loaded[i], &t->tls_array[i], sizeof(loaded[i])))
			continue;
		loaded[i] = t->tls_array[i];
		entry = arbitrary_virt_to_machine(&gdt[GDT_ENTRY_TLS_MIN + i]);
		mcs = __xen_mc_entry(0);
		MULTI_update_descriptor(mcs.mc, entry.maddr, t->tls_array[i]);
	}
	xen_mc_issue(XEN_LAZY_CPU);
}

/* ---- Traps ---- */

static DEFINE_PER_CPU(struct desc_ptr, loaded_idt);

/* Xen takes no task gates: a double fault ends the domain. */
static bool gate_to_trap(int vector, const gate_desc *gate, struct trap_info *trap)
{
	if (gate->bits.type != GATE_TRAP && gate->bits.type != GATE_INTERRUPT)
		return false;
	trap->vector = vector;
	trap->flags = gate->bits.dpl;
	if (gate->bits.type == GATE_INTERRUPT)
		trap->flags |= 1 << 2;		/* mask events on entry */
	trap->cs = gate_segment(gate);
	trap->address = gate_offset(gate);
	return true;
}

static void xen_write_idt_entry(gate_desc *idt, int vector, const gate_desc *gate)
{
	struct trap_info traps[2] = { };

	preempt_disable();
	native_write_idt_entry(idt, vector, gate);
	if ((unsigned long)idt == this_cpu_read(loaded_idt.address) &&
	    gate_to_trap(vector, gate, traps)) {
		xen_mc_flush();
		xen_must("set_trap_table", vector, HYPERVISOR_set_trap_table(traps));
	}
	preempt_enable();
}

/* All gates of the loaded table, for a vCPU to come: indexed by vector */
void xen_copy_trap_info(struct trap_info *traps)
{
	const struct desc_ptr *dtr = this_cpu_ptr(&loaded_idt);
	const gate_desc *idt = (void *)dtr->address;
	int vector;

	for (vector = 0; vector < (dtr->size + 1) / sizeof(*idt); vector++)
		gate_to_trap(vector, &idt[vector], &traps[vector]);
}

static void xen_load_idt(const struct desc_ptr *dtr)
{
	static struct trap_info traps[IDT_ENTRIES + 1];
	static DEFINE_RAW_SPINLOCK(lock);
	const gate_desc *idt = (void *)dtr->address;
	unsigned long flags;
	int vector, n = 0;

	raw_spin_lock_irqsave(&lock, flags);
	*this_cpu_ptr(&loaded_idt) = *dtr;
	for (vector = 0; vector < (dtr->size + 1) / sizeof(*idt); vector++)
		if (gate_to_trap(vector, &idt[vector], &traps[n]))
			n++;
	traps[n] = (struct trap_info) { };
	xen_mc_flush();
	xen_must("set_trap_table", n, HYPERVISOR_set_trap_table(traps));
	raw_spin_unlock_irqrestore(&lock, flags);
}

#ifndef CONFIG_PREEMPTION
/* Set by the privcmd driver around hypercalls that may be long */
DEFINE_PER_CPU(bool, xen_in_preemptible_hcall);
EXPORT_PER_CPU_SYMBOL_GPL(xen_in_preemptible_hcall);

static void resched_in_hypercall(void)
{
	if (!__this_cpu_read(xen_in_preemptible_hcall))
		return;
	/* The task may be elsewhere when it comes back. */
	__this_cpu_write(xen_in_preemptible_hcall, false);
	irqentry_exit_cond_resched();
	__this_cpu_write(xen_in_preemptible_hcall, true);
}
#else
static void resched_in_hypercall(void)
{
}
#endif

__visible noinstr void exc_xen_hypervisor_callback(struct pt_regs *regs)
{
	irqentry_state_t state = irqentry_enter(regs);
	struct pt_regs *old_regs;

	instrumentation_begin();
	irq_enter_rcu();
	old_regs = set_irq_regs(regs);
	inc_irq_stat(irq_hv_callback_count);
	xen_evtchn_do_upcall();
	set_irq_regs(old_regs);
	irq_exit_rcu();
	if (!state.exit_rcu)
		resched_in_hypercall();
	instrumentation_end();

	irqentry_exit(regs, state);
}

/* ---- Tasks ---- */

static void xen_load_sp0(unsigned long sp0)
{
	struct multicall_space mcs = xen_mc_entry(0);

	MULTI_stack_switch(mcs.mc, __KERNEL_DS, sp0);
	xen_mc_issue(XEN_LAZY_CPU);
	this_cpu_write(cpu_tss_rw.x86_tss.sp0, sp0);
}

#ifdef CONFIG_X86_IOPL_IOPERM
static void set_io_bitmap(u8 *bitmap, unsigned int ports)
{
	struct physdev_set_iobitmap arg = { .nr_ports = ports };

	set_xen_guest_handle(arg.bitmap, bitmap);
	xen_must("PHYSDEVOP_set_iobitmap", ports,
		 HYPERVISOR_physdev_op(PHYSDEVOP_set_iobitmap, &arg));
}

static void xen_invalidate_io_bitmap(void)
{
	native_tss_invalidate_io_bitmap();
	set_io_bitmap(NULL, 0);
}

static void xen_update_io_bitmap(void)
{
	struct x86_hw_tss *tss = &this_cpu_ptr(&cpu_tss_rw)->x86_tss;

	native_tss_update_io_bitmap();
	if (tss->io_bitmap_base == IO_BITMAP_OFFSET_INVALID)
		set_io_bitmap(NULL, 0);
	else
		set_io_bitmap((u8 *)tss + tss->io_bitmap_base, IO_BITMAP_BITS);
}
#endif

static void xen_start_context_switch(struct task_struct *prev)
{
	WARN_ON_ONCE(preemptible());
	if (this_cpu_read(xen_lazy_mode) == XEN_LAZY_MMU) {
		arch_leave_lazy_mmu_mode();
		set_ti_thread_flag(task_thread_info(prev), TIF_LAZY_MMU_UPDATES);
	}
	enter_lazy(XEN_LAZY_CPU);
}

static void xen_end_context_switch(struct task_struct *next)
{
	WARN_ON_ONCE(preemptible());
	xen_mc_flush();
	leave_lazy(XEN_LAZY_CPU);
	if (test_and_clear_ti_thread_flag(task_thread_info(next), TIF_LAZY_MMU_UPDATES))
		arch_enter_lazy_mmu_mode();
}

static const struct pv_cpu_ops cpu_ops __initconst = {
	.io_delay		= paravirt_nop,
	.cpuid			= xen_cpuid,
	.get_debugreg		= xen_get_debugreg,
	.set_debugreg		= xen_set_debugreg,
	.read_cr0		= xen_read_cr0,
	.write_cr0		= xen_write_cr0,
	.write_cr4		= xen_write_cr4,
	.wbinvd			= paravirt_nop,
	.read_msr		= xen_read_msr,
	.write_msr		= xen_write_msr,
	.read_msr_safe		= xen_read_msr_safe,
	.write_msr_safe		= xen_write_msr_safe,
	.read_pmc		= xen_read_pmc,
	.load_tr_desc		= paravirt_nop,
	.store_tr		= xen_store_tr,
	.load_gdt		= xen_load_gdt,
	.load_idt		= xen_load_idt,
	.set_ldt		= xen_set_ldt,
	.load_tls		= xen_load_tls,
	.write_ldt_entry	= xen_write_ldt_entry,
	.write_gdt_entry	= xen_write_gdt_entry,
	.write_idt_entry	= xen_write_idt_entry,
	.alloc_ldt		= xen_alloc_ldt,
	.free_ldt		= xen_free_ldt,
	.load_sp0		= xen_load_sp0,
#ifdef CONFIG_X86_IOPL_IOPERM
	.invalidate_io_bitmap	= xen_invalidate_io_bitmap,
	.update_io_bitmap	= xen_update_io_bitmap,
#endif
	.start_context_switch	= xen_start_context_switch,
	.end_context_switch	= xen_end_context_switch,
};

/* ---- Platform ---- */

/* Once all CPUs are known: vcpu_info into the per-CPU areas */
void __init xen_setup_vcpu_info_placement(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		per_cpu(xen_vcpu_id, cpu) = cpu;
		xen_vcpu_setup(cpu);
	}
	pv_ops.irq.save_fl = __PV_IS_CALLEE_SAVE(xen_save_fl_direct);
	pv_ops.irq.irq_disable = __PV_IS_CALLEE_SAVE(xen_irq_disable_direct);
	pv_ops.irq.irq_enable = __PV_IS_CALLEE_SAVE(xen_irq_enable_direct);
	pv_ops.mmu.read_cr2 = __PV_IS_CALLEE_SAVE(xen_read_cr2_direct);
}

static void xen_restart(char *msg)
{
	xen_reboot(SHUTDOWN_reboot);
}

static void xen_power_off(void)
{
	xen_reboot(SHUTDOWN_poweroff);
}

static void xen_crash_machine(struct pt_regs *regs)
{
	xen_reboot(SHUTDOWN_crash);
}

static const struct machine_ops xen_machine_ops __initconst = {
	.restart		= xen_restart,
	.halt			= xen_power_off,
	.power_off		= xen_power_off,
	.shutdown		= xen_power_off,
	.crash_shutdown		= xen_crash_machine,
	.emergency_restart	= xen_emergency_restart,
};

static unsigned char xen_get_nmi_reason(void)
{
	const unsigned long *reason = &HYPERVISOR_shared_info->arch.nmi_reason;

	/* In the bits of port 0x61 */
	return (test_bit(_XEN_NMIREASON_io_error, reason) ? NMI_REASON_IOCHK : 0) |
	       (test_bit(_XEN_NMIREASON_pci_serr, reason) ? NMI_REASON_SERR : 0);
}

static void __init xen_init_platform(void)
{
	if (IS_ENABLED(CONFIG_XEN_VIRTIO))
		virtio_set_mem_acc_cb(xen_virtio_restricted_mem_acc);

	set_fixmap(FIX_PARAVIRT_BOOTMAP, xen_start_info->shared_info);
	HYPERVISOR_shared_info = (void *)fix_to_virt(FIX_PARAVIRT_BOOTMAP);
	xen_vcpu_info_reset(0);
	xen_init_time_ops();
	/* Not by a PIT that is not there: 100,000 reads of a port that Xen emulates */
	x86_platform.calibrate_cpu = x86_platform.calibrate_tsc;
	guest_force_mtrr_state(NULL, 0, MTRR_TYPE_WRBACK);
	xen_smp_count_cpus();
}

static void __init xen_guest_late_init(void)
{
	if (!IS_ENABLED(CONFIG_SMP))
		xen_setup_vcpu_info_placement();
}

static void __init xen_set_legacy_features(void)
{
	/* What else there is not follows from hardware_subarch. */
	x86_platform.legacy.i8042 = X86_LEGACY_I8042_PLATFORM_ABSENT;
}

static int xen_cpu_prepare(unsigned int cpu)
{
	int ret;

	if (!per_cpu(xen_vcpu, cpu))
		return -ENODEV;
	xen_setup_timer(cpu);
	ret = xen_smp_intr_init(cpu);
	if (!ret)
		ret = xen_smp_intr_init_pv(cpu);
	WARN(ret, "xen: no event channels for CPU %u: errno %d\n", cpu, ret);
	return ret;
}

static int xen_cpu_dead(unsigned int cpu)
{
	xen_smp_intr_free(cpu);
	xen_smp_intr_free_pv(cpu);
	xen_teardown_timer(cpu);
	return 0;
}

/*
 * Features that Xen shows and a 32-bit PV kernel can't use.  ESPFIX needs an RPL
 * of 0 in %ss and 16-bit stacks; without SEP the vDSO enters by int $0x80, which
 * Xen has a direct way for.
 */
static void __init set_capabilities(void)
{
	static const u16 no[] __initconst = {
		X86_FEATURE_ACC, X86_FEATURE_ACPI, X86_FEATURE_APERFMPERF, X86_FEATURE_DCA,
		X86_FEATURE_MTRR, X86_FEATURE_MWAIT, X86_FEATURE_PCID, X86_FEATURE_PGE,
		X86_FEATURE_PSE, X86_FEATURE_SEP, X86_FEATURE_SYSENTER32, X86_FEATURE_SYSCALL32,
		X86_FEATURE_X2APIC, X86_BUG_ESPFIX,
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(no); i++)
		setup_clear_cpu_cap(no[i]);
	/* Xen sets CR4.OSXSAVE where the domain may use XSAVE. */
	if (!(cpuid_ecx(1) & BIT(X86_FEATURE_OSXSAVE % 32))) {
		setup_clear_cpu_cap(X86_FEATURE_XSAVE);
		setup_clear_cpu_cap(X86_FEATURE_OSXSAVE);
	}
	setup_force_cpu_cap(X86_FEATURE_XENPV);
	setup_force_cpu_cap(X86_FEATURE_DEPRIVILEGED);
}

/* The addresses in it were P=V. */
static struct start_info * __init adopt_start_info(unsigned long phys)
{
	struct start_info *si = __va(phys);

	si->pt_base += __PAGE_OFFSET;
	si->mfn_list += __PAGE_OFFSET;
	if (si->mod_start && !(si->flags & SIF_MOD_START_PFN))
		si->mod_start += __PAGE_OFFSET;
	return si;
}

static void __init setup_boot_gdt(void)
{
	pv_ops.cpu.write_gdt_entry = xen_boot_write_gdt_entry;
	pv_ops.cpu.load_gdt = xen_boot_load_gdt;
	switch_gdt_and_percpu_base(0);
	pv_ops.cpu.write_gdt_entry = xen_write_gdt_entry;
	pv_ops.cpu.load_gdt = xen_load_gdt;
	xen_load_kernel_segments();
}

/**
 * xen_pv_start() - first C code at PAGE_OFFSET (entry.S)
 *
 * On the boot stack, on Xen's flat segments, with events masked, no trap table,
 * and kernel and low memory mapped at PAGE_OFFSET and still P=V.  boot_params are
 * filled in.  No stack protector before there is a GDT.
 */
asmlinkage __visible void __init __noreturn xen_pv_start(void)
{
	xen_domain_type = XEN_PV_DOMAIN;
	static_call_update_early(xen_hypercall, xen_hypercall_pv);
	pv_replace_iret(xen_iret);

	xen_start_info = adopt_start_info(boot_params.hdr.hardware_subarch_data);
	xen_start_flags = xen_start_info->flags;
	early_boot_irqs_disabled = true;
	xen_setup_features();

	pv_info.name = "Xen";
	pv_ops.cpu = cpu_ops;
	xen_init_irq_ops();
	xen_vcpu_info_reset(0);
	per_cpu(xen_vcpu_id, 0) = 0;
	xen_init_mmu_ops();
	pv_sites_divert();
	atomic_notifier_chain_register(&panic_notifier_list, &without_console);

	set_cpu_cap(&new_cpu_data, X86_FEATURE_XENPV);
	pv_identify_boot_cpu();
	__supported_pte_mask &= ~_PAGE_GLOBAL;
	__default_kernel_pte_mask &= ~_PAGE_GLOBAL;
	__userpte_alloc_gfp &= ~__GFP_HIGHMEM;	/* kmap would make a writable alias */

	xen_setup_machphys_mapping();
	xen_build_dynamic_phys_to_machine();
	setup_boot_gdt();
	set_capabilities();
	xen_init_boot_mmu();
	xen_reserve_special_pages();

	x86_platform.get_nmi_reason = xen_get_nmi_reason;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;
	x86_platform.set_legacy_features = xen_set_legacy_features;
	x86_init.resources.memory_setup = xen_memory_setup;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_32_probe_apic;
	x86_init.oem.arch_setup = xen_arch_setup;
	x86_init.oem.banner = xen_banner;
	x86_init.hyper.init_platform = xen_init_platform;
	x86_init.hyper.guest_late_init = xen_guest_late_init;
	machine_ops = xen_machine_ops;
	pm_power_off = xen_power_off;	/* reboot(2) asks whether there is one */
	xen_init_apic();
	xen_initial_gdt = &per_cpu(gdt_page, 0);
	xen_smp_init();
	WARN_ON(xen_cpuhp_setup(xen_cpu_prepare, xen_cpu_dead));

#ifdef CONFIG_PCI
	if (pci_xen)
		x86_init.pci.arch_init = pci_xen_init;
	pci_probe &= ~PCI_PROBE_BIOS;
#endif
	xen_add_preferred_consoles();
	xen_setup_runstate_info(0);

	i386_start_kernel();
}

static u32 __init detect(void)
{
	return xen_pv_domain() ? xen_cpuid_base() : 0;
}

const __initconst struct hypervisor_x86 x86_hyper_xen_pv = {
	.name			= "Xen PV",
	.detect			= detect,
	.type			= X86_HYPER_XEN_PV,
	.runtime.pin_vcpu	= xen_pin_vcpu,
	.ignore_nopv		= true,
};
