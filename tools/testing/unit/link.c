// SPDX-License-Identifier: GPL-2.0
/*
 * What the linker fills in for the decompressor
 *
 * In a file of its own and not const, so that the code under test has to read
 * it from memory, as in the image.
 */
#include <linux/types.h>
#include <asm/bootparam.h>
#include "link.h"

u32 link_startup = UNIT_STARTUP;
u32 link_payload = UNIT_PAYLOAD;
u32 link_init_size = UNIT_INIT_SIZE;
u32 link_syssize = UNIT_SYSSIZE;
u32 link_payload_offset = UNIT_PAYLOAD - UNIT_STARTUP;
u32 link_payload_length = UNIT_PAYLOAD_LENGTH;
u32 link_handover_offset = UNIT_HANDOVER_OFFSET;
u32 link_kernel_info_offset = UNIT_KERNEL_INFO_OFFSET;

struct setup_header linked_header = {
	.setup_sects = 23,
	.root_flags = 1,
	.vid_mode = 0xffff,
	.boot_flag = 0xaa55,
	.header = 0x53726448,
	.version = 0x020f,
	.loadflags = LOADED_HIGH,
	.code32_start = 0x100000,
	.initrd_addr_max = 0x7fffffff,
	.kernel_alignment = 0x200000,
	.relocatable_kernel = 1,
	.min_alignment = 13,
	.cmdline_size = 2047,
	.pref_address = 0x1000000,
};

unsigned int writable_sum;
unsigned long writable_bss_offset;
