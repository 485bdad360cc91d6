/* SPDX-License-Identifier: GPL-2.0 */
/* Virtio 1.0 devices behind the emulated PCI bus */
#ifndef LGUEST_HOST_VIRTIO_H
#define LGUEST_HOST_VIRTIO_H

#include "host.h"

#define VIRTIO_NET	1
#define VIRTIO_BLOCK	2
#define VIRTIO_CONSOLE	3
#define VIRTIO_RNG	4

#define VIRTIO_F_INDIRECT_DESC	(1ull << 28)
#define VIRTIO_F_VERSION_1	(1ull << 32)

#define QUEUE_SIZE	256
#define MAX_QUEUES	2
#define MAX_DEVICES	16
/* Pieces of one chain; with an indirect table it may be as long as a queue. */
#define MAX_PIECES	QUEUE_SIZE
#define CONFIG_WORDS	64

/* Layout of BAR 0 */
#define BAR_COMMON	0x00
#define BAR_COMMON_SIZE	0x38
#define BAR_NOTIFY	0x38
#define BAR_ISR		0x3a
#define BAR_CONFIG	0x3c

struct queue {
	u16 size;
	bool enabled;
	u32 desc, avail, used;
	u16 last_avail;
	bool notified;
	bool used_something;
};

struct piece {
	u8 *data;
	u32 len;
};

/* What the driver has put into a queue: first what it gives, then what it wants filled */
struct chain {
	u16 head;
	u32 nr_out, nr_in;
	struct piece out[MAX_PIECES], in[MAX_PIECES];
};

struct device {
	const char *name;
	u8 type;
	u16 class;
	u64 offered;
	u32 nr_queues;
	u32 config_len;
	u8 config[0x24];
	/* There may be something in a queue, after DRIVER_OK. */
	void (*notify)(struct device *d, u32 queue);
	void (*reset)(struct device *d);
	/* Which of its kind */
	u32 unit;

	u32 pci[CONFIG_WORDS];
	u32 mmio, mmio_size;
	u32 irq;

	u64 accepted;
	u32 feature_select, guest_feature_select;
	u8 status;
	bool status_read;
	u8 isr;
	u16 queue_select;
	struct queue queue[MAX_QUEUES];
};

extern struct device devices[MAX_DEVICES];
extern u32 nr_devices;

/* The driver has broken a rule: the launcher ends. */
void bad_driver(const struct device *d, const char *fmt, ...) __noreturn __printf(2, 3);

/* virtio.c */
void virtio_reset(struct device *d);
void virtio_write(struct device *d, u32 offset, u32 size, u32 val);
u32 virtio_read(struct device *d, u32 offset, u32 size);
bool driver_ready(const struct device *d);
/* The next chain of a queue; false: none */
bool next_chain(struct device *d, u32 queue, struct chain *c);
bool queue_empty(struct device *d, u32 queue);
void chain_done(struct device *d, u32 queue, const struct chain *c, u32 written);
/* After one or more chain_done(): an interrupt, unless the driver wants none */
void queue_interrupt(struct device *d, u32 queue);
u32 pieces_len(const struct piece *p, u32 n);
/* From or to pieces at an offset in their bytes; give what there was */
u32 pieces_read(const struct piece *p, u32 n, u32 offset, void *to, u32 len);
u32 pieces_write(const struct piece *p, u32 n, u32 offset, const void *from, u32 len);

/* One for each kind of device: fill in what is particular. */
void console_setup(struct device *d);
void block_setup(struct device *d);
void net_setup(struct device *d, const char *arg);
void rng_setup(struct device *d);

#endif
