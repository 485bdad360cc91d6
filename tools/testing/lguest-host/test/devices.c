// SPDX-License-Identifier: GPL-2.0
/*
 * Drives all devices as a driver should: lines "ok NAME" and "not ok NAME", and
 * "all checks done". run_tests.py types, looks at the disk, and knows how often
 * this guest starts again.
 */
#include "virtio.h"

#define SECTOR		512
/* As run_tests.py makes it */
#define DISK_SECTORS	64
#define PATTERN(i)	((u8)((i) * 7))

#define F_VERSION_1_HIGH	1u

static u8 buf[8192] __attribute__((aligned(4096)));
static u8 status;
static struct {
	u32 type, ioprio;
	u64 sector;
} request;

static void clear(void *to, u32 len)
{
	u8 *p = to;

	while (len--)
		*p++ = 0;
}

static void copy(void *to, const void *from, u32 len)
{
	const u8 *q = from;
	u8 *p = to;

	while (len--)
		*p++ = *q++;
}

static bool equal(const void *a, const void *b, u32 len)
{
	const u8 *p = a, *q = b;

	while (len && *p++ == *q++)
		len--;
	return !len;
}

static u32 start(u32 type, u32 low, u32 want_low, u32 queues)
{
	u32 irq = 0, bar = find_device(type, &irq), i;

	clear(rings, sizeof(rings));
	driver(bar);
	check(offered(bar, 0) == want_low && offered(bar, 1) == F_VERSION_1_HIGH,
	      "what it offers");
	features(bar, low);
	check_value(read16(bar + R_NUM_QUEUES), queues, "how many queues it has");
	for (i = 0; i < queues; i++) {
		write16(bar + R_QUEUE_SELECT, i);
		if (read16(bar + R_QUEUE_SIZE) != RING)
			check(false, "256 entries a queue");
		queue(bar, i, &rings[i]);
	}
	write16(bar + R_QUEUE_SELECT, queues);
	check_value(read16(bar + R_QUEUE_SIZE), 0, "no queue behind the last one");
	device_ok(bar);
	gate(32 + irq, GATE_INTERRUPT);
	return bar;
}

/* Console */

static void check_console(void)
{
	static const char hello[] = "by the queue\n", more[] = "in two pieces\n";
	u32 bar, len, n = 0, i;

	say("console\n");
	bar = start(3, 0, 1 << 2, 2);
	describe(&rings[1], 0, (void *)hello, sizeof(hello) - 1, 0);
	offer(bar, 1, &rings[1], 0);
	wait_used(&rings[1], &len);
	check_value(len, 0, "nothing of an output buffer is written");
	describe(&rings[1], 1, (void *)more, 3, D_NEXT);
	describe(&rings[1], 2, (void *)(more + 3), sizeof(more) - 4, 0);
	offer(bar, 1, &rings[1], 1);
	wait_used(&rings[1], &len);
	lg.irq_enabled = 0x200;
	hcall(HC_SEND_INTERRUPTS, 0, 0, 0, 0);
	lg.irq_enabled = 0;
	check(trap_count[33], "an interrupt for them");

	say("type\n");
	/* A line comes in pieces, as it is typed. */
	for (i = 0; !n || buf[n - 1] != '\r'; i++, n += len) {
		describe(&rings[0], 0, buf + n, 100, D_WRITE);
		offer(bar, 0, &rings[0], 0);
		wait_used(&rings[0], &len);
	}
	buf[n - 1] = 0;
	check(same((char *)buf, "typed on the host"), "what is typed");
	write8(bar + R_STATUS, 0);
}

/* Block */

static u32 block_request(u32 bar, u32 type, u64 sector, u32 len, u16 dir)
{
	u32 written, half = len / 2, n = 0;

	status = 0xff;
	request.type = type;
	request.sector = sector;
	describe(&rings[0], n++, &request, sizeof(request), D_NEXT);
	if (len) {
		describe(&rings[0], n++, buf, half, D_NEXT | dir);
		describe(&rings[0], n++, buf + half, len - half, D_NEXT | dir);
	}
	describe(&rings[0], n, &status, 1, D_WRITE);
	offer(bar, 0, &rings[0], 0);
	wait_used(&rings[0], &written);
	return written;
}

static bool is_pattern(u32 from, u32 len, u32 add)
{
	u32 i;

	for (i = 0; i < len; i++)
		if (buf[i] != (u8)(PATTERN(from + i) + add))
			return false;
	return true;
}

