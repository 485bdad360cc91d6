/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PARAVIRT_XXL for 32 bits: the ops that a kernel outside of ring 0 needs
 *
 * Included by asm/paravirt.h in the place of the 64-bit ones.  Each call is a
 * site of six bytes.  It holds what is done natively: the instruction itself, a
 * direct call, or a nop.  A hypervisor's start-up code turns all sites into calls
 * through pv_ops before the first one is met (pv_sites_divert()), and into direct
 * calls once pv_ops has its final values (pv_sites_bind()).  So natively nothing
 * is patched, nothing is called through a pointer, and nothing is to be undone.
 *
 * Page table entries have 64 bits here (PAE).  Words go through pv_word(), which
 * refuses what is longer.  Entries have macros of their own, and are passed as
 * regparm(3) has it: one alone in edx:eax, one behind a pointer in ecx:edx, a
 * returned one in edx:eax.
 */
#ifndef _I386_ASM_PARAVIRT_XXL_H
#define _I386_ASM_PARAVIRT_XXL_H

#ifndef CONFIG_X86_PAE
#error "PARAVIRT_XXL on 32 bits is made for PAE page tables"
#endif

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <asm/nops.h>
#include <asm/pgtable-invert.h>
#include <asm/pv_sites.h>

#define pv_word(x)						\
({								\
	BUILD_BUG_ON(sizeof(x) > sizeof(unsigned long));	\
	(unsigned long)(x);					\
})

/* For the ops in asm/paravirt.h, too */
#undef PVOP_CALL_ARG1
#undef PVOP_CALL_ARG2
#undef PVOP_CALL_ARG3
#define PVOP_CALL_ARG1(x)	"a" (pv_word(x))
#define PVOP_CALL_ARG2(x)	"d" (pv_word(x))
#define PVOP_CALL_ARG3(x)	"c" (pv_word(x))

/* NATIVE has to have PV_SITE_SIZE bytes. */
#define PV_SITE(native)						\
	"771:	" native "\n"					\
	"772:\n"						\
	"	.if 772b - 771b - " __stringify(PV_SITE_SIZE) "\n" \
	"	.error \"pv site: wrong number of bytes\"\n"	\
	"	.endif\n"					\
	"	.pushsection .pv_sites, \"a\"\n"		\
	"	.balign 4\n"					\
	"	.long 771b - .\n"				\
	"	.long %c[pvop]\n"				\
	"	.popsection\n"

#define pv_op(op)	"i" (offsetof(struct paravirt_patch_template, op))

/*
 * Native code for the sites.  What is short is filled up by prefixes of it, which say
 * nothing (%ds, where that is the default or no memory is used) and are no instructions
 * to be executed, as a nop is: local_irq_save() has as many as without this.
 */
#define PV_FILL1	".byte " __stringify(PV_FILL_BYTE) "; "
#define PV_FILL2	PV_FILL1 PV_FILL1
#define PV_FILL3	PV_FILL2 PV_FILL1
#define PV_FILL4	PV_FILL2 PV_FILL2
#define PV_FILL5	PV_FILL4 PV_FILL1
#define PV_NOTHING	ASM_NOP6
#define PV_DIRECT(func)	PV_FILL1 "call " #func

/* Words to nothing, to a word and to 64 bits; C functions */
#define PV_VOID(op, native, ...)					\
do {									\
	unsigned long __eax, __edx, __ecx;				\
									\
	asm_inline volatile(PV_SITE(native)				\
			    : "=a" (__eax), "=d" (__edx), "=c" (__ecx),	\
			      ASM_CALL_CONSTRAINT			\
			    : [pvop] pv_op(op), ##__VA_ARGS__			\
			    : "memory", "cc");				\
} while (0)

#define PV_WORD(op, native, ...)					\
({									\
	unsigned long __eax, __edx, __ecx;				\
									\
	asm_inline volatile(PV_SITE(native)				\
			    : "=a" (__eax), "=d" (__edx), "=c" (__ecx),	\
			      ASM_CALL_CONSTRAINT			\
			    : [pvop] pv_op(op), ##__VA_ARGS__			\
			    : "memory", "cc");				\
	__eax;								\
})

