// SPDX-License-Identifier: GPL-2.0
/*
 * lguest: the PCI bus of the launcher
 *
 * Configuration by ports; one bus; BARs that lie where they lie.  No device has an
 * interrupt pin, so nobody looks at the line, which is the number of the host's
 * IRQ.  It can't be written: nor can most of the configuration space, and a write
 * that is refused comes back as a general protection fault.
 */
#include <linux/init.h>
#include <linux/pci.h>
#include <asm/pci_x86.h>
#include <asm/x86_init.h>
#include "guest.h"

static int lguest_enable_irq(struct pci_dev *dev)
{
	u8 line;
	int ret;

	if (dev->irq)
		return 0;
	ret = pci_read_config_byte(dev, PCI_INTERRUPT_LINE, &line);
	if (ret)
		return pcibios_err_to_errno(ret);
	ret = lguest_setup_irq(line);
	if (ret) {
		pci_err(dev, "lguest: no interrupt by line %u: %d\n", line, ret);
		return ret;
	}
	dev->irq = line;
	return 0;
}

static void __init init_pci_irqs(void)
{
	pcibios_enable_irq = lguest_enable_irq;
}

void __init lguest_init_pci(void)
{
	pci_probe = PCI_PROBE_CONF1 | (pci_probe & PCI_ASSIGN_ALL_BUSSES);
	x86_init.pci.init_irq = init_pci_irqs;
	x86_init.pci.fixup_irqs = x86_init_noop;
}
