// SPDX-License-Identifier: GPL-2.0
/*
 * Where everything is: in the file, and in memory at each step of a boot.
 *
 * A stage is painted: what is put down later covers what was there, as a copy
 * in memory does. So the regions of a stage never overlap.
 */

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "util.h"

/* The boot protocol's sample layout of the setup segment when it is at 0x90000 */
#define HEAP_START	0x8000
#define CMDLINE_START	0x9800
#define CMDLINE_END	0xa000

#define BRK_SECTION	".brk"

/* Painting is quadratic; a kernel has some fifty sections */
#define MAX_SECTIONS	4096

/* Smaller sections take the kind of their segment: a picture needs no more */
#define MIN_SECTION	BZIMAGE_ELF_PAGE_SIZE

struct painter {
	const struct bzimage_analysis *an;
	const struct bzimage *img;
	struct bzimage_map *map;
	struct bzimage_stage *stage;
	bool no_memory;
};

static struct bzimage_region *new_region(struct painter *p, size_t index)
{
	struct bzimage_stage *st = p->stage;
	struct bzimage_region *r = realloc(st->regions, (st->nr_regions + 1) * sizeof(*r));

	if (!r) {
		p->no_memory = true;
		return NULL;
	}
	st->regions = r;
	r += index;
	memmove(r + 1, r, (st->nr_regions - index) * sizeof(*r));
	st->nr_regions++;
	return r;
}

/* Make [start, end) free, cutting what is there */
static void erase(struct painter *p, uint64_t start, uint64_t end)
{
	struct bzimage_stage *st = p->stage;
	size_t i = 0;

	while (i < st->nr_regions) {
		struct bzimage_region *r = &st->regions[i];
		uint64_t r_end = r->start + r->size;

		if (r_end <= start || r->start >= end) {
			i++;
		} else if (r->start < start && r_end > end) {
			struct bzimage_region *rest = new_region(p, i + 1);

			if (!rest)
				return;
			r = &st->regions[i];
			*rest = *r;
			rest->start = end;
			rest->size = r_end - end;
			r->size = start - r->start;
			return;
		} else if (r->start < start) {
			r->size = start - r->start;
			i++;
		} else if (r_end > end) {
			r->start = end;
			r->size = r_end - end;
			i++;
		} else {
			st->nr_regions--;
			memmove(r, r + 1, (st->nr_regions - i) * sizeof(*r));
		}
	}
}

static void paint(struct painter *p, uint64_t start, uint64_t size, enum bzimage_part part,
		  const char *label)
{
	struct bzimage_stage *st = p->stage;
	struct bzimage_region *r;
	size_t i = 0;

	/* A hostile header may put anything anywhere */
	if (!size || add_sat(start, size) == UINT64_MAX)
		return;
	erase(p, start, start + size);
	while (i < st->nr_regions && st->regions[i].start < start)
		i++;
	r = new_region(p, i);
	if (!r)
		return;
	r->start = start;
	r->size = size;
	r->part = part;
	snprintf(r->label, sizeof(r->label), "%s", label);
}

/* Too small to be seen: what fills up a page, or a few bytes of the kernel */
static bool is_small(const struct bzimage_region *r)
{
	return r->size < BZIMAGE_ELF_PAGE_SIZE && (r->part == BZIMAGE_PART_PADDING ||
		r->part == BZIMAGE_PART_TEXT || r->part == BZIMAGE_PART_DATA);
}

/* Make one of neighbours of the same kind, and add what is small to what is before it */
static void merge(struct bzimage_stage *st)
{
	size_t kept = 0;

	for (size_t i = 1; i < st->nr_regions; i++) {
		struct bzimage_region *last = &st->regions[kept], *r = &st->regions[i];

		if (last->start + last->size == r->start &&
		    (is_small(r) || (r->part == last->part && !strcmp(r->label, last->label))))
			last->size += r->size;
		else
			st->regions[++kept] = *r;
	}
	if (st->nr_regions)
		st->nr_regions = kept + 1;
}

