// SPDX-License-Identifier: GPL-2.0
/*
 * The decompressors: one function a format, each reading one stream from its
 * start and leaving in src->used where it ended.
 */

#include <bzlib.h>
#include <lz4.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "sink.h"
#include "util.h"

#define FIELD "payload"

/* Grow in steps of at least this much, at most doubling */
#define SINK_MIN_STEP	(64 * 1024)

static int cut_off(struct bzimage_error *err, const struct source *src, const char *format)
{
	return fail(err, src->offset + src->size, FIELD, "%s data is cut off", format);
}

static int corrupt(struct bzimage_error *err, const struct source *src, size_t at,
		   const char *format, const char *why)
{
	return fail(err, src->offset + at, FIELD, "%s data is corrupt: %s", format, why);
}

int sink_reserve(struct sink *sink, const struct source *src, size_t want,
		 struct bzimage_error *err)
{
	uint64_t room = sink->room;
	unsigned char *buf;

	if (want > sink->limit - sink->size)
		return fail(err, src->offset, FIELD,
			    "uncompressed is larger than %llu bytes (%s)",
			    (unsigned long long)sink->limit, sink->limit_reason);
	if (want <= sink->room - sink->size)
		return 0;
	room += room > SINK_MIN_STEP ? room : SINK_MIN_STEP;
	if (room < sink->size + want)
		room = sink->size + want;
	if (room > sink->limit)
		room = sink->limit;
	buf = realloc(sink->buf, (size_t)room);
	if (!buf)
		return fail_system(err, "no memory for %llu bytes of uncompressed data",
				   (unsigned long long)room);
	sink->buf = buf;
	sink->room = (size_t)room;
	return 0;
}

int decompress_elf(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	if (sink_reserve(sink, src, src->size, err))
		return -1;
	memcpy(sink->buf, src->data, src->size);
	sink->size = src->size;
	src->used = src->size;
	return 0;
}

/* zlib and libbz2 count in unsigned int */
static unsigned int clamp_uint(size_t n)
{
	return n > 1u << 30 ? 1u << 30 : (unsigned int)n;
}

int decompress_gzip(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	z_stream z = { 0 };
	int ret = -1, zret;

	/* 16: expect a gzip header and check its trailer */
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return fail_system(err, "no memory for zlib");
	do {
		unsigned int in = clamp_uint(src->size - src->used), out;

		if (sink_reserve(sink, src, 1, err))
			goto end;
		out = clamp_uint(sink->room - sink->size);
		z.next_in = (unsigned char *)src->data + src->used;
		z.avail_in = in;
		z.next_out = sink->buf + sink->size;
		z.avail_out = out;
		zret = inflate(&z, Z_NO_FLUSH);
		src->used += in - z.avail_in;
		sink->size += out - z.avail_out;
		if (zret == Z_BUF_ERROR) {
			cut_off(err, src, "gzip");
			goto end;
		}
		if (zret != Z_OK && zret != Z_STREAM_END) {
			if (zret == Z_MEM_ERROR)
				fail_system(err, "no memory for zlib");
			else
				corrupt(err, src, src->used, "gzip",
					z.msg ? z.msg : "needs a dictionary");
			goto end;
		}
	} while (zret != Z_STREAM_END);
	ret = 0;
end:
	inflateEnd(&z);
	return ret;
}

int decompress_bzip2(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	bz_stream z = { 0 };
	int ret = -1, zret;

	if (BZ2_bzDecompressInit(&z, 0, 0) != BZ_OK)
		return fail_system(err, "no memory for libbz2");
	do {
		unsigned int in = clamp_uint(src->size - src->used), out;

		if (sink_reserve(sink, src, 1, err))
			goto end;
		out = clamp_uint(sink->room - sink->size);
		z.next_in = (char *)src->data + src->used;
		z.avail_in = in;
		z.next_out = (char *)sink->buf + sink->size;
		z.avail_out = out;
		zret = BZ2_bzDecompress(&z);
		src->used += in - z.avail_in;
		sink->size += out - z.avail_out;
		if (zret == BZ_OK && !z.avail_in && z.avail_out &&
		    src->used == src->size) {
			cut_off(err, src, "bzip2");
			goto end;
		}
		if (zret != BZ_OK && zret != BZ_STREAM_END) {
			if (zret == BZ_MEM_ERROR)
				fail_system(err, "no memory for libbz2");
			else
				corrupt(err, src, src->used, "bzip2",
					zret == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" :
					"a block or its checksum is wrong");
			goto end;
		}
	} while (zret != BZ_STREAM_END);
	ret = 0;
end:
	BZ2_bzDecompressEnd(&z);
	return ret;
}

/* The loop that lzma and xz share */
static int run_lzma(lzma_stream *z, const char *format, struct source *src, struct sink *sink,
		    struct bzimage_error *err)
{
	lzma_ret zret;

