// SPDX-License-Identifier: GPL-2.0
/* The console: queue 0 is what is typed, queue 1 what is to be seen. */
#include "virtio.h"

#define F_EMERG_WRITE	(1ull << 2)

#define QUEUE_IN	0
#define QUEUE_OUT	1

#define CTRL_C		3
#define CTRL_C_TIMES	3
#define CTRL_C_NS	1000000000

static struct device *console;
static u8 typed[4096];
static u32 typed_first, typed_len;
static u32 nr_ctrl_c;
static u64 first_ctrl_c;

static struct chain chain;

static void give_input(struct device *d)
{
	u32 n, len, first;

	while (typed_len && next_chain(d, QUEUE_IN, &chain)) {
		if (chain.nr_out || !chain.nr_in)
			bad_driver(d, "a buffer for input that is not to be written");
		for (n = 0, len = 0; typed_len; n += len) {
			first = sizeof(typed) - typed_first;
			if (first > typed_len)
				first = typed_len;
			len = pieces_write(chain.in, chain.nr_in, n, typed + typed_first, first);
			if (!len)
				break;
			typed_first = (typed_first + len) % sizeof(typed);
			typed_len -= len;
		}
		chain_done(d, QUEUE_IN, &chain, n);
	}
	queue_interrupt(d, QUEUE_IN);
}

/* As with the launcher, three ^C within a second end it. */
static void count_ctrl_c(int c)
{
	if (c != CTRL_C) {
		nr_ctrl_c = 0;
		return;
	}
	if (!nr_ctrl_c || now_ns() - first_ctrl_c > CTRL_C_NS) {
		nr_ctrl_c = 0;
		first_ctrl_c = now_ns();
	}
	if (++nr_ctrl_c == CTRL_C_TIMES)
		machine_end();
}

void console_input(void)
{
	int c;

	while ((c = serial_read()) >= 0) {
		count_ctrl_c(c);
		if (typed_len < sizeof(typed))
			typed[(typed_first + typed_len++) % sizeof(typed)] = c;
	}
	if (driver_ready(console))
		give_input(console);
}

static void notify(struct device *d, u32 queue)
{
	u32 i;

	if (queue == QUEUE_IN) {
		give_input(d);
		return;
	}
	while (next_chain(d, QUEUE_OUT, &chain)) {
		if (chain.nr_in)
			bad_driver(d, "a buffer for output that is to be written");
		for (i = 0; i < chain.nr_out; i++)
			serial_write(chain.out[i].data, chain.out[i].len);
		chain_done(d, QUEUE_OUT, &chain, 0);
	}
	queue_interrupt(d, QUEUE_OUT);
}

void console_setup(struct device *d)
{
	console = d;
	d->name = "console";
	d->type = VIRTIO_CONSOLE;
	d->class = 0x0700;
	d->offered = VIRTIO_F_VERSION_1 | F_EMERG_WRITE;
	d->nr_queues = 2;
	d->config_len = 12;
	d->notify = notify;
}
