// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls that wait: the ring in lguest_data, and the lazy modes
 *
 * The host runs what is in the ring before any call that is made at once.  So calls
 * keep their order, and a full ring needs no other care than to make the call.
 */
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/thread_info.h>
#include <asm/barrier.h>
#include "guest.h"

/* There is one CPU. */
static unsigned int lazy_mmu, next_slot;
static bool lazy_switch, waiting;

static bool may_wait(void)
{
	return (lazy_mmu || lazy_switch) && !in_interrupt();
}

void lguest_queue(u32 nr, u32 arg1, u32 arg2, u32 arg3, u32 arg4)
{
	struct lguest_hcall *call;
	unsigned long flags;

	raw_local_irq_save(flags);
	call = &lguest_data.hcalls[next_slot];
	if (may_wait() && READ_ONCE(lguest_data.hcall_status[next_slot]) == LGUEST_SLOT_FREE) {
		*call = (struct lguest_hcall) { nr, { arg1, arg2, arg3, arg4 } };
		/* The host takes what it finds marked as full. */
		wmb();
		WRITE_ONCE(lguest_data.hcall_status[next_slot], LGUEST_SLOT_FULL);
		next_slot = (next_slot + 1) % LGUEST_RING_SIZE;
		waiting = true;
	} else {
		lguest_call(nr, arg1, arg2, arg3, arg4);
		waiting = false;
	}
	raw_local_irq_restore(flags);
}

static void run_ring(void)
{
	if (!waiting)
		return;
	waiting = false;
	lguest_call(LHCALL_FLUSH_ASYNC, 0, 0, 0, 0);
}

void lguest_enter_lazy(void)
{
	lazy_mmu++;
}

void lguest_leave_lazy(void)
{
	if (lazy_mmu)
		lazy_mmu--;
	run_ring();
}

void lguest_flush_lazy(void)
{
	run_ring();
}

/* A task may be preempted in lazy mode: the next one is not in it. */
void lguest_start_lazy_switch(struct task_struct *prev)
{
	if (lazy_mmu) {
		lazy_mmu = 0;
		set_ti_thread_flag(task_thread_info(prev), TIF_LAZY_MMU_UPDATES);
	}
	lazy_switch = true;
}

void lguest_end_lazy_switch(struct task_struct *next)
{
	lazy_switch = false;
	run_ring();
	if (test_and_clear_ti_thread_flag(task_thread_info(next), TIF_LAZY_MMU_UPDATES))
		lazy_mmu = 1;
}
