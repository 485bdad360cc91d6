// SPDX-License-Identifier: GPL-2.0
/* The kernel_info structure of protocol 2.15: what an image says about itself */

#include "util.h"

#define INFO_OFF_SIZE		4
#define INFO_OFF_SIZE_TOTAL	8
#define INFO_OFF_TYPE_MAX	12
#define INFO_MIN_SIZE		12
/* Each chunk of variable size starts with four letters and its size */
#define CHUNK_MIN_SIZE		8

/* The chunks must fill [size, size_total) exactly */
static int check_chunks(const struct bzimage *img, struct bzimage_kernel_info *info)
{
	uint64_t pos = info->size;

	while (pos < info->size_total) {
		uint64_t room = info->size_total - pos;
		uint32_t chunk;

		if (room < CHUNK_MIN_SIZE)
			return fail(&info->error, info->offset + pos, "kernel_info",
				    "has %u bytes left over behind its chunks", (unsigned int)room);
		chunk = get_le32(img->data + info->offset + pos + 4);
		if (chunk < CHUNK_MIN_SIZE || chunk > room)
			return fail(&info->error, info->offset + pos + 4, "kernel_info",
				    "has a chunk of %u bytes where 8 to %u are possible", chunk,
				    (unsigned int)room);
		pos += chunk;
	}
	return 0;
}

void bzimage_kernel_info_parse(const struct bzimage *img, struct bzimage_kernel_info *info)
{
	uint64_t offset = bzimage_get(img, BZF_KERNEL_INFO_OFFSET);
	const unsigned char *p;

	memset(info, 0, sizeof(*info));
	if (!offset)
		return;
	info->present = true;
	info->offset = img->setup_size + offset;
	if (!in_range(offset, INFO_MIN_SIZE, img->block_size)) {
		fail(&info->error, BZIMAGE_OFF_KERNEL_INFO_OFFSET, "kernel_info_offset",
		     "is 0x%llx, past the block's end at 0x%zx", (unsigned long long)offset,
		     img->block_size);
		return;
	}
	p = img->data + info->offset;
	if (get_le32(p) != BZIMAGE_KERNEL_INFO_MAGIC) {
		fail(&info->error, info->offset, "kernel_info", "starts with 0x%08x, not LToP",
		     get_le32(p));
		return;
	}
	info->size = get_le32(p + INFO_OFF_SIZE);
	info->size_total = get_le32(p + INFO_OFF_SIZE_TOTAL);
	if (info->size < INFO_MIN_SIZE || info->size > info->size_total ||
	    !in_range(offset, info->size_total, img->block_size)) {
		fail(&info->error, info->offset + INFO_OFF_SIZE, "kernel_info",
		     "states a size of %u and %u in all: these do not fit", info->size,
		     info->size_total);
		return;
	}
	if (info->size >= INFO_OFF_TYPE_MAX + 4) {
		info->has_setup_type_max = true;
		info->setup_type_max = get_le32(p + INFO_OFF_TYPE_MAX);
	}
	check_chunks(img, info);
}
