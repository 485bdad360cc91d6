// SPDX-License-Identifier: GPL-2.0
/* A virtio 1.0 driver as small as can be, for the test guests */
#include "virtio.h"

#define VIRTIO_ID	0x1af4
#define VIRTIO_DEVICE	0x1040

struct vring rings[2] __attribute__((aligned(4096)));

u8 read8(u32 addr)
{
	u8 v;

	asm volatile("movb (%1), %0" : "=q"(v) : "b"(addr) : "memory");
	return v;
}

u16 read16(u32 addr)
{
	u16 v;

	asm volatile("movw (%1), %0" : "=r"(v) : "b"(addr) : "memory");
	return v;
}

u32 read32(u32 addr)
{
	u32 v;

	asm volatile("movl (%1), %0" : "=r"(v) : "b"(addr) : "memory");
	return v;
}

void write8(u32 addr, u8 v)
{
	asm volatile("movb %0, (%1)" : : "q"(v), "b"(addr) : "memory");
}

void write16(u32 addr, u16 v)
{
	asm volatile("movw %0, (%1)" : : "r"(v), "b"(addr) : "memory");
}

void write32(u32 addr, u32 v)
{
	asm volatile("movl %0, (%1)" : : "r"(v), "b"(addr) : "memory");
}

u32 find_device(u32 type, u32 *irq)
{
	u32 i;

	for (i = 1; i < 32; i++) {
		if (config_read(i, 0) != ((VIRTIO_DEVICE + type) << 16 | VIRTIO_ID))
			continue;
		if (irq)
			*irq = config_read(i, 0x3c) & 0xff;
		return config_read(i, 0x10) & ~15u;
	}
	return 0;
}

void driver(u32 bar)
{
	write8(bar + R_STATUS, 0);
	write8(bar + R_STATUS, ACKNOWLEDGE);
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER);
}

u32 offered(u32 bar, u32 select)
{
	write32(bar + R_FEATURE_SELECT, select);
	return read32(bar + R_FEATURE);
}

void features(u32 bar, u32 low)
{
	write32(bar + R_DRIVER_SELECT, 0);
	write32(bar + R_DRIVER_FEATURE, low);
	write32(bar + R_DRIVER_SELECT, 1);
	write32(bar + R_DRIVER_FEATURE, 1);
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
	read8(bar + R_STATUS);
}

void queue(u32 bar, u32 nr, struct vring *ring)
{
	write16(bar + R_QUEUE_SELECT, nr);
	write32(bar + R_QUEUE_DESC, (u32)ring->desc);
	write32(bar + R_QUEUE_DESC + 4, 0);
	write32(bar + R_QUEUE_AVAIL, (u32)&ring->avail_flags);
	write32(bar + R_QUEUE_AVAIL + 4, 0);
	write32(bar + R_QUEUE_USED, (u32)&ring->used_flags);
	write32(bar + R_QUEUE_USED + 4, 0);
	write16(bar + R_QUEUE_ENABLE, 1);
}

void device_ok(u32 bar)
{
	write8(bar + R_STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
}

void describe(struct vring *ring, u32 i, void *data, u32 len, u16 flags)
{
	ring->desc[i].addr = (u32)data;
	ring->desc[i].len = len;
	ring->desc[i].flags = flags;
	ring->desc[i].next = i + 1;
}

void offer(u32 bar, u32 nr, struct vring *ring, u32 head)
{
	ring->avail[ring->avail_idx % RING] = head;
	asm volatile("" : : : "memory");
	*(volatile u16 *)&ring->avail_idx = ring->avail_idx + 1;
	write16(bar + R_NOTIFY, nr);
}

void wait_used(struct vring *ring, u32 *len)
{
	/* With interrupts on, one could come before HALT and have nobody to wake. */
	lg.irq_enabled = 0;
	while (*(volatile u16 *)&ring->used_idx == ring->seen) {
		hcall(HC_HALT, 0, 0, 0, 0);
		lg.irq_enabled = 0;
	}
	*len = ring->used[ring->seen++ % RING].len;
}
