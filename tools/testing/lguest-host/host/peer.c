// SPDX-License-Identifier: GPL-2.0
/*
 * The only neighbour on the guest's network, 192.168.19.1: it answers ARP and
 * pings, and sends back what comes to UDP and TCP port 7.
 *
 * Nothing is lost on the way to the guest, as frames wait for its buffers, so
 * there is no retransmission; what the guest loses, it repeats itself.
 */
#include "net.h"

#define PEER_ADDRESS	0xc0a81301u	/* 192.168.19.1 */
#define PORT_ECHO	7

#define ETH_ARP		0x0806
#define ETH_IP		0x0800

#define IP_ICMP		1
#define IP_TCP		6
#define IP_UDP		17
#define IP_FRAGMENT	0x3fff		/* offset, and that more come */

#define ICMP_ECHO	8
#define ICMP_REPLY	0

#define TCP_FIN		0x01
#define TCP_SYN		0x02
#define TCP_RST		0x04
#define TCP_PSH		0x08
#define TCP_ACK		0x10
#define TCP_MSS_OPTION	2
#define DEFAULT_MSS	536
#define MAX_MSS		1460

struct eth {
	u8 to[6], from[6];
	u16 type;
} __packed;

struct arp {
	u16 hardware, protocol;
	u8 hardware_len, protocol_len;
	u16 op;
	u8 from_mac[6];
	u32 from;
	u8 to_mac[6];
	u32 to;
} __packed;

struct ip {
	u8 version_len, tos;
	u16 len, id, fragment;
	u8 ttl, protocol;
	u16 sum;
	u32 from, to;
} __packed;

struct udp {
	u16 from, to, len, sum;
};

struct tcp {
	u16 from, to;
	u32 seq, ack;
	u8 offset, flags;
	u16 window, sum, urgent;
};

_Static_assert(sizeof(struct eth) == 14, "Ethernet header");
_Static_assert(sizeof(struct arp) == 28, "ARP packet");
_Static_assert(sizeof(struct ip) == 20, "IP header");
_Static_assert(sizeof(struct tcp) == 20, "TCP header");

enum tcp_state { CLOSED, SYN_RECEIVED, OPEN, CLOSING, LAST_ACK };

/* The echo's side of a connection. What has come is in the ring until it is acknowledged. */
struct connection {
	enum tcp_state state;
	u8 mac[6];
	u32 address;
	u16 port;
	u32 rcv_next;
	/* First byte not acknowledged, and first one not sent */
	u32 snd_una, snd_next;
	u32 window;
	u32 mss;
	bool ack_owed;
	u8 ring[32768];
	u32 first, len;
};

static const u8 peer_mac[6] = { 0x02, 0x00, 0x6c, 0x67, 0x00, 0x01 };
static struct connection connections[8];
static u32 next_seq = 1;

/* A frame that is being made */
static struct {
	struct eth eth;
	struct ip ip;
	u8 data[2048];
} __packed out;

static u16 swap16(u16 v)
{
	return v << 8 | v >> 8;
}

static u32 swap32(u32 v)
{
	return __builtin_bswap32(v);
}

/* Sum of 16-bit words in network order, not yet folded */
static u32 sum(const void *data, u32 len, u32 start)
{
	const u8 *p = data;

	for (; len > 1; len -= 2, p += 2)
		start += p[0] << 8 | p[1];
	return len ? start + (p[0] << 8) : start;
}

static u16 fold(u32 v)
{
	while (v >> 16)
		v = (v & 0xffff) + (v >> 16);
	return ~v;
}

static u16 transport_sum(const struct ip *ip, const void *data, u32 len)
{
	u32 start = sum(&ip->from, 8, ip->protocol + len);

	return fold(sum(data, len, start));
}

static void send_eth(const u8 *to, u16 type, u32 len)
{
	memcpy(out.eth.to, to, 6);
	memcpy(out.eth.from, peer_mac, 6);
	out.eth.type = swap16(type);
	net_send(&out, sizeof(out.eth) + len);
}

/* out.data holds len bytes; *check, if not NULL, is where their checksum belongs. */
static void send_ip(const u8 *mac, u32 to, u8 protocol, u32 len, u16 *check)
{
	memset(&out.ip, 0, sizeof(out.ip));
	out.ip.version_len = 0x45;
	out.ip.len = swap16(sizeof(out.ip) + len);
	out.ip.ttl = 64;
	out.ip.protocol = protocol;
	out.ip.from = swap32(PEER_ADDRESS);
	out.ip.to = swap32(to);
	out.ip.sum = swap16(fold(sum(&out.ip, sizeof(out.ip), 0)));
	if (check) {
		*check = 0;
		*check = swap16(transport_sum(&out.ip, out.data, len));
	}
	send_eth(mac, ETH_IP, sizeof(out.ip) + len);
}

