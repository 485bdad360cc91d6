// SPDX-License-Identifier: GPL-2.0
/* Checks of the setup header, field by field in the order of the protocol's text */

#include <inttypes.h>

#include "rules.h"
#include "util.h"

#define ZIMAGE_MAX_BLOCK	0x80000		/* [0x10000, 0x90000) */
#define ZIMAGE_CODE32_START	0x1000		/* a zImage moves itself down to there */
#define LOW_SEGMENT		0x1000		/* start_sys_seg */
#define SEGMENT_SIZE		0x10000
#define OLD_CMDLINE_SIZE	255		/* before protocol 2.06 */
#define LOW_MEMORY_END		0x100000
#define KNOWN_LOADFLAGS		(BZIMAGE_LF_LOADED_HIGH | BZIMAGE_LF_KASLR | \
				 BZIMAGE_LF_QUIET | BZIMAGE_LF_KEEP_SEGMENTS | \
				 BZIMAGE_LF_CAN_USE_HEAP)
#define KNOWN_XLOADFLAGS	0xff
#define XLF_64_ONLY		(BZIMAGE_XLF_ABOVE_4G | BZIMAGE_XLF_EFI_HANDOVER_64 | \
				 BZIMAGE_XLF_EFI_KEXEC | BZIMAGE_XLF_5LEVEL | \
				 BZIMAGE_XLF_5LEVEL_ENABLED)
#define XLF_HANDOVER		(BZIMAGE_XLF_EFI_HANDOVER_32 | BZIMAGE_XLF_EFI_HANDOVER_64)
#define HANDOVER_64_STEP	0x200		/* the 64-bit entry lies this much higher */

static uint64_t get(const struct checker *c, enum bzimage_field_id id)
{
	return bzimage_get(c->img, id);
}

/* End of the newest field that a protocol has */
static size_t header_needs(unsigned int protocol)
{
	size_t end = 0;

	for (size_t i = 0; i < BZF_COUNT; i++) {
		const struct bzimage_field *f = &bzimage_fields[i];

		if (protocol >= f->since && (size_t)f->offset + f->size > end)
			end = (size_t)f->offset + f->size;
	}
	return end;
}

static void check_magic(struct checker *c)
{
	const struct bzimage *img = c->img;
	uint64_t jump = get(c, BZF_JUMP);
	size_t need = header_needs(img->protocol);

	if (get(c, BZF_BOOT_FLAG) != BZIMAGE_BOOT_FLAG) {
		find_field(c, RULE_BOOT_FLAG, BZF_BOOT_FLAG, "is 0x%04" PRIx64,
			   get(c, BZF_BOOT_FLAG));
		expect(c, "0xaa55");
	}
	if (!img->protocol) {
		find_field(c, RULE_NO_HEADER, BZF_HEADER,
			   "no HdrS: a zImage older than protocol 2.00, or not Linux at all");
		return;
	}
	if ((jump & 0xff) != BZIMAGE_JUMP_OPCODE || jump >> 8 > 0x7f) {
		find_field(c, RULE_JUMP, BZF_JUMP, "is %02" PRIx64 " %02" PRIx64, jump & 0xff,
			   jump >> 8);
		expect(c, "eb and a distance of up to 7f");
	}
	if (img->header_end < need) {
		find(c, RULE_HEADER_LENGTH, BZIMAGE_OFF_JUMP + 1, "jump",
		     "ends the header at 0x%zx", img->header_end);
		expect(c, "0x%zx or more for protocol %u.%02u", need, img->protocol >> 8,
		       img->protocol & 0xff);
	}
	if (img->protocol > BZIMAGE_PROTOCOL_NEWEST)
		find_field(c, RULE_VERSION_NEW, BZF_VERSION,
			   "protocol %u.%02u is newer than this tool: fields after 2.15 are not read",
			   img->protocol >> 8, img->protocol & 0xff);
	if (img->protocol == BZIMAGE_PROTOCOL_BURNT) {
		find_field(c, RULE_VERSION_BURNT, BZF_VERSION,
			   "protocol 2.14 was withdrawn, and is read as 2.13");
		expect(c, "2.13 or 2.15");
	}
}

