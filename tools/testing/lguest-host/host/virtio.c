// SPDX-License-Identifier: GPL-2.0
/*
 * What all virtio devices have: registers and queues. Rules of virtio 1.0 that
 * a driver must keep are checked, and breaking one is the end, as with the
 * launcher.
 */
#include "virtio.h"

#define STATUS_ACKNOWLEDGE	0x01
#define STATUS_DRIVER		0x02
#define STATUS_DRIVER_OK	0x04
#define STATUS_FEATURES_OK	0x08

#define NO_VECTOR	0xffff

/* Registers of the common configuration */
enum {
	R_DEVICE_FEATURE_SELECT = 0x00,
	R_DEVICE_FEATURE = 0x04,
	R_DRIVER_FEATURE_SELECT = 0x08,
	R_DRIVER_FEATURE = 0x0c,
	R_MSIX_CONFIG = 0x10,
	R_NUM_QUEUES = 0x12,
	R_DEVICE_STATUS = 0x14,
	R_CONFIG_GENERATION = 0x15,
	R_QUEUE_SELECT = 0x16,
	R_QUEUE_SIZE = 0x18,
	R_QUEUE_MSIX_VECTOR = 0x1a,
	R_QUEUE_ENABLE = 0x1c,
	R_QUEUE_NOTIFY_OFF = 0x1e,
	R_QUEUE_DESC_LO = 0x20,
	R_QUEUE_DESC_HI = 0x24,
	R_QUEUE_AVAIL_LO = 0x28,
	R_QUEUE_AVAIL_HI = 0x2c,
	R_QUEUE_USED_LO = 0x30,
	R_QUEUE_USED_HI = 0x34,
};

#define EMERG_WR	(BAR_CONFIG + 8)

struct vring_desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

#define DESC_NEXT	1
#define DESC_WRITE	2
#define DESC_INDIRECT	4

struct vring_used_elem {
	u32 id, len;
};

#define AVAIL_NO_INTERRUPT	1

/* A queue was notified. */
static bool work;

void bad_driver(const struct device *d, const char *fmt, ...)
{
	char what[128];
	va_list ap;

	va_start(ap, fmt);
	vformat(what, sizeof(what), fmt, ap);
	va_end(ap);
	die("%s: bad driver: %s", d->name, what);
}

void virtio_reset(struct device *d)
{
	u32 i;

	d->accepted = 0;
	d->feature_select = 0;
	d->guest_feature_select = 0;
	d->status = 0;
	d->status_read = false;
	d->isr = 0;
	d->queue_select = 0;
	memset(d->queue, 0, sizeof(d->queue));
	for (i = 0; i < d->nr_queues; i++)
		d->queue[i].size = QUEUE_SIZE;
	if (d->reset)
		d->reset(d);
}

bool driver_ready(const struct device *d)
{
	return d->status & STATUS_DRIVER_OK;
}

/*
 * The launcher has a thread for each queue, so the driver goes on first. It may
 * not count on anything having been done when its notification is over.
 */
static void notified(struct device *d, u32 queue)
{
	d->queue[queue].notified = true;
	work = true;
	tick_soon();
}

void virtio_work(void)
{
	u32 i, j;

	if (!work)
		return;
	work = false;
	for (i = 1; i < nr_devices; i++) {
		for (j = 0; j < devices[i].nr_queues; j++) {
			if (!devices[i].queue[j].notified)
				continue;
			devices[i].queue[j].notified = false;
			devices[i].notify(&devices[i], j);
		}
	}
}

static void write_status(struct device *d, u8 val)
{
	u8 added = val & ~d->status;
	u32 i;

	if (!val) {
		virtio_reset(d);
		return;
	}
	if (d->status & ~val)
		bad_driver(d, "unset of device status bits %#x -> %#x", d->status, val);
	switch (added) {
	case 0:
	case STATUS_ACKNOWLEDGE:
		break;
	case STATUS_DRIVER:
		if (!(d->status & STATUS_ACKNOWLEDGE))
			bad_driver(d, "DRIVER without ACKNOWLEDGE");
		break;
	case STATUS_FEATURES_OK:
		if (!(d->status & STATUS_DRIVER))
			bad_driver(d, "FEATURES_OK without DRIVER");
		if (!(d->accepted & VIRTIO_F_VERSION_1))
			bad_driver(d, "FEATURES_OK without VERSION_1");
		break;
	case STATUS_DRIVER_OK:
		if (!(d->status & STATUS_FEATURES_OK))
			bad_driver(d, "DRIVER_OK without FEATURES_OK");
		for (i = 0; i < d->nr_queues; i++)
			if (!d->queue[i].enabled)
				bad_driver(d, "DRIVER_OK with queue %u not enabled", i);
		break;
	default:
		bad_driver(d, "device status %#x -> %#x", d->status, val);
	}
	d->status = val;
	if (added == STATUS_DRIVER_OK)
		for (i = 0; i < d->nr_queues; i++)
			notified(d, i);
}

