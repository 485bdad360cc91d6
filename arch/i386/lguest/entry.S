/* SPDX-License-Identifier: GPL-2.0 */
/* Code of the lguest guest that is not C */
#include <linux/init.h>
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/lguest.h>
#include <asm/page_types.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>

	__INIT
/*
 * Entry of the platform: see the contract in ../kernel/subarch.S.
 *
 * In:	P=V on page tables of the host's ("linear mode": all of our memory, and no
 *	way back to it later), in ring 1, on flat segments that the host has put into
 *	the GDT: __KERNEL_CS and __KERNEL_DS with an RPL of 1; %fs and %gs null.  No IDT: any
 *	exception ends the guest.  IF is 1 and stays so; what holds interrupts back is
 *	lguest_data.irq_enabled.
 * Out:	lguest_start() at PAGE_OFFSET, on the same stack, on page tables of the native
 *	kind.
 */
SYM_CODE_START(lguest_entry)
	call	lguest_announce
	call	make_early_page_tables
	call	lguest_load_page_tables
	addl	$__PAGE_OFFSET, %esp
	movl	$.Lat_page_offset, %eax
	jmp	*%eax
.Lat_page_offset:
	/* Until there is a GDT, per-CPU variables are those of the boot CPU. */
	movl	%ds, %eax
	movl	%eax, %fs
	xorl	%ebp, %ebp
	call	lguest_start
	ud2
SYM_CODE_END(lguest_entry)

	.text
/*
 * Load the kernel's segments from its own GDT.  The host has raised the DPL of those
 * with 0 to 1; %cs and %ss are as they have to be already.
 *
 * Clobbers %eax.
 */
SYM_FUNC_START(lguest_load_kernel_segments)
	movl	$__USER_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	ret
SYM_FUNC_END(lguest_load_kernel_segments)

	.pushsection .noinstr.text, "ax"
/*
 * Interrupt flag.  These keep all registers but a result in %eax
 * (asm/paravirt_xxl.h).
 */
SYM_FUNC_START(lguest_save_fl)
	movl	lguest_data + LGUEST_DATA_irq_enabled, %eax
	ret
SYM_FUNC_END(lguest_save_fl)

SYM_FUNC_START(lguest_irq_disable)
	movl	$0, lguest_data + LGUEST_DATA_irq_enabled
	ret
SYM_FUNC_END(lguest_irq_disable)

/*
 * What came while interrupts were off is delivered on the way back from any
 * hypercall.  The host never takes irq_pending back; cleared here, it is set again
 * if something is left.
 */
SYM_FUNC_START(lguest_irq_enable)
	movl	$X86_EFLAGS_IF, lguest_data + LGUEST_DATA_irq_enabled
	cmpl	$0, lguest_data + LGUEST_DATA_irq_pending
	jne	1f
	ret
1:	pushl	%eax
	movl	$0, lguest_data + LGUEST_DATA_irq_pending
	movl	$LHCALL_SEND_INTERRUPTS, %eax
	int	$LGUEST_TRAP
	popl	%eax
	ret
SYM_FUNC_END(lguest_irq_enable)

SYM_FUNC_START(lguest_read_cr2)
	movl	lguest_data + LGUEST_DATA_cr2, %eax
	ret
SYM_FUNC_END(lguest_read_cr2)

/*
 * In the place of every iret (entry_32.S).
 *
 * In:	frame at %esp: eip, cs, eflags, and, to user mode, esp, ss.  Segment
 *	registers may be those of user mode already, but %ss.
 *
 * iret does not change our interrupt flag: that is done here, of all EFLAGS only
 * with IF, as the host takes any bit for it.  An interrupt that came in between
 * would nest where nothing more may be saved: so the host knows the address of this
 * iret, and, if it would deliver one right there, uses the frame that is there.
 */
SYM_CODE_START(lguest_iret)
	pushl	2*4(%esp)
	andl	$X86_EFLAGS_IF, (%esp)
	popl	%ss:lguest_data + LGUEST_DATA_irq_enabled
SYM_INNER_LABEL(lguest_iret_insn, SYM_L_GLOBAL)
	iret
	_ASM_EXTABLE(lguest_iret_insn, irq_return_fault)
SYM_CODE_END(lguest_iret)
	.popsection