static void check_setup_size(struct checker *c)
{
	const struct bzimage *img = c->img;

	if (!get(c, BZF_SETUP_SECTS))
		find_field(c, RULE_SETUP_SECTS_ZERO, BZF_SETUP_SECTS,
			   "is 0, which means 4; Xen's tools do not know that");
	if (img->setup_size > BZIMAGE_MAX_SETUP_SIZE) {
		find_field(c, RULE_SETUP_SECTS_LARGE, BZF_SETUP_SECTS,
			   "makes the setup part 0x%zx bytes long", img->setup_size);
		expect(c, "0x%x at most", BZIMAGE_MAX_SETUP_SIZE);
	}
}

static void check_syssize(struct checker *c)
{
	const struct bzimage *img = c->img;
	const struct bzimage_pe *pe = &c->an->pe;
	uint64_t stated = get(c, BZF_SYSSIZE) * BZIMAGE_PARAGRAPH_SIZE;
	uint64_t end = img->setup_size + stated;
	uint64_t paragraphs = ((uint64_t)img->block_size + BZIMAGE_PARAGRAPH_SIZE - 1) /
		BZIMAGE_PARAGRAPH_SIZE;

	/* Two bytes wide before 2.04: of no use for a bzImage */
	if (img->protocol < 0x204 && bzimage_is_high(img))
		return;
	if (img->elf_offset && stated != img->block_size) {
		find_field(c, RULE_SYSSIZE_EXACT, BZF_SYSSIZE,
			   "is 0x%" PRIx64 " for a block of 0x%zx bytes",
			   get(c, BZF_SYSSIZE), img->block_size);
		expect(c, "0x%" PRIx64 " and a block of whole 16-byte units", paragraphs);
	} else if (stated >= img->block_size + BZIMAGE_PARAGRAPH_SIZE) {
		find_field(c, RULE_SYSSIZE_CUT, BZF_SYSSIZE,
			   "states a block up to 0x%" PRIx64 ", but the file ends at 0x%zx",
			   end, img->size);
		expect(c, "0x%" PRIx64, paragraphs);
	} else if (stated < img->block_size) {
		if (pe->cert_offset >= end && pe->cert_size &&
		    (uint64_t)pe->cert_offset + pe->cert_size == img->size) {
			find_field(c, RULE_SYSSIZE_SIGNED, BZF_SYSSIZE,
				   "the file goes on behind the block with a signature of %u bytes",
				   pe->cert_size);
			return;
		}
		find_field(c, RULE_SYSSIZE_SHORT, BZF_SYSSIZE,
			   "states a block up to 0x%" PRIx64 ", but the file ends at 0x%zx",
			   end, img->size);
		expect(c, "0x%" PRIx64, paragraphs);
	}
}

static void check_version_string(struct checker *c)
{
	const struct bzimage *img = c->img;
	uint64_t value = get(c, BZF_KERNEL_VERSION);
	const char *s;
	size_t len;

	if (!value) {
		find_field(c, RULE_VERSION_NONE, BZF_KERNEL_VERSION, "there is no version string");
		return;
	}
	s = bzimage_version(img, &len);
	if (!s) {
		find_field(c, RULE_VERSION_RANGE, BZF_KERNEL_VERSION,
			   "is 0x%" PRIx64 ": no string ends before the setup part's end at 0x%zx",
			   value, img->setup_size);
		expect(c, "less than 0x%zx", img->setup_size - BZIMAGE_SECTOR_SIZE);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (s[i] >= ' ' && s[i] <= '~')
			continue;
		find(c, RULE_VERSION_TEXT, value + BZIMAGE_SECTOR_SIZE + i, "kernel_version",
		     "the version string holds the byte 0x%02x", (unsigned char)s[i]);
		expect(c, "printable ASCII");
		return;
	}
}

static void check_loadflags(struct checker *c)
{
	const struct bzimage *img = c->img;
	unsigned int flags = (unsigned int)get(c, BZF_LOADFLAGS);
	unsigned int set = flags & (KNOWN_LOADFLAGS & ~BZIMAGE_LF_LOADED_HIGH);

	if (!bzimage_is_high(img)) {
		find_field(c, RULE_ZIMAGE, BZF_LOADFLAGS,
			   "LOADED_HIGH is clear: a zImage, loaded at 0x10000");
		if (img->block_size > ZIMAGE_MAX_BLOCK) {
			find_field(c, RULE_ZIMAGE_LARGE, BZF_LOADFLAGS,
				   "LOADED_HIGH is clear for a block of 0x%zx bytes",
				   img->block_size);
			expect(c, "0x%x at most", ZIMAGE_MAX_BLOCK);
		}
	}
	if (flags & ~KNOWN_LOADFLAGS) {
		find_field(c, RULE_LOADFLAGS_UNKNOWN, BZF_LOADFLAGS,
			   "is 0x%02x with unassigned bits 0x%02x", flags,
			   flags & ~KNOWN_LOADFLAGS);
		expect(c, "these to be 0");
	}
	if (set) {
		find_field(c, RULE_LOADFLAGS_SET, BZF_LOADFLAGS,
			   "is 0x%02x with bits 0x%02x, which are not the image's to set",
			   flags, set);
		expect(c, "these to be 0");
	}
}

