/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the lguest guest share */
#ifndef _I386_LGUEST_GUEST_H
#define _I386_LGUEST_GUEST_H

#include <linux/init.h>
#include <linux/types.h>
#include <asm/lguest.h>

struct task_struct;

/* enlighten.c: what the host and we share, in lowmem */
extern struct lguest_data lguest_data;

/* entry.S */
extern const char lguest_iret[], lguest_iret_insn[];
void lguest_save_fl(void);
void lguest_irq_disable(void);
void lguest_irq_enable(void);
void lguest_read_cr2(void);
void lguest_load_kernel_segments(void);

/*
 * ring.c: a hypercall that can wait until the lazy mode is left; made at once
 * where there is none, or no room.  Calls keep their order, also with those of
 * lguest_call().
 */
void lguest_queue(u32 nr, u32 arg1, u32 arg2, u32 arg3, u32 arg4);
void lguest_enter_lazy(void);
void lguest_leave_lazy(void);
void lguest_flush_lazy(void);
void lguest_start_lazy_switch(struct task_struct *prev);
void lguest_end_lazy_switch(struct task_struct *next);

/* mmu.c */
void lguest_init_mmu(void);
void lguest_init_fixmap(void);
void lguest_leave_mm(void);

/* irq.c, time.c, pci.c, earlycon.c */
void lguest_init_irqs(void);
int lguest_setup_irq(unsigned int irq);
void lguest_init_time(void);
void lguest_init_pci(void);
void lguest_init_console(void);

#endif