static void new_stage(struct painter *p, const char *title, const char *explain)
{
	p->stage = &p->map->stages[p->map->nr_stages++];
	snprintf(p->stage->title, sizeof(p->stage->title), "%s", title);
	snprintf(p->stage->explain, sizeof(p->stage->explain), "%s", explain);
}

/* End of the block in the file: what syssize states, if that can be believed */
static uint64_t block_end(const struct painter *p)
{
	uint64_t end = p->img->setup_size +
		bzimage_get(p->img, BZF_SYSSIZE) * BZIMAGE_PARAGRAPH_SIZE;

	if (p->img->protocol < 0x204 || end > p->img->size || end == p->img->setup_size)
		return p->img->size;
	return end;
}

static void paint_setup(struct painter *p, uint64_t base)
{
	paint(p, base, p->img->setup_size, BZIMAGE_PART_SETUP, "boot sector, header, setup code");
	if (p->img->elf_offset)
		paint(p, base + p->img->elf_offset, BZIMAGE_ELF_PAGE_SIZE, BZIMAGE_PART_HEADERS,
		      "ELF headers and notes");
}

static void paint_payload(struct painter *p, uint64_t base)
{
	const struct bzimage_payload *pl = &p->an->payload;
	char label[48];

	if (!pl->present)
		return;
	if (pl->compression == BZIMAGE_ELF || pl->compression == BZIMAGE_UNKNOWN)
		snprintf(label, sizeof(label), "vmlinux, not compressed");
	else
		snprintf(label, sizeof(label), "vmlinux, %s",
			 bzimage_compression_name(pl->compression));
	paint(p, base + (pl->offset - p->img->setup_size), pl->length, BZIMAGE_PART_PAYLOAD, label);
}

/* What a segment of the wrapper holds, by its flags */
static const char *segment_label(const struct bzimage_segment *s, enum bzimage_part *part)
{
	*part = BZIMAGE_PART_LOADER;
	if (!s->filesz && s->offset != BZIMAGE_ELF_PAGE_SIZE) {
		*part = BZIMAGE_PART_WINDOW;
		return "decompression window";
	}
	if (s->offset == 0) {
		*part = BZIMAGE_PART_HEADERS;
		return "ELF headers and notes";
	}
	if (s->offset == BZIMAGE_ELF_PAGE_SIZE) {
		*part = BZIMAGE_PART_ENTRY;
		return "entry";
	}
	if (s->flags & PF_X)
		return "decompressor text";
	return s->flags & PF_W ? "decompressor data" : "decompressor rodata";
}

/* The block as it is in the file, its first byte at @base */
static void paint_block(struct painter *p, uint64_t base)
{
	const struct bzimage *img = p->img;
	const struct bzimage_payload *pl = &p->an->payload;
	uint64_t size = block_end(p) - img->setup_size;

	if (!p->an->has_wrapper) {
		paint(p, base, size, BZIMAGE_PART_LOADER,
		      pl->present ? "decompressor" : "protected-mode code");
		paint(p, base, pl->present ? pl->offset - img->setup_size : 0, BZIMAGE_PART_ENTRY,
		      "entry");
	} else {
		/* What is between segments fills up pages */
		paint(p, base, size, BZIMAGE_PART_PADDING, "padding");
		for (size_t i = 0; i < p->an->wrapper.nr_segments; i++) {
			const struct bzimage_segment *s = &p->an->wrapper.segments[i];
			enum bzimage_part part;
			const char *label = segment_label(s, &part);

			if (s->type == PT_LOAD && s->offset >= BZIMAGE_ELF_PAGE_SIZE)
				paint(p, base + s->offset - BZIMAGE_ELF_PAGE_SIZE, s->filesz, part,
				      label);
		}
	}
	paint_payload(p, base);
}