static void after_driver(const struct device *d, const char *what)
{
	if (!(d->status & STATUS_DRIVER))
		bad_driver(d, "%s before DRIVER", what);
}

static void write_feature(struct device *d, u32 val)
{
	u32 shift = d->guest_feature_select * 32;

	if (d->status & STATUS_FEATURES_OK)
		bad_driver(d, "features written after FEATURES_OK");
	d->accepted = (d->accepted & ~(0xffffffffull << shift)) | (u64)val << shift;
	if (d->accepted & ~d->offered)
		bad_driver(d, "features %08x%08x accepted of %08x%08x",
			   (u32)(d->accepted >> 32), (u32)d->accepted,
			   (u32)(d->offered >> 32), (u32)d->offered);
}

static struct queue *selected(struct device *d)
{
	return d->queue_select < d->nr_queues ? &d->queue[d->queue_select] : NULL;
}

/* The selected queue, which the driver is about to change */
static struct queue *changeable(struct device *d)
{
	struct queue *q = selected(d);

	if (!q)
		bad_driver(d, "there is no queue %u", d->queue_select);
	if (!(d->status & STATUS_FEATURES_OK))
		bad_driver(d, "queue set up before FEATURES_OK");
	if (!d->status_read)
		bad_driver(d, "FEATURES_OK not read back");
	if (d->status & STATUS_DRIVER_OK)
		bad_driver(d, "queue changed after DRIVER_OK");
	if (q->enabled)
		bad_driver(d, "queue changed after it was enabled");
	return q;
}

static void enable_queue(struct device *d, struct queue *q)
{
	u16 flags;

	if (q->desc % 16 || q->avail % 2 || q->used % 4)
		bad_driver(d, "queue %u is not aligned: %#x %#x %#x", d->queue_select, q->desc,
			   q->avail, q->used);
	if (!q->desc || !q->avail || !q->used ||
	    !guest_address_ok(q->desc, q->size * sizeof(struct vring_desc)) ||
	    !guest_address_ok(q->avail, 6 + q->size * 2) ||
	    !guest_address_ok(q->used, 6 + q->size * sizeof(struct vring_used_elem)))
		bad_driver(d, "queue %u is not in memory: %#x %#x %#x", d->queue_select, q->desc,
			   q->avail, q->used);
	guest_read(q->used, &flags, 2);
	if (flags)
		bad_driver(d, "used.flags of queue %u are %#x", d->queue_select, flags);
	q->enabled = true;
}

static void width(const struct device *d, u32 offset, u32 size, u32 must)
{
	if (size != must)
		bad_driver(d, "access of %u bits to offset %#x at %#x", size * 8, offset, regs->eip);
}

