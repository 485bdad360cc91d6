// SPDX-License-Identifier: GPL-2.0
/*
 * ext2, ext3 and ext4 through libext2fs, never mounted.
 *
 * libext2fs reads through the io_manager below, so that each access is inside
 * the partition and is paid for from the disk's budget: a file system whose
 * blocks point at one another ends when that is spent.
 */

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bl.h"

#define SUPERBLOCK_OFFSET	1024
#define MAX_LINKS		40		/* as Linux */
#define MAX_LINK_SIZE		4095
#define MAX_DESCRIPTORS		(64 << 20)	/* bytes: 128 TiB with usual groups */
#define MIN_GROUP		256		/* blocks; mke2fs makes none smaller */
#define COPY_SIZE		(256 << 10)

/* Set around ext2fs_open(), whose io_manager gets a name and nothing else */
static struct fs *opening;
static struct struct_io_manager manager;

static errcode_t io_open(const char *name, int flags, io_channel *channel)
{
	struct struct_io_channel *io;

	if (flags & IO_FLAG_RW)
		return EXT2_ET_RO_FILSYS;
	io = calloc(1, sizeof(*io));
	if (!io)
		return EXT2_ET_NO_MEMORY;
	io->magic = EXT2_ET_MAGIC_IO_CHANNEL;
	io->manager = &manager;
	io->name = strdup(name);
	io->block_size = 1024;
	io->refcount = 1;
	io->private_data = opening;
	if (!io->name) {
		free(io);
		return EXT2_ET_NO_MEMORY;
	}
	*channel = io;
	return 0;
}

static errcode_t io_close(io_channel io)
{
	if (--io->refcount > 0)
		return 0;
	free(io->name);
	free(io);
	return 0;
}

static errcode_t io_set_blksize(io_channel io, int size)
{
	io->block_size = size;
	return 0;
}

static errcode_t io_read64(io_channel io, unsigned long long block, int count, void *data)
{
	const struct fs *fs = io->private_data;
	uint64_t offset, size;

	/* A negative count is in bytes */
	size = count < 0 ? -(uint64_t)count : (uint64_t)count * (uint64_t)io->block_size;
	if (__builtin_mul_overflow(block, (uint64_t)io->block_size, &offset) ||
	    offset > fs->size || size > fs->size - offset)
		return EXT2_ET_SHORT_READ;
	return disk_read(fs->disk, fs->start + offset, data, size) ? 0 : EXT2_ET_SHORT_READ;
}

static errcode_t io_read(io_channel io, unsigned long block, int count, void *data)
{
	return io_read64(io, block, count, data);
}

static errcode_t io_write64(io_channel io, unsigned long long block, int count, const void *data)
{
	(void)io;
	(void)block;
	(void)count;
	(void)data;
	return EXT2_ET_RO_FILSYS;
}

static errcode_t io_write(io_channel io, unsigned long block, int count, const void *data)
{
	return io_write64(io, block, count, data);
}

static errcode_t io_flush(io_channel io)
{
	(void)io;
	return 0;
}

static struct struct_io_manager manager = {
	.magic = EXT2_ET_MAGIC_IO_MANAGER,
	.name = "partition",
	.open = io_open,
	.close = io_close,
	.set_blksize = io_set_blksize,
	.read_blk = io_read,
	.write_blk = io_write,
	.flush = io_flush,
	.read_blk64 = io_read64,
	.write_blk64 = io_write64,
};

/* libext2fs allocates what the superblock asks for: ask first whether that can be */
static int check_superblock(struct fs *fs, const struct ext2_super_block *sb)
{
	unsigned int log = ext2fs_le32_to_cpu(sb->s_log_block_size);
	uint64_t blocks = ext2fs_le32_to_cpu(sb->s_blocks_count);
	uint32_t group = ext2fs_le32_to_cpu(sb->s_blocks_per_group);
	uint32_t desc = 32;

	if (ext2fs_le32_to_cpu(sb->s_feature_incompat) & EXT4_FEATURE_INCOMPAT_64BIT) {
		blocks |= (uint64_t)ext2fs_le32_to_cpu(sb->s_blocks_count_hi) << 32;
		desc = ext2fs_le16_to_cpu(sb->s_desc_size);
	}
	if (log > EXT2_MAX_BLOCK_LOG_SIZE - EXT2_MIN_BLOCK_LOG_SIZE)
		return bad("%s: %s: s_log_block_size at 0x%zx: is %u: no ext2, ext3 or ext4",
			   fs->disk->name, fs->name, SUPERBLOCK_OFFSET +
			   offsetof(struct ext2_super_block, s_log_block_size), log);
	if (blocks > fs->size >> (10 + log))
		return bad("%s: %s: s_blocks_count at 0x%zx: is %llu, but there is room for %llu: cut off?",
			   fs->disk->name, fs->name, SUPERBLOCK_OFFSET +
			   offsetof(struct ext2_super_block, s_blocks_count),
			   (unsigned long long)blocks, (unsigned long long)(fs->size >> (10 + log)));
	if (group < MIN_GROUP || blocks / group > MAX_DESCRIPTORS / (desc ? desc : 32))
		return bad("%s: %s: s_blocks_per_group at 0x%zx: is %u, for %llu blocks: too many groups",
			   fs->disk->name, fs->name, SUPERBLOCK_OFFSET +
			   offsetof(struct ext2_super_block, s_blocks_per_group), group,
			   (unsigned long long)blocks);
	return ST_OK;
}

