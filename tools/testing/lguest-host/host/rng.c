// SPDX-License-Identifier: GPL-2.0
/* The source of entropy: a generator whose seed is an option. */
#include "virtio.h"

static struct chain chain;

/* SplitMix64: for tests it is enough that the bytes differ from seed to seed. */
static u64 next(void)
{
	u64 z = options.seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static void notify(struct device *d, u32 queue)
{
	u32 len, done;
	u64 v;

	while (next_chain(d, queue, &chain)) {
		if (chain.nr_out)
			bad_driver(d, "a buffer that is not to be written");
		len = pieces_len(chain.in, chain.nr_in);
		for (done = 0; done < len; done += sizeof(v)) {
			v = next();
			pieces_write(chain.in, chain.nr_in, done, &v,
				     len - done < sizeof(v) ? len - done : sizeof(v));
		}
		chain_done(d, queue, &chain, len);
	}
	queue_interrupt(d, queue);
}

void rng_setup(struct device *d)
{
	d->name = "rng";
	d->type = VIRTIO_RNG;
	d->class = 0xff00;
	d->offered = VIRTIO_F_VERSION_1;
	d->nr_queues = 1;
	d->notify = notify;
}