	z->next_in = src->data;
	z->avail_in = src->size;
	do {
		size_t out;

		if (sink_reserve(sink, src, 1, err))
			return -1;
		out = sink->room - sink->size;
		z->next_out = sink->buf + sink->size;
		z->avail_out = out;
		zret = lzma_code(z, LZMA_RUN);
		src->used = src->size - z->avail_in;
		sink->size += out - z->avail_out;
		switch (zret) {
		case LZMA_OK:
		case LZMA_STREAM_END:
			break;
		case LZMA_BUF_ERROR:
			return cut_off(err, src, format);
		case LZMA_MEM_ERROR:
			return fail_system(err, "no memory for liblzma");
		case LZMA_MEMLIMIT_ERROR:
			return fail(err, src->offset, FIELD,
				    "%s data wants a window of more than %llu bytes", format,
				    (unsigned long long)src->memory);
		case LZMA_OPTIONS_ERROR:
			return corrupt(err, src, 0, format, "unsupported options");
		default:
			return corrupt(err, src, src->used, format,
				       "a symbol or checksum is wrong");
		}
	} while (zret != LZMA_STREAM_END);
	return 0;
}

int decompress_lzma(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	lzma_stream z = LZMA_STREAM_INIT;
	int ret;

	if (lzma_alone_decoder(&z, src->memory) != LZMA_OK)
		return fail_system(err, "no memory for liblzma");
	ret = run_lzma(&z, "lzma", src, sink, err);
	lzma_end(&z);
	return ret;
}

int decompress_xz(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	lzma_stream z = LZMA_STREAM_INIT;
	int ret;

	if (lzma_stream_decoder(&z, src->memory, 0) != LZMA_OK)
		return fail_system(err, "no memory for liblzma");
	ret = run_lzma(&z, "xz", src, sink, err);
	lzma_end(&z);
	return ret;
}

/*
 * The lzop container, as far as the kernel reads it:
 *
 *	 9 magic		 2 version	 2 library version
 *	[2 version to extract	 1 method	 1 level: 0.94 and later]
 *	 4 flags		[4 filter]	 4 mode		 4 + [4] mtime
 *	 1 name's length, name	 4 checksum of the header
 *
 * then blocks: size, stored size, checksums as the flags say, data; size 0 ends.
 * All numbers are big-endian.
 */
#define LZOP_VERSION_094	0x0940
#define LZOP_FLAG_ADLER_D	0x001
#define LZOP_FLAG_ADLER_C	0x002
#define LZOP_FLAG_CRC_D		0x100
#define LZOP_FLAG_CRC_C		0x200
#define LZOP_FLAG_FILTER	0x800
#define LZOP_MAX_BLOCK		(64u << 20)

static uint32_t lzop_checksum(bool adler, const unsigned char *p, size_t size)
{
	return (uint32_t)(adler ? adler32_z(adler32_z(0, NULL, 0), p, size) :
			  crc32_z(crc32_z(0, NULL, 0), p, size));
}

struct lzop {
	struct source *src;
	struct sink *sink;
	struct bzimage_error *err;
	uint32_t flags;
};

/* Take @n bytes of input, or give NULL with the error set */
static const unsigned char *lzop_take(struct lzop *l, size_t n)
{
	const unsigned char *p = l->src->data + l->src->used;

	if (n > l->src->size - l->src->used) {
		cut_off(l->err, l->src, "lzo");
		return NULL;
	}
	l->src->used += n;
	return p;
}

static int lzop_header(struct lzop *l)
{
	const unsigned char *p = lzop_take(l, 9 + 4);
	size_t start = 9;
	unsigned int version;

	if (!p)
		return -1;
	version = (unsigned int)p[9] << 8 | p[10];
	if (version < LZOP_VERSION_094)
		return corrupt(l->err, l->src, start, "lzo", "version before 0.94");
	p = lzop_take(l, 2 + 1 + 1 + 4);
	if (!p)
		return -1;
	/* Methods 1 to 3 are LZO1X at different levels */
	if (p[2] < 1 || p[2] > 3)
		return corrupt(l->err, l->src, 15, "lzo", "unknown method");
	l->flags = get_be32(p + 4);
	if (l->flags & LZOP_FLAG_FILTER)
		return corrupt(l->err, l->src, 17, "lzo", "filters are not supported");
	p = lzop_take(l, 4 + 8 + 1);
	if (!p)
		return -1;
	if (!lzop_take(l, p[12]))
		return -1;
	p = lzop_take(l, 4);
	if (!p)
		return -1;
	if (get_be32(p) != lzop_checksum(!(l->flags & 0x1000), l->src->data + start,
					 l->src->used - 4 - start))
		return corrupt(l->err, l->src, l->src->used - 4, "lzo", "header checksum is wrong");
	return 0;
}

