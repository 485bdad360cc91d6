// SPDX-License-Identifier: GPL-2.0
/*
 * Identity page tables: sparse ones for the image, so that a stray access
 * shows, and full ones for the fault tasks, which must reach everything. Both
 * have the same form, because a task switch changes CR3 but not CR4.
 */
#include "loader.h"

#define PTE_PRESENT	0x001
#define PTE_WRITE	0x002
#define PTE_BIG		0x080
#define PTE_TABLE	(PTE_PRESENT | PTE_WRITE)

#define PAE_DIRECTORIES	4
#define GIB		0x40000000u

static u32 pool, pool_end;

/* Bytes under one entry of a page directory. */
static u32 big_page(void)
{
	return opt.pae ? 0x200000 : 0x400000;
}

static u32 new_table(void)
{
	u32 at = pool;

	if (at == pool_end)
		refuse(EXIT_BUG, "page table pool is used up");
	pool += PAGE_BYTES;
	memset(ptr_to(at), 0, PAGE_BYTES);
	return at;
}

/* An entry of 4 or 8 bytes; what lies above 4 GiB is never pointed at. */
static u32 *entry_at(u32 table, u32 index)
{
	return (u32 *)ptr_to(table) + index * (opt.pae ? 2 : 1);
}

static u32 *directory_entry(u32 root, u32 addr)
{
	u32 directory = root;

	if (opt.pae) {
		directory = PAGE_DOWN(*entry_at(root, addr / GIB));
		addr %= GIB;
	}
	return entry_at(directory, addr / big_page());
}

static u32 new_root(void)
{
	u32 root = new_table(), i;

	if (opt.pae)
		for (i = 0; i < PAE_DIRECTORIES; i++)
			*entry_at(root, i) = new_table() | PTE_PRESENT;
	return root;
}

static void map_big(u32 root, u32 addr)
{
	*directory_entry(root, addr) = addr | PTE_TABLE | PTE_BIG;
}

static void map_page(u32 root, u32 addr)
{
	u32 *entry = directory_entry(root, addr);
	u32 table;

	if (!*entry)
		*entry = new_table() | PTE_TABLE;
	table = PAGE_DOWN(*entry);
	*entry_at(table, addr % big_page() / PAGE_BYTES) = addr | PTE_TABLE;
}

static void map_everything(u32 root)
{
	u32 addr = 0;

	do {
		map_big(root, addr);
		addr += big_page();
	} while (addr);
}

static void map_span(u32 root, u32 start, u32 end)
{
	u32 step = opt.big_pages ? big_page() : PAGE_BYTES;
	u32 addr = start & ~(step - 1), left;

	/* Counted, not compared: the last page may end at 4 GiB. */
	for (left = (end - addr + step - 1) / step; left; left--, addr += step) {
		if (opt.big_pages)
			map_big(root, addr);
		else
			map_page(root, addr);
	}
}

static void reserve_pool(void)
{
	const struct reserved *r;
	u32 tables, count, i;

	/* Two roots, their directories, the tables below 1 MiB. */
	tables = 2 * (1 + PAE_DIRECTORIES) + 1;
	r = memory_reserved(&count);
	for (i = 0; i < count; i++)
		tables += (r[i].span.end - r[i].span.start) / big_page() + 2;
	pool = memory_take(MEMORY_REAL, tables * PAGE_BYTES, LOW_MEMORY_END,
			   0u - PAGE_BYTES, INVISIBLE, "page tables");
	pool_end = pool + tables * PAGE_BYTES;
}

struct page_roots paging_build(void)
{
	struct page_roots roots;
	const struct reserved *r;
	u32 count, i;

	reserve_pool();
	roots.fault = new_root();
	map_everything(roots.fault);

	roots.image = new_root();
	if (opt.map_all) {
		map_everything(roots.image);
		return roots;
	}
	map_span(roots.image, 0, LOW_MEMORY_END);
	r = memory_reserved(&count);
	for (i = 0; i < count; i++)
		if (r[i].visibility == VISIBLE)
			map_span(roots.image, r[i].span.start, r[i].span.end);
	return roots;
}
