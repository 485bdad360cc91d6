// SPDX-License-Identifier: GPL-2.0
/*
 * ELF files in memory.
 *
 * libelf decodes; what it would trust is checked here first: that both header
 * tables, every segment and every section lie inside the bytes at hand.
 */

#include <elf.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "notes.h"
#include "util.h"

/* Kernels have less than ten. This also keeps PN_XNUM, 0xffff, away from libelf. */
#define MAX_SEGMENTS	128

static void grow_extent(struct bzimage_elf *elf, uint64_t end)
{
	if (end > elf->extent)
		elf->extent = (size_t)end;
}

/* The parts of an ELF header that both classes have, at their offsets */
struct ehdr_layout {
	unsigned int size;
	unsigned int phentsize;
	unsigned int shentsize;
	unsigned int off_phoff;
	unsigned int off_shoff;
	unsigned int off_ehsize;
};

static const struct ehdr_layout layout32 = {
	.size = sizeof(Elf32_Ehdr),
	.phentsize = sizeof(Elf32_Phdr),
	.shentsize = sizeof(Elf32_Shdr),
	.off_phoff = offsetof(Elf32_Ehdr, e_phoff),
	.off_shoff = offsetof(Elf32_Ehdr, e_shoff),
	.off_ehsize = offsetof(Elf32_Ehdr, e_ehsize),
};

static const struct ehdr_layout layout64 = {
	.size = sizeof(Elf64_Ehdr),
	.phentsize = sizeof(Elf64_Phdr),
	.shentsize = sizeof(Elf64_Shdr),
	.off_phoff = offsetof(Elf64_Ehdr, e_phoff),
	.off_shoff = offsetof(Elf64_Ehdr, e_shoff),
	.off_ehsize = offsetof(Elf64_Ehdr, e_ehsize),
};

/* Everything libelf relies on before it has looked at a single table entry */
static int check_header(struct bzimage_elf *elf, struct bzimage_error *err)
{
	const unsigned char *p = elf->data;
	const struct ehdr_layout *l;
	unsigned int phnum, shnum;
	uint64_t phoff, shoff;

	if (elf->size < EI_NIDENT || memcmp(p, ELFMAG, SELFMAG))
		return fail(err, 0, "e_ident", "has no ELF magic number");
	if (p[EI_CLASS] != ELFCLASS32 && p[EI_CLASS] != ELFCLASS64)
		return fail(err, EI_CLASS, "EI_CLASS", "is %u, not 1 (32-bit) or 2 (64-bit)",
			    p[EI_CLASS]);
	if (p[EI_DATA] != ELFDATA2LSB)
		return fail(err, EI_DATA, "EI_DATA", "is %u, not 1 (little-endian)", p[EI_DATA]);
	if (p[EI_VERSION] != EV_CURRENT)
		return fail(err, EI_VERSION, "EI_VERSION", "is %u, not 1", p[EI_VERSION]);

	l = p[EI_CLASS] == ELFCLASS32 ? &layout32 : &layout64;
	if (elf->size < l->size)
		return fail(err, 0, "ELF header", "is cut off after %zu of %u bytes", elf->size,
			    l->size);
	grow_extent(elf, l->size);

	/* e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum follow one another */
	p += l->off_ehsize;
	phnum = get_le16(p + 4);
	shnum = get_le16(p + 8);
	if (l == &layout32) {
		phoff = get_le32(elf->data + l->off_phoff);
		shoff = get_le32(elf->data + l->off_shoff);
	} else {
		phoff = get_le64(elf->data + l->off_phoff);
		shoff = get_le64(elf->data + l->off_shoff);
	}

	if (get_le16(p) != l->size)
		return fail(err, l->off_ehsize, "e_ehsize", "is %u, not %u", get_le16(p), l->size);
	if (phnum && get_le16(p + 2) != l->phentsize)
		return fail(err, l->off_ehsize + 2, "e_phentsize", "is %u, not %u",
			    get_le16(p + 2), l->phentsize);
	if (shnum && get_le16(p + 6) != l->shentsize)
		return fail(err, l->off_ehsize + 6, "e_shentsize", "is %u, not %u",
			    get_le16(p + 6), l->shentsize);
	if (phnum > MAX_SEGMENTS)
		return fail(err, l->off_ehsize + 4, "e_phnum", "is %u, more than %d", phnum,
			    MAX_SEGMENTS);
	if (!shnum && shoff)
		return fail(err, l->off_ehsize + 8, "e_shnum",
			    "is 0 with section headers at 0x%" PRIx64, shoff);
	if (!in_range(phoff, (uint64_t)phnum * l->phentsize, elf->size))
		return fail(err, l->off_phoff, "e_phoff",
			    "puts %u program headers at 0x%" PRIx64 ", past the end at 0x%zx",
			    phnum, phoff, elf->size);
	if (!in_range(shoff, (uint64_t)shnum * l->shentsize, elf->size))
		return fail(err, l->off_shoff, "e_shoff",
			    "puts %u section headers at 0x%" PRIx64 ", past the end at 0x%zx",
			    shnum, shoff, elf->size);

	elf->elf_class = l == &layout32 ? 32 : 64;
	elf->phoff = phoff;
	elf->nr_segments = phnum;
	elf->nr_sections = shnum ? shnum - 1 : 0;
	grow_extent(elf, phoff + (uint64_t)phnum * l->phentsize);
	grow_extent(elf, shoff + (uint64_t)shnum * l->shentsize);
	return 0;
}

