// SPDX-License-Identifier: GPL-2.0
/* A block device: requests of one queue, done in order on a disk of the machine. */
#include "virtio.h"

#define F_SEG_MAX	(1ull << 2)

#define T_OUT		1
#define T_SCSI_CMD	2
#define T_FLUSH		4

#define S_OK		0
#define S_IOERR		1
#define S_UNSUPP	2

struct request {
	u32 type, ioprio;
	u64 sector;
};

struct config {
	u64 capacity;
	u32 size_max, seg_max;
	u8 unused_16[36 - 16];
} __packed;

_Static_assert(sizeof(struct config) == 36, "size of the block device's configuration");

static struct chain chain;
static u8 buf[SECTOR_SIZE];

/* Bytes of data, and behind them the status, are what may be written. */
static u8 read_sectors(struct device *d, u64 sector, u32 len, u32 *done)
{
	u64 sectors;

	memcpy(&sectors, d->config, sizeof(sectors));
	for (*done = 0; *done < len; *done += SECTOR_SIZE, sector++) {
		if (sector >= sectors || !ide_read(d->unit, sector, buf))
			return S_IOERR;
		pieces_write(chain.in, chain.nr_in, *done, buf, SECTOR_SIZE);
	}
	return S_OK;
}

static u8 write_sectors(struct device *d, u64 sector, u32 len)
{
	u64 sectors;
	u32 done;

	memcpy(&sectors, d->config, sizeof(sectors));
	for (done = 0; done < len; done += SECTOR_SIZE, sector++) {
		if (sector >= sectors)
			bad_driver(d, "write past the end, sector %u of %u", (u32)sector,
				   (u32)sectors);
		pieces_read(chain.out, chain.nr_out, sizeof(struct request) + done, buf,
			    SECTOR_SIZE);
		if (!ide_write(d->unit, sector, buf))
			return S_IOERR;
	}
	return S_OK;
}

static void do_request(struct device *d)
{
	u32 out = pieces_len(chain.out, chain.nr_out), in = pieces_len(chain.in, chain.nr_in);
	struct request r;
	u32 written = 0;
	u8 status;

	if (out < sizeof(r) || !in)
		bad_driver(d, "a request with %u bytes to read and %u to write", out, in);
	pieces_read(chain.out, chain.nr_out, 0, &r, sizeof(r));
	out -= sizeof(r);
	in--;
	if (r.type & T_SCSI_CMD) {
		status = S_UNSUPP;
	} else if (r.type & T_FLUSH) {
		status = ide_flush(d->unit) ? S_OK : S_IOERR;
	} else if (r.type & ~T_OUT) {
		status = S_UNSUPP;
	} else {
		if (out % SECTOR_SIZE || in % SECTOR_SIZE)
			bad_driver(d, "a request of %u bytes", out + in);
		if (r.type & T_OUT)
			status = write_sectors(d, r.sector, out);
		else
			status = read_sectors(d, r.sector, in, &written);
	}
	pieces_write(chain.in, chain.nr_in, in, &status, 1);
	chain_done(d, 0, &chain, written + 1);
}

static void notify(struct device *d, u32 queue)
{
	while (next_chain(d, queue, &chain))
		do_request(d);
	queue_interrupt(d, queue);
}

void block_setup(struct device *d)
{
	struct config c = {
		.capacity = ide_sectors(d->unit),
		/* Room for the request and the status in a queue */
		.seg_max = QUEUE_SIZE - 2,
	};

	if (!c.capacity)
		die("host: there is no disk %u", d->unit);
	d->name = "block";
	d->type = VIRTIO_BLOCK;
	d->class = 0x0180;
	d->offered = VIRTIO_F_VERSION_1 | F_SEG_MAX;
	d->nr_queues = 1;
	d->config_len = sizeof(c);
	memcpy(d->config, &c, sizeof(c));
	d->notify = notify;
}
