// SPDX-License-Identifier: GPL-2.0
/* The fields of the setup header: where they are, since when, what their values mean */

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "util.h"

const struct bzimage_field bzimage_fields[BZF_COUNT] = {
	[BZF_SETUP_SECTS] = { "setup_sects", BZIMAGE_OFF_SETUP_SECTS, 1, 0, "read",
		"size of the setup code in sectors" },
	[BZF_ROOT_FLAGS] = { "root_flags", BZIMAGE_OFF_ROOT_FLAGS, 2, 0, "modify",
		"root is mounted read-only if set" },
	[BZF_SYSSIZE] = { "syssize", BZIMAGE_OFF_SYSSIZE, 4, 0, "read",
		"size of the protected-mode block in 16-byte units" },
	[BZF_RAM_SIZE] = { "ram_size", BZIMAGE_OFF_RAM_SIZE, 2, 0, "internal", "obsolete" },
	[BZF_VID_MODE] = { "vid_mode", BZIMAGE_OFF_VID_MODE, 2, 0, "modify", "video mode" },
	[BZF_ROOT_DEV] = { "root_dev", BZIMAGE_OFF_ROOT_DEV, 2, 0, "modify",
		"default root device" },
	[BZF_BOOT_FLAG] = { "boot_flag", BZIMAGE_OFF_BOOT_FLAG, 2, 0, "read",
		"magic number 0xaa55" },
	[BZF_JUMP] = { "jump", BZIMAGE_OFF_JUMP, 2, 0x200, "read",
		"short jump over the header, so its length" },
	[BZF_HEADER] = { "header", BZIMAGE_OFF_HEADER, 4, 0x200, "read", "magic number HdrS" },
	[BZF_VERSION] = { "version", BZIMAGE_OFF_VERSION, 2, 0x200, "read",
		"boot protocol version" },
	[BZF_REALMODE_SWTCH] = { "realmode_swtch", BZIMAGE_OFF_REALMODE_SWTCH, 4, 0x200, "modify",
		"hook before protected mode" },
	[BZF_START_SYS_SEG] = { "start_sys_seg", BZIMAGE_OFF_START_SYS_SEG, 2, 0x200, "read",
		"low load segment, obsolete" },
	[BZF_KERNEL_VERSION] = { "kernel_version", BZIMAGE_OFF_KERNEL_VERSION, 2, 0x200, "read",
		"where the version string is, less 0x200" },
	[BZF_TYPE_OF_LOADER] = { "type_of_loader", BZIMAGE_OFF_TYPE_OF_LOADER, 1, 0x200, "write",
		"boot loader identifier" },
	[BZF_LOADFLAGS] = { "loadflags", BZIMAGE_OFF_LOADFLAGS, 1, 0x200, "modify",
		"option flags" },
	[BZF_SETUP_MOVE_SIZE] = { "setup_move_size", BZIMAGE_OFF_SETUP_MOVE_SIZE, 2, 0x200,
		"modify", "bytes to move to 0x90000 (2.00 and 2.01 only)" },
	[BZF_CODE32_START] = { "code32_start", BZIMAGE_OFF_CODE32_START, 4, 0x200, "modify",
		"where protected mode starts" },
	[BZF_RAMDISK_IMAGE] = { "ramdisk_image", BZIMAGE_OFF_RAMDISK_IMAGE, 4, 0x200, "write",
		"address of the initrd" },
	[BZF_RAMDISK_SIZE] = { "ramdisk_size", BZIMAGE_OFF_RAMDISK_SIZE, 4, 0x200, "write",
		"size of the initrd" },
	[BZF_BOOTSECT_KLUDGE] = { "bootsect_kludge", BZIMAGE_OFF_BOOTSECT_KLUDGE, 4, 0x200,
		"internal", "obsolete" },
	[BZF_HEAP_END_PTR] = { "heap_end_ptr", BZIMAGE_OFF_HEAP_END_PTR, 2, 0x201, "write",
		"end of the setup heap, less 0x200" },
	[BZF_EXT_LOADER_VER] = { "ext_loader_ver", BZIMAGE_OFF_EXT_LOADER_VER, 1, 0x202, "write",
		"more bits of the loader's version" },
	[BZF_EXT_LOADER_TYPE] = { "ext_loader_type", BZIMAGE_OFF_EXT_LOADER_TYPE, 1, 0x202, "write",
		"more bits of the loader's identifier" },
	[BZF_CMD_LINE_PTR] = { "cmd_line_ptr", BZIMAGE_OFF_CMD_LINE_PTR, 4, 0x202, "write",
		"address of the command line" },
	[BZF_INITRD_ADDR_MAX] = { "initrd_addr_max", BZIMAGE_OFF_INITRD_ADDR_MAX, 4, 0x203, "read",
		"highest address of the initrd's last byte" },
	[BZF_KERNEL_ALIGNMENT] = { "kernel_alignment", BZIMAGE_OFF_KERNEL_ALIGNMENT, 4, 0x205,
		"modify", "alignment the kernel wants" },
	[BZF_RELOCATABLE_KERNEL] = { "relocatable_kernel", BZIMAGE_OFF_RELOCATABLE_KERNEL, 1, 0x205,
		"read", "may be loaded at any aligned address" },
	[BZF_MIN_ALIGNMENT] = { "min_alignment", BZIMAGE_OFF_MIN_ALIGNMENT, 1, 0x20a, "read",
		"least alignment, as a power of two" },
	[BZF_XLOADFLAGS] = { "xloadflags", BZIMAGE_OFF_XLOADFLAGS, 2, 0x20c, "read",
		"more option flags" },
	[BZF_CMDLINE_SIZE] = { "cmdline_size", BZIMAGE_OFF_CMDLINE_SIZE, 4, 0x206, "read",
		"longest command line" },
	[BZF_HARDWARE_SUBARCH] = { "hardware_subarch", BZIMAGE_OFF_HARDWARE_SUBARCH, 4, 0x207,
		"write", "environment" },
	[BZF_HARDWARE_SUBARCH_DATA] = { "hardware_subarch_data", BZIMAGE_OFF_HW_SUBARCH_DATA, 8,
		0x207, "write", "depends on the environment" },
	[BZF_PAYLOAD_OFFSET] = { "payload_offset", BZIMAGE_OFF_PAYLOAD_OFFSET, 4, 0x208, "read",
		"compressed kernel, from the block's start" },
	[BZF_PAYLOAD_LENGTH] = { "payload_length", BZIMAGE_OFF_PAYLOAD_LENGTH, 4, 0x208, "read",
		"size of the compressed kernel" },
	[BZF_SETUP_DATA] = { "setup_data", BZIMAGE_OFF_SETUP_DATA, 8, 0x209, "write",
		"list of more boot parameters" },
	[BZF_PREF_ADDRESS] = { "pref_address", BZIMAGE_OFF_PREF_ADDRESS, 8, 0x20a, "read",
		"preferred load address" },
	[BZF_INIT_SIZE] = { "init_size", BZIMAGE_OFF_INIT_SIZE, 4, 0x20a, "read",
		"memory the kernel needs there" },
	[BZF_HANDOVER_OFFSET] = { "handover_offset", BZIMAGE_OFF_HANDOVER_OFFSET, 4, 0x20b, "read",
		"EFI handover entry, from the block's start" },
	[BZF_KERNEL_INFO_OFFSET] = { "kernel_info_offset", BZIMAGE_OFF_KERNEL_INFO_OFFSET, 4, 0x20f,
		"read", "kernel_info, from the block's start" },
};