/* The same with its bss behind it */
static void paint_block_memory(struct painter *p, uint64_t base)
{
	uint64_t size = block_end(p) - p->img->setup_size;
	bool exact;
	uint64_t memory = bzimage_block_memory(p->an, &exact);

	if (memory > size)
		paint(p, base + size, memory - size, BZIMAGE_PART_BSS,
		      exact ? "decompressor bss" : "decompressor bss, size unknown");
	paint_block(p, base);
}

static void stage_file(struct painter *p)
{
	uint64_t end = block_end(p);

	new_stage(p, "file", "The file from its first byte to its last.");
	p->stage->is_file = true;
	paint(p, end, p->img->size - end, BZIMAGE_PART_OTHER,
	      p->an->pe.cert_size ? "signature" : "behind the block");
	paint_setup(p, 0);
	paint_block(p, p->img->setup_size);
}

static uint64_t load_address(const struct painter *p)
{
	if (!bzimage_is_high(p->img))
		return BZIMAGE_LOW_ADDRESS;
	return bzimage_get(p->img, BZF_CODE32_START);
}

static void stage_loaded(struct painter *p)
{
	new_stage(p, "loaded by a BIOS loader",
		  "Setup part in low memory, block at its load address. Loaders may put the "
		  "setup part elsewhere below 0xa0000 from protocol 2.02 on.");
	paint(p, BZIMAGE_SETUP_ADDRESS + HEAP_START, CMDLINE_START - HEAP_START,
	      BZIMAGE_PART_HEAP, "setup heap and stack");
	paint(p, BZIMAGE_SETUP_ADDRESS + CMDLINE_START, CMDLINE_END - CMDLINE_START,
	      BZIMAGE_PART_CMDLINE, "command line");
	paint_setup(p, BZIMAGE_SETUP_ADDRESS);
	paint_block(p, load_address(p));
}

/* The runtime start address, by the algorithm of the boot protocol */
static uint64_t runtime_start(const struct painter *p)
{
	uint64_t pref = bzimage_get(p->img, BZF_PREF_ADDRESS);
	uint64_t align = bzimage_get(p->img, BZF_KERNEL_ALIGNMENT);
	uint64_t start = load_address(p);

	if (!bzimage_get(p->img, BZF_RELOCATABLE_KERNEL))
		return pref;
	if (start < pref)
		start = pref;
	if (is_power_of_2(align))
		start = add_sat(start, align - 1) & ~(align - 1);
	return start;
}

/*
 * Where the block's copy is: it ends where the window ends. With a wrapper, it
 * lies in the window as its program headers say.
 */
static uint64_t moved_base(const struct painter *p, uint64_t *window)
{
	uint64_t pref = bzimage_get(p->img, BZF_PREF_ADDRESS);
	uint64_t entry = p->an->wrapper.entry;
	bool exact;

	*window = bzimage_get(p->img, BZF_INIT_SIZE) - bzimage_block_memory(p->an, &exact);
	if (p->an->has_wrapper && entry >= pref && entry - pref <= *window)
		*window = entry - pref;
	return runtime_start(p) + *window;
}

/* A decompressor with a wrapper leaves a payload where it was loaded that is not in the way. */
static bool payload_stays(const struct painter *p)
{
	const struct bzimage_payload *pl = &p->an->payload;
	uint64_t start = load_address(p) + (pl->offset - p->img->setup_size);
	uint64_t window = runtime_start(p);

	return p->an->has_wrapper && pl->present &&
		(start + pl->length <= window ||
		 start >= window + bzimage_get(p->img, BZF_INIT_SIZE));
}

static void paint_moved(struct painter *p)
{
	uint64_t window, base = moved_base(p, &window);

	paint_block_memory(p, base);
	if (payload_stays(p)) {
		const struct bzimage_payload *pl = &p->an->payload;
		uint64_t end = pl->offset - p->img->setup_size + pl->length;

		window += (end + BZIMAGE_ELF_PAGE_SIZE - 1) & ~(uint64_t)(BZIMAGE_ELF_PAGE_SIZE - 1);
		paint_payload(p, load_address(p));
	}
	paint(p, runtime_start(p), window, BZIMAGE_PART_WINDOW, "window for the kernel");
}