/* What a loader fills in, or may put a hook into */
static void check_zero_fields(struct checker *c)
{
	static const enum bzimage_field_id zero[] = {
		BZF_RAM_SIZE, BZF_REALMODE_SWTCH, BZF_TYPE_OF_LOADER, BZF_RAMDISK_IMAGE,
		BZF_RAMDISK_SIZE, BZF_EXT_LOADER_VER, BZF_EXT_LOADER_TYPE, BZF_CMD_LINE_PTR,
		BZF_HARDWARE_SUBARCH, BZF_HARDWARE_SUBARCH_DATA, BZF_SETUP_DATA,
	};

	for (size_t i = 0; i < ARRAY_SIZE(zero); i++) {
		if (!get(c, zero[i]))
			continue;
		find_field(c, RULE_NOT_ZERO, zero[i], "is 0x%" PRIx64, get(c, zero[i]));
		expect(c, "0 in the file (%s)", bzimage_fields[zero[i]].access);
	}
}

static void check_low_memory(struct checker *c)
{
	const struct bzimage *img = c->img;
	uint64_t start = get(c, BZF_CODE32_START);
	uint64_t want = bzimage_is_high(img) ? BZIMAGE_HIGH_ADDRESS : ZIMAGE_CODE32_START;

	if (get(c, BZF_START_SYS_SEG) != LOW_SEGMENT) {
		find_field(c, RULE_START_SYS_SEG, BZF_START_SYS_SEG, "is 0x%" PRIx64,
			   get(c, BZF_START_SYS_SEG));
		expect(c, "0x%x", LOW_SEGMENT);
	}
	/* The byte is where struct boot_params has its own since protocol 2.12 */
	if (img->protocol >= 0x20c && img->data[BZIMAGE_OFF_SENTINEL] != BZIMAGE_SENTINEL) {
		find(c, RULE_SENTINEL, BZIMAGE_OFF_SENTINEL, "sentinel", "is 0x%02x",
		     img->data[BZIMAGE_OFF_SENTINEL]);
		expect(c, "0x%02x", BZIMAGE_SENTINEL);
	}
	if (img->protocol < 0x202 && get(c, BZF_SETUP_MOVE_SIZE) < img->setup_size) {
		find_field(c, RULE_SETUP_MOVE_SIZE, BZF_SETUP_MOVE_SIZE,
			   "is 0x%" PRIx64 " for a setup part of 0x%zx bytes",
			   get(c, BZF_SETUP_MOVE_SIZE), img->setup_size);
		expect(c, "as much or more");
	}
	if (start != want) {
		find_field(c, RULE_CODE32_START, BZF_CODE32_START, "is 0x%" PRIx64, start);
		expect(c, "0x%" PRIx64, want);
		strict_with_wrapper(c);
	}
	if (get(c, BZF_HEAP_END_PTR) + BZIMAGE_SECTOR_SIZE > SEGMENT_SIZE) {
		find_field(c, RULE_HEAP_END, BZF_HEAP_END_PTR, "is 0x%" PRIx64,
			   get(c, BZF_HEAP_END_PTR));
		expect(c, "0x%x at most", SEGMENT_SIZE - BZIMAGE_SECTOR_SIZE);
	}
	if (bzimage_has(img, BZF_INITRD_ADDR_MAX) &&
	    get(c, BZF_INITRD_ADDR_MAX) < LOW_MEMORY_END) {
		find_field(c, RULE_INITRD_ADDR_MAX, BZF_INITRD_ADDR_MAX, "is 0x%" PRIx64,
			   get(c, BZF_INITRD_ADDR_MAX));
		expect(c, "more than 1 MiB");
	}
}