/* The table's last field ends where the header of the newest protocol ends */
static_assert(BZIMAGE_OFF_KERNEL_INFO_OFFSET + 4 == BZIMAGE_OFF_HEADER_LIMIT,
	      "BZIMAGE_OFF_HEADER_LIMIT is not the end of the last field");

bool bzimage_has(const struct bzimage *img, enum bzimage_field_id id)
{
	const struct bzimage_field *f = &bzimage_fields[id];

	if (img->protocol < f->since)
		return false;
	/* jump, header and version are what says that there is a header */
	return f->offset + f->size <= BZIMAGE_OFF_VERSION + 2 ||
	       f->offset + f->size <= img->header_end;
}

unsigned int bzimage_field_size(const struct bzimage *img, enum bzimage_field_id id)
{
	if (id == BZF_SYSSIZE && img->protocol < 0x204)
		return 2;
	return bzimage_fields[id].size;
}

uint64_t bzimage_get(const struct bzimage *img, enum bzimage_field_id id)
{
	const unsigned char *p = img->data + bzimage_fields[id].offset;

	if (!bzimage_has(img, id))
		return 0;
	switch (bzimage_field_size(img, id)) {
	case 1:
		return *p;
	case 2:
		return get_le16(p);
	case 4:
		return get_le32(p);
	default:
		return get_le64(p);
	}
}

