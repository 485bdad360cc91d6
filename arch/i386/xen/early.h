/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hypercalls of a 32-bit PV domain, before there is anything
 *
 * For code that runs P=V, in decompressor and kernel: by the trap that Xen always
 * has for 32-bit domains, without a hypercall page.  What a pointer points to has
 * to be mapped where the caller sees it.  Each returns 0 or more, or a negative
 * errno, and each result is to be looked at: see xen_refused().
 */
#ifndef _I386_XEN_EARLY_H
#define _I386_XEN_EARLY_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/bootparam.h>
#include <asm/xen/interface.h>
#include <xen/interface/xen.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/physdev.h>
#include <xen/interface/sched.h>

/* Xen may change all argument registers. */
static __always_inline long xen_call2(unsigned int nr, unsigned long a, unsigned long b)
{
	long result;

	asm volatile(TRAP_INSTR : "=a" (result), "+b" (a), "+c" (b) : "0" (nr) : "memory");
	return result;
}

static __always_inline long xen_call3(unsigned int nr, unsigned long a, unsigned long b,
				      unsigned long c)
{
	long result;

	asm volatile(TRAP_INSTR : "=a" (result), "+b" (a), "+c" (b), "+d" (c)
		     : "0" (nr) : "memory");
	return result;
}

static __always_inline long xen_call4(unsigned int nr, unsigned long a, unsigned long b,
				      unsigned long c, unsigned long d)
{
	long result;

	asm volatile(TRAP_INSTR : "=a" (result), "+b" (a), "+c" (b), "+d" (c), "+S" (d)
		     : "0" (nr) : "memory");
	return result;
}

static __always_inline long xen_sched_op(int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_sched_op, cmd, (unsigned long)arg);
}

static __always_inline long xen_event_channel_op(int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_event_channel_op, cmd, (unsigned long)arg);
}

static __always_inline long xen_physdev_op(int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_physdev_op, cmd, (unsigned long)arg);
}

static __always_inline long xen_memory_op(unsigned int cmd, void *arg)
{
	return xen_call2(__HYPERVISOR_memory_op, cmd, (unsigned long)arg);
}

static __always_inline long xen_console_io(int cmd, unsigned int count, char *text)
{
	return xen_call3(__HYPERVISOR_console_io, cmd, count, (unsigned long)text);
}

/* *DONE: how many of them were made, also when refused; may be NULL */
static __always_inline long xen_mmu_update(struct mmu_update *updates, unsigned int count,
					   unsigned int *done)
{
	return xen_call4(__HYPERVISOR_mmu_update, (unsigned long)updates, count,
			 (unsigned long)done, DOMID_SELF);
}

/* Is the early console asked for, by earlyprintk=xen? */
bool xen_earlyprintk(const struct boot_params *bp);

/*
 * Say that Xen refused WHAT (a SAY_STR()) for the argument ARG, and end the domain.
 * RESULT is what the hypercall returned.
 */
__noreturn void xen_refused(const struct boot_params *bp, const char *what, unsigned long arg,
			    long result);

/* End the domain, as crashed.  No message and no waiting: boot_stop() has both. */
__noreturn void xen_crash(void);

#endif
