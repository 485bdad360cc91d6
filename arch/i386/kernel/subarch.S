/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From startup_32 to the entry of the platform: part of arch/x86/kernel/head_32.S
 *
 * Contract of every entry in the table below:
 *
 *   addressing	P=V: paging off, or on with an identity map of the kernel's
 *		boot window, [pref_address, + init_size)
 *   segments	flat.  With KEEP_SEGMENTS in boot_params.hdr.loadflags those that
 *		were there, maybe without a GDT behind them, maybe not ring 0;
 *		else __BOOT_CS and __BOOT_DS of boot_gdt
 *   %esp	top of the initial stack, physical
 *   IF		as it was; no interrupt may come yet
 *   DF		clear
 *   memory	.bss is zeroed; boot_params and boot_command_line are filled in
 *   others	unspecified
 *
 * An entry makes the PAGE_OFFSET mapping in its own way, jumps to it and ends in
 * i386_start_kernel(), with the stack at its virtual address.  It may call
 * make_early_page_tables for tables of the native kind.
 */

__INIT
/*
 * Build the native page tables: everything that head_32.S needs to turn paging
 * on, at initial_page_table.  Does not load them.
 *
 * In:	addressing, stack and memory as above.  Clobbers %eax, %ecx, %edx.
 * The tables use memory from __brk_base on; _brk_end and max_pfn_mapped are set.
 */
SYM_FUNC_START(make_early_page_tables)
	call	mk_early_pgtbl_32

	/* The page table of the permanent fixmap, in the last slot */
	movl	$pa(initial_pg_fixmap) + PDE_IDENT_ATTR, %eax
#ifdef CONFIG_X86_PAE
#define KPMDS (((-__PAGE_OFFSET) >> 30) & 3)	/* number of kernel PMDs */
	movl	%eax, pa(initial_pg_pmd + 0x1000 * KPMDS - 8)
#else
	movl	%eax, pa(initial_page_table + 0xffc)
#endif
	ret
SYM_FUNC_END(make_early_page_tables)

/* startup_32 jumps here, with what the contract says. */
SYM_CODE_START_LOCAL(dispatch_subarch)
	cmpw	$0x207, pa(boot_params + BP_version)
	jb	pc_entry		/* the field is not there yet */
	movl	pa(boot_params + BP_hardware_subarch), %eax
	cmpl	$NR_SUBARCHS, %eax
	jae	.Lno_entry
	jmp	*pa(subarch_entries)(,%eax,4)
SYM_CODE_END(dispatch_subarch)

/* A PC: the machine is ours, whatever it was set to before. */
SYM_CODE_START_LOCAL(pc_entry)
	call	make_early_page_tables
	testb	$KEEP_SEGMENTS, pa(boot_params + BP_loadflags)
	jz	.Ldefault_entry

	/* The far jumps to come need a GDT. */
	cli
	lgdt	pa(boot_gdt_descr)
	movl	$__BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
	jmp	.Ldefault_entry
SYM_CODE_END(pc_entry)

/* Replaced by the platforms that are built in. */
SYM_START(lguest_entry, SYM_L_WEAK, SYM_A_NONE)
SYM_START(xen_entry, SYM_L_WEAK, SYM_A_NONE)
.Lno_entry:
	call	no_subarch_entry
	ud2
SYM_CODE_END(xen_entry)
SYM_CODE_END(lguest_entry)

__INITDATA
	.balign	4
SYM_DATA_START_LOCAL(subarch_entries)
	.long	pa(pc_entry)		/* X86_SUBARCH_PC */
	.long	pa(lguest_entry)	/* X86_SUBARCH_LGUEST */
	.long	pa(xen_entry)		/* X86_SUBARCH_XEN */
	.long	pa(pc_entry)		/* X86_SUBARCH_INTEL_MID */
	.long	pa(pc_entry)		/* X86_SUBARCH_CE4100 */
.Lsubarch_entries_end:
SYM_DATA_END(subarch_entries)

	.if	(.Lsubarch_entries_end - subarch_entries) / 4 != NR_SUBARCHS
	.error	"subarch_entries: one entry for each value of enum x86_hardware_subarch"
	.endif