static void arp_frame(const struct eth *eth, const u8 *data, u32 len)
{
	const struct arp *in = (const void *)data;
	struct arp *a = (void *)&out.ip;

	if (len < sizeof(*in) || swap16(in->hardware) != 1 || swap16(in->protocol) != ETH_IP ||
	    swap16(in->op) != 1 || swap32(in->to) != PEER_ADDRESS)
		return;
	*a = *in;
	a->op = swap16(2);
	memcpy(a->to_mac, in->from_mac, 6);
	a->to = in->from;
	memcpy(a->from_mac, peer_mac, 6);
	a->from = in->to;
	send_eth(eth->from, ETH_ARP, sizeof(*a));
}

static void icmp_packet(const struct eth *eth, const struct ip *ip, const u8 *data, u32 len)
{
	if (len < 8 || len > sizeof(out.data) || data[0] != ICMP_ECHO || fold(sum(data, len, 0)))
		return;
	memcpy(out.data, data, len);
	out.data[0] = ICMP_REPLY;
	memset(out.data + 2, 0, 2);
	*(u16 *)(out.data + 2) = swap16(fold(sum(out.data, len, 0)));
	send_ip(eth->from, swap32(ip->from), IP_ICMP, len, NULL);
}

static void udp_packet(const struct eth *eth, const struct ip *ip, const u8 *data, u32 len,
		       bool partial)
{
	const struct udp *in = (const void *)data;
	struct udp *u = (void *)out.data;

	if (len < sizeof(*in) || swap16(in->len) > len || swap16(in->len) < sizeof(*in) ||
	    swap16(in->to) != PORT_ECHO || swap16(in->len) > sizeof(out.data))
		return;
	len = swap16(in->len);
	if (!partial && in->sum && transport_sum(ip, data, len))
		return;
	memcpy(out.data, data, len);
	u->from = in->to;
	u->to = in->from;
	send_ip(eth->from, swap32(ip->from), IP_UDP, len, &u->sum);
}

static void tcp_send(struct connection *c, u32 seq, u8 flags, u32 offset, u32 len)
{
	struct tcp *t = (void *)out.data;
	u8 *to = out.data + sizeof(*t);
	u32 i;

	memset(t, 0, sizeof(*t));
	t->from = swap16(PORT_ECHO);
	t->to = swap16(c->port);
	t->seq = swap32(seq);
	t->ack = swap32(c->rcv_next);
	t->offset = sizeof(*t) / 4 << 4;
	t->flags = flags | TCP_ACK;
	t->window = swap16(sizeof(c->ring) - c->len);
	if (flags & TCP_SYN) {
		to[0] = TCP_MSS_OPTION;
		to[1] = 4;
		to[2] = MAX_MSS >> 8;
		to[3] = MAX_MSS & 0xff;
		t->offset += 1 << 4;
		len = 4;
	} else {
		for (i = 0; i < len; i++)
			to[i] = c->ring[(c->first + offset + i) % sizeof(c->ring)];
	}
	c->ack_owed = false;
	send_ip(c->mac, c->address, IP_TCP, sizeof(*t) + len, &t->sum);
}

/* What there is to send, as far as the guest has buffers for it */
static void tcp_output(struct connection *c)
{
	u32 sent, len;

	if (c->state == CLOSED)
		return;
	while (c->state != SYN_RECEIVED && net_can_send()) {
		sent = c->snd_next - c->snd_una;
		/* In LAST_ACK, sent counts the FIN, too. */
		if (sent >= c->len || sent >= c->window)
			break;
		len = c->len - sent;
		if (len > c->mss)
			len = c->mss;
		if (len > c->window - sent)
			len = c->window - sent;
		tcp_send(c, c->snd_next, TCP_PSH, sent, len);
		c->snd_next += len;
	}
	if (c->state == CLOSING && c->snd_next - c->snd_una == c->len && net_can_send()) {
		tcp_send(c, c->snd_next, TCP_FIN, 0, 0);
		c->snd_next++;
		c->state = LAST_ACK;
	}
	if (c->ack_owed && net_can_send())
		tcp_send(c, c->snd_next, 0, 0, 0);
}

static struct connection *find_connection(u32 address, u16 port, bool open)
{
	struct connection *c, *unused = NULL;

	for (c = connections; c < connections + ARRAY_SIZE(connections); c++) {
		if (c->state == CLOSED)
			unused = c;
		else if (c->address == address && c->port == port)
			return c;
	}
	return open ? unused : NULL;
}

static u32 find_mss(const u8 *p, const u8 *end)
{
	while (p < end && *p) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || end - p < p[1])
			break;
		if (*p == TCP_MSS_OPTION && p[1] == 4)
			return p[2] << 8 | p[3];
		p += p[1];
	}
	return DEFAULT_MSS;
}