static void check_block(void)
{
	u32 bar, n, i;

	say("block\n");
	bar = start(2, 0, 1 << 2, 1);
	check(read32(bar + R_CONFIG) == DISK_SECTORS && !read32(bar + R_CONFIG + 4),
	      "its size");
	check_value(read32(bar + R_CONFIG + 12), 254, "seg_max");
	n = block_request(bar, 0, 3, 2 * SECTOR, D_WRITE);
	check(!status && n == 2 * SECTOR + 1 && is_pattern(3 * SECTOR, 2 * SECTOR, 0), "read");
	for (i = 0; i < 4 * SECTOR; i++)
		buf[i] = PATTERN(10 * SECTOR + i) + 1;
	n = block_request(bar, 1, 10, 4 * SECTOR, 0);
	check(!status && n == 1, "write");
	clear(buf, sizeof(buf));
	block_request(bar, 0, 9, 6 * SECTOR, D_WRITE);
	check(is_pattern(9 * SECTOR, SECTOR, 0), "what is before it");
	copy(buf, buf + SECTOR, 5 * SECTOR);
	check(is_pattern(10 * SECTOR, 4 * SECTOR, 1), "what was written");
	copy(buf, buf + 4 * SECTOR, SECTOR);
	check(is_pattern(14 * SECTOR, SECTOR, 0), "what is behind it");
	block_request(bar, 4, 0, 0, 0);
	check_value(status, 0, "flush");
	n = block_request(bar, 0, DISK_SECTORS - 1, 2 * SECTOR, D_WRITE);
	check(status == 1, "read past the end: an error");
	block_request(bar, 8, 0, SECTOR, D_WRITE);
	check_value(status, 2, "an unknown request");
	write8(bar + R_STATUS, 0);
}

/* RNG */

static void check_rng(void)
{
	u32 bar, len, i;

	say("rng\n");
	clear(buf, sizeof(buf));
	bar = start(4, 0, 0, 1);
	for (i = 0; i < 2; i++) {
		describe(&rings[0], 0, buf + i * 32, 29, D_WRITE);
		offer(bar, 0, &rings[0], 0);
		wait_used(&rings[0], &len);
		check_value(len, 29, "as many bytes as there is room for");
	}
	check(!equal(buf, buf + 32, 29), "not the same ones twice");
	check(!buf[29] && !buf[30], "none behind");
	say("random ");
	say_hex(*(u32 *)buf);
	say_char('\n');
	write8(bar + R_STATUS, 0);
}

/* Network: one frame to send, one to receive, each with the header of virtio 1.0 */

#define HEADER		12
#define FRAME		1526
#define GUEST_IP	0xc0a81302u
#define PEER_IP		0xc0a81301u
#define PORT		4242

static u8 out[HEADER + 4096], in[HEADER + FRAME];
static u32 net;
static u8 peer_mac[6];

