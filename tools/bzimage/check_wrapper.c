// SPDX-License-Identifier: GPL-2.0
/* Checks of the ELF wrapper: a bzImage that ELF loaders take as it is */

#include <elf.h>
#include <inttypes.h>

#include "rules.h"
#include "util.h"

#define PAGE	BZIMAGE_ELF_PAGE_SIZE

static const struct bzimage_elf *wrapper(const struct checker *c)
{
	return &c->an->wrapper;
}

/* File offset of a program header */
static uint64_t phdr(const struct checker *c, size_t index)
{
	return c->img->elf_offset + wrapper(c)->phoff + index * sizeof(Elf32_Phdr);
}

/* File offset of a segment's contents */
static uint64_t file_offset(const struct checker *c, const struct bzimage_segment *s)
{
	return c->img->elf_offset + s->offset;
}

static bool is_load(const struct bzimage_segment *s)
{
	return s->type == PT_LOAD;
}

/* A finding about segment @index */
#define find_segment(c, rule, index, member, fmt, ...) \
	find(c, rule, phdr(c, index) + offsetof(Elf32_Phdr, member), \
	     "wrapper " #member, "of segment %zu " fmt, index, __VA_ARGS__)

static void explain_absence(struct checker *c, bool needed)
{
	const struct bzimage *img = c->img;
	const char *why = "the page before the block has no ELF magic number";

	if (img->setup_size < BZIMAGE_ELF_MIN_SETUP_SIZE)
		why = "the setup part is shorter than 8192 bytes";
	else if (img->setup_size % PAGE)
		why = "the setup part is no multiple of 4096 bytes";
	find_field(c, RULE_WRAPPER_NONE, BZF_SETUP_SECTS,
		   "there is no ELF wrapper: %s", why);
	if (needed) {
		c->last->severity = BZIMAGE_ERROR;
		expect(c, "one");
	}
	/* A header that the rule does not see is a mistake of the build */
	if (img->setup_size >= PAGE &&
	    get_le32(img->data + BZIMAGE_ELF_OFFSET(img->setup_size)) == BZIMAGE_ELF_MAGIC) {
		find_field(c, RULE_WRAPPER_STRAY, BZF_SETUP_SECTS,
			   "there is an ELF header at 0x%zx, where the locator rule does not look",
			   BZIMAGE_ELF_OFFSET(img->setup_size));
		expect(c, "a setup part of at least 8192 bytes, a multiple of 4096");
	}
}

static void check_ehdr(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);
	uint64_t base = c->img->elf_offset;

	if (elf->elf_class != 32) {
		find(c, RULE_WRAPPER_HEADER, base + EI_CLASS, "wrapper EI_CLASS",
		     "is for %u bits", elf->elf_class);
		expect(c, "32");
	}
	if (elf->type != ET_EXEC) {
		find(c, RULE_WRAPPER_HEADER, base + offsetof(Elf32_Ehdr, e_type),
		     "wrapper e_type", "is %u", elf->type);
		expect(c, "2 (EXEC)");
	}
	if (elf->machine != EM_386) {
		find(c, RULE_WRAPPER_HEADER, base + offsetof(Elf32_Ehdr, e_machine),
		     "wrapper e_machine", "is %u", elf->machine);
		expect(c, "3 (i386)");
	}
	if (elf->flags) {
		find(c, RULE_WRAPPER_HEADER, base + offsetof(Elf32_Ehdr, e_flags),
		     "wrapper e_flags", "is 0x%x", elf->flags);
		expect(c, "0");
	}
	if (!in_range(elf->phoff, elf->nr_segments * sizeof(Elf32_Phdr), PAGE)) {
		find(c, RULE_WRAPPER_PHDRS, base + offsetof(Elf32_Ehdr, e_phoff),
		     "wrapper e_phoff", "puts %zu program headers at 0x%" PRIx64,
		     elf->nr_segments, elf->phoff);
		expect(c, "an end in the header page");
	}
}

static void check_segment(struct checker *c, size_t i)
{
	const struct bzimage_segment *s = &wrapper(c)->segments[i];

	if (s->paddr % PAGE) {
		find_segment(c, RULE_WRAPPER_ALIGN, i, p_paddr, "is 0x%" PRIx64, s->paddr);
		expect(c, "a multiple of 0x%x", PAGE);
	}
	if (s->filesz && s->offset % PAGE) {
		find_segment(c, RULE_WRAPPER_ALIGN, i, p_offset, "is 0x%" PRIx64, s->offset);
		expect(c, "a multiple of 0x%x", PAGE);
	}
	if (!is_power_of_2(s->align) || s->align < PAGE) {
		find_segment(c, RULE_WRAPPER_ALIGN, i, p_align, "is 0x%" PRIx64, s->align);
		expect(c, "a power of two, 0x%x or more", PAGE);
	} else if ((s->vaddr - s->offset) & (s->align - 1)) {
		find_segment(c, RULE_WRAPPER_CONGRUENT, i, p_vaddr,
			     "is 0x%" PRIx64 " for the offset 0x%" PRIx64, s->vaddr, s->offset);
		expect(c, "the same modulo 0x%" PRIx64, s->align);
	}
	if (s->vaddr != s->paddr) {
		find_segment(c, RULE_WRAPPER_PADDR, i, p_paddr,
			     "is 0x%" PRIx64 " for the virtual address 0x%" PRIx64, s->paddr,
			     s->vaddr);
		expect(c, "the same");
	}
	if (s->filesz > s->memsz) {
		find_segment(c, RULE_WRAPPER_SIZES, i, p_filesz,
			     "is 0x%" PRIx64 " with a p_memsz of 0x%" PRIx64, s->filesz, s->memsz);
		expect(c, "no more than that");
	}
	if ((s->flags & PF_W) && (s->flags & PF_X)) {
		find_segment(c, RULE_WRAPPER_WX, i, p_flags, "is 0x%x: writable and executable",
			     s->flags);
		expect(c, "one of them");
	}
	if (!(s->flags & PF_R)) {
		find_segment(c, RULE_WRAPPER_READ, i, p_flags, "is 0x%x: not readable", s->flags);
		expect(c, "bit 2 set");
	}
}

