// SPDX-License-Identifier: GPL-2.0
/*
 * 32-bit guest of lguest: the CPU, and the way to start_kernel()
 *
 * The kernel runs in ring 1, on a CPU that lets it see everything and touch nothing: what is
 * privileged is a general protection fault, what is not shows the host.  Descriptors
 * and gates are told to the host one by one.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/percpu.h>
#include <linux/pm.h>
#include <linux/reboot.h>
#include <linux/start_kernel.h>
#include <linux/uaccess.h>
#include <asm/cpu.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/e820/api.h>
#include <asm/fpu/xcr.h>
#include <asm/io_bitmap.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/proto.h>
#include <asm/pv_sites.h>
#include <asm/pv_start.h>
#include <asm/reboot.h>
#include <asm/setup.h>
#include <asm/traps.h>
#include <asm/x86_init.h>
#include "guest.h"

asmlinkage __visible void __init __noreturn lguest_start(void);

/* In .data: early.c gives it to the host as it is here. */
struct lguest_data lguest_data = {
	.blocked_interrupts	= ~0u,
	.hcall_status		= { [0 ... LGUEST_RING_SIZE - 1] = LGUEST_SLOT_FREE },
	.noirq_iret		= (u32)lguest_iret_insn,
	.kernel_address		= PAGE_OFFSET,
	.syscall_vec		= IA32_SYSCALL_VECTOR,
};

/* ---- Instructions ---- */

/* What of CPUID a kernel in ring 1 can use; bits of leaf 1 and of 0x80000001 */
#define BITS_OF(feature)	BIT((feature) & 31)

#define LEAF_1_EBX	0xffffu		/* APIC ID and number of CPUs are the host's */
#define LEAF_1_ECX	(BITS_OF(X86_FEATURE_XMM3) | BITS_OF(X86_FEATURE_SSSE3) | \
			 BITS_OF(X86_FEATURE_CX16))
/* PGE although CR4 is not ours: Linux then tells flushes of the kernel from others. */
#define LEAF_1_EDX	(BITS_OF(X86_FEATURE_FPU) | BITS_OF(X86_FEATURE_TSC) | \
			 BITS_OF(X86_FEATURE_PAE) | BITS_OF(X86_FEATURE_CX8) | \
			 BITS_OF(X86_FEATURE_CMOV) | BITS_OF(X86_FEATURE_MMX) | \
			 BITS_OF(X86_FEATURE_FXSR) | BITS_OF(X86_FEATURE_XMM) | \
			 BITS_OF(X86_FEATURE_XMM2))
#define LEAF_EXT_ECX	(BITS_OF(X86_FEATURE_LAHF_LM) | BITS_OF(X86_FEATURE_ABM) | \
			 BITS_OF(X86_FEATURE_SSE4A) | BITS_OF(X86_FEATURE_MISALIGNSSE) | \
			 BITS_OF(X86_FEATURE_3DNOWPREFETCH))
#define LEAF_EXT_EDX	(BITS_OF(X86_FEATURE_MMXEXT) | BITS_OF(X86_FEATURE_3DNOWEXT) | \
			 BITS_OF(X86_FEATURE_3DNOW))

/* A Pentium of no particular vendor's quirks: others are asked for model-specific registers. */
#define FAMILY_AND_MODEL	(5 << 8 | 4 << 4)
#define STEPPING_MASK		0xf

#define LAST_LEAF		5
#define LAST_EXT_LEAF		0x80000008

static void lguest_cpuid(unsigned int *eax, unsigned int *ebx,
			 unsigned int *ecx, unsigned int *edx)
{
	unsigned int leaf = *eax;

	native_cpuid(eax, ebx, ecx, edx);
	switch (leaf) {
	case 0:
		*eax = min(*eax, LAST_LEAF);
		break;
	case 1:
		*eax = (*eax & STEPPING_MASK) | FAMILY_AND_MODEL;
		*ebx &= LEAF_1_EBX;
		*ecx &= LEAF_1_ECX;
		*edx &= LEAF_1_EDX;
		*edx |= BITS_OF(X86_FEATURE_PGE);
		break;
	case 2 ... 4:
		break;
	case 0x80000000:
		*eax = min(*eax, LAST_EXT_LEAF);
		break;
	case 0x80000001:
		*ecx &= LEAF_EXT_ECX;
		*edx &= LEAF_EXT_EDX;
		break;
	case 0x80000002 ... 0x80000006:
	case 0x80000008:
		break;
	default:	/* power, other hypervisors, and all that is newer */
		*eax = 0;
		*ebx = 0;
		*ecx = 0;
		*edx = 0;
		break;
	}
}