static int read_segments(struct bzimage_elf *elf, struct bzimage_error *err)
{
	if (!elf->nr_segments)
		return 0;
	elf->segments = calloc(elf->nr_segments, sizeof(*elf->segments));
	if (!elf->segments)
		return fail_system(err, "no memory for %zu program headers", elf->nr_segments);

	for (size_t i = 0; i < elf->nr_segments; i++) {
		struct bzimage_segment *s = &elf->segments[i];
		GElf_Phdr ph;

		if (!gelf_getphdr(elf->handle, (int)i, &ph))
			return fail(err, elf->phoff, "e_phoff", "segment %zu: %s", i,
				    elf_errmsg(-1));
		s->type = ph.p_type;
		s->flags = ph.p_flags;
		s->offset = ph.p_offset;
		s->vaddr = ph.p_vaddr;
		s->paddr = ph.p_paddr;
		s->filesz = ph.p_filesz;
		s->memsz = ph.p_memsz;
		s->align = ph.p_align;
		if (s->type == PT_NULL || !s->filesz)
			continue;
		if (!in_range(s->offset, s->filesz, elf->size))
			return fail(err, elf->phoff, "p_filesz",
				    "of segment %zu: 0x%" PRIx64 " bytes at 0x%" PRIx64
				    " go past the end at 0x%zx", i, s->filesz, s->offset,
				    elf->size);
		grow_extent(elf, s->offset + s->filesz);
	}
	return 0;
}

static int read_sections(struct bzimage_elf *elf, struct bzimage_error *err)
{
	size_t strndx = 0;

	if (!elf->nr_sections)
		return 0;
	elf->sections = calloc(elf->nr_sections, sizeof(*elf->sections));
	if (!elf->sections)
		return fail_system(err, "no memory for %zu section headers", elf->nr_sections);
	/* Names are a courtesy: a file without them is read all the same */
	if (elf_getshdrstrndx(elf->handle, &strndx))
		strndx = 0;

	for (size_t i = 0; i < elf->nr_sections; i++) {
		struct bzimage_section *s = &elf->sections[i];
		Elf_Scn *scn = elf_getscn(elf->handle, i + 1);
		GElf_Shdr sh;

		if (!scn || !gelf_getshdr(scn, &sh))
			return fail(err, 0, "e_shoff", "section %zu: %s", i + 1, elf_errmsg(-1));
		s->type = sh.sh_type;
		s->flags = sh.sh_flags;
		s->addr = sh.sh_addr;
		s->offset = sh.sh_offset;
		s->size = sh.sh_size;
		s->name = "";
		if (s->type == SHT_NOBITS || s->type == SHT_NULL || !s->size)
			continue;
		if (!in_range(s->offset, s->size, elf->size))
			return fail(err, 0, "sh_size",
				    "of section %zu: 0x%" PRIx64 " bytes at 0x%" PRIx64
				    " go past the end at 0x%zx", i + 1, s->size, s->offset,
				    elf->size);
		grow_extent(elf, s->offset + s->size);
	}
	/* Only now is the string table known to be inside the file */
	for (size_t i = 0; strndx && i < elf->nr_sections; i++) {
		GElf_Shdr sh;
		const char *name;

		if (!gelf_getshdr(elf_getscn(elf->handle, i + 1), &sh))
			continue;
		name = elf_strptr(elf->handle, strndx, sh.sh_name);
		if (name)
			elf->sections[i].name = name;
	}
	return 0;
}

