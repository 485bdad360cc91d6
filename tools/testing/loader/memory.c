// SPDX-License-Identifier: GPL-2.0
/*
 * Three views of memory: what there is, what the image is told there is, and
 * which parts are spoken for.
 */
#include "loader.h"
#include "../include/multiboot.h"

#define MAX_RESERVED	64

struct map {
	struct e820_entry entry[E820_MAX];
	u32 count;
};

static struct map maps[2];

static struct reserved reserved[MAX_RESERVED];
static u32 nr_reserved;

static void map_add(struct map *map, u64 start, u64 end, u32 type)
{
	struct e820_entry *e = &map->entry[map->count];

	if (start >= end)
		return;
	if (map->count++ == E820_MAX)
		refuse(EXIT_MEMORY, "memory map of more than %u entries", E820_MAX);
	e->addr = start;
	e->size = end - start;
	e->type = type;
}

void memory_read_map(const struct multiboot_info *info)
{
	struct map *map = &maps[MEMORY_REAL];
	const struct multiboot_mmap *m;
	u32 at = info->mmap_addr, end = at + info->mmap_length;

	if (!(info->flags & MULTIBOOT_HAS_MMAP))
		refuse(EXIT_MEMORY, "no memory map from the Multiboot loader");

	for (; at < end; at += m->size + sizeof(m->size)) {
		m = ptr_to(at);
		map_add(map, m->start, m->start + m->length, m->type);
	}
}

/* What is not RAM is told as it is; RAM is cut at the clip and the holes. */
void memory_decide_told(void)
{
	struct map *real = &maps[MEMORY_REAL], *told = &maps[MEMORY_TOLD];
	u64 start, end, limit, cut_start, cut_end;
	const struct e820_entry *e;
	u32 i, h;

	limit = opt.clip_given ? opt.clip : ~0ull;
	for (i = 0; i < real->count; i++) {
		e = &real->entry[i];
		start = e->addr;
		end = e->addr + e->size;
		if (e->type != E820_RAM) {
			map_add(told, start, end, e->type);
			continue;
		}
		if (end > limit)
			end = limit;
		/* Each round keeps what lies below the lowest hole left. */
		while (start < end) {
			cut_start = end;
			cut_end = end;
			for (h = 0; h < opt.nr_holes; h++) {
				if (opt.hole[h].end <= start ||
				    opt.hole[h].start >= cut_start)
					continue;
				cut_start = opt.hole[h].start;
				cut_end = opt.hole[h].end;
			}
			map_add(told, start, cut_start, E820_RAM);
			start = cut_end;
		}
	}
}

const struct e820_entry *memory_told(u32 *count)
{
	*count = maps[MEMORY_TOLD].count;
	return maps[MEMORY_TOLD].entry;
}

void memory_reserve(u32 start, u32 size, enum visibility vis, const char *name)
{
	struct reserved *r = &reserved[nr_reserved];

	if (nr_reserved++ == MAX_RESERVED)
		refuse(EXIT_OVERLAP, "more than %u ranges to keep apart", MAX_RESERVED);
	r->span.start = start;
	r->span.end = start + size;
	r->visibility = vis;
	r->name = name;
}

void memory_forget(const char *name)
{
	u32 i;

	for (i = 0; i < nr_reserved; i++)
		if (reserved[i].name == name)
			break;
	if (i == nr_reserved)
		return;
	for (nr_reserved--; i < nr_reserved; i++)
		reserved[i] = reserved[i + 1];
}

const struct reserved *memory_conflict(u32 start, u32 size)
{
	u32 i;

	for (i = 0; i < nr_reserved; i++)
		if (start < reserved[i].span.end &&
		    (u64)start + size > reserved[i].span.start)
			return &reserved[i];
	return NULL;
}

const struct reserved *memory_reserved(u32 *count)
{
	*count = nr_reserved;
	return reserved;
}

/* Adjacent entries may hold a range together, so follow it through the map. */
void memory_demand_ram(u32 start, u32 size, const char *name)
{
	const struct map *map = &maps[MEMORY_REAL];
	u64 at = start, end = (u64)start + size;
	bool moved = true;
	u32 i;

	while (at < end && moved) {
		moved = false;
		for (i = 0; i < map->count; i++) {
			const struct e820_entry *e = &map->entry[i];

			if (e->type == E820_RAM && e->addr <= at &&
			    e->addr + e->size > at) {
				at = e->addr + e->size;
				moved = true;
			}
		}
	}
	if (at < end)
		refuse(EXIT_MEMORY, "no memory for the %s at 0x%x-0x%x: there is none at 0x%x",
		       name, start, start + size, (u32)at);
}

/*
 * The highest free place of that size in [low, high), or 0: nothing is ever
 * wanted in the first page.
 */
u32 memory_find(enum memory_map which, u32 size, u32 align, u32 low, u32 high)
{
	const struct map *map = &maps[which];
	const struct reserved *r;
	u32 best = 0, i;
	u64 start, end, at;

	if (!low)
		low = PAGE_BYTES;
	for (i = 0; i < map->count; i++) {
		const struct e820_entry *e = &map->entry[i];

		if (e->type != E820_RAM)
			continue;
		start = e->addr > low ? e->addr : low;
		end = e->addr + e->size < high ? e->addr + e->size : high;
		while (end >= start + size) {
			at = (end - size) & ~(u64)(align - 1);
			if (at < start)
				break;
			r = memory_conflict(at, size);
			if (!r) {
				if (at > best)
					best = at;
				break;
			}
			end = r->span.start;
		}
	}
	return best;
}

/* Finds whole pages and keeps them; not finding them is the end. */
u32 memory_take(enum memory_map which, u32 size, u32 low, u32 high,
		enum visibility vis, const char *name)
{
	u32 at = memory_find(which, PAGE_UP(size), PAGE_BYTES, low, high);

	if (!at)
		refuse(EXIT_MEMORY, "no free memory for the %s: %u bytes in 0x%x-0x%x",
		       name, size, low, high);
	memory_reserve(at, PAGE_UP(size), vis, name);
	return at;
}