static void paint_output(struct painter *p)
{
	const struct bzimage_payload *pl = &p->an->payload;
	uint64_t start = runtime_start(p), size = pl->size;

	if (p->an->has_vmlinux)
		size = p->an->vmlinux.extent;
	paint(p, start, size, BZIMAGE_PART_OUTPUT, "vmlinux, as an ELF file");
	paint(p, start + size, pl->size - size, BZIMAGE_PART_RELOCS, "relocations");
}

static void paint_kernel_sections(struct painter *p, const struct bzimage_segment *seg,
				  uint64_t base)
{
	const struct bzimage_elf *elf = &p->an->vmlinux;

	for (size_t i = 0; i < elf->nr_sections && i < MAX_SECTIONS; i++) {
		const struct bzimage_section *s = &elf->sections[i];
		uint64_t start = base + (s->addr - seg->vaddr);

		if (!(s->flags & SHF_ALLOC) || s->size < MIN_SECTION || s->addr < seg->vaddr ||
		    !in_range(s->addr - seg->vaddr, s->size, seg->memsz))
			continue;
		if (!strcmp(s->name, BRK_SECTION))
			paint(p, start, s->size, BZIMAGE_PART_BRK, "brk");
		else if (s->type == SHT_NOBITS)
			paint(p, start, s->size, BZIMAGE_PART_BSS, "kernel bss");
		else if (s->flags & SHF_EXECINSTR)
			paint(p, start, s->size, BZIMAGE_PART_TEXT, "kernel text");
		else
			paint(p, start, s->size, BZIMAGE_PART_DATA, "kernel data");
	}
}

static void paint_kernel(struct painter *p)
{
	const struct bzimage_elf *elf = &p->an->vmlinux;
	uint64_t pref = bzimage_get(p->img, BZF_PREF_ADDRESS);
	uint64_t start = runtime_start(p);

	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		uint64_t base = s->paddr - pref + start;
		bool text = s->flags & PF_X && !(s->flags & PF_W);

		if (s->type != PT_LOAD || s->filesz > s->memsz)
			continue;
		paint(p, base, s->filesz, text ? BZIMAGE_PART_TEXT : BZIMAGE_PART_DATA,
		      text ? "kernel text" : "kernel data");
		if (add_sat(base, s->filesz) != UINT64_MAX)
			paint(p, base + s->filesz, s->memsz - s->filesz, BZIMAGE_PART_BSS,
			      "kernel bss");
		paint_kernel_sections(p, s, base);
	}
}

static void stage_running(struct painter *p)
{
	new_stage(p, "kernel running",
		  "The segments of vmlinux are in their places, up to the end of its bss and brk. "
		  "Nothing else of the image is needed.");
	paint(p, runtime_start(p), bzimage_get(p->img, BZF_INIT_SIZE), BZIMAGE_PART_WINDOW,
	      "rest of init_size, free");
	paint_kernel(p);
}

static void paint_segments(struct painter *p)
{
	const struct bzimage_elf *elf = &p->an->wrapper;
	uint64_t start, end;

	if (bzimage_elf_span(elf, &start, &end))
		paint(p, start, page_align(end) - start, BZIMAGE_PART_PADDING, "padding");
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		enum bzimage_part part;
		const char *label = segment_label(s, &part);

		if (s->type != PT_LOAD || s->filesz > s->memsz)
			continue;
		paint(p, s->paddr, s->filesz, part, label);
		if (!s->filesz)
			paint(p, s->paddr, s->memsz, part, label);
		else if (add_sat(s->paddr, s->filesz) != UINT64_MAX)
			paint(p, s->paddr + s->filesz, s->memsz - s->filesz, BZIMAGE_PART_BSS,
			      "decompressor bss");
	}
}