static void tcp_open(struct connection *c, const struct eth *eth, const struct ip *ip,
		     const struct tcp *in, const u8 *end)
{
	memset(c, 0, sizeof(*c));
	memcpy(c->mac, eth->from, 6);
	c->address = swap32(ip->from);
	c->port = swap16(in->from);
	c->rcv_next = swap32(in->seq) + 1;
	c->snd_una = next_seq;
	c->snd_next = next_seq + 1;
	next_seq += 0x10000;
	c->window = swap16(in->window);
	c->mss = find_mss((const u8 *)(in + 1), end);
	if (c->mss > MAX_MSS)
		c->mss = MAX_MSS;
	c->state = SYN_RECEIVED;
	tcp_send(c, c->snd_una, TCP_SYN, 0, 0);
}

static void tcp_acknowledged(struct connection *c, u32 ack)
{
	u32 n = ack - c->snd_una;

	if (!n || n > c->snd_next - c->snd_una)
		return;
	c->snd_una = ack;
	if (c->state == SYN_RECEIVED) {
		c->state = OPEN;
		n--;
	}
	if (n > c->len) {
		/* The FIN */
		c->state = CLOSED;
		return;
	}
	c->first = (c->first + n) % sizeof(c->ring);
	c->len -= n;
}

static void tcp_data(struct connection *c, const u8 *data, u32 len, bool fin)
{
	u32 room = sizeof(c->ring) - c->len, i;

	for (i = 0; i < len && i < room; i++)
		c->ring[(c->first + c->len++) % sizeof(c->ring)] = data[i];
	c->rcv_next += i;
	if (fin && i == len) {
		c->rcv_next++;
		c->state = CLOSING;
	}
}

static void tcp_packet(const struct eth *eth, const struct ip *ip, const u8 *data, u32 len,
		       bool partial)
{
	const struct tcp *in = (const void *)data;
	struct connection *c;
	u32 header, skip;

	if (len < sizeof(*in) || swap16(in->to) != PORT_ECHO)
		return;
	header = (in->offset >> 4) * 4;
	if (header < sizeof(*in) || header > len || (!partial && transport_sum(ip, data, len)))
		return;
	c = find_connection(swap32(ip->from), swap16(in->from), in->flags & TCP_SYN);
	if (!c)
		return;
	if (in->flags & TCP_SYN) {
		if (c->state == CLOSED || c->state == SYN_RECEIVED)
			tcp_open(c, eth, ip, in, data + header);
		return;
	}
	if (in->flags & TCP_RST) {
		c->state = CLOSED;
		return;
	}
	if (in->flags & TCP_ACK)
		tcp_acknowledged(c, swap32(in->ack));
	if (c->state == CLOSED)
		return;
	c->window = swap16(in->window);
	data += header;
	len -= header;
	if (len || in->flags & TCP_FIN)
		c->ack_owed = true;
	/* What is known already comes again; what is beyond the next byte has to. */
	skip = c->rcv_next - swap32(in->seq);
	if (c->state == OPEN && skip <= len)
		tcp_data(c, data + skip, len - skip, in->flags & TCP_FIN);
	tcp_output(c);
}

static void ip_packet(const struct eth *eth, const u8 *data, u32 len, bool partial)
{
	const struct ip *ip = (const void *)data;
	u32 header, total;

	if (len < sizeof(*ip))
		return;
	header = (ip->version_len & 15) * 4;
	total = swap16(ip->len);
	if (ip->version_len >> 4 != 4 || header < sizeof(*ip) || total < header || total > len ||
	    swap16(ip->fragment) & IP_FRAGMENT || swap32(ip->to) != PEER_ADDRESS ||
	    fold(sum(data, header, 0)))
		return;
	data += header;
	len = total - header;
	switch (ip->protocol) {
	case IP_ICMP:
		icmp_packet(eth, ip, data, len);
		break;
	case IP_UDP:
		udp_packet(eth, ip, data, len, partial);
		break;
	case IP_TCP:
		tcp_packet(eth, ip, data, len, partial);
		break;
	}
}

void peer_frame(const u8 *data, u32 len, bool partial)
{
	const struct eth *eth = (const void *)data;

	if (len < sizeof(*eth))
		return;
	data += sizeof(*eth);
	len -= sizeof(*eth);
	switch (swap16(eth->type)) {
	case ETH_ARP:
		arp_frame(eth, data, len);
		break;
	case ETH_IP:
		if (!memcmp(eth->to, peer_mac, 6))
			ip_packet(eth, data, len, partial);
		break;
	}
}

void peer_poll(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(connections); i++)
		tcp_output(&connections[i]);
}

void peer_reset(void)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(connections); i++)
		connections[i].state = CLOSED;
}