int bzimage_elf_parse(struct bzimage_elf *elf, unsigned char *data, size_t size,
		      struct bzimage_error *err)
{
	GElf_Ehdr eh;

	memset(elf, 0, sizeof(*elf));
	elf->data = data;
	elf->size = size;
	if (check_header(elf, err))
		return -1;

	elf_version(EV_CURRENT);
	elf->handle = elf_memory((char *)data, size);
	if (!elf->handle || !gelf_getehdr(elf->handle, &eh))
		return fail(err, 0, "ELF header", "libelf refuses it: %s", elf_errmsg(-1));
	elf->machine = eh.e_machine;
	elf->type = eh.e_type;
	elf->entry = eh.e_entry;
	elf->flags = eh.e_flags;

	if (read_segments(elf, err) || read_sections(elf, err))
		return -1;
	return notes_read(elf, err);
}

void bzimage_elf_free(struct bzimage_elf *elf)
{
	elf_end(elf->handle);
	free(elf->segments);
	free(elf->sections);
	free(elf->notes);
	memset(elf, 0, sizeof(*elf));
}

const struct bzimage_note *bzimage_elf_note(const struct bzimage_elf *elf, const char *owner,
					    uint32_t type)
{
	for (size_t i = 0; i < elf->nr_notes; i++)
		if (elf->notes[i].type == type && !strcmp(elf->notes[i].owner, owner))
			return &elf->notes[i];
	return NULL;
}

bool bzimage_elf_span(const struct bzimage_elf *elf, uint64_t *start, uint64_t *end)
{
	*start = UINT64_MAX;
	*end = 0;
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (s->type != PT_LOAD || !s->memsz)
			continue;
		if (s->paddr < *start)
			*start = s->paddr;
		if (add_sat(s->paddr, s->memsz) > *end)
			*end = add_sat(s->paddr, s->memsz);
	}
	return *end > *start;
}

const char *bzimage_elf_machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_386:
		return "i386";
	case EM_X86_64:
		return "x86-64";
	default:
		return NULL;
	}
}

const char *bzimage_elf_type_name(unsigned int type)
{
	switch (type) {
	case ET_REL:
		return "REL";
	case ET_EXEC:
		return "EXEC";
	case ET_DYN:
		return "DYN";
	case ET_CORE:
		return "CORE";
	default:
		return NULL;
	}
}

const char *bzimage_elf_segment_name(uint32_t type)
{
	switch (type) {
	case PT_NULL:
		return "NULL";
	case PT_LOAD:
		return "LOAD";
	case PT_DYNAMIC:
		return "DYNAMIC";
	case PT_INTERP:
		return "INTERP";
	case PT_NOTE:
		return "NOTE";
	case PT_PHDR:
		return "PHDR";
	case PT_TLS:
		return "TLS";
	case PT_GNU_STACK:
		return "GNU_STACK";
	case PT_GNU_RELRO:
		return "GNU_RELRO";
	case PT_GNU_PROPERTY:
		return "GNU_PROPERTY";
	default:
		return NULL;
	}
}
