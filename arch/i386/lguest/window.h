/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The emergency write of the console, see console.h: which ports, in which order
 *
 * Device 1 of bus 0 is the console, always.  A capability of its configuration
 * space is a window into its BARs (virtio 1.0, VIRTIO_PCI_CAP_PCI_CFG); behind it
 * is the register emerg_wr.
 */
#ifndef _I386_LGUEST_WINDOW_H
#define _I386_LGUEST_WINDOW_H

#include <linux/types.h>
#include <uapi/linux/pci_regs.h>
#include <uapi/linux/virtio_pci.h>
#include "console.h"

#define LGUEST_CONSOLE_SLOT	1

#define PCI_ADDRESS_PORT	0xcf8
#define PCI_DATA_PORT		0xcfc
#define PCI_ADDRESS_ENABLE	0x80000000u

/* struct virtio_console_config: cols, rows, max_nr_ports, emerg_wr */
#define VIRTIO_CONSOLE_EMERG_WR	8

static __always_inline u32 lguest_port_read(u16 port)
{
	u32 value;

	asm volatile("inl %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

static __always_inline void lguest_port_write(u16 port, u32 value)
{
	asm volatile("outl %0, %1" : : "a" (value), "Nd" (port));
}

static __always_inline void lguest_config_select(u32 reg)
{
	lguest_port_write(PCI_ADDRESS_PORT,
			  PCI_ADDRESS_ENABLE | LGUEST_CONSOLE_SLOT << 11 | (reg & 0xfc));
}

static __always_inline u32 lguest_config_read(u32 reg)
{
	lguest_config_select(reg);
	return lguest_port_read(PCI_DATA_PORT) >> 8 * (reg & 3);
}

static __always_inline void lguest_config_write(u32 reg, u32 value)
{
	lguest_config_select(reg);
	lguest_port_write(PCI_DATA_PORT, value);
}

/* Find the window.  Leaves another register selected than before. */
static __always_inline void lguest_window_find(struct lguest_console *con)
{
	unsigned int left = 16;	/* a list that goes in circles ends, too */
	u32 cap, type, found = 0;

	con->window = 0;
	if (lguest_config_read(PCI_VENDOR_ID) == ~0u)
		return;
	for (cap = lguest_config_read(PCI_CAPABILITY_LIST) & 0xfc; cap && left--;
	     cap = lguest_config_read(cap + PCI_CAP_LIST_NEXT) & 0xfc) {
		if ((lguest_config_read(cap) & 0xff) != PCI_CAP_ID_VNDR)
			continue;
		type = lguest_config_read(cap + VIRTIO_PCI_CAP_CFG_TYPE) & 0xff;
		if (type == VIRTIO_PCI_CAP_PCI_CFG) {
			con->window = cap;
		} else if (type == VIRTIO_PCI_CAP_DEVICE_CFG) {
			con->bar = lguest_config_read(cap + VIRTIO_PCI_CAP_BAR) & 0xff;
			con->emerg_wr = lguest_config_read(cap + VIRTIO_PCI_CAP_OFFSET) +
					VIRTIO_CONSOLE_EMERG_WR;
			found = cap;
		}
	}
	if (!found)
		con->window = 0;
}

/* Turn the window to the register, and select its data for characters to come. */
static __always_inline void lguest_window_open(const struct lguest_console *con)
{
	/* A byte, and alone: what stands beside it is not for us to write. */
	lguest_config_select(con->window + VIRTIO_PCI_CAP_BAR);
	asm volatile("outb %0, %1" : : "a" (con->bar), "Nd" ((u16)PCI_DATA_PORT));
	lguest_config_write(con->window + VIRTIO_PCI_CAP_LENGTH, sizeof(u32));
	lguest_config_write(con->window + VIRTIO_PCI_CAP_OFFSET, con->emerg_wr);
	lguest_config_select(con->window + sizeof(struct virtio_pci_cap));
}

static __always_inline void lguest_window_put(char c)
{
	lguest_port_write(PCI_DATA_PORT, (u8)c);
}

#endif