/* Order and coverage, in one walk over the PT_LOADs */
static void check_layout(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);
	uint64_t pref = bzimage_get(c->img, BZF_PREF_ADDRESS);
	uint64_t end = pref + bzimage_get(c->img, BZF_INIT_SIZE);
	uint64_t mem_end = 0, file_end = 0;
	bool first = true;

	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (!is_load(s))
			continue;
		check_segment(c, i);
		if (first && s->paddr != pref) {
			find_segment(c, RULE_WRAPPER_START, i, p_paddr, "is 0x%" PRIx64, s->paddr);
			expect(c, "pref_address, 0x%" PRIx64, pref);
		}
		if (!first && s->paddr < mem_end) {
			find_segment(c, RULE_WRAPPER_ORDER, i, p_paddr,
				     "is 0x%" PRIx64 ", before the end of the one before it",
				     s->paddr);
			expect(c, "0x%" PRIx64 " or more", mem_end);
		}
		if (!first && s->paddr > mem_end && mem_end < end) {
			find_segment(c, RULE_WRAPPER_HOLE, i, p_paddr,
				     "is 0x%" PRIx64 ", behind a hole", s->paddr);
			expect(c, "0x%" PRIx64, mem_end);
		}
		if (s->filesz) {
			if (s->offset != page_align(file_end)) {
				find_segment(c, RULE_WRAPPER_FILE_ORDER, i, p_offset,
					     "is 0x%" PRIx64, s->offset);
				expect(c, "0x%" PRIx64, page_align(file_end));
			}
			file_end = s->offset + s->filesz;
		}
		mem_end = page_align(add_sat(s->paddr, s->memsz));
		first = false;
	}
	if (first) {
		find(c, RULE_WRAPPER_LOAD, c->img->elf_offset + elf->phoff, "wrapper e_phoff",
		     "there is no PT_LOAD");
		return;
	}
	if (mem_end < end) {
		find_field(c, RULE_WRAPPER_HOLE, BZF_INIT_SIZE,
			   "ends at 0x%" PRIx64 ", but the wrapper's segments end at 0x%" PRIx64,
			   end, mem_end);
		expect(c, "the same");
	} else if (mem_end > page_align(end)) {
		find_field(c, RULE_WRAPPER_END, BZF_INIT_SIZE,
			   "ends at 0x%" PRIx64 ", but the wrapper's segments end at 0x%" PRIx64,
			   end, mem_end);
		expect(c, "the same");
	}
	if (file_end != elf->size) {
		find(c, RULE_WRAPPER_FILE_END, c->img->elf_offset + file_end, "wrapper p_filesz",
		     "the last segment ends here, the file at 0x%zx", c->img->size);
		expect(c, "the same");
	}
}

static void check_entry(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);
	uint64_t field = c->img->elf_offset + offsetof(Elf32_Ehdr, e_entry);
	bool headers = false, found = false;

	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (!is_load(s) || !s->filesz)
			continue;
		if (s->offset == 0 && !(s->flags & (PF_W | PF_X)))
			headers = true;
		if (s->offset != PAGE)
			continue;
		found = true;
		if (s->paddr != elf->entry) {
			find(c, RULE_WRAPPER_ENTRY, field, "wrapper e_entry", "is 0x%" PRIx64,
			     elf->entry);
			expect(c, "0x%" PRIx64 ", where segment %zu is", s->paddr, i);
		}
		if (!(s->flags & PF_X)) {
			find_segment(c, RULE_WRAPPER_ENTRY, i, p_flags,
				     "is 0x%x: the entry is not executable", s->flags);
			expect(c, "bit 0 set");
		}
	}
	if (!found) {
		find(c, RULE_WRAPPER_ENTRY, field, "wrapper e_entry",
		     "no segment starts with the block's first byte at 0x%zx",
		     c->img->setup_size);
		expect(c, "an executable one");
	}
	if (!headers) {
		find(c, RULE_WRAPPER_HEADERS, c->img->elf_offset, "wrapper header page",
		     "is in no read-only segment");
		expect(c, "a PT_LOAD of its own");
	}
}