#define PV_U64(op, native, ...)						\
({									\
	unsigned long __ecx;						\
	u64 __val;							\
									\
	asm_inline volatile(PV_SITE(native)				\
			    : "=A" (__val), "=c" (__ecx),		\
			      ASM_CALL_CONSTRAINT			\
			    : [pvop] pv_op(op), ##__VA_ARGS__			\
			    : "memory", "cc");				\
	__val;								\
})

/*
 * u64 op(u64), callee-save: converts an entry.  Depends on nothing but the value
 * and what the hypervisor knows of it, so gcc may drop or merge calls.
 */
#define PV_CONVERT(op, val)						\
({									\
	u64 __val = (val);						\
									\
	BUILD_BUG_ON(sizeof(val) != sizeof(u64));			\
	asm_inline(PV_SITE(PV_NOTHING)					\
		   : "+A" (__val)					\
		   : [pvop] pv_op(op.func)					\
		   : "cc");						\
	__val;								\
})

/*
 * The number of the page that an entry maps, if that is present, or bits 12 to 43 of
 * the entry.  The op is u32 (u64), in assembler, as it keeps all registers but eax.  Most
 * of the readers of page tables want no more than this, and natively it is an
 * instruction that they need anyway.
 */
static __always_inline u32 pv_entry_pfn(u64 entry)
{
	u32 pfn = entry;

	asm_inline(PV_SITE(PV_FILL2 "shrd $12, %%edx, %%eax")
		   : "+a" (pfn)
		   : "d" ((u32)(entry >> 32)), [pvop] pv_op(mmu.entry_pfn.func)
		   : "cc");
	return pfn;
}

u32 pv_native_entry_pfn(u64 entry);

/* void op(entry *, entry) */
#define PV_SET_ENTRY(op, native, ptr, val)				\
do {									\
	unsigned long __p = (unsigned long)(ptr);			\
	unsigned long __lo = (u32)(val), __hi = (u64)(val) >> 32;	\
									\
	BUILD_BUG_ON(sizeof(*(ptr)) != sizeof(u64));			\
	BUILD_BUG_ON(sizeof(val) != sizeof(u64));			\
	asm_inline volatile(PV_SITE(native)				\
			    : "+a" (__p), "+d" (__lo), "+c" (__hi),	\
			      ASM_CALL_CONSTRAINT			\
			    : [pvop] pv_op(op)					\
			    : "memory", "cc");				\
} while (0)

/* ---- CPU ---- */

static inline void load_sp0(unsigned long sp0)
{
	PV_VOID(cpu.load_sp0, PV_DIRECT(pv_native_load_sp0), PVOP_CALL_ARG1(sp0));
}

/* Four arguments, and seldom called: not a site */
static inline void __cpuid(unsigned int *eax, unsigned int *ebx,
			   unsigned int *ecx, unsigned int *edx)
{
	pv_ops.cpu.cpuid(eax, ebx, ecx, edx);
}

static __always_inline unsigned long paravirt_get_debugreg(int reg)
{
	return PV_WORD(cpu.get_debugreg, PV_DIRECT(pv_native_get_dr), PVOP_CALL_ARG1(reg));
}

#define get_debugreg(var, reg)	((var) = paravirt_get_debugreg(reg))

static __always_inline void set_debugreg(unsigned long val, int reg)
{
	PV_VOID(cpu.set_debugreg, PV_DIRECT(pv_native_set_dr),
		PVOP_CALL_ARG1(reg), PVOP_CALL_ARG2(val));
}

static inline unsigned long read_cr0(void)
{
	return PV_WORD(cpu.read_cr0, PV_FILL3 "mov %%cr0, %%eax");
}

static inline void write_cr0(unsigned long x)
{
	PV_VOID(cpu.write_cr0, PV_DIRECT(native_write_cr0), PVOP_CALL_ARG1(x));
}

