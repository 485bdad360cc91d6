/* SPDX-License-Identifier: GPL-2.0 */
/* A virtio 1.0 driver as small as can be, for the test guests */
#ifndef LGUEST_TEST_VIRTIO_H
#define LGUEST_TEST_VIRTIO_H

#include "guest.h"

#define ACKNOWLEDGE	1
#define DRIVER		2
#define DRIVER_OK	4
#define FEATURES_OK	8

#define R_FEATURE_SELECT	0x00
#define R_FEATURE		0x04
#define R_DRIVER_SELECT		0x08
#define R_DRIVER_FEATURE	0x0c
#define R_MSIX_CONFIG		0x10
#define R_NUM_QUEUES		0x12
#define R_STATUS		0x14
#define R_QUEUE_SELECT		0x16
#define R_QUEUE_SIZE		0x18
#define R_QUEUE_MSIX		0x1a
#define R_QUEUE_ENABLE		0x1c
#define R_QUEUE_NOTIFY_OFF	0x1e
#define R_QUEUE_DESC		0x20
#define R_QUEUE_AVAIL		0x28
#define R_QUEUE_USED		0x30
#define R_NOTIFY		0x38
#define R_ISR			0x3a
#define R_CONFIG		0x3c

#define D_NEXT		1
#define D_WRITE		2
#define D_INDIRECT	4

#define RING		256

struct vring_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

struct vring {
	struct vring_desc desc[RING];
	u16 avail_flags, avail_idx, avail[RING];
	u16 unused;
	u16 used_flags __attribute__((aligned(4)));
	u16 used_idx;
	struct {
		u32 id, len;
	} used[RING];
	u16 seen;
};

extern struct vring rings[2];

/* Accesses by the only instructions that the launcher knows; addresses from BAR 0 on */
u8 read8(u32 addr);
u16 read16(u32 addr);
u32 read32(u32 addr);
void write8(u32 addr, u8 v);
void write16(u32 addr, u16 v);
void write32(u32 addr, u32 v);

/* BAR 0 of the first device of a type; 0: there is none */
u32 find_device(u32 type, u32 *irq);
/* The steps of bringing up a device: to DRIVER, with features, a queue, DRIVER_OK */
void driver(u32 bar);
void features(u32 bar, u32 low);
void queue(u32 bar, u32 nr, struct vring *ring);
void device_ok(u32 bar);
/* Descriptor i of a ring; one after the other is a chain. */
void describe(struct vring *ring, u32 i, void *data, u32 len, u16 flags);
void offer(u32 bar, u32 nr, struct vring *ring, u32 head);
/* Something has come back: its length in *len. Halts until then. */
void wait_used(struct vring *ring, u32 *len);
u32 offered(u32 bar, u32 select);

#endif