/* Returns 1 after the last block */
static int lzop_block(struct lzop *l)
{
	static const uint32_t flag_d[] = { LZOP_FLAG_ADLER_D, LZOP_FLAG_CRC_D };
	static const uint32_t flag_c[] = { LZOP_FLAG_ADLER_C, LZOP_FLAG_CRC_C };
	const unsigned char *p = lzop_take(l, 4), *sums, *in;
	unsigned char *out;
	uint32_t size, stored;
	size_t at = l->src->used - 4, nr_sums = 0;
	lzo_uint got;

	if (!p)
		return -1;
	size = get_be32(p);
	if (!size)
		return 1;
	p = lzop_take(l, 4);
	if (!p)
		return -1;
	stored = get_be32(p);
	if (size > LZOP_MAX_BLOCK || stored > size || !stored)
		return corrupt(l->err, l->src, at, "lzo", "block sizes are wrong");
	for (int i = 0; i < 2; i++) {
		nr_sums += !!(l->flags & flag_d[i]);
		/* A block that is not smaller is stored, without this one */
		nr_sums += stored < size && (l->flags & flag_c[i]);
	}
	sums = lzop_take(l, 4 * nr_sums);
	in = sums ? lzop_take(l, stored) : NULL;
	if (!in || sink_reserve(l->sink, l->src, size, l->err))
		return -1;
	out = l->sink->buf + l->sink->size;
	got = size;
	if (stored == size)
		memcpy(out, in, size);
	else if (lzo1x_decompress_safe(in, stored, out, &got, NULL) != LZO_E_OK || got != size)
		return corrupt(l->err, l->src, at, "lzo", "a block does not decompress");

	for (int i = 0; i < 2; i++) {
		if (!(l->flags & flag_d[i]))
			continue;
		if (get_be32(sums) != lzop_checksum(!i, out, size))
			return corrupt(l->err, l->src, at, "lzo", "a block's checksum is wrong");
		sums += 4;
	}
	for (int i = 0; i < 2 && stored < size; i++) {
		if (!(l->flags & flag_c[i]))
			continue;
		if (get_be32(sums) != lzop_checksum(!i, in, stored))
			return corrupt(l->err, l->src, at, "lzo", "a block's checksum is wrong");
		sums += 4;
	}
	l->sink->size += size;
	return 0;
}

int decompress_lzo(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	struct lzop l = { .src = src, .sink = sink, .err = err };
	int ret;

	if (lzop_header(&l))
		return -1;
	do
		ret = lzop_block(&l);
	while (!ret);
	return ret < 0 ? -1 : 0;
}

/* The legacy lz4 frame: a magic number, then blocks with their stored size in front */
#define LZ4_MAX_BLOCK		(8u << 20)
#define LZ4_LEGACY_MAGIC	0x184c2102

/*
 * The format has no end mark: the stream ends with the input. Four bytes that
 * are left are the uncompressed size, which the kernel's build appends.
 */
int decompress_lz4(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	src->used = 4;
	while (src->size - src->used > 4) {
		uint32_t stored = get_le32(src->data + src->used);
		size_t want;
		int got;

		if (stored == LZ4_LEGACY_MAGIC) {
			src->used += 4;
			continue;
		}
		if (stored > src->size - src->used - 4)
			return cut_off(err, src, "lz4");
		if (!stored || stored > (uint32_t)LZ4_compressBound(LZ4_MAX_BLOCK))
			return corrupt(err, src, src->used, "lz4", "a block's size is wrong");
		/* No more than 255 bytes can come from one */
		want = (size_t)stored * 255 < LZ4_MAX_BLOCK ? (size_t)stored * 255 : LZ4_MAX_BLOCK;
		if (want > sink->limit - sink->size)
			want = (size_t)(sink->limit - sink->size);
		if (sink_reserve(sink, src, want ? want : 1, err))
			return -1;
		got = LZ4_decompress_safe((const char *)src->data + src->used + 4,
					  (char *)sink->buf + sink->size, (int)stored, (int)want);
		if (got < 0 && want == sink->limit - sink->size)
			return sink_reserve(sink, src, want + 1, err);
		if (got < 0)
			return corrupt(err, src, src->used, "lz4", "a block does not decompress");
		src->used += 4 + (size_t)stored;
		sink->size += (size_t)got;
	}
	return 0;
}

/* Windows from 1 KiB to what zstd -22 --ultra uses */
#define ZSTD_MIN_WINDOW_LOG	10
#define ZSTD_MAX_WINDOW_LOG	27

int decompress_zstd(struct source *src, struct sink *sink, struct bzimage_error *err)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	ZSTD_inBuffer in = { .src = src->data, .size = src->size };
	int window = ZSTD_MIN_WINDOW_LOG, ret = -1;
	size_t zret;

	if (!z)
		return fail_system(err, "no memory for libzstd");
	while (window < ZSTD_MAX_WINDOW_LOG && 1ULL << window < src->memory)
		window++;
	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, window);
	do {
		ZSTD_outBuffer out;
		size_t in_before = in.pos;

		if (sink_reserve(sink, src, 1, err))
			goto end;
		out.dst = sink->buf + sink->size;
		out.size = sink->room - sink->size;
		out.pos = 0;
		zret = ZSTD_decompressStream(z, &out, &in);
		src->used = in.pos;
		sink->size += out.pos;
		if (ZSTD_isError(zret)) {
			corrupt(err, src, in.pos, "zstd", ZSTD_getErrorName(zret));
			goto end;
		}
		if (zret && in.pos == in.size && in.pos == in_before && !out.pos) {
			cut_off(err, src, "zstd");
			goto end;
		}
	} while (zret);
	ret = 0;
end:
	ZSTD_freeDCtx(z);
	return ret;
}
