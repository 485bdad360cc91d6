// SPDX-License-Identifier: GPL-2.0
/*
 * Adjust the kernel to where it was put, from the table of pack-relocs.c
 */
#include <linux/types.h>
#include <asm/boot.h>
#include <asm/page_types.h>
#include "error.h"
#include "link.h"

struct packed_relocs_tail {
	u32 count;
	u32 bytes;
};

/**
 * apply_relocs() - add to all words that hold addresses how far the kernel is off
 * @output:	where it was put
 * @output_len:	bytes that the decompressor wrote there, the table last
 * @virt_addr:	unused: on i386, virtual addresses move along with physical ones
 */
void apply_relocs(void *output, unsigned long output_len, unsigned long virt_addr)
{
	unsigned long start = (unsigned long)output;
	unsigned long delta = start - LOAD_PHYSICAL_ADDR;
	unsigned long address = delta - __START_KERNEL_map;
	const struct packed_relocs_tail *tail = output + output_len - sizeof(*tail);
	const u8 *p = (const u8 *)tail - tail->bytes;
	u32 n;

	if (!delta)
		return;
	if (tail->bytes > output_len - sizeof(*tail))
		error("the kernel's relocation table is cut short");

	for (n = 0; n < tail->count; n++) {
		unsigned int shift = 0;
		u32 distance = 0;

		do {
			if (p >= (const u8 *)tail || shift > 28)
				error("the kernel's relocation table is cut short");
			distance |= (u32)(*p & 0x7f) << shift;
			shift += 7;
		} while (*p++ & 0x80);

		address += distance;
		if (address < start || address > start + vo_bss_offset)
			error("a relocation lies outside of the kernel");
		*(u32 *)address += delta;
	}
}
