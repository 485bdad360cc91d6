/* SPDX-License-Identifier: GPL-2.0 */
/* Code of the 32-bit Xen PV back end that is not C */
#include <linux/linkage.h>
#include <linux/init.h>
#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/page_types.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/xen/interface.h>
#include <xen/interface/xen.h>

	__INIT
/*
 * Entry of the platform: see the contract in ../kernel/subarch.S.
 *
 * In:	P=V on the domain builder's page tables, in ring 1, on Xen's flat segments;
 *	stack as in the contract; events masked.
 * Out:	xen_pv_start() at PAGE_OFFSET, on the same stack.
 */
SYM_CODE_START(xen_entry)
	call	xen_map_kernel
	addl	$__PAGE_OFFSET, %esp
	movl	$.Lat_page_offset, %eax
	jmp	*%eax
.Lat_page_offset:
	/* Until there is a GDT, per-CPU variables are those of the boot CPU. */
	movl	%ds, %eax
	movl	%eax, %fs
	xorl	%ebp, %ebp
	call	xen_pv_start
	ud2
SYM_CODE_END(xen_entry)

	.text
/*
 * Load the kernel's segments from its own GDT.  Xen has raised the DPL of all
 * descriptors to 1; in %ss and %cs the RPL must be ours.
 *
 * Clobbers %eax.
 */
SYM_FUNC_START(xen_load_kernel_segments)
	movl	$__USER_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	$(__KERNEL_DS | 1), %eax
	movl	%eax, %ss
	ljmp	$(__KERNEL_CS | 1), $1f
1:	ret
SYM_FUNC_END(xen_load_kernel_segments)

#ifdef CONFIG_XEN_PV_SMP
/*
 * Where a new vCPU starts: with the segments, stack and page table of the context
 * that smp_pv.c gave to Xen, events masked.
 */
SYM_CODE_START(asm_cpu_bringup_and_idle)
	xorl	%ebp, %ebp
	call	cpu_bringup_and_idle
	ud2
SYM_CODE_END(asm_cpu_bringup_and_idle)

/* In: %eax the stack of one that has been down */
SYM_CODE_START(xen_cpu_bringup_again)
	movl	%eax, %esp
	xorl	%ebp, %ebp
	call	cpu_bringup_and_idle
	ud2
SYM_CODE_END(xen_cpu_bringup_again)
#endif

	.pushsection .noinstr.text, "ax"
/*
 * Hypercall: number in %eax, arguments in %ebx, %ecx, %edx, %esi, %edi.  Xen has
 * this gate for ring 1 in every 32-bit domain.
 */
SYM_FUNC_START(xen_hypercall_pv)
	int	$0x82
	ret
SYM_FUNC_END(xen_hypercall_pv)

/*
 * Interrupt flag, once vcpu_info is in the per-CPU area.  These keep all registers
 * but a result in %eax (asm/paravirt_xxl.h).
 */
SYM_FUNC_START(xen_save_fl_direct)
	xorl	%eax, %eax
	cmpb	$0, PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_mask)
	jne	1f
	movl	$X86_EFLAGS_IF, %eax
1:	ret
SYM_FUNC_END(xen_save_fl_direct)

SYM_FUNC_START(xen_irq_disable_direct)
	movb	$1, PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_mask)
	ret
SYM_FUNC_END(xen_irq_disable_direct)

/*
 * An event that came while they were masked is delivered on the way back from
 * any hypercall.
 */
SYM_FUNC_START(xen_irq_enable_direct)
	movb	$0, PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_mask)
	cmpb	$0, PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_pending)
	jne	1f
	ret
1:	pushl	%eax
	pushl	%ecx
	pushl	%edx
	call	xen_force_evtchn_callback
	popl	%edx
	popl	%ecx
	popl	%eax
	ret
SYM_FUNC_END(xen_irq_enable_direct)

/* The faulting address: before and after vcpu_info has moved */
SYM_FUNC_START(xen_read_cr2)
	movl	PER_CPU_VAR(xen_vcpu), %eax
	movl	XEN_vcpu_info_arch_cr2(%eax), %eax
	ret
SYM_FUNC_END(xen_read_cr2)

SYM_FUNC_START(xen_read_cr2_direct)
	movl	PER_CPU_VAR(xen_vcpu_info + XEN_vcpu_info_arch_cr2), %eax
	ret
SYM_FUNC_END(xen_read_cr2_direct)

/*
 * In the place of every iret (entry_32.S).  Events are masked; Xen unmasks them
 * as IF in the frame says in the same step as it returns, which a real iret from
 * ring 1 can't do.
 *
 * In:	frame at %esp: eip, cs, eflags, and, to user mode, esp, ss
 */
SYM_CODE_START(xen_iret_hypercall)
	pushl	%eax
	movl	$__HYPERVISOR_iret, %eax
	int	$0x82
	ud2
SYM_CODE_END(xen_iret_hypercall)

/* Events come here: a frame as of an interrupt without error code, masked. */
SYM_CODE_START(xen_asm_exc_xen_hypervisor_callback)
	jmp	asm_exc_xen_hypervisor_callback
SYM_CODE_END(xen_asm_exc_xen_hypervisor_callback)

/*
 * Xen could not return to us with the segments or the frame that were asked for.
 *
 * In:	%ds, %es, %fs, %gs as they should have been, on the stack, and behind them
 *	the frame; events masked; the segment registers hold nothing useful.
 *
 * A selector that can't be loaded becomes 0, as natively, and the return is tried
 * again.  If all can be loaded, the frame is bad: a general protection fault of
 * the code that it belongs to.
 */
SYM_CODE_START(xen_failsafe_callback)
	pushl	%eax
	movl	$1, %eax
1:	mov	4(%esp), %ds
2:	mov	8(%esp), %es
3:	mov	12(%esp), %fs
4:	mov	16(%esp), %gs
	testl	%eax, %eax
	popl	%eax
	leal	16(%esp), %esp
	jz	xen_iret_hypercall
	pushl	$0			/* error code */
	jmp	asm_exc_general_protection

5:	xorl	%eax, %eax
	movl	%eax, 4(%esp)
	jmp	1b
6:	xorl	%eax, %eax
	movl	%eax, 8(%esp)
	jmp	2b
7:	xorl	%eax, %eax
	movl	%eax, 12(%esp)
	jmp	3b
8:	xorl	%eax, %eax
	movl	%eax, 16(%esp)
	jmp	4b
	_ASM_EXTABLE(1b, 5b)
	_ASM_EXTABLE(2b, 6b)
	_ASM_EXTABLE(3b, 7b)
	_ASM_EXTABLE(4b, 8b)
SYM_CODE_END(xen_failsafe_callback)
	.popsection