static unsigned long cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP |
			   X86_CR0_AM | X86_CR0_PG;

static unsigned long lguest_read_cr0(void)
{
	return cr0;
}

/* Of all bits only TS can be changed. */
static void lguest_write_cr0(unsigned long val)
{
	cr0 = val;
}

/* The instruction int1, which a debug trap follows as it does a single step */
#define INT1	0xf1

static noinstr bool came_by_int1(const struct pt_regs *regs)
{
	u8 opcode = 0;

	if (regs->flags & X86_EFLAGS_TF)
		return false;
	instrumentation_begin();
	if (copy_from_user_nofault(&opcode, (void __user *)regs->ip - 1, sizeof(opcode)))
		opcode = 0;
	instrumentation_end();
	return opcode == INT1;
}

/*
 * There are no debug registers.  But DR6 is where the kernel looks for the reason of a
 * debug trap: a single step, also over an instruction that clears TF, or int1.
 */
static noinstr unsigned long lguest_get_debugreg(int reg)
{
	if (reg != 6)
		return 0;
	return DR6_RESERVED | (came_by_int1(current_pt_regs()) ? 0 : DR_STEP);
}

static u64 lguest_read_msr(unsigned int msr)
{
	return 0;
}

static u64 lguest_read_msr_safe(unsigned int msr, int *err)
{
	*err = -EIO;
	return 0;
}

static int lguest_write_msr_safe(unsigned int msr, unsigned int low, unsigned int high)
{
	return -EIO;
}

static u64 lguest_read_pmc(int counter)
{
	return 0;
}

/* ---- Descriptors ---- */

/* As far as write_gdt_entry() is concerned: the address that is written by */
static const struct desc_struct *loaded_gdt;

static void load_gdt_entry(int entry, const struct desc_struct *desc)
{
	const u32 *words = (const u32 *)desc;

	lguest_queue(LHCALL_LOAD_GDT_ENTRY, entry, words[0], words[1], 0);
}

/* System descriptors are the host's. */
static bool is_ours(int entry)
{
	return entry < GDT_ENTRIES && entry != GDT_ENTRY_TSS && entry != GDT_ENTRY_LDT &&
	       entry != GDT_ENTRY_DOUBLEFAULT_TSS;
}

static void lguest_load_gdt(const struct desc_ptr *dtr)
{
	const struct desc_struct *gdt = (const struct desc_struct *)dtr->address;
	int i;

	loaded_gdt = gdt;
	/* The same, by its read-only address */
	if (gdt == get_cpu_gdt_ro(0))
		loaded_gdt = get_cpu_gdt_rw(0);

	lguest_enter_lazy();
	for (i = 0; i < (dtr->size + 1) / sizeof(*gdt); i++)
		if (is_ours(i))
			load_gdt_entry(i, &gdt[i]);
	lguest_leave_lazy();
}

static void lguest_write_gdt_entry(struct desc_struct *gdt, int entry, const void *desc, int type)
{
	native_write_gdt_entry(gdt, entry, desc, type);
	if (gdt == loaded_gdt && is_ours(entry))
		load_gdt_entry(entry, &gdt[entry]);
}

/* What the host has; most tasks have the same. */
static struct desc_struct loaded_tls[GDT_ENTRY_TLS_ENTRIES];
static bool switching;

static void lguest_load_tls(struct thread_struct *t, unsigned int cpu)
{
	unsigned int gs;

	if (!memcmp(loaded_tls, t->tls_array, sizeof(loaded_tls)))
		return;
	memcpy(loaded_tls, t->tls_array, sizeof(loaded_tls));

	/*
	 * The host loads gs anew when it comes back to us, and does not survive a
	 * selector whose descriptor has gone.  __switch_to() has saved it, and loads the
	 * new one later.
	 */
	savesegment(gs, gs);
	loadsegment(gs, 0);
	lguest_queue(LHCALL_LOAD_TLS, __pa(loaded_tls), cpu, 0, 0);
	if (!switching)
		loadsegment(gs, gs);
}

/* ---- Traps ---- */

#define LGUEST_GATES	256

static const gate_desc *loaded_idt;
/* What was told: loading a table is mostly loading the same again. */
static gate_desc told_gates[LGUEST_GATES];

/*
 * The host takes nothing else than interrupt and trap gates.  Double faults and
 * NMIs never come to us, and its own vector is not to be had.
 */
