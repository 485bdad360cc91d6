// SPDX-License-Identifier: GPL-2.0
/*
 * What the sites of asm/paravirt_xxl.h call natively, and what pv_ops has where
 * arch/x86/kernel/paravirt.c has it in 64-bit assembler
 */
#include <linux/linkage.h>
#include <linux/export.h>
#include <linux/pgtable.h>
#include <asm/debugreg.h>
#include <asm/desc.h>
#include <asm/io_bitmap.h>
#include <asm/msr.h>
#include <asm/paravirt.h>
#include <asm/processor.h>

/* These keep all registers but the result.  The first: from edx:eax to edx:eax. */
DEFINE_ASM_FUNC(_paravirt_ident_64, "", .text);
DEFINE_ASM_FUNC(pv_native_save_fl, "pushf; pop %eax", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_irq_disable, "cli", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_irq_enable, "sti", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_read_cr2, "mov %cr2, %eax", .noinstr.text);

/* FUNC with the arguments ARGS as a function that assembler can call */
#define PV_NATIVE(ret, func, params, args)		\
	__visible ret pv_##func params;			\
	__visible ret pv_##func params { return func args; } \
	EXPORT_SYMBOL(pv_##func)

PV_NATIVE(void, native_load_sp0, (unsigned long sp0), (sp0));
PV_NATIVE(u64, native_read_msr, (unsigned int msr), (msr));
PV_NATIVE(u64, native_read_msr_safe, (unsigned int msr, int *err), (msr, err));
PV_NATIVE(void, native_write_msr, (unsigned int msr, u32 low, u32 high), (msr, low, high));
PV_NATIVE(int, native_write_msr_safe, (unsigned int msr, u32 low, u32 high), (msr, low, high));
PV_NATIVE(u64, native_read_pmc, (int counter), (counter));
PV_NATIVE(void, native_load_tr_desc, (void), ());
PV_NATIVE(unsigned long, native_store_tr, (void), ());
PV_NATIVE(void, native_load_gdt, (const struct desc_ptr *dtr), (dtr));
PV_NATIVE(void, native_set_ldt, (const void *addr, unsigned int entries), (addr, entries));
PV_NATIVE(void, native_load_tls, (struct thread_struct *t, unsigned int cpu), (t, cpu));
PV_NATIVE(void, native_write_ldt_entry,
	  (struct desc_struct *ldt, int entry, const void *desc), (ldt, entry, desc));
PV_NATIVE(void, native_write_idt_entry,
	  (gate_desc *idt, int entry, const gate_desc *gate), (idt, entry, gate));
PV_NATIVE(void, native_set_pte_atomic, (pte_t *ptep, pte_t pte), (ptep, pte));
PV_NATIVE(void, native_set_pmd, (pmd_t *pmdp, pmd_t pmd), (pmdp, pmd));
PV_NATIVE(void, native_set_pud, (pud_t *pudp, pud_t pud), (pudp, pud));
#ifdef CONFIG_X86_IOPL_IOPERM
PV_NATIVE(void, native_tss_invalidate_io_bitmap, (void), ());
#endif

/* In code that may not be instrumented */
__visible noinstr void pv_native_load_idt(const struct desc_ptr *dtr);
__visible noinstr unsigned long pv_native_get_dr(int reg);
__visible noinstr void pv_native_set_dr(int reg, unsigned long val);

__visible noinstr void pv_native_load_idt(const struct desc_ptr *dtr)
{
	native_load_idt(dtr);
}

__visible noinstr unsigned long pv_native_get_dr(int reg)
{
	return native_get_debugreg(reg);
}

__visible noinstr void pv_native_set_dr(int reg, unsigned long val)
{
	native_set_debugreg(reg, val);
}
