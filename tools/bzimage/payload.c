// SPDX-License-Identifier: GPL-2.0
/* The payload: where it is, how it is compressed, what is in it */

#include <stdlib.h>

#include "sink.h"
#include "util.h"

/* Below this much output no ratio is suspicious */
#define RATIO_FREE	(16u << 20)

/* The uncompressed size that the kernel's build appends */
#define TRAILER_SIZE	4u

struct format {
	const char *name;
	decompress_fn *decompress;
	unsigned char magic[9];
	size_t magic_size;
};

static const struct format formats[] = {
	[BZIMAGE_UNKNOWN] = { "unknown", NULL, "", 0 },
	[BZIMAGE_ELF] = { "none", decompress_elf, "\x7f" "ELF", 4 },
	[BZIMAGE_GZIP] = { "gzip", decompress_gzip, "\x1f\x8b", 2 },
	[BZIMAGE_BZIP2] = { "bzip2", decompress_bzip2, "BZh", 3 },
	[BZIMAGE_LZMA] = { "lzma", decompress_lzma, "\x5d\0\0", 3 },
	[BZIMAGE_XZ] = { "xz", decompress_xz, "\xfd" "7zXZ\0", 6 },
	[BZIMAGE_LZO] = { "lzo", decompress_lzo, "\x89LZO\0\r\n\x1a\n", 9 },
	[BZIMAGE_LZ4] = { "lz4", decompress_lz4, "\x02\x21\x4c\x18", 4 },
	[BZIMAGE_ZSTD] = { "zstd", decompress_zstd, "\x28\xb5\x2f\xfd", 4 },
};

static enum bzimage_compression find_format(const unsigned char *p, size_t size)
{
	for (size_t i = BZIMAGE_ELF; i < ARRAY_SIZE(formats); i++)
		if (size >= formats[i].magic_size &&
		    !memcmp(p, formats[i].magic, formats[i].magic_size))
			return (enum bzimage_compression)i;
	return BZIMAGE_UNKNOWN;
}

const char *bzimage_compression_name(enum bzimage_compression compression)
{
	return formats[compression].name;
}

int bzimage_payload_locate(const struct bzimage *img, struct bzimage_payload *payload,
			   struct bzimage_error *err)
{
	uint64_t offset = bzimage_get(img, BZF_PAYLOAD_OFFSET);
	uint64_t length = bzimage_get(img, BZF_PAYLOAD_LENGTH);
	const unsigned char *p;

	memset(payload, 0, sizeof(*payload));
	if (!offset && !length)
		return 0;
	if (!offset)
		return fail(err, BZIMAGE_OFF_PAYLOAD_OFFSET, "payload_offset",
			    "is 0 with a payload_length of 0x%llx", (unsigned long long)length);
	if (!length)
		return fail(err, BZIMAGE_OFF_PAYLOAD_LENGTH, "payload_length",
			    "is 0 with a payload_offset of 0x%llx", (unsigned long long)offset);
	if (offset >= img->block_size)
		return fail(err, BZIMAGE_OFF_PAYLOAD_OFFSET, "payload_offset",
			    "is 0x%llx, past the block's end at 0x%zx",
			    (unsigned long long)offset, img->block_size);
	if (!in_range(offset, length, img->block_size))
		return fail(err, BZIMAGE_OFF_PAYLOAD_LENGTH, "payload_length",
			    "is 0x%llx, but the block ends 0x%llx bytes after the payload's start",
			    (unsigned long long)length,
			    (unsigned long long)(img->block_size - offset));

	payload->present = true;
	payload->offset = img->setup_size + (size_t)offset;
	payload->length = (size_t)length;
	p = img->data + payload->offset;
	payload->compression = find_format(p, payload->length);
	if (payload->compression == BZIMAGE_UNKNOWN)
		return fail(err, payload->offset, "payload",
			    "starts with %02x %02x: no known format",
			    p[0], length > 1 ? p[1] : 0);

	if (payload->length > formats[payload->compression].magic_size + TRAILER_SIZE) {
		payload->stated_size = get_le32(p + length - TRAILER_SIZE);
		/* An ELF file needs no size: a word that fits is one, another is data */
		payload->has_stated_size = payload->compression != BZIMAGE_ELF ||
			payload->stated_size == length - TRAILER_SIZE;
	}
	return 0;
}

int bzimage_payload_load(const struct bzimage *img, const struct bzimage_limits *limits,
			 struct bzimage_payload *payload, struct bzimage_error *err)
{
	struct source src = {
		.data = img->data + payload->offset,
		.size = payload->length,
		.offset = payload->offset,
		.memory = limits->max_size,
	};
	struct sink sink = { .limit = limits->max_size, .limit_reason = "see --max-size" };
	uint64_t ratio_limit = RATIO_FREE;

	if (limits->max_ratio > ratio_limit / payload->length)
		ratio_limit = limits->max_ratio > UINT64_MAX / payload->length ? UINT64_MAX :
			limits->max_ratio * payload->length;
	if (ratio_limit < sink.limit) {
		sink.limit = ratio_limit;
		sink.limit_reason = "see --max-ratio";
	}
	if (payload->compression == BZIMAGE_ELF && payload->has_stated_size)
		src.size -= TRAILER_SIZE;
	if (formats[payload->compression].decompress(&src, &sink, err)) {
		free(sink.buf);
		return -1;
	}
	payload->stream_length = src.used;
	payload->data = sink.buf;
	payload->size = sink.size;
	return 0;
}

void bzimage_payload_free(struct bzimage_payload *payload)
{
	free(payload->data);
	payload->data = NULL;
	payload->size = 0;
}

/*
 * A decompressor writes from the start of a buffer whose end holds its input.
 * Output may grow faster than input is read only by what the format's worst
 * case allows. These are the bounds that the kernel's build has used for each.
 */
uint64_t bzimage_inplace_margin(enum bzimage_compression compression, uint64_t size)
{
	switch (compression) {
	case BZIMAGE_GZIP:
		return (size >> 12) + 32768 + 18;
	case BZIMAGE_LZ4:
		return (size >> 8) + 65536;
	case BZIMAGE_ZSTD:
		return (size >> 8) + 131072;
	case BZIMAGE_ELF:
		return 0;
	default:
		return (size >> 12) + 65536 + 128;
	}
}
