// SPDX-License-Identifier: GPL-2.0
/* The layout of a boot image: setup part, protected-mode block, ELF wrapper */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "util.h"

/* The second byte of the jump, which ends where the header ends */
#define OFF_JUMP_LENGTH		(BZIMAGE_OFF_JUMP + 1)

static void locate_wrapper(struct bzimage *img)
{
	size_t offset;

	if (!BZIMAGE_MAY_HAVE_ELF(img->setup_size))
		return;
	offset = BZIMAGE_ELF_OFFSET(img->setup_size);
	if (get_le32(img->data + offset) == BZIMAGE_ELF_MAGIC)
		img->elf_offset = offset;
}

int bzimage_parse(struct bzimage *img, const void *data, size_t size, struct bzimage_error *err)
{
	const unsigned char *p = data;

	memset(img, 0, sizeof(*img));
	img->data = p;
	img->size = size;

	if (size == 0)
		return fail(err, 0, "file", "is empty");
	if (size < BZIMAGE_SECTOR_SIZE)
		return fail(err, 0, "boot sector", "is only %zu bytes long, not %d", size,
			    BZIMAGE_SECTOR_SIZE);

	if (size >= BZIMAGE_OFF_VERSION + 2 &&
	    get_le32(p + BZIMAGE_OFF_HEADER) == BZIMAGE_HEADER_MAGIC) {
		img->protocol = get_le16(p + BZIMAGE_OFF_VERSION);
		if (img->protocol < BZIMAGE_PROTOCOL_OLDEST)
			return fail(err, BZIMAGE_OFF_VERSION, "version",
				    "is 0x%04x, less than the first protocol with a header, 2.00",
				    img->protocol);
		img->header_end = BZIMAGE_OFF_HEADER + p[OFF_JUMP_LENGTH];
	} else if (get_le16(p + BZIMAGE_OFF_BOOT_FLAG) == BZIMAGE_BOOT_FLAG) {
		img->header_end = BZIMAGE_SECTOR_SIZE;
	} else {
		return fail(err, BZIMAGE_OFF_BOOT_FLAG, "boot_flag",
			    "is 0x%04x, not 0xaa55, and there is no HdrS: not a Linux boot image",
			    get_le16(p + BZIMAGE_OFF_BOOT_FLAG));
	}

	if (img->header_end > size)
		return fail(err, OFF_JUMP_LENGTH, "jump",
			    "puts the header's end at 0x%zx, past the end of the file at 0x%zx",
			    img->header_end, size);

	img->setup_size = BZIMAGE_SETUP_SIZE(p[BZIMAGE_OFF_SETUP_SECTS]);
	if (img->setup_size > size)
		return fail(err, BZIMAGE_OFF_SETUP_SECTS, "setup_sects",
			    "puts the setup part's end at 0x%zx, past the end of the file at 0x%zx",
			    img->setup_size, size);
	img->block_size = size - img->setup_size;
	locate_wrapper(img);
	return 0;
}

static int read_all(int fd, unsigned char *buf, size_t size, struct bzimage_error *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, buf + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_system(err, "cannot read: %s", strerror(errno));
		if (n == 0)
			return fail_system(err, "became shorter while it was read");
		done += (size_t)n;
	}
	return 0;
}

static int open_regular(const char *path, uint64_t max_size, size_t *size,
			struct bzimage_error *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail_system(err, "cannot open: %s", strerror(errno));
	if (fstat(fd, &st) < 0)
		fail_system(err, "cannot stat: %s", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		fail_system(err, "is a directory");
	else if (!S_ISREG(st.st_mode))
		fail_system(err, "is not a regular file");
	else if ((uint64_t)st.st_size > max_size)
		fail_system(err, "is larger than %llu bytes (see --max-size)",
			    (unsigned long long)max_size);
	else
		goto good;
	close(fd);
	return -1;
good:
	*size = (size_t)st.st_size;
	return fd;
}

int bzimage_open(struct bzimage *img, const char *path, uint64_t max_size,
		 struct bzimage_error *err)
{
	unsigned char *buf;
	size_t size = 0;
	int fd, ret;

	memset(img, 0, sizeof(*img));
	memset(err, 0, sizeof(*err));
	fd = open_regular(path, max_size, &size, err);
	if (fd < 0)
		return -1;

	/* One byte more than needed: malloc(0) may give NULL */
	buf = malloc(size + 1);
	if (!buf)
		ret = fail_system(err, "no memory for %zu bytes", size);
	else
		ret = read_all(fd, buf, size, err);
	close(fd);

	if (!ret)
		ret = bzimage_parse(img, buf, size, err);
	if (ret) {
		free(buf);
		return -1;
	}
	img->owned = buf;
	return 0;
}

void bzimage_close(struct bzimage *img)
{
	free(img->owned);
	memset(img, 0, sizeof(*img));
}

const char *bzimage_version(const struct bzimage *img, size_t *len)
{
	size_t offset = bzimage_get(img, BZF_KERNEL_VERSION);
	const unsigned char *start, *nul;

	if (!offset)
		return NULL;
	offset += BZIMAGE_SECTOR_SIZE;
	if (offset >= img->setup_size)
		return NULL;
	start = img->data + offset;
	nul = memchr(start, '\0', img->setup_size - offset);
	if (!nul)
		return NULL;
	*len = (size_t)(nul - start);
	return (const char *)start;
}

bool bzimage_is_high(const struct bzimage *img)
{
	return bzimage_get(img, BZF_LOADFLAGS) & BZIMAGE_LF_LOADED_HIGH;
}

uint32_t bzimage_crc(const struct bzimage *img)
{
	uint64_t end = img->setup_size + bzimage_get(img, BZF_SYSSIZE) * BZIMAGE_PARAGRAPH_SIZE;

	if (end > img->size)
		end = img->size;
	/*
	 * zlib inverts the remainder at the end; the checksum at the end of an
	 * image was stored without that, so that the whole gives 0.
	 */
	return ~(uint32_t)crc32_z(crc32_z(0, NULL, 0), img->data, (size_t)end);
}
