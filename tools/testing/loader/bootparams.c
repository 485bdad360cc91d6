// SPDX-License-Identifier: GPL-2.0
/* Fills in struct boot_params, fully or as sparsely as old loaders did. */
#include "bootparams.h"
#include "loader.h"

/* Where Linux's documentation has boot loaders put it: not in the BIOS's way. */
#define PARAMS_LOW	0x10000
#define PARAMS_HIGH	0x90000

/* The last byte of an initrd that a 32-bit kernel of default split reaches. */
#define INITRD_LAST	0x37ffffff

u32 initrd_limit(const struct image *img)
{
	u32 last = INITRD_LAST;

	if (img->header && image_header32(img, HDR_INITRD_MAX) < last)
		last = image_header32(img, HDR_INITRD_MAX);
	return last + 1;
}

static void copy_header(struct boot_params *bp, const struct image *img)
{
	u32 end = HDR_JUMP_END + img->header[HDR_JUMP_LENGTH];

	if (end > HDR_ROOM_END)
		refuse(EXIT_IMAGE, "setup header ends at 0x%x, behind its room in boot_params",
		       end);
	memcpy((u8 *)bp + HDR_START, img->header + HDR_START, end - HDR_START);
}

/*
 * A bare ELF file has no setup header. State what follows from its program
 * headers, and nothing else.
 */
static void invent_header(struct boot_params *bp, const struct image *img)
{
	bp->boot_flag = BOOT_FLAG_VALUE;
	bp->magic = HDR_MAGIC_VALUE;
	bp->version = VERSION_OF_ELF;
	bp->loadflags = LOADED_HIGH;
	bp->initrd_addr_max = INITRD_LAST;
	bp->cmdline_size = CMDLINE_BYTES - 1;
	bp->pref_address = img->lowest;
	bp->init_size = img->highest - img->lowest;
}

static void fill_full(struct boot_params *bp, const struct image *img)
{
	if (img->header)
		copy_header(bp, img);
	else
		invent_header(bp, img);
	bp->code32_start = img->entry;
	bp->vid_mode = VIDEO_NORMAL;

	/* The BIOS's text mode, which nobody has changed. */
	bp->video_mode = 3;
	bp->video_columns = 80;
	bp->video_lines = 25;
	bp->video_is_vga = 1;
	bp->video_points = 16;
}

static u32 place_cmdline(void)
{
	u32 size = strlen(opt.cmdline) + 1;
	u32 at = memory_find(MEMORY_TOLD, PAGE_UP(size), PAGE_BYTES,
			     PARAMS_LOW, PARAMS_HIGH);

	if (at)
		memory_reserve(at, PAGE_UP(size), VISIBLE, "command line");
	else
		at = memory_take(MEMORY_TOLD, size, LOW_MEMORY_END,
				 INITRD_LAST, VISIBLE, "command line");
	memcpy(ptr_to(at), opt.cmdline, size);
	return at;
}

static u32 place_params(void)
{
	u32 at;

	/* main() has kept it free since before anything was placed. */
	if (opt.params_given)
		return opt.params_at;

	at = memory_find(MEMORY_TOLD, sizeof(struct boot_params), PAGE_BYTES,
			 PARAMS_LOW, PARAMS_HIGH);
	if (!at)
		return memory_take(MEMORY_TOLD, sizeof(struct boot_params),
				   LOW_MEMORY_END, INITRD_LAST, VISIBLE,
				   "boot_params");
	memory_reserve(at, sizeof(struct boot_params), VISIBLE, "boot_params");
	return at;
}

u32 bootparams_make(const struct image *img, const struct initrd *initrd)
{
	u32 at = place_params();
	struct boot_params *bp = ptr_to(at);
	const struct e820_entry *told;
	u32 count;

	memset(bp, 0, sizeof(*bp));
	if (opt.sparse)
		bp->version = VERSION_SPARSE;
	else
		fill_full(bp, img);

	bp->type_of_loader = LOADER_UNDEFINED;
	bp->loadflags &= ~KEEP_SEGMENTS;
	if (opt.keep_segments)
		bp->loadflags |= KEEP_SEGMENTS;
	bp->cmd_line_ptr = place_cmdline();
	bp->ramdisk_image = initrd->start;
	bp->ramdisk_size = initrd->size;
	bp->hardware_subarch = opt.subarch;
	bp->hardware_subarch_data = opt.subarch_data;

	told = memory_told(&count);
	memcpy(bp->e820, told, count * sizeof(*told));
	bp->e820_entries = count;
	return at;
}
