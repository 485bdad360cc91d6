// SPDX-License-Identifier: GPL-2.0
/* A disk or its image, read-only, and its partitions */

#include <blkid/blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bl.h"

/* The unit in which libblkid counts, whatever the disk's sectors are */
#define BLKID_UNIT 512

int disk_open(struct disk *d, const char *path, uint64_t budget)
{
	struct stat st;
	off_t size;

	memset(d, 0, sizeof(*d));
	d->name = path;
	d->budget = budget;
	/* O_NONBLOCK: opening a FIFO must not wait for a writer */
	d->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (d->fd < 0)
		return system_error("%s: cannot open: %s", path, strerror(errno));
	if (fstat(d->fd, &st) < 0)
		return system_error("%s: cannot stat: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return system_error("%s: is neither a file nor a block device", path);
	size = lseek(d->fd, 0, SEEK_END);
	if (size < 0)
		return system_error("%s: cannot find its size: %s", path, strerror(errno));
	d->size = (uint64_t)size;
	return ST_OK;
}

bool disk_read(struct disk *d, uint64_t offset, void *buf, size_t size)
{
	size_t done = 0;

	if (offset > d->size || size > d->size - offset)
		return false;
	if (size > d->budget) {
		d->exhausted = true;
		return false;
	}
	d->budget -= size;
	while (done < size) {
		ssize_t n = pread(d->fd, (char *)buf + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static int by_number(const void *a, const void *b)
{
	const struct partition *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

int disk_partitions(struct disk *d, struct partition *list, unsigned int *nr)
{
	blkid_probe probe = blkid_new_probe();
	blkid_partlist found;
	int total;

	*nr = 0;
	if (!probe)
		return system_error("%s: no memory for libblkid", d->name);
	if (blkid_probe_set_device(probe, d->fd, 0, 0)) {
		blkid_free_probe(probe);
		return system_error("%s: libblkid cannot read it", d->name);
	}
	blkid_probe_enable_superblocks(probe, 0);
	blkid_probe_enable_partitions(probe, 1);
	found = blkid_probe_get_partitions(probe);
	total = found ? blkid_partlist_numof_partitions(found) : 0;
	for (int i = 0; i < total && *nr < MAX_PARTITIONS; i++) {
		blkid_partition p = blkid_partlist_get_partition(found, i);
		uint64_t start, size;
		int number;

		if (!p || blkid_partition_is_extended(p))
			continue;
		number = blkid_partition_get_partno(p);
		start = (uint64_t)blkid_partition_get_start(p);
		size = (uint64_t)blkid_partition_get_size(p);
		/* What lies behind the end of the disk is cut off or left out */
		if (number <= 0 || !size || start >= d->size / BLKID_UNIT)
			continue;
		start *= BLKID_UNIT;
		size = size > (d->size - start) / BLKID_UNIT ? d->size - start :
			size * BLKID_UNIT;
		list[(*nr)++] = (struct partition){
			.number = (unsigned int)number, .start = start, .size = size,
		};
	}
	blkid_free_probe(probe);
	qsort(list, *nr, sizeof(*list), by_number);
	return ST_OK;
}
