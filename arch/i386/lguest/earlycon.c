// SPDX-License-Identifier: GPL-2.0
/*
 * The boot console of an lguest guest: what the kernel says before hvc0 is there
 *
 * In the place of the virtio driver, which 6.12 has no early half of.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/string.h>
#include <asm/setup.h>
#include "guest.h"
#include "window.h"

static struct lguest_console early __initdata;

/*
 * PCI code may be interrupted by this between its two ports, or be what has
 * something to say: it finds the register selected that it has selected.
 */
static void __init write_early(struct console *con, const char *s, unsigned int n)
{
	unsigned long flags;
	u32 selected;

	local_irq_save(flags);
	selected = lguest_port_read(PCI_ADDRESS_PORT);
	lguest_window_open(&early);
	while (n--)
		lguest_window_put(*s++);
	lguest_port_write(PCI_ADDRESS_PORT, selected);
	local_irq_restore(flags);
}

static struct console lguest_boot_console __initdata = {
	.name	= "lguest",
	.write	= write_early,
	.flags	= CON_PRINTBUFFER | CON_BOOT,
	.index	= -1,
};

/* In this order: where one is preferred, no other is enabled by default. */
static void __init register_boot_console(void)
{
	if (early.window)
		register_console(&lguest_boot_console);
	add_preferred_console("hvc", 0, NULL);
}

/**
 * lguest_init_console() - find the console, and let all be said on it
 *
 * For early_printk() from now on, for printk() from setup_arch() on.
 */
void __init lguest_init_console(void)
{
	lguest_window_find(&early);
	if (early.window)
		early_console = &lguest_boot_console;
	x86_init.oem.arch_setup = register_boot_console;
}