void virtio_write(struct device *d, u32 offset, u32 size, u32 val)
{
	struct queue *q;

	trace(2, "%s: offset %02x = %x (%u) at %08x", d->name, offset, val, size, regs->eip);
	/* For messages before there is a driver */
	if (d->type == VIRTIO_CONSOLE && offset == EMERG_WR) {
		u8 c = val;

		width(d, offset, size, 4);
		serial_write(&c, 1);
		return;
	}
	switch (offset) {
	case R_DEVICE_FEATURE_SELECT:
		width(d, offset, size, 4);
		after_driver(d, "features");
		if (val > 1)
			bad_driver(d, "feature select %u", val);
		d->feature_select = val;
		return;
	case R_DRIVER_FEATURE_SELECT:
		width(d, offset, size, 4);
		after_driver(d, "features");
		if (val > 1)
			bad_driver(d, "feature select %u", val);
		d->guest_feature_select = val;
		return;
	case R_DRIVER_FEATURE:
		width(d, offset, size, 4);
		after_driver(d, "features");
		write_feature(d, val);
		return;
	case R_DEVICE_STATUS:
		width(d, offset, size, 1);
		write_status(d, val);
		return;
	case R_QUEUE_SELECT:
		width(d, offset, size, 2);
		d->queue_select = val;
		return;
	case R_QUEUE_SIZE:
		width(d, offset, size, 2);
		q = changeable(d);
		if (!val || val & (val - 1) || val > QUEUE_SIZE)
			bad_driver(d, "queue size %u", val);
		q->size = val;
		return;
	case R_QUEUE_ENABLE:
		width(d, offset, size, 2);
		q = changeable(d);
		if (val != 1)
			bad_driver(d, "queue_enable = %u", val);
		enable_queue(d, q);
		return;
	case R_QUEUE_DESC_LO:
		width(d, offset, size, 4);
		changeable(d)->desc = val;
		return;
	case R_QUEUE_AVAIL_LO:
		width(d, offset, size, 4);
		changeable(d)->avail = val;
		return;
	case R_QUEUE_USED_LO:
		width(d, offset, size, 4);
		changeable(d)->used = val;
		return;
	case R_QUEUE_DESC_HI:
	case R_QUEUE_AVAIL_HI:
	case R_QUEUE_USED_HI:
		width(d, offset, size, 4);
		changeable(d);
		if (val)
			bad_driver(d, "queue address above 4 GiB");
		return;
	case BAR_NOTIFY:
		width(d, offset, size, 2);
		if (val >= d->nr_queues)
			bad_driver(d, "notify for queue %u", val);
		if (!driver_ready(d))
			bad_driver(d, "notify before DRIVER_OK");
		notified(d, val);
		return;
	}
	bad_driver(d, "write to offset %#x at %#x", offset, regs->eip);
}

static u32 read_register(struct device *d, u32 offset, u32 *must)
{
	struct queue *q = selected(d);
	u32 val;

	*must = 4;
	switch (offset) {
	case R_DEVICE_FEATURE_SELECT:
		after_driver(d, "features");
		return d->feature_select;
	case R_DEVICE_FEATURE:
		after_driver(d, "features");
		return d->offered >> d->feature_select * 32;
	case R_DRIVER_FEATURE_SELECT:
		after_driver(d, "features");
		return d->guest_feature_select;
	case R_DRIVER_FEATURE:
		after_driver(d, "features");
		return d->accepted >> d->guest_feature_select * 32;
	case R_QUEUE_DESC_LO:
		return q ? q->desc : 0;
	case R_QUEUE_AVAIL_LO:
		return q ? q->avail : 0;
	case R_QUEUE_USED_LO:
		return q ? q->used : 0;
	case R_QUEUE_DESC_HI:
	case R_QUEUE_AVAIL_HI:
	case R_QUEUE_USED_HI:
		return 0;
	}
	*must = 2;
	switch (offset) {
	case R_NUM_QUEUES:
		return d->nr_queues;
	case R_QUEUE_SELECT:
		return d->queue_select;
	case R_QUEUE_SIZE:
		return q ? q->size : 0;
	case R_QUEUE_ENABLE:
		return q && q->enabled;
	case R_QUEUE_NOTIFY_OFF:
		return 0;
	}
	*must = 1;
	switch (offset) {
	case R_DEVICE_STATUS:
		if (d->status & STATUS_FEATURES_OK)
			d->status_read = true;
		return d->status;
	case R_CONFIG_GENERATION:
		return 0;
	case BAR_ISR:
		val = d->isr;
		d->isr = 0;
		return val;
	}
	bad_driver(d, "read of offset %#x at %#x", offset, regs->eip);
}

u32 virtio_read(struct device *d, u32 offset, u32 size)
{
	u32 must, val = 0;

	if (offset >= BAR_CONFIG) {
		after_driver(d, "device configuration");
		if (offset + size > BAR_CONFIG + d->config_len)
			bad_driver(d, "read of offset %#x at %#x", offset, regs->eip);
		memcpy(&val, d->config + offset - BAR_CONFIG, size);
	} else {
		val = read_register(d, offset, &must);
		width(d, offset, size, must);
	}
	trace(2, "%s: offset %02x is %x (%u) at %08x", d->name, offset, val, size, regs->eip);
	return val;
}

static u16 avail16(const struct queue *q, u32 offset)
{
	return *(volatile u16 *)(guest.base + q->avail + offset);
}

