// SPDX-License-Identifier: GPL-2.0
/* From a disk to a kernel, an initrd and arguments */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bl.h"

/* Enough for the setup header */
#define FIRST_LOOK	1024

static int write_fd(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size && fd >= 0) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return system_error("cannot write: %s", strerror(errno));
		p += n;
		size -= (size_t)n;
	}
	return ST_OK;
}

/* A file that a configuration names is not there, or there was no more reading for it */
static int missing(const struct disk *disk, const char *what, const char *path)
{
	return bad("%s: %s %s: %s", disk->name, what, path, disk->exhausted ?
		   "more read than allowed (see --max-reads)" : "there is no such file");
}

static int hand_over_kernel(const unsigned char *data, size_t size, const char *name,
			    const struct request *req)
{
	const unsigned char *piece;
	struct kernel *k;
	size_t piece_size;
	int ret = kernel_pick(data, size, name, req->form, &req->limits, &k, &piece, &piece_size);

	if (!ret)
		ret = write_fd(req->kernel_fd, piece, piece_size);
	kernel_free(k);
	return ret;
}

static int set_args(struct result *res, const char *args)
{
	if (strlen(args) >= sizeof(res->args))
		return bad("the kernel's arguments are too long");
	memcpy(res->args, args, strlen(args) + 1);
	return ST_OK;
}

/* The disk is a bzImage; what is behind it fills up a device */
static int boot_image(struct disk *disk, uint64_t size, const struct request *req,
		      struct result *res)
{
	const struct wishes *w = &req->wishes;
	unsigned char *data;
	int ret;

	if (w->list) {
		printf("# the disk is a bzImage of %llu bytes\n*0\n", (unsigned long long)size);
		return ST_OK;
	}
	if (w->kernel || (w->ramdisk && *w->ramdisk) || w->entry || req->partition)
		return bad("%s: is a bzImage: there is nothing for --%s in it", disk->name,
			   w->kernel ? "kernel" : w->ramdisk && *w->ramdisk ? "ramdisk" :
			   w->entry ? "entry" : "partition");
	if (size > disk->size)
		return bad("%s: syssize at 0x1f4: states an image of %llu bytes, but there are %llu: cut off?",
			   disk->name, (unsigned long long)size, (unsigned long long)disk->size);
	if (size > req->limits.kernel)
		return bad("%s: has %llu bytes, more than %llu (see --max-kernel)", disk->name,
			   (unsigned long long)size, (unsigned long long)req->limits.kernel);
	data = malloc((size_t)size);
	if (!data)
		return system_error("%s: no memory for %llu bytes", disk->name,
				    (unsigned long long)size);
	if (!disk_read(disk, 0, data, (size_t)size))
		ret = system_error("%s: cannot read", disk->name);
	else
		ret = hand_over_kernel(data, (size_t)size, disk->name, req);
	free(data);
	return ret ? ret : set_args(res, w->args ? w->args : "");
}

struct ramdisk {
	int fd;
	uint64_t size;
};

static int to_ramdisk(void *opaque, const void *data, size_t size)
{
	struct ramdisk *r = opaque;

	r->size += size;
	return write_fd(r->fd, data, size);
}

/* Several initrds are one behind the other, each from a multiple of four, as the kernel has it */
static int hand_over_ramdisk(struct fs *fs, unsigned int nr_fs, const struct choice *c,
			     const struct request *req, struct arena *a)
{
	struct ramdisk r = { .fd = req->ramdisk_fd };

	for (unsigned int i = 0; i < c->nr_initrds; i++) {
		static const char zeros[4];
		const char *path = c->initrd[i];
		struct fs *where = locate(fs, nr_fs, c->fs, path, a, &path);
		int ret;

		if (!where)
			return missing(fs->disk, "initrd", path);
		ret = to_ramdisk(&r, zeros, -r.size % sizeof(zeros));
		if (!ret && r.size > req->limits.ramdisk)
			ret = bad("%s: the initrds are larger than %llu bytes (see --max-ramdisk)",
				  fs->disk->name, (unsigned long long)req->limits.ramdisk);
		if (!ret)
			ret = fs_copy(where, path, req->limits.ramdisk - r.size, "--max-ramdisk",
				      to_ramdisk, &r);
		if (ret)
			return ret == ST_ABSENT ? ST_BAD : ret;
	}
	return ST_OK;
}