/* In assembler, as the three of the interrupt flag below */
static __always_inline unsigned long read_cr2(void)
{
	unsigned long cr2;

	asm_inline volatile(PV_SITE(PV_FILL3 "mov %%cr2, %%eax")
			    : "=a" (cr2)
			    : [pvop] pv_op(mmu.read_cr2.func)
			    : "memory", "cc");
	return cr2;
}

static __always_inline void write_cr2(unsigned long x)
{
	PV_VOID(mmu.write_cr2, PV_FILL3 "mov %%eax, %%cr2", PVOP_CALL_ARG1(x));
}

static inline unsigned long __read_cr3(void)
{
	return PV_WORD(mmu.read_cr3, PV_FILL3 "mov %%cr3, %%eax");
}

static inline void write_cr3(unsigned long x)
{
	PV_VOID(mmu.write_cr3, PV_FILL3 "mov %%eax, %%cr3", PVOP_CALL_ARG1(x));
}

static inline void __write_cr4(unsigned long x)
{
	PV_VOID(cpu.write_cr4, PV_DIRECT(native_write_cr4), PVOP_CALL_ARG1(x));
}

noinstr void pv_native_wbinvd(void);

static __always_inline void wbinvd(void)
{
	PV_VOID(cpu.wbinvd, PV_FILL4 "wbinvd");
}

static inline u64 paravirt_read_msr(unsigned int msr)
{
	return PV_U64(cpu.read_msr, PV_DIRECT(pv_native_read_msr), PVOP_CALL_ARG1(msr));
}

static inline void paravirt_write_msr(unsigned int msr, u32 low, u32 high)
{
	PV_VOID(cpu.write_msr, PV_DIRECT(pv_native_write_msr),
		PVOP_CALL_ARG1(msr), PVOP_CALL_ARG2(low), PVOP_CALL_ARG3(high));
}

static inline u64 paravirt_read_msr_safe(unsigned int msr, int *err)
{
	return PV_U64(cpu.read_msr_safe, PV_DIRECT(pv_native_read_msr_safe),
		      PVOP_CALL_ARG1(msr), PVOP_CALL_ARG2(err));
}

static inline int paravirt_write_msr_safe(unsigned int msr, u32 low, u32 high)
{
	return PV_WORD(cpu.write_msr_safe, PV_DIRECT(pv_native_write_msr_safe),
		       PVOP_CALL_ARG1(msr), PVOP_CALL_ARG2(low), PVOP_CALL_ARG3(high));
}

static inline u64 paravirt_read_pmc(int counter)
{
	return PV_U64(cpu.read_pmc, PV_DIRECT(pv_native_read_pmc), PVOP_CALL_ARG1(counter));
}

#define rdmsr(msr, low, high)				\
do {							\
	u64 __msr = paravirt_read_msr(msr);		\
							\
	(low) = (u32)__msr;				\
	(high) = __msr >> 32;				\
} while (0)

#define rdmsrl(msr, val)	((val) = paravirt_read_msr(msr))

static inline void wrmsr(unsigned int msr, u32 low, u32 high)
{
	paravirt_write_msr(msr, low, high);
}

static inline void wrmsrl(unsigned int msr, u64 val)
{
	paravirt_write_msr(msr, (u32)val, (u32)(val >> 32));
}

#define wrmsr_safe(msr, low, high)	paravirt_write_msr_safe(msr, low, high)

#define rdmsr_safe(msr, low, high)				\
({								\
	int __err;						\
	u64 __msr = paravirt_read_msr_safe(msr, &__err);	\
								\
	*(low) = (u32)__msr;					\
	*(high) = __msr >> 32;					\
	__err;							\
})

static inline int rdmsrl_safe(unsigned int msr, unsigned long long *val)
{
	int err;

	*val = paravirt_read_msr_safe(msr, &err);
	return err;
}

#define rdpmc(counter, low, high)			\
do {							\
	u64 __pmc = paravirt_read_pmc(counter);		\
							\
	(low) = (u32)__pmc;				\
	(high) = __pmc >> 32;				\
} while (0)

#define rdpmcl(counter, val)	((val) = paravirt_read_pmc(counter))

/* ---- Descriptors ---- */

static inline void load_TR_desc(void)
{
	PV_VOID(cpu.load_tr_desc, PV_DIRECT(pv_native_load_tr_desc));
}

