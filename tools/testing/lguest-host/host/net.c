// SPDX-License-Identifier: GPL-2.0
/*
 * A network device, and what is at the other end of the wire: frames from the
 * guest go to peer_frame(), and that sends by net_send().
 */
#include "virtio.h"
#include "net.h"

#define F_CSUM		(1ull << 0)
#define F_GUEST_CSUM	(1ull << 1)
#define F_MAC		(1ull << 5)
#define F_GUEST_TSO4	(1ull << 7)
#define F_GUEST_TSO6	(1ull << 8)
#define F_GUEST_ECN	(1ull << 9)
#define F_HOST_TSO4	(1ull << 11)
#define F_HOST_TSO6	(1ull << 12)
#define F_HOST_ECN	(1ull << 13)

#define QUEUE_RX	0
#define QUEUE_TX	1

struct header {
	u8 flags, gso_type;
	u16 hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};

_Static_assert(sizeof(struct header) == 12, "size of the header of a virtio 1.0 frame");

#define HDR_NEEDS_CSUM	1
#define GSO_NONE	0
#define GSO_TCPV4	1
#define GSO_TCPV6	4
#define GSO_ECN		0x80

#define CONFIG_LEN	12

static struct device *net;
static struct chain chain;
static u8 frame[MAX_FRAME];

bool net_can_send(void)
{
	return net && !queue_empty(net, QUEUE_RX);
}

void net_send(const void *data, u32 len)
{
	struct header h = { .num_buffers = 1 };

	if (!net || !next_chain(net, QUEUE_RX, &chain))
		return;
	if (chain.nr_out || pieces_len(chain.in, chain.nr_in) < sizeof(h) + len)
		bad_driver(net, "a receive buffer of %u bytes, %u not to be written",
			   pieces_len(chain.in, chain.nr_in), chain.nr_out);
	pieces_write(chain.in, chain.nr_in, 0, &h, sizeof(h));
	pieces_write(chain.in, chain.nr_in, sizeof(h), data, len);
	chain_done(net, QUEUE_RX, &chain, sizeof(h) + len);
}

static void check_header(const struct device *d, const struct header *h, u32 len)
{
	u8 gso = h->gso_type & ~GSO_ECN;

	if (h->flags & ~HDR_NEEDS_CSUM)
		bad_driver(d, "header flags %#x", h->flags);
	if (h->flags & HDR_NEEDS_CSUM) {
		if (!(d->accepted & F_CSUM))
			bad_driver(d, "NEEDS_CSUM, which was not negotiated");
		if (h->csum_start + h->csum_offset + 2u > len)
			bad_driver(d, "checksum at %u + %u of %u", h->csum_start, h->csum_offset,
				   len);
	}
	if (gso != GSO_NONE &&
	    !(gso == GSO_TCPV4 && d->accepted & F_HOST_TSO4) &&
	    !(gso == GSO_TCPV6 && d->accepted & F_HOST_TSO6))
		bad_driver(d, "gso_type %#x, which was not negotiated", h->gso_type);
	if (h->gso_type & GSO_ECN && !(d->accepted & F_HOST_ECN))
		bad_driver(d, "GSO_ECN, which was not negotiated");
}

static void notify(struct device *d, u32 queue)
{
	struct header h;
	u32 len;

	while (queue == QUEUE_TX && next_chain(d, QUEUE_TX, &chain)) {
		len = pieces_len(chain.out, chain.nr_out);
		if (chain.nr_in || len < sizeof(h) || len - sizeof(h) > sizeof(frame))
			bad_driver(d, "a frame of %u bytes, %u buffers to be written", len,
				   chain.nr_in);
		len -= sizeof(h);
		pieces_read(chain.out, chain.nr_out, 0, &h, sizeof(h));
		check_header(d, &h, len);
		pieces_read(chain.out, chain.nr_out, sizeof(h), frame, len);
		chain_done(d, QUEUE_TX, &chain, 0);
		/* What is sent in answer uses the same chain. */
		peer_frame(frame, len, h.flags & HDR_NEEDS_CSUM);
	}
	peer_poll();
	queue_interrupt(d, QUEUE_TX);
	queue_interrupt(d, QUEUE_RX);
}

static void reset(struct device *d)
{
	(void)d;
	peer_reset();
}

static u8 hex_digit(const char *arg, char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	die("host: not a MAC address: %s", arg);
}

void net_setup(struct device *d, const char *arg)
{
	u32 i;

	if (net)
		die("host: more than one network");
	net = d;
	d->name = "net";
	d->type = VIRTIO_NET;
	d->class = 0x0200;
	d->offered = VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | F_CSUM | F_GUEST_CSUM |
		     F_GUEST_TSO4 | F_GUEST_TSO6 | F_GUEST_ECN |
		     F_HOST_TSO4 | F_HOST_TSO6 | F_HOST_ECN;
	d->nr_queues = 2;
	d->config_len = CONFIG_LEN;
	d->notify = notify;
	d->reset = reset;
	if (!arg)
		return;
	d->offered |= F_MAC;
	if (strlen(arg) != 17)
		die("host: not a MAC address: %s", arg);
	for (i = 0; i < 6; i++) {
		d->config[i] = hex_digit(arg, arg[i * 3]) << 4 | hex_digit(arg, arg[i * 3 + 1]);
		if (i < 5 && arg[i * 3 + 2] != ':')
			die("host: not a MAC address: %s", arg);
	}
}