bool queue_empty(struct device *d, u32 nr)
{
	struct queue *q = &d->queue[nr];
	u16 ahead;

	if (!q->enabled || !driver_ready(d))
		return true;
	ahead = avail16(q, 2) - q->last_avail;
	if (ahead > q->size)
		bad_driver(d, "avail.idx of queue %u went from %u to %u", nr, q->last_avail,
			   avail16(q, 2));
	return !ahead;
}

static void add_piece(struct device *d, struct chain *c, const struct vring_desc *desc)
{
	struct piece *p;

	if (desc->addr >> 32 || !guest_address_ok(desc->addr, desc->len))
		bad_driver(d, "invalid address %#x, length %u", (u32)desc->addr, desc->len);
	if (c->nr_out + c->nr_in == MAX_PIECES)
		bad_driver(d, "looped descriptor");
	if (desc->flags & DESC_WRITE) {
		p = &c->in[c->nr_in++];
	} else {
		if (c->nr_in)
			bad_driver(d, "descriptor to read behind one to write");
		p = &c->out[c->nr_out++];
	}
	p->data = guest.base + (u32)desc->addr;
	p->len = desc->len;
}

static void walk(struct device *d, struct chain *c, u32 table, u32 n, u32 i, bool indirect)
{
	struct vring_desc desc;

	for (;;) {
		if (i >= n)
			bad_driver(d, "descriptor %u of %u", i, n);
		guest_read(table + i * sizeof(desc), &desc, sizeof(desc));
		if (desc.flags & DESC_INDIRECT) {
			if (!(d->accepted & VIRTIO_F_INDIRECT_DESC))
				bad_driver(d, "indirect descriptor, which was not negotiated");
			if (indirect)
				bad_driver(d, "indirect descriptor in an indirect table");
			if (desc.flags & DESC_NEXT)
				bad_driver(d, "indirect descriptor with a next one");
			if (!desc.len || desc.len % sizeof(desc) || desc.addr >> 32 ||
			    !guest_address_ok(desc.addr, desc.len))
				bad_driver(d, "indirect table at %#x, length %u", (u32)desc.addr,
					   desc.len);
			walk(d, c, desc.addr, desc.len / sizeof(desc), 0, true);
			return;
		}
		add_piece(d, c, &desc);
		if (!(desc.flags & DESC_NEXT))
			return;
		i = desc.next;
	}
}

bool next_chain(struct device *d, u32 nr, struct chain *c)
{
	struct queue *q = &d->queue[nr];

	if (queue_empty(d, nr))
		return false;
	c->head = avail16(q, 4 + q->last_avail % q->size * 2);
	c->nr_out = 0;
	c->nr_in = 0;
	q->last_avail++;
	walk(d, c, q->desc, q->size, c->head, false);
	return true;
}

void chain_done(struct device *d, u32 nr, const struct chain *c, u32 written)
{
	struct queue *q = &d->queue[nr];
	struct vring_used_elem e = { c->head, written };
	volatile u16 *idx = (u16 *)(guest.base + q->used + 2);

	guest_write(q->used + 4 + *idx % q->size * sizeof(e), &e, sizeof(e));
	*idx = *idx + 1;
	q->used_something = true;
}

void queue_interrupt(struct device *d, u32 nr)
{
	struct queue *q = &d->queue[nr];

	if (!q->used_something)
		return;
	q->used_something = false;
	if (avail16(q, 0) & AVAIL_NO_INTERRUPT)
		return;
	d->isr = 1;
	set_virq(d->irq);
}

u32 pieces_len(const struct piece *p, u32 n)
{
	u32 len = 0;

	for (; n; n--, p++)
		len += p->len;
	return len;
}

static u32 pieces_copy(const struct piece *p, u32 n, u32 offset, void *mine, u32 len, bool write)
{
	u32 done = 0, part;

	for (; n && done < len; n--, p++) {
		if (offset >= p->len) {
			offset -= p->len;
			continue;
		}
		part = p->len - offset;
		if (part > len - done)
			part = len - done;
		if (write)
			memcpy(p->data + offset, (u8 *)mine + done, part);
		else
			memcpy((u8 *)mine + done, p->data + offset, part);
		done += part;
		offset = 0;
	}
	return done;
}

u32 pieces_read(const struct piece *p, u32 n, u32 offset, void *to, u32 len)
{
	return pieces_copy(p, n, offset, to, len, false);
}

u32 pieces_write(const struct piece *p, u32 n, u32 offset, const void *from, u32 len)
{
	return pieces_copy(p, n, offset, (void *)from, len, true);
}