static inline unsigned long paravirt_store_tr(void)
{
	return PV_WORD(cpu.store_tr, PV_DIRECT(pv_native_store_tr));
}

#define store_tr(tr)	((tr) = paravirt_store_tr())

static inline void load_gdt(const struct desc_ptr *dtr)
{
	PV_VOID(cpu.load_gdt, PV_DIRECT(pv_native_load_gdt), PVOP_CALL_ARG1(dtr));
}

static inline void load_idt(const struct desc_ptr *dtr)
{
	PV_VOID(cpu.load_idt, PV_DIRECT(pv_native_load_idt), PVOP_CALL_ARG1(dtr));
}

static inline void set_ldt(const void *addr, unsigned int entries)
{
	PV_VOID(cpu.set_ldt, PV_DIRECT(pv_native_set_ldt),
		PVOP_CALL_ARG1(addr), PVOP_CALL_ARG2(entries));
}

static inline void load_TLS(struct thread_struct *t, unsigned int cpu)
{
	PV_VOID(cpu.load_tls, PV_DIRECT(pv_native_load_tls),
		PVOP_CALL_ARG1(t), PVOP_CALL_ARG2(cpu));
}

static inline void paravirt_alloc_ldt(struct desc_struct *ldt, unsigned int entries)
{
	PV_VOID(cpu.alloc_ldt, PV_NOTHING, PVOP_CALL_ARG1(ldt), PVOP_CALL_ARG2(entries));
}

static inline void paravirt_free_ldt(struct desc_struct *ldt, unsigned int entries)
{
	PV_VOID(cpu.free_ldt, PV_NOTHING, PVOP_CALL_ARG1(ldt), PVOP_CALL_ARG2(entries));
}

static inline void write_ldt_entry(struct desc_struct *dt, int entry, const void *desc)
{
	PV_VOID(cpu.write_ldt_entry, PV_DIRECT(pv_native_write_ldt_entry),
		PVOP_CALL_ARG1(dt), PVOP_CALL_ARG2(entry), PVOP_CALL_ARG3(desc));
}

/* Four arguments: not a site */
static inline void write_gdt_entry(struct desc_struct *dt, int entry, const void *desc, int type)
{
	pv_ops.cpu.write_gdt_entry(dt, entry, desc, type);
}

static inline void write_idt_entry(gate_desc *dt, int entry, const gate_desc *gate)
{
	PV_VOID(cpu.write_idt_entry, PV_DIRECT(pv_native_write_idt_entry),
		PVOP_CALL_ARG1(dt), PVOP_CALL_ARG2(entry), PVOP_CALL_ARG3(gate));
}

#ifdef CONFIG_X86_IOPL_IOPERM
static inline void tss_invalidate_io_bitmap(void)
{
	PV_VOID(cpu.invalidate_io_bitmap, PV_DIRECT(pv_native_tss_invalidate_io_bitmap));
}

static inline void tss_update_io_bitmap(void)
{
	PV_VOID(cpu.update_io_bitmap, PV_DIRECT(native_tss_update_io_bitmap));
}
#endif

/* gs holds a user's selector, which the kernel does not use itself. */
#define load_gs_index(selector)	loadsegment(gs, selector)

#define __HAVE_ARCH_START_CONTEXT_SWITCH
static inline void arch_start_context_switch(struct task_struct *prev)
{
	PV_VOID(cpu.start_context_switch, PV_NOTHING, PVOP_CALL_ARG1(prev));
}

static inline void arch_end_context_switch(struct task_struct *next)
{
	PV_VOID(cpu.end_context_switch, PV_NOTHING, PVOP_CALL_ARG1(next));
}

/* ---- Interrupt flag ---- */

/*
 * These ops are in assembler, whoever provides them, and keep all registers but
 * the result: natively they must not cost the compiler a register.
 */
static __always_inline unsigned long arch_local_save_flags(void)
{
	unsigned long flags;

	asm_inline volatile(PV_SITE(PV_FILL2 "pushf; " PV_FILL2 "pop %%eax")
			    : "=a" (flags)
			    : [pvop] pv_op(irq.save_fl.func)
			    : "memory", "cc");
	return flags;
}