static void put16(u8 *p, u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static u32 get16(const u8 *p)
{
	return p[0] << 8 | p[1];
}

static u32 get32(const u8 *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static u16 checksum(const u8 *p, u32 len, u32 v)
{
	for (; len > 1; len -= 2, p += 2)
		v += get16(p);
	if (len)
		v += *p << 8;
	while (v >> 16)
		v = (v & 0xffff) + (v >> 16);
	return ~v;
}

/* Send a frame of len bytes behind the header in "out"; the answer's length, in "in" */
static u32 exchange(u32 len, bool answer)
{
	u32 got = 0;

	describe(&rings[1], 0, out, HEADER, D_NEXT);
	describe(&rings[1], 1, out + HEADER, len, 0);
	offer(net, 1, &rings[1], 0);
	wait_used(&rings[1], &got);
	if (!answer)
		return 0;
	wait_used(&rings[0], &got);
	return got;
}

static void give_buffer(void)
{
	clear(in, sizeof(in));
	describe(&rings[0], 0, in, sizeof(in), D_WRITE);
	offer(net, 0, &rings[0], 0);
}

static void ethernet(u32 type)
{
	clear(out, sizeof(out));
	copy(out + HEADER, peer_mac, 6);
	copy(out + HEADER + 6, "\2\0\0\0\0\2", 6);
	put16(out + HEADER + 12, type);
}

/* An IP packet with len bytes, which are there already; checksum at an offset in them */
static u8 *ip_packet(u32 protocol, u32 len)
{
	u8 *ip = out + HEADER + 14;

	ip[0] = 0x45;
	put16(ip + 2, 20 + len);
	ip[8] = 64;
	ip[9] = protocol;
	put32(ip + 12, GUEST_IP);
	put32(ip + 16, PEER_IP);
	put16(ip + 10, checksum(ip, 20, 0));
	return ip + 20;
}

static u32 pseudo(u32 protocol, u32 len)
{
	return (GUEST_IP >> 16) + (GUEST_IP & 0xffff) + (PEER_IP >> 16) + (PEER_IP & 0xffff) +
	       protocol + len;
}

static void check_arp(void)
{
	u8 *arp = out + HEADER + 14;
	u32 len;

	for (len = 0; len < 6; len++)
		peer_mac[len] = 0xff;
	ethernet(0x0806);
	put16(arp, 1);
	put16(arp + 2, 0x0800);
	arp[4] = 6;
	arp[5] = 4;
	put16(arp + 6, 1);
	copy(arp + 8, out + HEADER + 6, 6);
	put32(arp + 14, GUEST_IP);
	put32(arp + 24, PEER_IP);
	give_buffer();
	len = exchange(14 + 28, true);
	arp = in + HEADER + 14;
	check(len == HEADER + 14 + 28 && get16(arp + 6) == 2 && get32(arp + 14) == PEER_IP &&
	      in[10] == 1, "ARP");
	copy(peer_mac, arp + 8, 6);
}

static void check_ping(void)
{
	u8 *icmp;
	u32 len, i;

	ethernet(0x0800);
	icmp = ip_packet(1, 64);
	icmp[0] = 8;
	for (i = 8; i < 64; i++)
		icmp[i] = i;
	put16(icmp + 2, checksum(icmp, 64, 0));
	give_buffer();
	len = exchange(14 + 20 + 64, true);
	check(len == HEADER + 14 + 20 + 64 && !in[HEADER + 34] &&
	      !checksum(in + HEADER + 34, 64, 0) && equal(in + HEADER + 42, icmp + 8, 56), "ping");
}

/* With partial: the device is to sum. */
static void check_udp(bool partial)
{
	static const char text[] = "echo this";
	u32 len = 8 + sizeof(text), got;
	u8 *udp;

	ethernet(0x0800);
	udp = ip_packet(17, len);
	put16(udp, PORT);
	put16(udp + 2, 7);
	put16(udp + 4, len);
	copy(udp + 8, text, sizeof(text));
	put16(udp + 6, partial ? (u16)~checksum(udp, 0, pseudo(17, len)) :
	      checksum(udp, len, pseudo(17, len)));
	if (partial) {
		out[0] = 1;
		*(u16 *)(out + 6) = 34;
		*(u16 *)(out + 8) = 6;
	}
	give_buffer();
	got = exchange(14 + 20 + len, true);
	udp = in + HEADER + 34;
	check(got == HEADER + 14 + 20 + len && get16(udp + 2) == PORT &&
	      equal(udp + 8, text, sizeof(text)) && !checksum(udp, len, pseudo(17, len)),
	      partial ? "UDP, the checksum left to the device" : "UDP");
}

static u32 tcp_seq, tcp_ack;

static u32 tcp_send(u32 flags, const void *data, u32 len, bool answer)
{
	u32 got;
	u8 *tcp;

	ethernet(0x0800);
	tcp = ip_packet(6, 20 + len);
	put16(tcp, PORT);
	put16(tcp + 2, 7);
	put32(tcp + 4, tcp_seq);
	put32(tcp + 8, tcp_ack);
	tcp[12] = 5 << 4;
	tcp[13] = flags;
	put16(tcp + 14, 8192);
	copy(tcp + 20, data, len);
	put16(tcp + 16, checksum(tcp, 20 + len, pseudo(6, 20 + len)));
	if (answer)
		give_buffer();
	got = exchange(14 + 20 + 20 + len, answer);
	if (answer && checksum(in + HEADER + 34, got - HEADER - 34, pseudo(6, got - HEADER - 34)))
		check(false, "the sum of a TCP segment");
	return got;
}

static void check_tcp(void)
{
	static u8 data[2000];
	u8 *tcp = in + HEADER + 34;
	u32 got, i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = PATTERN(i);
	tcp_seq = 1000;
	tcp_send(2, NULL, 0, true);
	check(tcp[13] == 0x12 && get32(tcp + 8) == 1001, "TCP: SYN");
	tcp_seq++;
	tcp_ack = get32(tcp + 4) + 1;
	tcp_send(0x10, NULL, 0, false);
	/* Without an MSS in the SYN, segments are of 536 bytes; the rest waits for buffers. */
	got = tcp_send(0x18, data, 1000, true);
	check(tcp[13] & 8 && got == HEADER + 54 + 536 && get32(tcp + 8) == tcp_seq + 1000 &&
	      equal(tcp + 20, data, 536), "TCP: data");
	tcp_seq += 1000;
	give_buffer();
	wait_used(&rings[0], &got);
	check(got == HEADER + 54 + 464 && equal(tcp + 20, data + 536, 464), "TCP: the rest of it");
	tcp_ack += 1000;
	tcp_send(0x11, NULL, 0, true);
	check(tcp[13] & 1 && get32(tcp + 8) == tcp_seq + 1, "TCP: FIN");
	tcp_seq++;
	tcp_ack++;
	tcp_send(0x10, NULL, 0, false);
}

static void check_net(void)
{
	say("net\n");
	net = start(1, 1, same(arguments(), "mac") ? 0x10003ba3 : 0x10003b83, 2);
	if (same(arguments(), "mac"))
		check(read32(net + R_CONFIG) == 0x00a1b202 && read16(net + R_CONFIG + 4) == 0x9978,
		      "its address");
	check_arp();
	check_ping();
	check_udp(false);
	check_udp(true);
	check_tcp();
	write8(net + R_STATUS, 0);
}

void guest_main(void)
{
	lg.blocked = 0;
	init();
	gate(32, GATE_INTERRUPT);
	if (same(arguments(), "restart")) {
		say("devices start\n");
		hcall(HC_SHUTDOWN, (u32)"again", 2, 0, 0);
	}
	check_console();
	check_block();
	check_rng();
	check_net();
	power_off("all checks done");
}