/* Flags by bit number; a bit without a name shows as its number */
static void describe_flags(uint64_t value, const char *const *names, char *buf, size_t len)
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int bit = 0; bit < 16; bit++) {
		const char *sep = used ? ", " : "";
		int n;

		if (!(value & 1u << bit))
			continue;
		if (names[bit])
			n = snprintf(buf + used, len - used, "%s%s", sep, names[bit]);
		else
			n = snprintf(buf + used, len - used, "%sbit %u", sep, bit);
		if (n < 0 || (size_t)n >= len - used)
			return;
		used += (size_t)n;
	}
	if (!used)
		snprintf(buf, len, "none");
}

static const char *const loadflags_names[16] = {
	[0] = "LOADED_HIGH", [1] = "KASLR_FLAG", [5] = "QUIET_FLAG",
	[6] = "KEEP_SEGMENTS", [7] = "CAN_USE_HEAP",
};

static const char *const xloadflags_names[16] = {
	"XLF_KERNEL_64", "XLF_CAN_BE_LOADED_ABOVE_4G", "XLF_EFI_HANDOVER_32",
	"XLF_EFI_HANDOVER_64", "XLF_EFI_KEXEC", "XLF_5LEVEL", "XLF_5LEVEL_ENABLED",
	"XLF_MEM_ENCRYPTION",
};

static const char *const subarch_names[] = {
	"PC", "lguest", "Xen", "Intel MID", "CE4100",
};

/* Boot loaders by the upper half of type_of_loader */
static const char *const loader_names[] = {
	"LILO", "Loadlin", "bootsect-loader", "Syslinux", "Etherboot/gPXE/iPXE", "ELILO",
	[7] = "GRUB", "U-Boot", "Xen", "Gujin", "QEMU", "Arcturus uCbootloader", "kexec-tools",
	"extended", "special",
};

static void describe_loader(unsigned int value, char *buf, size_t len)
{
	const char *name = value >> 4 < ARRAY_SIZE(loader_names) ? loader_names[value >> 4] : NULL;

	if (!value)
		snprintf(buf, len, "none yet");
	else if (value == 0xff)
		snprintf(buf, len, "undefined");
	else
		snprintf(buf, len, "%s, version %u", name ? name : "unassigned", value & 15);
}

static void describe_vid_mode(unsigned int value, char *buf, size_t len)
{
	switch (value) {
	case 0xffff:
		snprintf(buf, len, "normal");
		break;
	case 0xfffe:
		snprintf(buf, len, "extended");
		break;
	case 0xfffd:
		snprintf(buf, len, "ask");
		break;
	default:
		snprintf(buf, len, "mode 0x%x", value);
	}
}

