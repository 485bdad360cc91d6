/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_SINK_H
#define BZIMAGE_SINK_H

/* Where decompressors write: a buffer that grows up to a limit */

#include "bzimage.h"

struct sink {
	unsigned char *buf;
	size_t size;		/* bytes written */
	size_t room;		/* bytes allocated */
	uint64_t limit;		/* most bytes to write */
	const char *limit_reason;
};

/**
 * struct source - what decompressors read
 * @data:	the first compressed byte
 * @size:	all that they may read
 * @used:	set by the decompressor: bytes it consumed
 * @offset:	of @data in the file, for errors
 * @memory:	most memory for a window
 */
struct source {
	const unsigned char *data;
	size_t size;
	size_t used;
	uint64_t offset;
	uint64_t memory;
};

/*
 * Make room for at least @want more bytes. Returns -1 when that would pass the
 * limit or there is no memory.
 */
int sink_reserve(struct sink *sink, const struct source *src, size_t want,
		 struct bzimage_error *err);

typedef int decompress_fn(struct source *src, struct sink *sink, struct bzimage_error *err);

decompress_fn decompress_elf;
decompress_fn decompress_gzip;
decompress_fn decompress_bzip2;
decompress_fn decompress_lzma;
decompress_fn decompress_xz;
decompress_fn decompress_lzo;
decompress_fn decompress_lz4;
decompress_fn decompress_zstd;

#endif /* BZIMAGE_SINK_H */
