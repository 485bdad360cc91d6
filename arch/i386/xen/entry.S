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
 * In the place of the one iret of entry_32.S; NMIs go to xen_iret_hypercall.
 *
 * In:	frame at %esp: eip, cs, eflags, and, to user mode, esp, ss; all registers as
 *	they are to be there; events masked.
 *
 * A real iret from ring 1 does not touch IF, so events have to be unmasked before it.
 * To the kernel, where they may have to stay masked, Xen returns: it unmasks as IF in
 * the frame says, in the same step.  To user mode they are always unmasked: a real
 * iret saves the way through Xen, if no event waits.  Only to the flat segments: with
 * others it may fault, and the fault would come with events unmasked, while the stack
 * is the CPU's entry stack.
 *
 * An event that comes between unmasking and iret would find the work for the way to
 * user mode done, and what it adds (a signal, another task to run) would wait for the
 * next entry.  So the callback below takes a frame from between these labels away,
 * and is as if it had come in user mode.  What is on the stack above the user's frame
 * differs: %fs and %eax; %eax; nothing.
 */
#ifdef CONFIG_SMP
#define IRET_VCPU_INFO(field)	%fs:(xen_vcpu_info + field)
#else
#define IRET_VCPU_INFO(field)	%ss:(xen_vcpu_info + field)
#endif

SYM_CODE_START(xen_iret)
	cmpw	$__USER_CS, 4(%esp)	/* above it Xen leaves its own */
	jne	xen_iret_hypercall
	cmpw	$__USER_DS, 4*4(%esp)
	jne	xen_iret_hypercall
	pushl	%eax
	pushl	%fs
	movl	$__KERNEL_PERCPU, %eax
	movl	%eax, %fs
	movb	$0, IRET_VCPU_INFO(XEN_vcpu_info_mask)
.Liret_unmasked:
	cmpb	$0, IRET_VCPU_INFO(XEN_vcpu_info_pending)
	jne	.Liret_mask
1:	popl	%fs
.Liret_with_eax:
	popl	%eax
.Liret_alone:
	iret

	/* An event waits: Xen delivers it on the way. */
.Liret_mask:
	movb	$1, IRET_VCPU_INFO(XEN_vcpu_info_mask)
.Liret_masked:
2:	popl	%fs
3:	popl	%eax
	jmp	xen_iret_hypercall
	_ASM_EXTABLE_TYPE(1b, .Liret_with_eax, EX_TYPE_POP_ZERO | EX_REG_FS)
	_ASM_EXTABLE_TYPE(2b, 3b, EX_TYPE_POP_ZERO | EX_REG_FS)
SYM_CODE_END(xen_iret)

/* The same by Xen, to any mode; if it can't, it calls xen_failsafe_callback. */
SYM_CODE_START(xen_iret_hypercall)
	pushl	%eax
	movl	$__HYPERVISOR_iret, %eax
	int	$0x82
	ud2
SYM_CODE_END(xen_iret_hypercall)

/* Events come here: a frame as of an interrupt without error code, masked. */
SYM_CODE_START(xen_asm_exc_xen_hypervisor_callback)
	cmpl	$.Liret_unmasked, (%esp)
	jb	1f
	cmpl	$.Liret_masked, (%esp)
	jae	1f
	testb	$USER_SEGMENT_RPL_MASK, 4(%esp)
	jz	.Liret_interrupted
1:	jmp	asm_exc_xen_hypervisor_callback

.Liret_interrupted:
	cmpl	$.Liret_with_eax, (%esp)
	je	3f
	cmpl	$.Liret_alone, (%esp)
	je	4f
	leal	3*4(%esp), %esp
2:	popl	%fs
.Linterrupted_with_eax:
	popl	%eax
	jmp	asm_exc_xen_hypervisor_callback
3:	leal	3*4(%esp), %esp
	jmp	.Linterrupted_with_eax
4:	leal	3*4(%esp), %esp
	jmp	asm_exc_xen_hypervisor_callback
	_ASM_EXTABLE_TYPE(2b, .Linterrupted_with_eax, EX_TYPE_POP_ZERO | EX_REG_FS)
SYM_CODE_END(xen_asm_exc_xen_hypervisor_callback)

/*
 * Xen could not load the segments that the vCPU had when it was taken off a CPU.
 *
 * In:	%ds, %es, %fs, %gs as they should have been, on the stack, and behind them
 *	the frame; %cs and %ss Xen's, flat and of ring 1; events masked; the other
 *	segment registers hold nothing useful.
 *
 * A selector that can't be loaded becomes 0, as natively, and the return is tried
 * again.  If all can be loaded now, this is no way out of it: versions of Xen that
 * come here with a frame that iret refuses, would come again.  Then it is a general
 * protection fault of the code that the frame belongs to.
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
