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
DEFINE_ASM_FUNC(pv_native_entry_pfn, "shrd $12, %edx, %eax", .text);
DEFINE_ASM_FUNC(pv_native_save_fl, "pushf; pop %eax", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_irq_disable, "cli", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_irq_enable, "sti", .noinstr.text);
DEFINE_ASM_FUNC(pv_native_read_cr2, "mov %cr2, %eax", .noinstr.text);

/* Called by name, from the sites */
void pv_native_load_sp0(unsigned long sp0);
u64 pv_native_read_msr(unsigned int msr);
u64 pv_native_read_msr_safe(unsigned int msr, int *err);
void pv_native_write_msr(unsigned int msr, u32 low, u32 high);
int pv_native_write_msr_safe(unsigned int msr, u32 low, u32 high);
u64 pv_native_read_pmc(int counter);
void pv_native_load_tr_desc(void);
unsigned long pv_native_store_tr(void);
void pv_native_load_gdt(const struct desc_ptr *dtr);
void pv_native_set_ldt(const void *addr, unsigned int entries);
void pv_native_load_tls(struct thread_struct *t, unsigned int cpu);
void pv_native_write_ldt_entry(struct desc_struct *ldt, int entry, const void *desc);
void pv_native_write_idt_entry(gate_desc *idt, int entry, const gate_desc *gate);
void pv_native_set_pte_atomic(pte_t *ptep, pte_t pte);
void pv_native_set_pmd(pmd_t *pmdp, pmd_t pmd);
void pv_native_set_pud(pud_t *pudp, pud_t pud);
#ifdef CONFIG_X86_IOPL_IOPERM
void pv_native_tss_invalidate_io_bitmap(void);
#endif

__visible void pv_native_load_sp0(unsigned long sp0)
{
	native_load_sp0(sp0);
}
EXPORT_SYMBOL(pv_native_load_sp0);

__visible u64 pv_native_read_msr(unsigned int msr)
{
	return native_read_msr(msr);
}
EXPORT_SYMBOL(pv_native_read_msr);

__visible u64 pv_native_read_msr_safe(unsigned int msr, int *err)
{
	return native_read_msr_safe(msr, err);
}
EXPORT_SYMBOL(pv_native_read_msr_safe);

__visible void pv_native_write_msr(unsigned int msr, u32 low, u32 high)
{
	native_write_msr(msr, low, high);
}
EXPORT_SYMBOL(pv_native_write_msr);

__visible int pv_native_write_msr_safe(unsigned int msr, u32 low, u32 high)
{
	return native_write_msr_safe(msr, low, high);
}
EXPORT_SYMBOL(pv_native_write_msr_safe);

__visible u64 pv_native_read_pmc(int counter)
{
	return native_read_pmc(counter);
}
EXPORT_SYMBOL(pv_native_read_pmc);

__visible void pv_native_load_tr_desc(void)
{
	native_load_tr_desc();
}
EXPORT_SYMBOL(pv_native_load_tr_desc);

__visible unsigned long pv_native_store_tr(void)
{
	return native_store_tr();
}
EXPORT_SYMBOL(pv_native_store_tr);

__visible void pv_native_load_gdt(const struct desc_ptr *dtr)
{
	native_load_gdt(dtr);
}
EXPORT_SYMBOL(pv_native_load_gdt);

__visible void pv_native_set_ldt(const void *addr, unsigned int entries)
{
	native_set_ldt(addr, entries);
}
EXPORT_SYMBOL(pv_native_set_ldt);

__visible void pv_native_load_tls(struct thread_struct *t, unsigned int cpu)
{
	native_load_tls(t, cpu);
}
EXPORT_SYMBOL(pv_native_load_tls);

__visible void pv_native_write_ldt_entry(struct desc_struct *ldt, int entry, const void *desc)
{
	native_write_ldt_entry(ldt, entry, desc);
}
EXPORT_SYMBOL(pv_native_write_ldt_entry);

__visible void pv_native_write_idt_entry(gate_desc *idt, int entry, const gate_desc *gate)
{
	native_write_idt_entry(idt, entry, gate);
}
EXPORT_SYMBOL(pv_native_write_idt_entry);

__visible void pv_native_set_pte_atomic(pte_t *ptep, pte_t pte)
{
	native_set_pte_atomic(ptep, pte);
}
EXPORT_SYMBOL(pv_native_set_pte_atomic);

__visible void pv_native_set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	native_set_pmd(pmdp, pmd);
}
EXPORT_SYMBOL(pv_native_set_pmd);

__visible void pv_native_set_pud(pud_t *pudp, pud_t pud)
{
	native_set_pud(pudp, pud);
}
EXPORT_SYMBOL(pv_native_set_pud);

#ifdef CONFIG_X86_IOPL_IOPERM
__visible void pv_native_tss_invalidate_io_bitmap(void)
{
	native_tss_invalidate_io_bitmap();
}
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
