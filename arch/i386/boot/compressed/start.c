// SPDX-License-Identifier: GPL-2.0
/*
 * First C code of the decompressor: is all here that it takes to boot, and
 * where does everything go?
 *
 * Runs where the loader has put the image, on a small stack: there is neither
 * .data nor .bss.
 */
#include <linux/align.h>
#include <linux/elf.h>
#include <linux/kernel.h>
#include <asm/boot.h>
#include <asm/e820/types.h>
#include "../say.h"
#include "start.h"

#define HDRS_MAGIC	0x53726448	/* "HdrS" */

/*
 * Some loaders hand over a zero page that only has what they want to say.
 * Everything else in the header is ours to know: it was linked into the image.
 */
static void complete_header(struct boot_params *bp)
{
	struct setup_header *hdr = &bp->hdr;
	struct setup_header said = *hdr;

	if (hdr->header == HDRS_MAGIC && hdr->version >= 0x0200)
		return;

	*hdr = linked_header;
	hdr->syssize = link_syssize;
	hdr->payload_offset = link_payload_offset;
	hdr->payload_length = link_payload_length;
	hdr->init_size = link_init_size;
	hdr->handover_offset = link_handover_offset;
	hdr->kernel_info_offset = link_kernel_info_offset;
	hdr->type_of_loader = said.type_of_loader;
	hdr->ext_loader_ver = said.ext_loader_ver;
	hdr->ext_loader_type = said.ext_loader_type;
	hdr->loadflags |= said.loadflags;
	hdr->ramdisk_image = said.ramdisk_image;
	hdr->ramdisk_size = said.ramdisk_size;
	hdr->cmd_line_ptr = said.cmd_line_ptr;
	if (said.version >= 0x0207) {
		hdr->hardware_subarch = said.hardware_subarch;
		hdr->hardware_subarch_data = said.hardware_subarch_data;
	}
	if (said.version >= 0x0209)
		hdr->setup_data = said.setup_data;
}

/*
 * Is all of [start, end) RAM?  *RAM_END is where the first hole begins.
 * A loader that gives no map at all, or one too long for the zero page, leaves
 * the question open: then this says yes.
 */
static bool is_ram(const struct boot_params *bp, u32 start, u32 end, u32 *ram_end)
{
	u32 reached = start;
	bool more = true;
	int i;

	if (!bp->e820_entries || bp->e820_entries >= E820_MAX_ENTRIES_ZEROPAGE)
		return true;

	/* The entries need not be sorted, and may adjoin each other. */
	while (more && reached < end) {
		more = false;
		for (i = 0; i < bp->e820_entries; i++) {
			const struct boot_e820_entry *e = &bp->e820_table[i];
			u64 e_end = e->addr + e->size;

			if (e->type != E820_TYPE_RAM || e->addr > reached || e_end <= reached)
				continue;
			reached = min_t(u64, e_end, end);
			more = true;
		}
	}
	*ram_end = reached;
	return reached >= end;
}

/* Where the kernel goes, for an image that was loaded to STARTUP. */
static u32 choose_output(const struct boot_params *bp, u32 startup)
{
	u32 align = bp->hdr.kernel_alignment;

	if (startup == link_startup || !IS_ENABLED(CONFIG_RELOCATABLE))
		return LOAD_PHYSICAL_ADDR;

	/* A loader may ask for less alignment than is best, but not for none. */
	if (!align || align & (align - 1) || align < MIN_KERNEL_ALIGN)
		align = CONFIG_PHYSICAL_ALIGN;

	return max_t(u32, ALIGN(startup, align), LOAD_PHYSICAL_ADDR);
}

/**
 * start_decompressor() - prepare and check, before anything is moved
 * @bp:		boot_params; its header is completed where the loader left it out
 * @startup:	address startup_32 was entered at
 * @where:	filled in
 *
 * Stops with a message if this kernel can't run here.
 *
 * Return: how many bytes to move the image upwards from where it is, may be
 * negative; 0 if it lies right.
 */
asmlinkage long start_decompressor(struct boot_params *bp, u32 startup, struct placement *where)
{
	u32 output, end, payload, ram_end;
	long move;

	complete_header(bp);
	bp->hdr.init_size = link_init_size;	/* some loaders cut the header short */
	check_cpu_features(bp);

	output = choose_output(bp, startup);
	end = output + link_init_size;
	ram_end = output;
	if (end < output || !is_ram(bp, output, end, &ram_end))
		boot_stop(bp, SAY_STR("not enough memory: need 0x%x to 0x%x, none at 0x%x\n"),
			  output, end, ram_end);

	move = output - LOAD_PHYSICAL_ADDR + link_startup - startup;
	/* Downwards, the copy would run over the code that makes it. */
	if (!IS_ENABLED(CONFIG_RELOCATABLE) && move < 0 && (u32)-move < link_syssize * 16)
		boot_stop(bp, SAY_STR("not relocatable, and loaded to 0x%x\n"), startup);

	where->output = output;
	/*
	 * A payload that does not lie in the way is decompressed from where it
	 * is.  That spares moving the most part of the image.
	 */
	payload = startup + (link_payload - link_startup);
	where->payload_stays = move && (payload + link_payload_length <= output || payload >= end);

	return move;
}