static int boot_chosen(struct fs *fs, unsigned int nr_fs, const struct request *req,
		       struct arena *a, struct result *res)
{
	const char *path, *name;
	unsigned char *data;
	struct choice c;
	struct fs *where;
	size_t size;
	int ret = choose(fs, nr_fs, &req->wishes, &req->limits, a, &c);

	if (ret || req->wishes.list)
		return ret;
	where = locate(fs, nr_fs, c.fs, c.kernel, a, &path);
	if (!where)
		return missing(fs->disk, "kernel", c.kernel);
	name = arena_printf(a, "%s: %s: %s", fs->disk->name, where->name, path);
	if (!name)
		return system_error("no memory");
	ret = fs_read(where, path, req->limits.kernel, "--max-kernel", &data, &size);
	if (ret)
		return ret == ST_ABSENT ? bad("%s: is gone", name) : ret;
	ret = hand_over_kernel(data, size, name, req);
	free(data);
	if (!ret)
		ret = hand_over_ramdisk(fs, nr_fs, &c, req, a);
	res->has_ramdisk = c.nr_initrds;
	return ret ? ret : set_args(res, c.args);
}

/* All file systems of the disk; one that is damaged has been reported and is left out */
static int open_all(struct disk *disk, unsigned int wanted, struct fs *fs, unsigned int *nr)
{
	const struct partition whole = { .size = disk->size };
	struct partition list[MAX_PARTITIONS];
	unsigned int total = 0;
	bool damaged = false;
	int ret;

	*nr = 0;
	ret = wanted ? ST_ABSENT : fs_open(fs, disk, &whole);
	if (ret == ST_OK)
		*nr = 1;
	if (ret != ST_ABSENT)
		return ret;
	ret = disk_partitions(disk, list, &total);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < total; i++) {
		if (wanted && list[i].number != wanted)
			continue;
		ret = fs_open(&fs[*nr], disk, &list[i]);
		if (ret == ST_SYSTEM)
			return ret;
		damaged |= ret == ST_BAD;
		*nr += !ret;
	}
	if (*nr || damaged)
		return *nr ? ST_OK : ST_BAD;
	if (wanted)
		return bad("%s: there is no partition %u with ext2, ext3 or ext4", disk->name,
			   wanted);
	return bad("%s: is no bzImage, and neither it nor a partition (%u found) has ext2, ext3 or ext4",
		   disk->name, total);
}

int boot(struct disk *disk, const struct request *req, struct result *res)
{
	size_t look = disk->size < FIRST_LOOK ? (size_t)disk->size : FIRST_LOOK;
	struct arena arena = { .limit = MAX_TEXT };
	unsigned char first[FIRST_LOOK] = { 0 };
	unsigned int nr = 0;
	uint64_t size;
	struct fs *fs;
	int ret;

	memset(res, 0, sizeof(*res));
	if (!disk->size)
		return bad("%s: is empty", disk->name);
	if (!disk_read(disk, 0, first, look))
		return system_error("%s: cannot read", disk->name);
	if (kernel_at_start(first, look, &size))
		return boot_image(disk, size, req, res);

	fs = calloc(MAX_PARTITIONS, sizeof(*fs));
	if (!fs)
		return system_error("no memory");
	ret = open_all(disk, req->partition, fs, &nr);
	if (!ret)
		ret = boot_chosen(fs, nr, req, &arena, res);
	for (unsigned int i = 0; i < nr; i++)
		fs_close(&fs[i]);
	free(fs);
	arena_free(&arena);
	return ret;
}