int fs_open(struct fs *fs, struct disk *disk, const struct partition *part)
{
	int flags = EXT2_FLAG_64BITS;
	struct ext2_super_block sb;
	ext2_filsys handle = NULL;
	errcode_t err;
	int ret;

	memset(fs, 0, sizeof(*fs));
	fs->disk = disk;
	fs->partition = part->number;
	fs->start = part->start;
	fs->size = part->size;
	if (part->number)
		snprintf(fs->name, sizeof(fs->name), "partition %u", part->number);
	else
		snprintf(fs->name, sizeof(fs->name), "whole disk");

	if (fs->size < SUPERBLOCK_OFFSET + sizeof(sb) ||
	    !disk_read(disk, fs->start + SUPERBLOCK_OFFSET, &sb, sizeof(sb)) ||
	    ext2fs_le16_to_cpu(sb.s_magic) != EXT2_SUPER_MAGIC)
		return ST_ABSENT;
	ret = check_superblock(fs, &sb);
	if (ret)
		return ret;
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
	/* A mutation would never get past the checksums */
	flags |= EXT2_FLAG_IGNORE_CSUM_ERRORS;
#endif
	/* For error_message() */
	initialize_ext2_error_table();
	opening = fs;
	err = ext2fs_open("partition", flags, 0, 0, &manager, &handle);
	opening = NULL;
	if (err)
		return bad("%s: %s: cannot open its file system: %s", disk->name, fs->name,
			   error_message(err));
	fs->handle = handle;
	if (ext2fs_has_feature_journal_needs_recovery(handle->super))
		warning("%s: %s: was not unmounted: files may be older than the guest left them",
		     disk->name, fs->name);
	return ST_OK;
}

void fs_close(struct fs *fs)
{
	if (fs->handle)
		ext2fs_free(fs->handle);
	fs->handle = NULL;
}

/* Hand the first @size bytes of an inode to @sink */
static int read_inode(struct fs *fs, ext2_ino_t ino, fs_sink *sink, void *opaque, uint64_t size)
{
	char *buf = malloc(COPY_SIZE);
	ext2_file_t file;
	int ret = ST_OK;
	errcode_t err;

	if (!buf)
		return system_error("no memory for %d bytes", COPY_SIZE);
	err = ext2fs_file_open(fs->handle, ino, 0, &file);
	if (err)
		goto out;
	while (!err && !ret && size) {
		unsigned int got = 0;

		err = ext2fs_file_read(file, buf, size < COPY_SIZE ? (unsigned int)size : COPY_SIZE,
				       &got);
		if (!err && !got)
			err = EXT2_ET_SHORT_READ;
		if (err)
			break;
		ret = sink(opaque, buf, got);
		size -= got;
	}
	ext2fs_file_close(file);
out:
	free(buf);
	if (err)
		return bad("%s: %s: cannot read inode %u: %s", fs->disk->name, fs->name, ino,
			   fs->disk->exhausted ? "more read than allowed (see --max-reads)" :
			   error_message(err));
	return ret;
}

struct memory {
	unsigned char *data;
	size_t used;
};

static int to_memory(void *opaque, const void *data, size_t size)
{
	struct memory *m = opaque;

	memcpy(m->data + m->used, data, size);
	m->used += size;
	return ST_OK;
}

/* A symbolic link's target, NUL-terminated */
static bool read_link(struct fs *fs, ext2_ino_t ino, struct ext2_inode *inode,
		      char target[MAX_LINK_SIZE + 1])
{
	uint64_t size = EXT2_I_SIZE(inode);
	struct memory m = { .data = (unsigned char *)target };

	if (!size || size > MAX_LINK_SIZE)
		return false;
	memset(target, 0, MAX_LINK_SIZE + 1);
	if (ext2fs_is_fast_symlink(inode) && !(inode->i_flags & EXT4_INLINE_DATA_FL)) {
		if (size >= sizeof(inode->i_block))
			return false;
		memcpy(target, inode->i_block, size);
	} else if (read_inode(fs, ino, to_memory, &m, size)) {
		return false;
	}
	return strlen(target) == size;
}

/*
 * Walk a path from the root. ".." of the root is the root, and an absolute link
 * starts there again: nothing leads out.
 */
