/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct boot_params, as far as this loader fills it in. Offsets are those of
 * Documentation/arch/x86/zero-page.rst; those of the setup header also hold
 * in the bzImage file.
 */
#ifndef LOADER_BOOTPARAMS_H
#define LOADER_BOOTPARAMS_H

#include "loader.h"

#define HDR_START	0x1f1
#define HDR_SETUP_SECTS	0x1f1
#define HDR_BOOT_FLAG	0x1fe
#define HDR_JUMP_LENGTH	0x201
#define HDR_JUMP_END	0x202
#define HDR_MAGIC	0x202
#define HDR_VERSION	0x206
#define HDR_LOADFLAGS	0x211
#define HDR_CODE32	0x214
#define HDR_INITRD_MAX	0x22c
#define HDR_ALIGNMENT	0x230
#define HDR_RELOCATABLE	0x234
#define HDR_PREF	0x258
#define HDR_INIT_SIZE	0x260
#define HDR_ROOM_END	0x290

#define HDR_MAGIC_VALUE	0x53726448
#define BOOT_FLAG_VALUE	0xaa55

#define LOADED_HIGH	0x01
#define KEEP_SEGMENTS	0x40

#define LOADER_UNDEFINED 0xff
#define VIDEO_NORMAL	0xffff

/* The version with pref_address and init_size, so with a known run place. */
#define VERSION_MIN	0x20a
/* Stated where there is no header to copy one from. */
#define VERSION_OF_ELF	0x20f
/* What a loader states that knows no more than hardware_subarch. */
#define VERSION_SPARSE	0x207

struct boot_params {
	u8 screen_x;				/* 0x000 */
	u8 screen_y;				/* 0x001 */
	u8 unused_002[0x006 - 0x002];
	u8 video_mode;				/* 0x006 */
	u8 video_columns;			/* 0x007 */
	u8 unused_008[0x00e - 0x008];
	u8 video_lines;				/* 0x00e */
	u8 video_is_vga;			/* 0x00f */
	u16 video_points;			/* 0x010 */
	u8 unused_012[0x1e8 - 0x012];
	u8 e820_entries;			/* 0x1e8 */
	u8 unused_1e9[0x1f1 - 0x1e9];
	u8 setup_sects;				/* 0x1f1 */
	u8 unused_1f2[0x1fa - 0x1f2];
	u16 vid_mode;				/* 0x1fa */
	u8 unused_1fc[0x1fe - 0x1fc];
	u16 boot_flag;				/* 0x1fe */
	u8 unused_200[0x202 - 0x200];
	u32 magic;				/* 0x202 */
	u16 version;				/* 0x206 */
	u8 unused_208[0x210 - 0x208];
	u8 type_of_loader;			/* 0x210 */
	u8 loadflags;				/* 0x211 */
	u8 unused_212[0x214 - 0x212];
	u32 code32_start;			/* 0x214 */
	u32 ramdisk_image;			/* 0x218 */
	u32 ramdisk_size;			/* 0x21c */
	u8 unused_220[0x228 - 0x220];
	u32 cmd_line_ptr;			/* 0x228 */
	u32 initrd_addr_max;			/* 0x22c */
	u32 kernel_alignment;			/* 0x230 */
	u8 relocatable_kernel;			/* 0x234 */
	u8 unused_235[0x238 - 0x235];
	u32 cmdline_size;			/* 0x238 */
	u32 hardware_subarch;			/* 0x23c */
	u64 hardware_subarch_data;		/* 0x240 */
	u8 unused_248[0x258 - 0x248];
	u64 pref_address;			/* 0x258 */
	u32 init_size;				/* 0x260 */
	u8 unused_264[0x2d0 - 0x264];
	struct e820_entry e820[E820_MAX];	/* 0x2d0 */
	u8 unused_cd0[0x1000 - 0xcd0];
} __packed;

#define AT(member, offset) \
	_Static_assert(offsetof(struct boot_params, member) == (offset), #member)

AT(video_points, 0x010);
AT(e820_entries, 0x1e8);
AT(setup_sects, HDR_SETUP_SECTS);
AT(vid_mode, 0x1fa);
AT(boot_flag, HDR_BOOT_FLAG);
AT(magic, HDR_MAGIC);
AT(version, HDR_VERSION);
AT(type_of_loader, 0x210);
AT(loadflags, HDR_LOADFLAGS);
AT(code32_start, HDR_CODE32);
AT(ramdisk_image, 0x218);
AT(ramdisk_size, 0x21c);
AT(cmd_line_ptr, 0x228);
AT(initrd_addr_max, HDR_INITRD_MAX);
AT(kernel_alignment, HDR_ALIGNMENT);
AT(relocatable_kernel, HDR_RELOCATABLE);
AT(cmdline_size, 0x238);
AT(hardware_subarch, 0x23c);
AT(hardware_subarch_data, 0x240);
AT(pref_address, HDR_PREF);
AT(init_size, HDR_INIT_SIZE);
AT(e820, 0x2d0);
_Static_assert(sizeof(struct boot_params) == 0x1000, "boot_params");

#endif
