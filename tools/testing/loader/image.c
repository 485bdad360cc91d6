// SPDX-License-Identifier: GPL-2.0
/* Recognises what the first module is and brings it into place. */
#include "bootparams.h"
#include "elf32.h"
#include "loader.h"

#define SECTOR_BYTES	512
/* setup_sects of 0 means 4, since kernels older than the field. */
#define OLD_SETUP_SECTS	4
/* The wrapper's ELF header lies one page in front of the block. */
#define WRAPPER_BYTES	4096

/*
 * Memory the protocol says nothing about holds this, so that an image that
 * takes it for zero does not get away with it.
 */
#define POISON		0xcc

u32 image_header32(const struct image *img, u32 offset)
{
	u32 v;

	memcpy(&v, img->header + offset, sizeof(v));
	return v;
}

u16 image_header16(const struct image *img, u32 offset)
{
	u16 v;

	memcpy(&v, img->header + offset, sizeof(v));
	return v;
}

static bool is_elf(const u8 *data, u32 size)
{
	u32 magic;

	if (size < sizeof(magic))
		return false;
	memcpy(&magic, data, sizeof(magic));
	return magic == ELF_MAGIC;
}

static bool is_bzimage(const struct image *img)
{
	return img->size >= HDR_ROOM_END &&
	       image_header16(img, HDR_BOOT_FLAG) == BOOT_FLAG_VALUE &&
	       image_header32(img, HDR_MAGIC) == HDR_MAGIC_VALUE;
}

static void identify_bzimage(struct image *img)
{
	u32 sects = img->header[HDR_SETUP_SECTS];
	u32 version = image_header16(img, HDR_VERSION);

	if (version < VERSION_MIN)
		refuse(EXIT_IMAGE, "bzImage of protocol %u.%02u does not say where it runs, 2.10 does",
		       version >> 8, version & 0xff);
	if (!(img->header[HDR_LOADFLAGS] & LOADED_HIGH))
		refuse(EXIT_IMAGE, "zImage, to be loaded below 1 MiB");

	img->block = ((sects ? sects : OLD_SETUP_SECTS) + 1) * SECTOR_BYTES;
	if (img->block >= img->size)
		refuse(EXIT_IMAGE, "bzImage ends before its protected-mode block");

	if (img->block < WRAPPER_BYTES)
		return;
	if (is_elf(img->data + img->block - WRAPPER_BYTES, WRAPPER_BYTES)) {
		img->elf = img->data + img->block - WRAPPER_BYTES;
		img->elf_size = img->size - img->block + WRAPPER_BYTES;
	}
}

void image_identify(struct image *img, u32 start, u32 end)
{
	img->data = ptr_to(start);
	img->size = end - start;
	img->header = img->data;

	if (is_elf(img->data, img->size)) {
		img->header = NULL;
		img->elf = img->data;
		img->elf_size = img->size;
	} else if (is_bzimage(img)) {
		identify_bzimage(img);
	} else {
		refuse(EXIT_IMAGE, "the image is neither a bzImage nor an ELF file");
	}

	if (opt.bzimage && !img->header)
		refuse(EXIT_IMAGE, "bzimage: the image is a bare ELF file");
	if (!opt.bzimage && !img->elf)
		refuse(EXIT_IMAGE, "elf: the bzImage has no ELF header in the page before its block at 0x%x",
		       img->block);
	if (!opt.bzimage)
		elf_check(img);
}

/*
 * Where a bzImage loaded at img->entry runs: decompression goes to the next
 * multiple of its alignment, but never below the preferred address.
 */
static u32 run_address(const struct image *img)
{
	u32 pref = image_header32(img, HDR_PREF);
	u32 align = image_header32(img, HDR_ALIGNMENT);
	u32 at;

	if (image_header32(img, HDR_PREF + 4))
		refuse(EXIT_IMAGE, "pref_address is above 4 GiB");
	if (!img->header[HDR_RELOCATABLE])
		return pref;
	if (!align || align & (align - 1))
		refuse(EXIT_IMAGE, "kernel_alignment 0x%x is not a power of two", align);
	at = (img->entry + align - 1) & ~(align - 1);
	return at > pref ? at : pref;
}

static void reserve_window(u32 start, u32 size, const char *name)
{
	/* Keeps every later sum, rounded up to pages, below 4 GiB. */
	if (size > 0u - PAGE_BYTES - start)
		refuse(EXIT_IMAGE, "the %s reaches the end of the address space", name);
	memory_demand_ram(start, size, name);
	memory_reserve(start, size, VISIBLE, name);
}

static void reserve_bzimage(struct image *img)
{
	u32 size = img->size - img->block;
	u32 run;

	img->entry = opt.at_given ? opt.at : image_header32(img, HDR_CODE32);
	run = run_address(img);
	img->lowest = run;
	img->highest = run + image_header32(img, HDR_INIT_SIZE);

	reserve_window(img->entry, size, "protected-mode block");
	reserve_window(run, image_header32(img, HDR_INIT_SIZE), "run window");
}

/* Claims all memory the image needs, and fails where the loader stands in it. */
void image_reserve(struct image *img)
{
	const struct reserved *r;
	u32 size = loader_end - loader_start, count, i;

	if (opt.bzimage)
		reserve_bzimage(img);
	else
		elf_reserve(img);

	r = memory_conflict(addr_of(loader_start), size);
	if (r)
		refuse(EXIT_OVERLAP, "the image's %s at 0x%x-0x%x is where the loader is, 0x%x-0x%x",
		       r->name, r->span.start, r->span.end,
		       addr_of(loader_start), addr_of(loader_end));
	r = memory_reserved(&count);
	for (i = 0; i < count; i++)
		if (r[i].span.start < PAGE_BYTES)
			refuse(EXIT_OVERLAP, "the image's %s begins at 0x%x, in the first page",
			       r[i].name, r[i].span.start);
}

/* The file has been copied to another address. */
void image_moved(struct image *img, u32 to)
{
	u32 from = addr_of(img->data);

	img->data = ptr_to(to);
	if (img->header)
		img->header = img->data;
	if (img->elf)
		img->elf = ptr_to(addr_of(img->elf) - from + to);
}

void image_load(struct image *img)
{
	u32 size = img->size - img->block;

	if (!opt.bzimage) {
		elf_load(img);
		return;
	}
	memset(ptr_to(img->lowest), POISON, img->highest - img->lowest);
	memcpy(ptr_to(img->entry), img->data + img->block, size);
}
