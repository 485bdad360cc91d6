// SPDX-License-Identifier: GPL-2.0
/*
 * The emulated PCI bus: configuration mechanism #1, bus 0, function 0 only. A
 * host bridge without anything, the console, and what the options ask for.
 */
#include "virtio.h"

#define PCI_ENABLE		0x80000000u

/* Words of the configuration space */
#define W_ID			(0x00 / 4)
#define W_COMMAND		(0x04 / 4)
#define W_CLASS			(0x08 / 4)
#define W_CACHELINE		(0x0c / 4)
#define W_BAR0			(0x10 / 4)
#define W_BAR5			(0x24 / 4)
#define W_SUBSYSTEM		(0x2c / 4)
#define W_ROM			(0x30 / 4)
#define W_CAPABILITIES		(0x34 / 4)
#define W_INTERRUPT		(0x3c / 4)

#define VIRTIO_VENDOR		0x1af4
#define VIRTIO_DEVICE		0x1040
#define HAS_CAPABILITIES	0x00100000u
#define SUBSYSTEM_ID		0x40
#define HOST_BRIDGE_CLASS	0x0600

#define CAP_VENDOR		0x09
#define CAP_COMMON		0x40
#define CAP_NOTIFY		0x50
#define CAP_ISR			0x64
#define CAP_CONFIG		0x74
#define CAP_ACCESS		0x84
/* In a capability */
#define CAP_BAR			4
#define CAP_OFFSET		8
#define CAP_LENGTH		12
#define CAP_DATA		16

#define TYPE_COMMON		1
#define TYPE_NOTIFY		2
#define TYPE_ISR		3
#define TYPE_CONFIG		4
#define TYPE_ACCESS		5

/* Between RAM and the first BAR: pages that the launcher maps, but not for the guest */
#define DEVICE_GAP		0x100000

struct device devices[MAX_DEVICES];
u32 nr_devices;

static u32 pci_address;

static void capability(struct device *d, u32 at, u32 next, u32 len, u32 type, u32 offset, u32 size)
{
	d->pci[at / 4] = type << 24 | len << 16 | next << 8 | CAP_VENDOR;
	d->pci[(at + CAP_BAR) / 4] = 0;
	d->pci[(at + CAP_OFFSET) / 4] = offset;
	d->pci[(at + CAP_LENGTH) / 4] = size;
}

static void setup_config_space(struct device *d, u32 nr, u32 mmio)
{
	u32 size;

	memset(d->pci, 0, sizeof(d->pci));
	d->pci[W_CLASS] = d->class << 16;
	if (!nr) {
		d->pci[W_CLASS] = HOST_BRIDGE_CLASS << 16;
		return;
	}
	for (size = 1; size < BAR_CONFIG + d->config_len; size *= 2)
		;
	d->mmio = mmio;
	d->mmio_size = size;
	d->irq = nr;
	d->pci[W_ID] = (VIRTIO_DEVICE + d->type) << 16 | VIRTIO_VENDOR;
	d->pci[W_COMMAND] = HAS_CAPABILITIES;
	d->pci[W_CLASS] |= 1;
	d->pci[W_BAR0] = mmio;
	d->pci[W_SUBSYSTEM] = SUBSYSTEM_ID << 16;
	d->pci[W_CAPABILITIES] = CAP_COMMON;
	d->pci[W_INTERRUPT] = d->irq;
	capability(d, CAP_COMMON, CAP_NOTIFY, 16, TYPE_COMMON, BAR_COMMON, BAR_COMMON_SIZE);
	capability(d, CAP_NOTIFY, CAP_ISR, 20, TYPE_NOTIFY, BAR_NOTIFY, 2);
	capability(d, CAP_ISR, CAP_ACCESS, 16, TYPE_ISR, BAR_ISR, 1);
	capability(d, CAP_ACCESS, d->config_len ? CAP_CONFIG : 0, 20, TYPE_ACCESS, 0, 0);
	if (d->config_len)
		capability(d, CAP_CONFIG, 0, 16, TYPE_CONFIG, BAR_CONFIG, d->config_len);
}

void pci_add_device(const char *name)
{
	struct device *d = &devices[nr_devices];
	u32 len, i;

	if (!nr_devices) {
		nr_devices = 2;
		console_setup(&devices[1]);
		d = &devices[nr_devices];
	}
	if (!name)
		return;
	if (nr_devices == MAX_DEVICES)
		die("host: more than %u devices", MAX_DEVICES);
	for (len = 0; name[len] && name[len] != '='; len++)
		;
	for (i = 1; i < nr_devices; i++)
		if (strlen(devices[i].name) == len && !memcmp(devices[i].name, name, len))
			d->unit++;
	if (len == 5 && !memcmp(name, "block", len))
		block_setup(d);
	else if (len == 3 && !memcmp(name, "net", len))
		net_setup(d, name[len] ? name + len + 1 : NULL);
	else
		rng_setup(d);
	nr_devices++;
}