static bool may_be_told(int vector, const gate_desc *gate)
{
	switch (vector) {
	case X86_TRAP_NMI:
	case X86_TRAP_DF:
	case X86_TRAP_SPURIOUS:
	case LGUEST_TRAP:
		return false;
	}
	return !gate->bits.p || gate->bits.type == GATE_INTERRUPT || gate->bits.type == GATE_TRAP;
}

static void tell_gate(int vector, const gate_desc *gate)
{
	const u32 *words = (const u32 *)gate;

	if (!may_be_told(vector, gate) || !memcmp(gate, &told_gates[vector], sizeof(*gate)))
		return;
	told_gates[vector] = *gate;
	lguest_queue(LHCALL_LOAD_IDT_ENTRY, vector, words[0], words[1], 0);
}

static void lguest_write_idt_entry(gate_desc *idt, int vector, const gate_desc *gate)
{
	native_write_idt_entry(idt, vector, gate);
	if (idt == loaded_idt)
		tell_gate(vector, gate);
}

static void lguest_load_idt(const struct desc_ptr *dtr)
{
	int vector;

	loaded_idt = (const gate_desc *)dtr->address;
	lguest_enter_lazy();
	for (vector = 0; vector < (dtr->size + 1) / sizeof(*loaded_idt); vector++)
		tell_gate(vector, &loaded_idt[vector]);
	lguest_leave_lazy();
}

/* ---- Tasks ---- */

static void lguest_start_context_switch(struct task_struct *prev)
{
	lguest_leave_mm();
	lguest_start_lazy_switch(prev);
	switching = true;
}

/*
 * Where user mode enters ring 1: the task's own stack.  Not the entry stack, whose top is
 * the end of a page that is followed by none: the host translates that address and
 * not the one below.  The exit code takes its way to the "entry stack" from the TSS,
 * and so comes to copy a frame to where it is.
 */
static void lguest_end_context_switch(struct task_struct *next)
{
	unsigned long sp0 = next->thread.sp0;

	BUILD_BUG_ON(THREAD_SIZE > 2 * PAGE_SIZE);
	BUILD_BUG_ON(!TOP_OF_KERNEL_STACK_PADDING);
	if (this_cpu_read(cpu_tss_rw.x86_tss.sp0) != sp0) {
		this_cpu_write(cpu_tss_rw.x86_tss.sp0, sp0);
		lguest_queue(LHCALL_SET_STACK, __KERNEL_DS | LGUEST_RING, sp0,
			     THREAD_SIZE / PAGE_SIZE, 0);
	}
	switching = false;
	lguest_end_lazy_switch(next);
}

static const struct pv_cpu_ops cpu_ops __initconst = {
	.io_delay		= paravirt_nop,
	.cpuid			= lguest_cpuid,
	.get_debugreg		= lguest_get_debugreg,
	.set_debugreg		= paravirt_nop,
	.read_cr0		= lguest_read_cr0,
	.write_cr0		= lguest_write_cr0,
	.write_cr4		= paravirt_nop,
	.wbinvd			= paravirt_nop,
	.read_msr		= lguest_read_msr,
	.write_msr		= paravirt_nop,
	.read_msr_safe		= lguest_read_msr_safe,
	.write_msr_safe		= lguest_write_msr_safe,
	.read_pmc		= lguest_read_pmc,
	.load_tr_desc		= paravirt_nop,
	.store_tr		= paravirt_ret0,
	.load_gdt		= lguest_load_gdt,
	.load_idt		= lguest_load_idt,
	.set_ldt		= paravirt_nop,
	.load_tls		= lguest_load_tls,
	.write_ldt_entry	= paravirt_nop,
	.write_gdt_entry	= lguest_write_gdt_entry,
	.write_idt_entry	= lguest_write_idt_entry,
	.alloc_ldt		= paravirt_nop,
	.free_ldt		= paravirt_nop,
	.load_sp0		= paravirt_nop,	/* lguest_end_context_switch() */
#ifdef CONFIG_X86_IOPL_IOPERM
	.invalidate_io_bitmap	= paravirt_nop,
	.update_io_bitmap	= paravirt_nop,
#endif
	.start_context_switch	= lguest_start_context_switch,
	.end_context_switch	= lguest_end_context_switch,
};

/* ---- The end ---- */

static __noreturn void shut_down(const char *text, unsigned int how)
{
	/* By its physical address, and long enough */
	static char reason[LGUEST_TEXT_SIZE];

	strscpy(reason, text, sizeof(reason));
	for (;;)
		lguest_call(LHCALL_SHUTDOWN, __pa(reason), how, 0, 0);
}

static void lguest_power_off(void)
{
	shut_down("Power down", LGUEST_POWER_OFF);
}