/* The payload's place by its own segment rather than by the entry's */
static void paint_segment_payload(struct painter *p)
{
	const struct bzimage_elf *elf = &p->an->wrapper;
	const struct bzimage_payload *pl = &p->an->payload;

	for (size_t i = 0; i < elf->nr_segments && pl->present; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		uint64_t offset = pl->offset - p->img->elf_offset;

		if (s->type != PT_LOAD || offset < s->offset ||
		    !in_range(offset - s->offset, pl->length, s->filesz))
			continue;
		paint_payload(p, s->paddr + (offset - s->offset) -
			      (pl->offset - p->img->setup_size));
		return;
	}
}

static void stages_elf(struct painter *p)
{
	if (!p->an->has_wrapper)
		return;
	new_stage(p, "loaded by ELF program headers",
		  "A loader that reads the wrapper, such as Xen's, puts every segment where its "
		  "program header says. Nothing has to be moved.");
	paint_segments(p);
	paint_segment_payload(p);
	if (!p->an->payload.data)
		return;
	new_stage(p, "decompressed in place (ELF)",
		  "The output grows from pref_address towards the payload and never overtakes the "
		  "byte that is read next.");
	paint_segments(p);
	paint_segment_payload(p);
	paint_output(p);
}

int bzimage_map(const struct bzimage_analysis *an, struct bzimage_map *map,
		struct bzimage_error *err)
{
	struct painter p = { .an = an, .img = an->img, .map = map };
	bool exact;
	bool moves = bzimage_has(p.img, BZF_INIT_SIZE) && bzimage_is_high(p.img) &&
		bzimage_get(p.img, BZF_INIT_SIZE) >= bzimage_block_memory(an, &exact);

	memset(map, 0, sizeof(*map));
	stage_file(&p);
	stage_loaded(&p);
	if (moves) {
		new_stage(&p, "after the move", payload_stays(&p) ?
			  "The decompressor has moved behind where the kernel goes. The payload is "
			  "not in the way and stays where it was loaded." :
			  "The block has copied itself to the end of init_size bytes at its runtime "
			  "start address.");
		paint_moved(&p);
		if (an->payload.data) {
			new_stage(&p, "after decompression", payload_stays(&p) ?
				  "The ELF file was written from the start of the window." :
				  "The ELF file was written from the start of the window. It may have "
				  "covered the start of the payload, never what was not yet read.");
			paint_moved(&p);
			paint_output(&p);
		}
		if (an->has_vmlinux)
			stage_running(&p);
	}
	stages_elf(&p);
	for (size_t i = 0; i < map->nr_stages; i++)
		merge(&map->stages[i]);
	if (p.no_memory)
		return fail_system(err, "no memory for the map");
	return 0;
}

void bzimage_map_free(struct bzimage_map *map)
{
	for (size_t i = 0; i < map->nr_stages; i++)
		free(map->stages[i].regions);
	memset(map, 0, sizeof(*map));
}

const char *bzimage_part_name(enum bzimage_part part)
{
	static const char *const names[BZIMAGE_PART_COUNT] = {
		[BZIMAGE_PART_SETUP] = "setup",
		[BZIMAGE_PART_HEAP] = "heap",
		[BZIMAGE_PART_CMDLINE] = "command line",
		[BZIMAGE_PART_HEADERS] = "ELF headers",
		[BZIMAGE_PART_ENTRY] = "entry",
		[BZIMAGE_PART_PAYLOAD] = "payload",
		[BZIMAGE_PART_LOADER] = "decompressor",
		[BZIMAGE_PART_WINDOW] = "window",
		[BZIMAGE_PART_OUTPUT] = "uncompressed",
		[BZIMAGE_PART_RELOCS] = "relocations",
		[BZIMAGE_PART_TEXT] = "kernel text",
		[BZIMAGE_PART_DATA] = "kernel data",
		[BZIMAGE_PART_BSS] = "bss",
		[BZIMAGE_PART_BRK] = "brk",
		[BZIMAGE_PART_PADDING] = "padding",
		[BZIMAGE_PART_OTHER] = "other",
	};

	return names[part];
}