void pci_reset(void)
{
	u32 mmio = guest.mem + DEVICE_GAP, i;

	for (i = 0; i < nr_devices; i++) {
		setup_config_space(&devices[i], i, mmio);
		mmio += devices[i].mmio_size;
		if (i)
			virtio_reset(&devices[i]);
	}
	guest.device_limit = ROUND_UP(mmio, PAGE_SIZE) >> PAGE_SHIFT;
	pci_address = 0;
}

static struct device *addressed(u32 *word)
{
	u32 nr = pci_address >> 11 & 31;

	*word = (pci_address & 0xff) / 4;
	/* Bus and function are 0. */
	if (!(pci_address & PCI_ENABLE) || pci_address & 0x00ff0700 || nr >= nr_devices)
		return NULL;
	return &devices[nr];
}

static u32 size_mask(u32 size)
{
	return size == 4 ? ~0u : (1u << size * 8) - 1;
}

/* What the access window looks at; false: it is not set up for any. */
static bool window(struct device *d, u32 *offset, u32 *size)
{
	*offset = d->pci[(CAP_ACCESS + CAP_OFFSET) / 4];
	*size = d->pci[(CAP_ACCESS + CAP_LENGTH) / 4];
	return d != &devices[0] && !(d->pci[(CAP_ACCESS + CAP_BAR) / 4] & 0xff) &&
	       (*size == 1 || *size == 2 || *size == 4) &&
	       *offset < d->mmio_size && *size <= d->mmio_size - *offset;
}

/* Which configuration writes the launcher takes; all others are refused. */
static bool config_write(struct device *d, u32 word, u32 shift, u32 size, u32 val)
{
	u32 *to = &d->pci[word], mask = size_mask(size) << shift, offset, len;

	switch (word) {
	case W_COMMAND:
		/* Command or status, without effect */
		return size == 2 && shift % 16 == 0;
	case W_CACHELINE:
		if (shift / 8 + size > 2)
			return false;
		break;
	case W_BAR0 ... W_BAR5:
	case W_ROM:
		if (size != 4)
			return false;
		/* The address says its size; the device stays where it is. */
		if (word == W_BAR0 && d != &devices[0])
			val &= ~(d->mmio_size - 1);
		break;
	case (CAP_ACCESS + CAP_BAR) / 4:
		if (d == &devices[0] || size != 1 || shift)
			return false;
		break;
	case (CAP_ACCESS + CAP_OFFSET) / 4:
	case (CAP_ACCESS + CAP_LENGTH) / 4:
		if (d == &devices[0] || size != 4)
			return false;
		break;
	case (CAP_ACCESS + CAP_DATA) / 4:
		if (!window(d, &offset, &len))
			return false;
		*to = (*to & ~mask) | (val << shift & mask);
		virtio_write(d, offset, len, *to & size_mask(len));
		return true;
	default:
		return false;
	}
	*to = (*to & ~mask) | (val << shift & mask);
	return true;
}

bool pci_out(u16 port, u32 size, u32 val)
{
	u32 shift = (port & 3) * 8, mask = size_mask(size) << shift, word;
	struct device *d;

	if ((port & 3) + size > 4)
		return false;
	if (port < PCI_DATA) {
		pci_address = (pci_address & ~mask) | (val << shift & mask);
		return true;
	}
	d = addressed(&word);
	return d && config_write(d, word, shift, size, val);
}

bool pci_in(u16 port, u32 size, u32 *val)
{
	u32 shift = (port & 3) * 8, word, offset, len;
	struct device *d;

	*val = ~0u;
	if ((port & 3) + size > 4)
		return false;
	if (port < PCI_DATA) {
		*val = pci_address >> shift;
		return true;
	}
	d = addressed(&word);
	if (!d)
		return false;
	if (word == (CAP_ACCESS + CAP_DATA) / 4 && window(d, &offset, &len))
		d->pci[word] = virtio_read(d, offset, len);
	*val = d->pci[word] >> shift;
	return true;
}

static struct device *device_at(u32 addr, u32 size, u32 *offset)
{
	u32 i;

	for (i = 1; i < nr_devices; i++) {
		*offset = addr - devices[i].mmio;
		if (*offset < devices[i].mmio_size && size <= devices[i].mmio_size - *offset)
			return &devices[i];
	}
	return NULL;
}

bool mmio_write(u32 addr, u32 size, u32 val)
{
	u32 offset;
	struct device *d = device_at(addr, size, &offset);

	if (d)
		virtio_write(d, offset, size, val);
	return d;
}

bool mmio_read(u32 addr, u32 size, u32 *val)
{
	u32 offset;
	struct device *d = device_at(addr, size, &offset);

	if (d)
		*val = virtio_read(d, offset, size);
	return d;
}