static __always_inline void arch_local_irq_disable(void)
{
	asm_inline volatile(PV_SITE(PV_FILL5 "cli")
			    : : [pvop] pv_op(irq.irq_disable.func)
			    : "memory", "cc");
}

static __always_inline void arch_local_irq_enable(void)
{
	asm_inline volatile(PV_SITE(PV_FILL5 "sti")
			    : : [pvop] pv_op(irq.irq_enable.func)
			    : "memory", "cc");
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

/* ---- Address spaces ---- */

static inline void paravirt_enter_mmap(struct mm_struct *mm)
{
	PV_VOID(mmu.enter_mmap, PV_NOTHING, PVOP_CALL_ARG1(mm));
}

static inline int paravirt_pgd_alloc(struct mm_struct *mm)
{
	return PV_WORD(mmu.pgd_alloc, PV_FILL4 "xor %%eax, %%eax", PVOP_CALL_ARG1(mm));
}

static inline void paravirt_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	PV_VOID(mmu.pgd_free, PV_NOTHING, PVOP_CALL_ARG1(mm), PVOP_CALL_ARG2(pgd));
}

static inline void paravirt_alloc_pte(struct mm_struct *mm, unsigned long pfn)
{
	PV_VOID(mmu.alloc_pte, PV_NOTHING, PVOP_CALL_ARG1(mm), PVOP_CALL_ARG2(pfn));
}

static inline void paravirt_release_pte(unsigned long pfn)
{
	PV_VOID(mmu.release_pte, PV_NOTHING, PVOP_CALL_ARG1(pfn));
}

static inline void paravirt_alloc_pmd(struct mm_struct *mm, unsigned long pfn)
{
	PV_VOID(mmu.alloc_pmd, PV_NOTHING, PVOP_CALL_ARG1(mm), PVOP_CALL_ARG2(pfn));
}

static inline void paravirt_release_pmd(unsigned long pfn)
{
	PV_VOID(mmu.release_pmd, PV_NOTHING, PVOP_CALL_ARG1(pfn));
}

#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE
static inline void arch_enter_lazy_mmu_mode(void)
{
	PV_VOID(mmu.lazy_mode.enter, PV_NOTHING);
}

static inline void arch_leave_lazy_mmu_mode(void)
{
	PV_VOID(mmu.lazy_mode.leave, PV_NOTHING);
}

static inline void arch_flush_lazy_mmu_mode(void)
{
	PV_VOID(mmu.lazy_mode.flush, PV_NOTHING);
}

/* Of two, eight and eight bytes: not a site */
static inline void __set_fixmap(unsigned int /* enum fixed_addresses */ idx,
				phys_addr_t phys, pgprot_t flags)
{
	pv_ops.mmu.set_fixmap(idx, phys, flags);
}

/* ---- Page table entries ---- */

/* pud and p4d are folded: theirs come from asm-generic/pgtable-nopud.h. */

static inline pteval_t pte_val(pte_t pte)
{
	return PV_CONVERT(mmu.pte_val, native_pte_val(pte));
}

static inline pte_t __pte(pteval_t val)
{
	return native_make_pte(PV_CONVERT(mmu.make_pte, val));
}

static inline pmdval_t pmd_val(pmd_t pmd)
{
	return PV_CONVERT(mmu.pmd_val, native_pmd_val(pmd));
}

static inline pmd_t __pmd(pmdval_t val)
{
	return native_make_pmd(PV_CONVERT(mmu.make_pmd, val));
}

/* Two that are the same stay so when they are converted: no need to, as pte_same(). */
#define __HAVE_ARCH_PMD_SAME
static inline int pmd_same(pmd_t a, pmd_t b)
{
	return native_pmd_val(a) == native_pmd_val(b);
}

/* PROT_NONE makes an entry that is not present, and has its page's number inverted. */
static inline unsigned long pv_mapped_pfn(u64 entry)
{
	const unsigned long pfn = pv_entry_pfn(entry);

	return __pte_needs_invert(entry) ? ~pfn : pfn;
}

