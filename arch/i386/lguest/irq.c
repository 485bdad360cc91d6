// SPDX-License-Identifier: GPL-2.0
/*
 * lguest: interrupts
 *
 * IRQ n of the host comes by vector 32 + n, as an interrupt of a device does
 * natively.  It is asked for by a bit that the host clears when it delivers, there is nothing
 * to acknowledge, and a word in lguest_data masks.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <asm/hw_irq.h>
#include <asm/i8259.h>
#include <asm/irq_vectors.h>
#include <asm/paravirt.h>
#include <asm/x86_init.h>
#include "guest.h"

static void lguest_mask(struct irq_data *data)
{
	set_bit(data->irq, (unsigned long *)&lguest_data.blocked_interrupts);
}

static void lguest_unmask(struct irq_data *data)
{
	clear_bit(data->irq, (unsigned long *)&lguest_data.blocked_interrupts);
}

static struct irq_chip lguest_chip = {
	.name		= "lguest",
	.irq_mask	= lguest_mask,
	.irq_unmask	= lguest_unmask,
};

/**
 * lguest_setup_irq() - let an IRQ of the host be requested
 * @irq:	its number, which becomes that of Linux
 *
 * Return: 0 or a negative errno.
 */
int lguest_setup_irq(unsigned int irq)
{
	int ret;

	if (irq >= LGUEST_NR_IRQS)
		return -EINVAL;
	ret = irq_alloc_desc_at(irq, 0);
	if (ret < 0 && ret != -EEXIST)
		return ret;
	if (ret >= 0)
		irq_set_chip_and_handler_name(irq, &lguest_chip, handle_level_irq, "level");
	per_cpu(vector_irq, 0)[FIRST_EXTERNAL_VECTOR + irq] = irq_to_desc(irq);
	return 0;
}

/* In the place of the 8259s; the gates are made by native_init_IRQ(). */
static void __init setup_timer_irq(void)
{
	if (lguest_setup_irq(LGUEST_TIMER_IRQ))
		panic("lguest: no descriptor for the timer's interrupt");
}

static void lguest_safe_halt(void)
{
	lguest_call(LHCALL_HALT, 0, 0, 0, 0);
}

static const char halted[LGUEST_TEXT_SIZE] = "the kernel has halted";

/* With interrupts off: nothing could ever end it. */
static void lguest_halt(void)
{
	for (;;)
		lguest_call(LHCALL_SHUTDOWN, __pa(halted), LGUEST_POWER_OFF, 0, 0);
}

void __init lguest_init_irqs(void)
{
	pv_ops.irq = (struct pv_irq_ops) {
		.save_fl	= __PV_IS_CALLEE_SAVE(lguest_save_fl),
		.irq_disable	= __PV_IS_CALLEE_SAVE(lguest_irq_disable),
		.irq_enable	= __PV_IS_CALLEE_SAVE(lguest_irq_enable),
		.safe_halt	= lguest_safe_halt,
		.halt		= lguest_halt,
	};
	legacy_pic = &null_legacy_pic;
	x86_init.irqs.pre_vector_init = setup_timer_irq;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_init_noop;
}
