/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an lguest host and its 32-bit guest share
 *
 * As of the hosts of Linux 4.0 to 4.13; told in Documentation/arch/i386/lguest.rst.
 * A hypercall is "int $LGUEST_TRAP" from ring 1: number in eax, arguments in ebx,
 * ecx, edx, esi.  It changes no register and gives no result: a host that does
 * not like a call ends the guest, with a message of its own.
 */
#ifndef _I386_ASM_LGUEST_H
#define _I386_ASM_LGUEST_H

#define LGUEST_TRAP		0x1f
#define LGUEST_RING		1
#define LGUEST_NR_IRQS		16	/* a host may have 32; vector 32 + number */
#define LGUEST_TIMER_IRQ	0

#define LHCALL_FLUSH_ASYNC	0	/* runs what waits in the ring */
#define LHCALL_LGUEST_INIT	1	/* phys of lguest_data; the first of all calls */
#define LHCALL_SHUTDOWN		2	/* phys of text (128 bytes readable), LGUEST_*_OFF */
#define LHCALL_NEW_PGTABLE	4	/* phys of the top level */
#define LHCALL_FLUSH_TLB	5	/* LGUEST_FLUSH_* */
#define LHCALL_LOAD_IDT_ENTRY	6	/* vector, low, high */
#define LHCALL_SET_STACK	7	/* ss, esp (virtual), pages below (1 or 2) */
/* 8 was CR0.TS, which ends the guest from 4.10 on: not to be used */
#define LHCALL_SET_CLOCKEVENT	9	/* nanoseconds from now; 0: none */
#define LHCALL_HALT		10	/* until an interrupt; enables them */
#define LHCALL_SET_PMD		13	/* PAE only: all shadow tables are dropped */
#define LHCALL_SET_PTE		14	/* phys of the top level, address, low, high */
#define LHCALL_SET_PGD		15	/* phys of the top level, index */
#define LHCALL_LOAD_TLS		16	/* phys of three descriptors */
#define LHCALL_LOAD_GDT_ENTRY	18	/* slot, low, high */
#define LHCALL_SEND_INTERRUPTS	19	/* delivers what is pending */

#define LGUEST_POWER_OFF	1	/* for LHCALL_SHUTDOWN */
#define LGUEST_RESTART		2
#define LGUEST_TEXT_SIZE	128	/* bytes that the host reads for it */

#define LGUEST_FLUSH_USER	0	/* of the table that is loaded */
#define LGUEST_FLUSH_ALL	1	/* everything, in all tables */

#define LGUEST_RING_SIZE	64
#define LGUEST_SLOT_FREE	0xff
#define LGUEST_SLOT_FULL	0

/* Offsets in struct lguest_data that assembler code needs */
#define LGUEST_DATA_irq_enabled	0
#define LGUEST_DATA_cr2		8
#define LGUEST_DATA_irq_pending	20

#ifndef __ASSEMBLY__

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

struct lguest_hcall {
	u32 nr, arg[4];
};

/*
 * In memory of the guest; given to the host by LHCALL_LGUEST_INIT, and read and
 * written by it at any time after that.
 */
struct lguest_data {
	/* Both: the interrupt flag, X86_EFLAGS_IF or 0.  Nothing else: the host takes
	 * any bit for "enabled".
	 */
	u32 irq_enabled;
	u32 blocked_interrupts;		/* guest: bit n masks IRQ n */
	u32 cr2;			/* host: of the last page fault it passed on */
	u32 time_sec, time_nsec;	/* host: wall clock at the last interrupt */
	/* Host: not 0 if one waits as irq_enabled was 0.  The host never clears it. */
	u32 irq_pending;

	/* Calls that can wait, used in turn: guest fills, host frees */
	u8 hcall_status[LGUEST_RING_SIZE];
	struct lguest_hcall hcalls[LGUEST_RING_SIZE];

	/* Host, by LHCALL_LGUEST_INIT */
	u32 reserve_mem;		/* bytes at the top of the address space that are its own */
	u32 tsc_khz;			/* 0: don't use the TSC */

	/* Guest, before LHCALL_LGUEST_INIT */
	u32 noirq_iret;			/* address of the one iret, see lguest_iret */
	u32 kernel_address;		/* the kernel's part of the address space */
	u32 syscall_vec;
};

static_assert(sizeof(struct lguest_data) == 1388);
static_assert(offsetof(struct lguest_data, irq_enabled) == LGUEST_DATA_irq_enabled);
static_assert(offsetof(struct lguest_data, cr2) == LGUEST_DATA_cr2);
static_assert(offsetof(struct lguest_data, irq_pending) == LGUEST_DATA_irq_pending);
static_assert(offsetof(struct lguest_data, hcall_status) == 24);
static_assert(offsetof(struct lguest_data, hcalls) == 88);
static_assert(offsetof(struct lguest_data, reserve_mem) == 1368);

static __always_inline void lguest_call(u32 nr, u32 arg1, u32 arg2, u32 arg3, u32 arg4)
{
	asm volatile("int %[trap]"
		     : : [trap] "i" (LGUEST_TRAP), "a" (nr), "b" (arg1), "c" (arg2), "d" (arg3),
		     "S" (arg4) : "memory");
}

#endif
#endif