static bool walk(struct fs *fs, const char *path, ext2_ino_t *ino, struct ext2_inode *inode)
{
	char rest[2 * PATH_MAX], next[2 * PATH_MAX], target[MAX_LINK_SIZE + 1];
	ext2_ino_t at = EXT2_ROOT_INO;
	unsigned int links = 0;
	const char *p = rest;

	if (!fs->handle || strlen(path) >= PATH_MAX)
		return false;
	memcpy(rest, path, strlen(path) + 1);
	for (;;) {
		ext2_ino_t found;
		size_t len;

		while (*p == '/')
			p++;
		if (ext2fs_read_inode(fs->handle, at, inode))
			return false;
		if (!*p)
			break;
		if (!LINUX_S_ISDIR(inode->i_mode))
			return false;
		len = strcspn(p, "/");
		if (len > EXT2_NAME_LEN ||
		    ext2fs_lookup(fs->handle, at, p, (int)len, NULL, &found) ||
		    ext2fs_read_inode(fs->handle, found, inode))
			return false;
		p += len;
		if (!LINUX_S_ISLNK(inode->i_mode)) {
			at = found;
			continue;
		}
		if (++links > MAX_LINKS || !read_link(fs, found, inode, target) ||
		    snprintf(next, sizeof(next), "%s/%s", target, p) >= (int)sizeof(next))
			return false;
		memcpy(rest, next, strlen(next) + 1);
		p = rest;
		if (*p == '/')
			at = EXT2_ROOT_INO;
	}
	*ino = at;
	return true;
}

bool fs_is_file(struct fs *fs, const char *path, uint64_t *size)
{
	struct ext2_inode inode;
	ext2_ino_t ino;

	if (!walk(fs, path, &ino, &inode) || !LINUX_S_ISREG(inode.i_mode))
		return false;
	if (size)
		*size = EXT2_I_SIZE(&inode);
	return true;
}

/* Find a regular file no larger than @limit */
static int find_file(struct fs *fs, const char *path, uint64_t limit, const char *option,
		     ext2_ino_t *ino, uint64_t *size)
{
	struct ext2_inode inode;

	if (!walk(fs, path, ino, &inode))
		return fs->disk->exhausted ?
			bad("%s: %s: %s: more read than allowed (see --max-reads)",
			    fs->disk->name, fs->name, path) : ST_ABSENT;
	if (!LINUX_S_ISREG(inode.i_mode))
		return bad("%s: %s: %s: is not a regular file", fs->disk->name, fs->name, path);
	*size = EXT2_I_SIZE(&inode);
	if (*size > limit)
		return bad("%s: %s: %s: has %llu bytes, more than %llu (see %s)", fs->disk->name,
			   fs->name, path, (unsigned long long)*size, (unsigned long long)limit,
			   option);
	return ST_OK;
}

int fs_copy(struct fs *fs, const char *path, uint64_t limit, const char *option, fs_sink *sink,
	    void *opaque)
{
	ext2_ino_t ino;
	uint64_t size;
	int ret = find_file(fs, path, limit, option, &ino, &size);

	return ret ? ret : read_inode(fs, ino, sink, opaque, size);
}

int fs_read(struct fs *fs, const char *path, uint64_t limit, const char *option,
	    unsigned char **data, size_t *size)
{
	struct memory m = { 0 };
	ext2_ino_t ino;
	uint64_t want;
	int ret = find_file(fs, path, limit, option, &ino, &want);

	if (ret)
		return ret;
	if (want >= SIZE_MAX)
		return system_error("no memory for %s", path);
	m.data = malloc((size_t)want + 1);
	if (!m.data)
		return system_error("no memory for %llu bytes", (unsigned long long)want);
	ret = read_inode(fs, ino, to_memory, &m, want);
	if (ret) {
		free(m.data);
		return ret;
	}
	m.data[m.used] = '\0';
	*data = m.data;
	*size = m.used;
	return ST_OK;
}

struct listing {
	const char *pattern;
	struct arena *arena;
	const char **names;
	size_t nr, max;
};

static int list_one(struct ext2_dir_entry *de, int offset, int blocksize, char *buf, void *opaque)
{
	char name[EXT2_NAME_LEN + 1];
	struct listing *l = opaque;
	int len = ext2fs_dirent_name_len(de);

	(void)offset;
	(void)blocksize;
	(void)buf;
	if (l->nr == l->max)
		return DIRENT_ABORT;
	memcpy(name, de->name, (size_t)len);
	name[len] = '\0';
	if (!strlen(name) || strchr(name, '/') || fnmatch(l->pattern, name, FNM_PERIOD))
		return 0;
	l->names[l->nr] = arena_strdup(l->arena, name);
	if (!l->names[l->nr])
		return DIRENT_ABORT;
	l->nr++;
	return 0;
}

size_t fs_list(struct fs *fs, const char *dir, const char *pattern, struct arena *a,
	       const char **names, size_t max)
{
	struct listing l = { .pattern = pattern, .arena = a, .names = names, .max = max };
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t err;

	if (!walk(fs, dir, &ino, &inode) || !LINUX_S_ISDIR(inode.i_mode))
		return 0;
	err = ext2fs_dir_iterate(fs->handle, ino, 0, NULL, list_one, &l);
	/* Half a list could boot the wrong kernel */
	if (err) {
		fs->damaged = true;
		bad("%s: %s: %s: cannot list this folder: %s", fs->disk->name, fs->name, dir,
		    fs->disk->exhausted ? "more read than allowed (see --max-reads)" :
		    error_message(err));
		return 0;
	}
	return l.nr;
}