#define pte_pfn pte_pfn
static inline unsigned long pte_pfn(pte_t pte)
{
	return pv_mapped_pfn(native_pte_val(pte));
}

#define pmd_pfn pmd_pfn
static inline unsigned long pmd_pfn(pmd_t pmd)
{
	const unsigned long pfn = pv_mapped_pfn(native_pmd_val(pmd));

	return native_pmd_val(pmd) & _PAGE_PSE ? pfn & ~(PTRS_PER_PTE - 1ul) : pfn;
}

/* Page tables are in the direct mapping. */
static inline unsigned long pv_table_vaddr(u64 entry)
{
	return ((unsigned long)pv_entry_pfn(entry) << PAGE_SHIFT) + PAGE_OFFSET;
}

#define pmd_page_vaddr pmd_page_vaddr
static inline unsigned long pmd_page_vaddr(pmd_t pmd)
{
	return pv_table_vaddr(native_pmd_val(pmd));
}

#define pud_pgtable pud_pgtable
static inline pmd_t *pud_pgtable(pud_t pud)
{
	return (pmd_t *)pv_table_vaddr(native_pud_val(pud));
}

static inline pgdval_t pgd_val(pgd_t pgd)
{
	return PV_CONVERT(mmu.pgd_val, native_pgd_val(pgd));
}

static inline pgd_t __pgd(pgdval_t val)
{
	return native_make_pgd(PV_CONVERT(mmu.make_pgd, val));
}

/* Stores the high half first, as native_set_pte() does. */
static inline void set_pte(pte_t *ptep, pte_t pte)
{
	PV_SET_ENTRY(mmu.set_pte, "movl %%ecx, 4(%%eax); " PV_FILL1 "movl %%edx, (%%eax)",
		     ptep, native_pte_val(pte));
}

/* Stores the low half, with the present bit, first. */
static inline void pte_clear(struct mm_struct *mm, unsigned long addr, pte_t *ptep)
{
	PV_SET_ENTRY(mmu.set_pte, PV_FILL1 "movl %%edx, (%%eax); movl %%ecx, 4(%%eax)",
		     ptep, (u64)0);
}

static inline void set_pmd(pmd_t *pmdp, pmd_t pmd)
{
	PV_SET_ENTRY(mmu.set_pmd, PV_DIRECT(pv_native_set_pmd), pmdp, native_pmd_val(pmd));
}

static inline void pmd_clear(pmd_t *pmdp)
{
	PV_SET_ENTRY(mmu.set_pmd, PV_FILL1 "movl %%edx, (%%eax); movl %%ecx, 4(%%eax)",
		     pmdp, (u64)0);
}

static inline void set_pud(pud_t *pudp, pud_t pud)
{
	PV_SET_ENTRY(mmu.set_pud, PV_DIRECT(pv_native_set_pud), pudp, native_pud_val(pud));
}

static inline void set_pte_atomic(pte_t *ptep, pte_t pte)
{
	PV_SET_ENTRY(mmu.set_pte, PV_DIRECT(pv_native_set_pte_atomic), ptep, native_pte_val(pte));
}

/*
 * Only on user mappings, long after alternatives have been applied.  Macros, as
 * what they take natively is declared later.
 */
#define __HAVE_ARCH_PTEP_MODIFY_PROT_TRANSACTION
#define ptep_modify_prot_start(vma, addr, ptep)				\
	(static_cpu_has(X86_FEATURE_DEPRIVILEGED) ?			\
	 pv_ops.mmu.ptep_modify_prot_start(vma, addr, ptep) :		\
	 __ptep_modify_prot_start(vma, addr, ptep))

#define ptep_modify_prot_commit(vma, addr, ptep, old_pte, pte)		\
do {									\
	(void)(old_pte);						\
	if (static_cpu_has(X86_FEATURE_DEPRIVILEGED))			\
		pv_ops.mmu.ptep_modify_prot_commit(vma, addr, ptep, pte); \
	else								\
		__ptep_modify_prot_commit(vma, addr, ptep, pte);	\
} while (0)

#endif
