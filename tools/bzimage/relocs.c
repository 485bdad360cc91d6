// SPDX-License-Identifier: GPL-2.0
/*
 * The relocations behind a 32-bit vmlinux, in either of two forms:
 *
 * words	a zero, then the address of each word to adjust; Linux's
 *		decompressor reads them backwards from the end until the zero
 * packed	the distance of each address from the one before as unsigned
 *		LEB128, then two words: how many there are, and in how many bytes
 *
 * The last word tells them apart: it is an address in the kernel in the one, the
 * size of what is before the two words in the other.
 */

#include <elf.h>
#include <inttypes.h>

#include "util.h"

#define WORD		4
#define PACKED_TAIL	8
#define LEB128_MAX	5	/* bytes that a 32-bit number can take */

static bool in_kernel(const struct bzimage_elf *elf, uint32_t vaddr)
{
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (s->type == PT_LOAD && vaddr >= s->vaddr && vaddr - s->vaddr < s->memsz)
			return true;
	}
	return false;
}

static int bad_range(struct bzimage_relocs *relocs, size_t at, uint32_t address)
{
	relocs->out_of_range = true;
	return fail(&relocs->error, at, "vmlinux relocations",
		    "one is for 0x%" PRIx32 ", in no segment", address);
}

static int bad_form(struct bzimage_relocs *relocs, size_t at, const char *why)
{
	return fail(&relocs->error, at, "vmlinux relocations",
		    "%zu bytes behind the ELF file: %s", relocs->size, why);
}

static int read_words(const struct bzimage_elf *elf, struct bzimage_relocs *relocs)
{
	size_t pos = elf->size;

	while (pos >= elf->extent + WORD) {
		uint32_t address = get_le32(elf->data + pos - WORD);

		pos -= WORD;
		if (!address && pos == elf->extent)
			return 0;
		if (!address)
			break;
		if (!in_kernel(elf, address))
			return bad_range(relocs, pos, address);
		relocs->count++;
	}
	return bad_form(relocs, pos, "not one zero word and relocations");
}

static int read_packed(const struct bzimage_elf *elf, struct bzimage_relocs *relocs)
{
	const unsigned char *p = elf->data;
	size_t pos = elf->extent, end = elf->size - PACKED_TAIL;
	uint32_t count = get_le32(p + end), address = 0;

	while (pos < end) {
		size_t start = pos;
		uint64_t distance = 0;

		do {
			if (pos == end || pos - start == LEB128_MAX)
				return bad_form(relocs, start, "a number is cut off or too long");
			distance |= (uint64_t)(p[pos] & 0x7f) << (7 * (pos - start));
		} while (p[pos++] & 0x80);
		if (!distance || distance > UINT32_MAX - address)
			return bad_form(relocs, start, "addresses do not ascend");
		address += (uint32_t)distance;
		if (!in_kernel(elf, address))
			return bad_range(relocs, start, address);
		relocs->count++;
	}
	if (relocs->count != count)
		return bad_form(relocs, end, "their number is not what is stated");
	return 0;
}

void bzimage_relocs_parse(const struct bzimage_elf *elf, struct bzimage_relocs *relocs)
{
	memset(relocs, 0, sizeof(*relocs));
	relocs->size = elf->size - elf->extent;
	/* A 64-bit kernel has three tables, which are for its decompressor alone */
	if (!relocs->size || elf->elf_class != 32)
		return;
	if (relocs->size >= PACKED_TAIL &&
	    get_le32(elf->data + elf->size - WORD) == relocs->size - PACKED_TAIL) {
		relocs->form = BZIMAGE_RELOCS_PACKED;
		read_packed(elf, relocs);
	} else {
		relocs->form = BZIMAGE_RELOCS_WORDS;
		read_words(elf, relocs);
	}
}

const char *bzimage_relocs_form_name(enum bzimage_relocs_form form)
{
	static const char *const names[] = {
		[BZIMAGE_RELOCS_UNREAD] = "unread",
		[BZIMAGE_RELOCS_WORDS] = "words",
		[BZIMAGE_RELOCS_PACKED] = "packed",
	};

	return names[form];
}