static void check_alignment(struct checker *c)
{
	const struct bzimage *img = c->img;
	uint64_t align = get(c, BZF_KERNEL_ALIGNMENT);
	uint64_t relocatable = get(c, BZF_RELOCATABLE_KERNEL);
	uint64_t min = get(c, BZF_MIN_ALIGNMENT);

	if (!bzimage_has(img, BZF_RELOCATABLE_KERNEL))
		return;
	/* A kernel that cannot move has no alignment to ask for, save in a wrapper */
	if ((relocatable || img->elf_offset) && !is_power_of_2(align)) {
		find_field(c, RULE_ALIGN_POWER, BZF_KERNEL_ALIGNMENT, "is 0x%" PRIx64, align);
		expect(c, "a power of two");
	} else if (relocatable && align < BZIMAGE_ELF_PAGE_SIZE) {
		find_field(c, RULE_ALIGN_PAGE, BZF_KERNEL_ALIGNMENT, "is 0x%" PRIx64, align);
		expect(c, "0x1000 or more");
		strict_with_wrapper(c);
	}
	if (relocatable > 1) {
		find_field(c, RULE_RELOCATABLE_BOOL, BZF_RELOCATABLE_KERNEL, "is %" PRIu64,
			   relocatable);
		expect(c, "0 or 1");
	}
	if (!min)
		return;
	if (relocatable && (min >= 64 || (uint64_t)1 << min > align)) {
		find_field(c, RULE_MIN_ALIGN_LARGE, BZF_MIN_ALIGNMENT,
			   "is %" PRIu64 ": more than kernel_alignment, 0x%" PRIx64, min, align);
		expect(c, "2 to that power to be no more");
	} else if ((uint64_t)1 << (min & 63) < BZIMAGE_ELF_PAGE_SIZE) {
		find_field(c, RULE_MIN_ALIGN_SMALL, BZF_MIN_ALIGNMENT, "is %" PRIu64, min);
		expect(c, "12 or more");
	}
}

static void check_xloadflags(struct checker *c)
{
	unsigned int flags = (unsigned int)get(c, BZF_XLOADFLAGS);

	if (flags & ~KNOWN_XLOADFLAGS) {
		find_field(c, RULE_XLOADFLAGS_UNKNOWN, BZF_XLOADFLAGS,
			   "is 0x%04x with unassigned bits 0x%04x", flags,
			   flags & ~KNOWN_XLOADFLAGS);
		expect(c, "these to be 0");
	}
	if ((flags & XLF_64_ONLY) && !(flags & BZIMAGE_XLF_KERNEL_64)) {
		find_field(c, RULE_XLOADFLAGS_64, BZF_XLOADFLAGS,
			   "is 0x%04x with bits 0x%04x for a 64-bit kernel, without XLF_KERNEL_64",
			   flags, flags & XLF_64_ONLY);
		expect(c, "bit 0 to be set, or these to be 0");
	}
	if ((flags & BZIMAGE_XLF_5LEVEL_ENABLED) && !(flags & BZIMAGE_XLF_5LEVEL)) {
		find_field(c, RULE_XLOADFLAGS_5LEVEL, BZF_XLOADFLAGS,
			   "is 0x%04x: XLF_5LEVEL_ENABLED without XLF_5LEVEL", flags);
		expect(c, "both or none");
	}
}

static void check_handover(struct checker *c)
{
	const struct bzimage *img = c->img;
	unsigned int flags = (unsigned int)get(c, BZF_XLOADFLAGS) & XLF_HANDOVER;
	uint64_t offset = get(c, BZF_HANDOVER_OFFSET);
	uint64_t last = offset;

	if (!bzimage_has(img, BZF_HANDOVER_OFFSET))
		return;
	if (bzimage_has(img, BZF_XLOADFLAGS) && !offset != !flags) {
		find_field(c, RULE_HANDOVER_FLAGS, BZF_HANDOVER_OFFSET,
			   "is 0x%" PRIx64 " with XLF_EFI_HANDOVER flags 0x%02x", offset, flags);
		expect(c, "both or none");
	}
	if (!offset)
		return;
	if (flags & BZIMAGE_XLF_EFI_HANDOVER_64)
		last += HANDOVER_64_STEP;
	if (last >= img->block_size) {
		find_field(c, RULE_HANDOVER_RANGE, BZF_HANDOVER_OFFSET,
			   "is 0x%" PRIx64 ": past the block's end at 0x%zx", offset,
			   img->block_size);
		expect(c, "an offset in the block");
	}
	if (!c->an->pe.present) {
		find_field(c, RULE_HANDOVER_NO_PE, BZF_HANDOVER_OFFSET,
			   "is 0x%" PRIx64 ", but the file has no PE header", offset);
		expect(c, "an EFI stub to have both");
	}
}

