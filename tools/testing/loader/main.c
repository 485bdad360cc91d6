// SPDX-License-Identifier: GPL-2.0
/*
 * Order of events: read everything the Multiboot loader left in low memory,
 * check the image, claim what it needs, move what stands in its way, load it,
 * describe the machine to it, enter it. Nothing is written outside the loader
 * before all checks of the image have passed.
 */
#include "loader.h"
#include "../include/multiboot.h"

static const char IMAGE_FILE[] = "image file";
static const char INITRD_FILE[] = "initrd file";

#define PIC_MASTER_DATA	0x21
#define PIC_SLAVE_DATA	0xa1

struct modules {
	struct span image;
	/* Of no length where there is none. */
	struct span initrd;
};

_Noreturn void loader_main(u32 magic, const struct multiboot_info *info);

static struct modules read_modules(const struct multiboot_info *info)
{
	const struct multiboot_module *m = ptr_to(info->mods_addr);
	struct modules mods = { 0 };

	if (!(info->flags & MULTIBOOT_HAS_MODULES) || !info->mods_count)
		refuse(EXIT_MODULE, "no image: give -initrd \"IMAGE\" or \"IMAGE,INITRD\"");
	if (info->mods_count > 2)
		refuse(EXIT_MODULE, "%u modules, where an image and an initrd are all there can be",
		       info->mods_count);
	mods.image = (struct span){ m[0].start, m[0].end };
	if (mods.image.start >= mods.image.end)
		refuse(EXIT_MODULE, "the image module is empty");
	if (info->mods_count == 2)
		mods.initrd = (struct span){ m[1].start, m[1].end };
	return mods;
}

static void reserve_file(const struct span *s, const char *name)
{
	if (s->end > s->start)
		memory_reserve(s->start, PAGE_UP(s->end - s->start), INVISIBLE, name);
}

static void reserve_params(void)
{
	const struct reserved *r;

	if (!opt.params_given)
		return;
	r = memory_conflict(opt.params_at, PAGE_BYTES);
	if (r)
		refuse(EXIT_OVERLAP, "params= 0x%x lies in the %s at 0x%x-0x%x",
		       opt.params_at, r->name, r->span.start, r->span.end);
	memory_demand_ram(opt.params_at, PAGE_BYTES, "boot_params");
	memory_reserve(opt.params_at, PAGE_BYTES, VISIBLE, "boot_params");
}

/* The file may lie where its own contents must go. */
static void move_image_file(struct image *img, const struct span *file)
{
	u32 to;

	if (!memory_conflict(file->start, img->size)) {
		reserve_file(file, IMAGE_FILE);
		return;
	}
	to = memory_take(MEMORY_REAL, img->size, LOW_MEMORY_END, 0u - PAGE_BYTES,
			 INVISIBLE, IMAGE_FILE);
	memmove(ptr_to(to), img->data, img->size);
	image_moved(img, to);
}

static bool is_told(u32 start, u32 size)
{
	const struct e820_entry *e;
	u32 count;

	for (e = memory_told(&count); count; count--, e++)
		if (e->type == E820_RAM && e->addr <= start &&
		    e->addr + e->size >= (u64)start + size)
			return true;
	return false;
}

static struct initrd place_initrd(const struct image *img, const struct span *file)
{
	struct initrd rd = { file->start, file->end - file->start };
	u32 limit = initrd_limit(img);
	u32 to;

	memory_forget(INITRD_FILE);
	if (!rd.size)
		return (struct initrd){ 0 };

	if (!memory_conflict(rd.start, rd.size) && is_told(rd.start, rd.size) &&
	    limit >= rd.size && rd.start <= limit - rd.size) {
		memory_reserve(rd.start, PAGE_UP(rd.size), VISIBLE, "initrd");
		return rd;
	}
	to = memory_take(MEMORY_TOLD, rd.size, LOW_MEMORY_END, limit, VISIBLE,
			 "initrd");
	memmove(ptr_to(to), ptr_to(rd.start), rd.size);
	rd.start = to;
	return rd;
}

static u32 make_stack(void)
{
	if (opt.no_stack)
		return 0;
	return memory_take(MEMORY_REAL, PAGE_BYTES, PAGE_BYTES, 0u - PAGE_BYTES,
			   VISIBLE, "stack") + PAGE_BYTES;
}

/* One line for whoever reads the log of a boot that went wrong later. */
static void announce(const struct image *img, const struct initrd *rd, u32 params)
{
	say("loader: %s %s, ring %u, keep %u, if %u, subarch %u: entry 0x%x, boot_params 0x%x, initrd 0x%x+0x%x\n",
	    opt.bzimage ? "bzimage" : "elf",
	    !opt.paged ? "flat" : opt.pae ? "paged pae" : "paged",
	    opt.paged ? opt.ring : 0, opt.keep_segments, opt.interrupts,
	    opt.subarch, img->entry, params, rd->start, rd->size);
}

_Noreturn void loader_main(u32 magic, const struct multiboot_info *info)
{
	struct page_roots roots = { 0 };
	struct image img = { 0 };
	struct modules mods;
	struct initrd rd;
	u32 params, stack;

	console_init();
	guard_init();
	if (magic != MULTIBOOT_LOADER_MAGIC)
		refuse(EXIT_OPTION, "not started by a Multiboot 1 loader");

	options_read(info->flags & MULTIBOOT_HAS_CMDLINE ? ptr_to(info->cmdline) : "");
	memory_read_map(info);
	memory_decide_told();
	mods = read_modules(info);

	image_identify(&img, mods.image.start, mods.image.end);
	image_reserve(&img);
	memory_reserve(addr_of(loader_start), guard_start - loader_start,
		       INVISIBLE, "loader");
	memory_reserve(addr_of(guard_start), guard_end - guard_start,
		       VISIBLE, "loader's guard");
	reserve_params();

	reserve_file(&mods.initrd, INITRD_FILE);
	move_image_file(&img, &mods.image);
	rd = place_initrd(&img, &mods.initrd);
	image_load(&img);
	params = bootparams_make(&img, &rd);
	stack = make_stack();
	if (opt.paged)
		roots = paging_build();

	announce(&img, &rd, params);
	outb(0xff, PIC_MASTER_DATA);
	outb(0xff, PIC_SLAVE_DATA);
	guard_enter(&img, params, stack, &roots);
}