static void describe_version(const struct bzimage *img, char *buf, size_t len)
{
	size_t n, i;
	const char *s = bzimage_version(img, &n);

	if (!bzimage_get(img, BZF_KERNEL_VERSION)) {
		snprintf(buf, len, "no version string");
	} else if (!s) {
		snprintf(buf, len, "no string there");
	} else {
		for (i = 0; i < n && i < len - 1; i++)
			buf[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
		buf[i] = '\0';
	}
}

/* Offsets from the start of the block, shown as offsets in the file */
static void describe_offset(const struct bzimage *img, uint64_t value, char *buf, size_t len)
{
	if (value)
		snprintf(buf, len, "0x%" PRIx64 " in the file", img->setup_size + value);
	else
		snprintf(buf, len, "none");
}

void bzimage_field_describe(const struct bzimage *img, enum bzimage_field_id id,
			    char *buf, size_t len)
{
	uint64_t v = bzimage_get(img, id);

	buf[0] = '\0';
	switch (id) {
	case BZF_SETUP_SECTS:
		snprintf(buf, len, "setup part of %zu bytes%s", img->setup_size,
			 v ? "" : " (0 means 4)");
		break;
	case BZF_ROOT_FLAGS:
		snprintf(buf, len, "root is mounted read-%s", v ? "only" : "write");
		break;
	case BZF_SYSSIZE:
		snprintf(buf, len, "%" PRIu64 " bytes", v * BZIMAGE_PARAGRAPH_SIZE);
		break;
	case BZF_VID_MODE:
		describe_vid_mode((unsigned int)v, buf, len);
		break;
	case BZF_ROOT_DEV:
		snprintf(buf, len, "device %" PRIu64 ":%" PRIu64, v >> 8, v & 0xff);
		break;
	case BZF_BOOT_FLAG:
		snprintf(buf, len, "%s", v == BZIMAGE_BOOT_FLAG ? "good" : "bad");
		break;
	case BZF_JUMP:
		snprintf(buf, len, "header ends at 0x%zx", img->header_end);
		break;
	case BZF_HEADER:
		snprintf(buf, len, "HdrS");
		break;
	case BZF_VERSION:
		snprintf(buf, len, "protocol %" PRIu64 ".%02" PRIu64, v >> 8, v & 0xff);
		break;
	case BZF_KERNEL_VERSION:
		describe_version(img, buf, len);
		break;
	case BZF_TYPE_OF_LOADER:
		describe_loader((unsigned int)v, buf, len);
		break;
	case BZF_LOADFLAGS:
		describe_flags(v, loadflags_names, buf, len);
		break;
	case BZF_HEAP_END_PTR:
		snprintf(buf, len, "heap ends at 0x%" PRIx64, v + BZIMAGE_SECTOR_SIZE);
		break;
	case BZF_KERNEL_ALIGNMENT:
		if (v >= 1 << 20 && v % (1 << 20) == 0)
			snprintf(buf, len, "%" PRIu64 " MiB", v >> 20);
		else
			snprintf(buf, len, "%" PRIu64 " bytes", v);
		break;
	case BZF_RELOCATABLE_KERNEL:
		snprintf(buf, len, "%s", v ? "yes" : "no");
		break;
	case BZF_MIN_ALIGNMENT:
		if (v < 64)
			snprintf(buf, len, "%" PRIu64 " bytes", (uint64_t)1 << v);
		break;
	case BZF_XLOADFLAGS:
		describe_flags(v, xloadflags_names, buf, len);
		break;
	case BZF_CMDLINE_SIZE:
		snprintf(buf, len, "%" PRIu64 " characters", v);
		break;
	case BZF_HARDWARE_SUBARCH:
		snprintf(buf, len, "%s", v < ARRAY_SIZE(subarch_names) ? subarch_names[v] :
			 "unknown");
		break;
	case BZF_PAYLOAD_OFFSET:
	case BZF_HANDOVER_OFFSET:
	case BZF_KERNEL_INFO_OFFSET:
		describe_offset(img, v, buf, len);
		break;
	case BZF_PAYLOAD_LENGTH:
	case BZF_INIT_SIZE:
		snprintf(buf, len, "%" PRIu64 " bytes", v);
		break;
	default:
		break;
	}
}
