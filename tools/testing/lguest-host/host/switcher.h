/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the switcher lies: the pages at the top of every address space, the
 * guest's and the host's, by which one gets into the other.
 */
#ifndef LGUEST_HOST_SWITCHER_H
#define LGUEST_HOST_SWITCHER_H

/*
 * What lguest_data.reserve_mem tells the guest. Only the first three pages are
 * in use; the real host has two for each of its possible CPUs.
 */
#define SWITCHER_PAGES	31
#define SWITCHER_ADDR	0xfffe1000

/* Read-only for the guest: trap entries and the way in */
#define SWITCHER_TEXT	SWITCHER_ADDR
/* Written by the processor while the guest runs: the frame of its registers */
#define SWITCHER_STACK	(SWITCHER_ADDR + 1 * 4096)
/* Read-only for the guest: descriptor tables and task state */
#define SWITCHER_STATE	(SWITCHER_ADDR + 2 * 4096)

#define REGS_SIZE	72
#define REGS_ADDR	(SWITCHER_STACK + 4096 - REGS_SIZE)
#define REGS_TRAP	44
#define REGS_EIP	52
/* Trap number after a segment register could not be loaded on the way in */
#define TRAP_SWITCHER	256

/* First words of the stack page */
#define HOST_ESP	(SWITCHER_STACK + 0)
#define HOST_CR3	(SWITCHER_STACK + 4)
#define HOST_IRQS	(SWITCHER_STACK + 8)

/* The descriptor slots that the ABI names */
#define GDT_TLS		6
#define GDT_TLS_ENTRIES	3
#define GDT_HOST_CODE	10
#define GDT_HOST_DATA	11
#define GDT_KERNEL_CODE	12
#define GDT_KERNEL_DATA	13
#define GDT_TSS		16
#define GDT_DOUBLEFAULT	31
#define GDT_ENTRIES	32

#define HOST_CS		(GDT_HOST_CODE * 8)
#define HOST_DS		(GDT_HOST_DATA * 8)

#define GUEST_PL	1
#define GUEST_CS	(GDT_KERNEL_CODE * 8 + GUEST_PL)
#define GUEST_DS	(GDT_KERNEL_DATA * 8 + GUEST_PL)

/* Slots 14 and 15, as the test guests set them */
#define USER_CS		0x73
#define USER_DS		0x7b

#define HYPERCALL_VECTOR	31
#define IRQ_VECTOR		32
#define SYSCALL_VECTOR		0x80

#endif
