/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a 32-bit PV domain begins: the ELF note ENTRY of wrapper and kernel
 *
 * Contract (xen/interface/xen.h, "Start-of-day memory layout"):
 *
 *   mode	32-bit, ring 1 (ring 3 is for user space)
 *   addressing	P=V from VIRT_BASE, 0, to behind all that the builder loaded: page
 *		tables are mapped read-only, all else writable.  An initrd need
 *		not be mapped
 *   %esi	address of struct start_info
 *   %esp	top of a stack: one page of Xen, more of others
 *   segments	flat: FLAT_RING1_CS, FLAT_RING1_DS, FLAT_RING1_SS
 *   events	masked on all CPUs; the interrupt flag means nothing
 *   IOPL	0, virtually: cli, sti and ports fault
 *   others	unspecified
 *
 * Leaves for startup_32 of whatever this is linked into, under the boot contract
 * (Documentation/arch/i386/boot-contract.rst), with KEEP_SEGMENTS and IOPL 1.
 */
#include <linux/init.h>
#include <linux/linkage.h>

#ifdef BOOT_SAY_IN_KERNEL
	__INIT
#else
	.text
#endif
SYM_CODE_START(xen_start)
	cld
	pushl	%esi
	call	xen_make_boot_params
	movl	%eax, %esi
	jmp	startup_32
SYM_CODE_END(xen_start)