static void lguest_halt_machine(void)
{
	shut_down("System halted", LGUEST_POWER_OFF);
}

static void lguest_restart(char *command)
{
	shut_down("Restarting system", LGUEST_RESTART);
}

static void lguest_emergency_restart(void)
{
	lguest_restart(NULL);
}

static void lguest_shutdown(void)
{
}

static void lguest_crash_shutdown(struct pt_regs *regs)
{
	shut_down("crashed", LGUEST_POWER_OFF);
}

static const struct machine_ops lguest_machine_ops __initconst = {
	.restart		= lguest_restart,
	.halt			= lguest_halt_machine,
	.power_off		= lguest_power_off,
	.shutdown		= lguest_shutdown,
	.crash_shutdown		= lguest_crash_shutdown,
	.emergency_restart	= lguest_emergency_restart,
};

/* The host shows the reason, unless the guest is to start anew (panic=). */
static int lguest_panic(struct notifier_block *nb, unsigned long event, void *text)
{
	if (!panic_timeout)
		shut_down(text, LGUEST_POWER_OFF);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call	= lguest_panic,
	.priority	= INT_MIN,	/* whoever has something to do for it comes first */
};

/* ---- Platform ---- */

/* One entry, with all our memory: less than the BIOS code takes seriously */
static char * __init lguest_memory_setup(void)
{
	unsigned int i;

	for (i = 0; i < boot_params.e820_entries; i++)
		e820__range_add(boot_params.e820_table[i].addr, boot_params.e820_table[i].size,
				boot_params.e820_table[i].type);
	e820__update_table(e820_table);
	return "lguest";
}

static void __init lguest_set_legacy_features(void)
{
	x86_platform.legacy.rtc = 0;
	x86_platform.legacy.warm_reset = 0;
	x86_platform.legacy.no_vga = 1;
	x86_platform.legacy.reserve_bios_regions = 0;
	x86_platform.legacy.i8042 = X86_LEGACY_I8042_PLATFORM_ABSENT;
	x86_platform.legacy.devices.pnpbios = 0;
}

/* ESPFIX needs an RPL of 0 in %ss, and an LDT to be of use. */
static void __init set_capabilities(void)
{
	setup_clear_cpu_cap(X86_BUG_ESPFIX);
	setup_force_cpu_cap(X86_FEATURE_DEPRIVILEGED);
}

/* User space may use what XCR0 has, and we save SSE's registers only. */
static void __init lguest_late_init(void)
{
	if (native_cpuid_ecx(1) & BITS_OF(X86_FEATURE_OSXSAVE) &&
	    xgetbv(XCR_XFEATURE_ENABLED_MASK) & ~XFEATURE_MASK_FPSSE)
		pr_warn("lguest: programs can use AVX, whose registers get mixed up here: boot the host with noxsave\n");
}

static void __init init_platform(void)
{
	x86_init.hyper.guest_late_init = lguest_late_init;
	x86_platform.set_legacy_features = lguest_set_legacy_features;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;
	x86_init.resources.memory_setup = lguest_memory_setup;
	x86_init.resources.probe_roms = x86_init_noop;
	x86_init.resources.dmi_setup = x86_init_noop;
	x86_init.mpparse.find_mptable = x86_init_noop;
	x86_init.mpparse.early_parse_smp_cfg = x86_init_noop;
	x86_init.mpparse.parse_smp_cfg = x86_init_noop;
	disable_acpi();

	machine_ops = lguest_machine_ops;
	pm_power_off = lguest_power_off;
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

/**
 * lguest_start() - first C code at PAGE_OFFSET (entry.S)
 *
 * On the boot stack, on the host's flat segments, with interrupts off, no IDT, and
 * the native page tables: kernel and low memory at PAGE_OFFSET and still P=V.  The host
 * has lguest_data.  boot_params are filled in.  No stack protector before there is a
 * GDT.
 */
asmlinkage __visible void __init __noreturn lguest_start(void)
{
	pv_replace_iret(lguest_iret);
	early_boot_irqs_disabled = true;

	pv_info.name = "lguest";
	pv_ops.cpu = cpu_ops;
	lguest_init_irqs();
	lguest_init_mmu();
	pv_sites_divert();
	lguest_init_fixmap();

	pv_identify_boot_cpu();
	switch_gdt_and_percpu_base(0);
	lguest_load_kernel_segments();
	set_capabilities();

	init_platform();
	lguest_init_time();
	lguest_init_pci();
	lguest_init_console();

	i386_start_kernel();
}
