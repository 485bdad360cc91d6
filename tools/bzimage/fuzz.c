// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: the whole of the library and all renderers over one image.
 *
 * The mutator knows where the fields are. Most random changes to an image only
 * break a magic number or a checksum; these change a field, a program header or
 * the payload, and keep the rest.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bzimage.h"
#include "render.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* Small, so that a bomb costs little time */
static const struct bzimage_limits limits = { .max_size = 1 << 20, .max_ratio = 64 };

/*
 * The renderers take most of the time and see no byte of the image that was not
 * checked before. One input in so many, by its contents, goes through them.
 */
#define RENDER_ONE_IN	64

static void render(const struct bzimage_analysis *an, const struct bzimage_findings *findings,
		   const struct bzimage_map *map)
{
	static char sink[1 << 16];
	FILE *out = fopen("/dev/null", "w");

	if (!out)
		abort();
	setvbuf(out, sink, _IOFBF, sizeof(sink));
	info_text(out, "fuzz", an);
	info_json(out, "fuzz", an);
	check_text(out, "fuzz", findings);
	check_json(out, "fuzz", findings);
	map_text(out, "fuzz", map);
	map_svg(out, "fuzz", map);
	map_json(out, "fuzz", map);
	fclose(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bzimage_findings findings = { 0 };
	struct bzimage_map map = { 0 };
	struct bzimage_analysis an;
	struct bzimage_error err;
	struct bzimage img;
	/* For replaying the corpus */
	const bool render_all = getenv("BZIMAGE_RENDER_ALL");

	if (bzimage_parse(&img, data, size, &err))
		return 0;
	if (!bzimage_analyse(&an, &img, &limits, &err) &&
	    !bzimage_check(&an, true, &findings, &err) && !bzimage_map(&an, &map, &err) &&
	    (render_all || crc32_z(0, data, size) % RENDER_ONE_IN == 0))
		render(&an, &findings, &map);
	bzimage_map_free(&map);
	bzimage_findings_free(&findings);
	bzimage_analysis_free(&an);
	return 0;
}

static const unsigned int interesting[] = {
	0, 1, 4, 7, 8, 16, 31, 32, 52, 64, 0x7f, 0x80, 0xff, 0x100, 0x200, 0xfff, 0x1000, 0x1001,
	0x7fff, 0x8000, 0xffff, 0x10000, 0x100000, 0x1000000, 0x7fffffff, 0x80000000, 0xfffff000,
	0xffffffff,
};

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void put(uint8_t *data, size_t size, size_t offset, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes && offset + i < size; i++)
		data[offset + i] = (uint8_t)(value >> 8 * i);
}

static uint64_t value(unsigned int *seed)
{
	uint64_t v = interesting[next(seed) % (sizeof(interesting) / sizeof(*interesting))];

	switch (next(seed) % 4) {
	case 0:
		return v + next(seed) % 16;
	case 1:
		return v - next(seed) % 16;
	case 2:
		return v << 32;
	default:
		return v;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct bzimage_error err;
	struct bzimage img;
	size_t start, length;

	if (bzimage_parse(&img, data, size, &err))
		return LLVMFuzzerMutate(data, size, max_size);
	switch (next(&seed) % 6) {
	case 0: {
		const struct bzimage_field *f = &bzimage_fields[next(&seed) % BZF_COUNT];

		put(data, size, f->offset, f->size, value(&seed));
		return size;
	}
	case 1:
		/* A word of the wrapper's headers */
		if (!img.elf_offset)
			break;
		put(data, size, img.elf_offset + 4 * (next(&seed) % 128), 4, value(&seed));
		return size;
	case 2:
		/* A word of the PE header */
		put(data, size, 2 * (next(&seed) % 240), 4, value(&seed));
		return size;
	case 3:
		/* The payload: its bytes, not its place */
		start = img.setup_size + bzimage_get(&img, BZF_PAYLOAD_OFFSET);
		length = bzimage_get(&img, BZF_PAYLOAD_LENGTH);
		if (start >= size || !length || length > size - start)
			break;
		LLVMFuzzerMutate(data + start, length, length);
		return size;
	case 4:
		/* A word of the block: kernel_info, notes, an uncompressed vmlinux */
		if (img.block_size < 4)
			break;
		put(data, size, img.setup_size + next(&seed) % img.block_size, 4, value(&seed));
		return size;
	default:
		break;
	}
	return LLVMFuzzerMutate(data, size, max_size);
}
