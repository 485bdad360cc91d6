// SPDX-License-Identifier: GPL-2.0
/* Loads an ELF executable by its program headers, at physical addresses. */
#include "elf32.h"
#include "loader.h"

static const struct elf32_header *header_of(const struct image *img)
{
	return (const struct elf32_header *)img->elf;
}

/* The i-th PT_LOAD with a size in memory, NULL behind the last. */
static const struct elf32_segment *load_segment(const struct image *img, u32 i)
{
	const struct elf32_header *h = header_of(img);
	const struct elf32_segment *s;
	u32 n;

	s = (const struct elf32_segment *)(img->elf + h->phoff);
	for (n = 0; n < h->phnum; n++, s++)
		if (s->type == ELF_PT_LOAD && s->memsz && !i--)
			return s;
	return NULL;
}

static void check_header(const struct image *img)
{
	const struct elf32_header *h = header_of(img);

	if (img->elf_size < sizeof(*h))
		refuse(EXIT_IMAGE, "ELF header is cut off");
	if (h->class != ELF_CLASS_32 || h->data != ELF_DATA_LSB ||
	    h->machine != ELF_MACHINE_386)
		refuse(EXIT_IMAGE, "ELF file is not for 32-bit x86");
	if (h->type != ELF_TYPE_EXEC)
		refuse(EXIT_IMAGE, "ELF file is of type %u, not an executable", h->type);
	if (h->phentsize != sizeof(struct elf32_segment))
		refuse(EXIT_IMAGE, "ELF program headers of %u bytes", h->phentsize);
	if (h->phoff % 4 || h->phoff > img->elf_size ||
	    h->phnum * sizeof(struct elf32_segment) > img->elf_size - h->phoff)
		refuse(EXIT_IMAGE, "ELF program headers lie outside the file");
}

static void check_segment(const struct image *img,
			  const struct elf32_segment *s, u32 i)
{
	const struct elf32_segment *t;
	u32 j;

	if (s->filesz > s->memsz)
		refuse(EXIT_IMAGE, "PT_LOAD %u has more bytes in the file than in memory", i);
	if (s->filesz && (s->offset > img->elf_size ||
			  s->filesz > img->elf_size - s->offset))
		refuse(EXIT_IMAGE, "PT_LOAD %u lies outside the file", i);
	if (s->memsz > 0u - PAGE_BYTES - s->paddr)
		refuse(EXIT_IMAGE, "PT_LOAD %u reaches the end of the address space", i);

	for (j = 0; j < i; j++) {
		t = load_segment(img, j);
		if (s->paddr < t->paddr + t->memsz &&
		    t->paddr < s->paddr + s->memsz)
			refuse(EXIT_OVERLAP, "PT_LOADs at 0x%x and 0x%x overlap",
			       t->paddr, s->paddr);
	}
}

void elf_check(const struct image *img)
{
	const struct elf32_segment *s;
	bool entered = false;
	u32 entry, i;

	check_header(img);
	entry = header_of(img)->entry;
	for (i = 0; (s = load_segment(img, i)); i++) {
		check_segment(img, s, i);
		if (entry >= s->paddr && entry - s->paddr < s->filesz)
			entered = true;
	}
	if (!i)
		refuse(EXIT_IMAGE, "ELF file has no PT_LOAD");
	if (!entered)
		refuse(EXIT_IMAGE, "ELF entry 0x%x is in no PT_LOAD's physical range", entry);
}

void elf_reserve(struct image *img)
{
	const struct elf32_segment *s;
	u32 i;

	img->entry = header_of(img)->entry;
	img->lowest = ~0u;
	for (i = 0; (s = load_segment(img, i)); i++) {
		memory_demand_ram(s->paddr, s->memsz, "PT_LOAD");
		memory_reserve(s->paddr, s->memsz, VISIBLE, "PT_LOAD");
		if (s->paddr < img->lowest)
			img->lowest = s->paddr;
		if (s->paddr + s->memsz > img->highest)
			img->highest = s->paddr + s->memsz;
	}
}

void elf_load(const struct image *img)
{
	const struct elf32_segment *s;
	u32 i;

	for (i = 0; (s = load_segment(img, i)); i++) {
		memcpy(ptr_to(s->paddr), img->elf + s->offset, s->filesz);
		memset(ptr_to(s->paddr + s->filesz), 0, s->memsz - s->filesz);
	}
}