static void check_cmdline_size(struct checker *c)
{
	uint64_t size = get(c, BZF_CMDLINE_SIZE);

	if (!bzimage_has(c->img, BZF_CMDLINE_SIZE) || size >= OLD_CMDLINE_SIZE)
		return;
	find_field(c, RULE_CMDLINE_SIZE, BZF_CMDLINE_SIZE, "is %" PRIu64, size);
	expect(c, "%d or more, as before protocol 2.06", OLD_CMDLINE_SIZE);
}

static void check_memory(struct checker *c)
{
	const struct bzimage *img = c->img;
	uint64_t pref = get(c, BZF_PREF_ADDRESS), size = get(c, BZF_INIT_SIZE);
	uint64_t align = get(c, BZF_KERNEL_ALIGNMENT);
	bool exact;
	uint64_t memory = bzimage_block_memory(c->an, &exact);

	if (!bzimage_has(img, BZF_INIT_SIZE))
		return;
	if (!pref) {
		find_field(c, RULE_PREF_ADDRESS_ZERO, BZF_PREF_ADDRESS, "is 0");
		expect(c, "where the kernel wants to run");
		/* One that cannot move would move itself to 0 */
		if (!get(c, BZF_RELOCATABLE_KERNEL))
			c->last->severity = BZIMAGE_ERROR;
		strict_with_wrapper(c);
	} else if (pref < LOW_MEMORY_END) {
		find_field(c, RULE_PREF_ADDRESS_LOW, BZF_PREF_ADDRESS, "is 0x%" PRIx64, pref);
		expect(c, "0x%x or more", LOW_MEMORY_END);
	}
	if ((get(c, BZF_RELOCATABLE_KERNEL) || img->elf_offset) && is_power_of_2(align) &&
	    pref & (align - 1)) {
		find_field(c, RULE_PREF_ADDRESS_ALIGN, BZF_PREF_ADDRESS, "is 0x%" PRIx64, pref);
		expect(c, "a multiple of kernel_alignment, 0x%" PRIx64, align);
	}
	if (!(get(c, BZF_XLOADFLAGS) & BZIMAGE_XLF_KERNEL_64) &&
	    add_sat(pref, size) > (uint64_t)1 << 32) {
		find_field(c, RULE_PREF_ADDRESS_HIGH, BZF_PREF_ADDRESS,
			   "is 0x%" PRIx64 ", and 0x%" PRIx64 " bytes are needed there", pref,
			   size);
		expect(c, "an end of 4 GiB at most");
	}
	if (!size) {
		find_field(c, RULE_INIT_SIZE_ZERO, BZF_INIT_SIZE, "is 0");
		expect(c, "the memory that the kernel needs at its start");
	} else if (size < memory) {
		find_field(c, RULE_INIT_SIZE_BLOCK, BZF_INIT_SIZE,
			   "is 0x%" PRIx64 ", less than the block takes", size);
		expect(c, "0x%" PRIx64 " or more", memory);
	}
}

static void check_kernel_info(struct checker *c)
{
	const struct bzimage_kernel_info *info = &c->an->kernel_info;

	if (info->error.status != BZIMAGE_OK)
		find_error(c, RULE_KERNEL_INFO_BAD, &info->error);
	else if (bzimage_has(c->img, BZF_KERNEL_INFO_OFFSET) && !info->present)
		find_field(c, RULE_KERNEL_INFO_NONE, BZF_KERNEL_INFO_OFFSET, "is 0");
}

static void check_crc(struct checker *c)
{
	uint32_t crc;

	if (c->img->protocol < 0x208)
		return;
	crc = bzimage_crc(c->img);
	if (!crc)
		return;
	find_field(c, RULE_CRC, BZF_SYSSIZE,
		   "the CRC-32 is 0x%08x: there is no checksum at the end, or the file was changed",
		   crc);
	expect(c, "0, but no loader looks");
}

void check_header(struct checker *c)
{
	check_magic(c);
	check_setup_size(c);
	if (!c->img->protocol)
		return;
	check_syssize(c);
	check_version_string(c);
	check_loadflags(c);
	check_zero_fields(c);
	check_low_memory(c);
	check_alignment(c);
	check_xloadflags(c);
	check_cmdline_size(c);
	check_memory(c);
	check_handover(c);
	check_kernel_info(c);
	check_crc(c);
}