static void check_stack(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);

	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (s->type != PT_GNU_STACK)
			continue;
		if (s->flags & PF_X) {
			find_segment(c, RULE_WRAPPER_STACK, i, p_flags,
				     "is 0x%x: an executable stack", s->flags);
			expect(c, "bit 0 clear");
		}
		return;
	}
	find(c, RULE_WRAPPER_STACK, c->img->elf_offset + elf->phoff, "wrapper e_phoff",
	     "there is no PT_GNU_STACK");
	expect(c, "one that is not executable");
}

/* Whether a PT_LOAD has all of another segment's contents */
static bool is_loaded(const struct bzimage_elf *elf, const struct bzimage_segment *note)
{
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (is_load(s) && note->offset >= s->offset &&
		    in_range(note->offset - s->offset, note->filesz, s->filesz))
			return true;
	}
	return false;
}

static void check_notes(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);
	bool xen = false;

	if (elf->notes_error.status != BZIMAGE_OK)
		find_error(c, RULE_WRAPPER_NOTES, &elf->notes_error);
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (s->type == PT_DYNAMIC || s->type == PT_INTERP) {
			find_segment(c, RULE_WRAPPER_DYNAMIC, i, p_type, "is %s",
				     bzimage_elf_segment_name(s->type));
			expect(c, "no such segment");
		}
		if (s->type == PT_NOTE && !is_loaded(elf, s)) {
			find_segment(c, RULE_WRAPPER_NOTE_LOAD, i, p_offset,
				     "is 0x%" PRIx64 ": in no PT_LOAD", s->offset);
			expect(c, "notes that are loaded");
		}
	}
	for (size_t i = 0; i < elf->nr_notes; i++)
		xen |= !strcmp(elf->notes[i].owner, "Xen");
	if (!bzimage_elf_note(elf, "GNU", NT_GNU_BUILD_ID)) {
		find(c, RULE_WRAPPER_BUILD_ID, c->img->elf_offset, "wrapper notes",
		     "there is no build-id");
		expect(c, "a GNU note of type 3");
	}
	if (!xen)
		find(c, RULE_WRAPPER_NO_XEN, c->img->elf_offset, "wrapper notes",
		     "there are no Xen notes: Xen does not take this ELF file");
	check_xen_notes(c, elf, "wrapper", c->img->elf_offset);
}

/*
 * Loaded by its segments, the payload stays where it is while output is written
 * from pref_address on. What lies before it may be overwritten, header page and
 * entry too: they have done their work by then.
 */
static void check_payload_place(struct checker *c)
{
	const struct bzimage_elf *elf = wrapper(c);
	const struct bzimage_payload *p = &c->an->payload;
	uint64_t need = add_sat(bzimage_get(c->img, BZF_PREF_ADDRESS),
				p->size + bzimage_inplace_margin(p->compression, p->size));

	if (!p->present)
		return;
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		uint64_t start = file_offset(c, s), end;

		if (!is_load(s) || p->offset < start ||
		    !in_range(p->offset - start, p->length, s->filesz))
			continue;
		if (s->flags & PF_W) {
			find_segment(c, RULE_WRAPPER_PAYLOAD, i, p_flags,
				     "is 0x%x, and it holds the payload", s->flags);
			expect(c, "bit 1 clear");
		}
		end = s->paddr + (p->offset - start) + p->length;
		if (p->data && end < need) {
			find_segment(c, RULE_WRAPPER_INPLACE, i, p_paddr,
				     "puts the payload's end at 0x%" PRIx64, end);
			expect(c, "0x%" PRIx64 " or more, for %zu bytes of output", need, p->size);
		}
		return;
	}
	find_field(c, RULE_WRAPPER_PAYLOAD, BZF_PAYLOAD_OFFSET,
		   "puts the payload at 0x%zx, in no segment of the wrapper", p->offset);
	expect(c, "one that is not writable");
}

static void check_header_fields(struct checker *c)
{
	if (!bzimage_is_high(c->img)) {
		find_field(c, RULE_WRAPPER_LOW, BZF_LOADFLAGS, "LOADED_HIGH is clear");
		expect(c, "a bzImage");
	}
	if (!bzimage_has(c->img, BZF_INIT_SIZE)) {
		find_field(c, RULE_WRAPPER_PROTOCOL, BZF_VERSION,
			   "protocol %u.%02u has no pref_address and init_size",
			   c->img->protocol >> 8, c->img->protocol & 0xff);
		expect(c, "2.10 or later");
	}
}

void check_wrapper(struct checker *c, bool needed)
{
	if (!c->img->elf_offset) {
		explain_absence(c, needed);
		return;
	}
	check_header_fields(c);
	if (!c->an->has_wrapper) {
		find_error(c, RULE_WRAPPER_BAD, &c->an->wrapper_error);
		return;
	}
	check_ehdr(c);
	/* What follows reads 32-bit program headers */
	if (wrapper(c)->elf_class != 32)
		return;
	check_layout(c);
	check_entry(c);
	check_stack(c);
	check_notes(c);
	check_payload_place(c);
}
