// SPDX-License-Identifier: GPL-2.0
/*
 * The launcher's part before the first instruction: a kernel file, by its
 * first bytes ELF or bzImage, the initrd, and an almost empty zero page.
 */
#include "host.h"

#define COMMAND_LINE	PAGE_SIZE

/* Setup header, in the file and in the zero page (Documentation/arch/x86/boot.rst) */
#define HDR_SETUP_SECTS		0x1f1
#define HDR_MAGIC		0x202
#define HDR_CODE32_START	0x214
#define BZIMAGE_LOAD		0x100000

#define BP_E820_ENTRIES		0x1e8
#define BP_VERSION		0x206
#define BP_TYPE_OF_LOADER	0x210
#define BP_LOADFLAGS		0x211
#define BP_RAMDISK_IMAGE	0x218
#define BP_RAMDISK_SIZE		0x21c
#define BP_CMD_LINE_PTR		0x228
#define BP_KERNEL_ALIGNMENT	0x230
#define BP_HARDWARE_SUBARCH	0x23c
#define BP_E820_TABLE		0x2d0

#define BOOT_VERSION		0x207
#define KEEP_SEGMENTS		0x40
#define SUBARCH_LGUEST		1
#define KERNEL_ALIGNMENT	0x1000000
#define E820_RAM		1

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version, entry, phoff, shoff, flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
} __packed;

struct elf_segment {
	u32 type, offset, vaddr, paddr, filesz, memsz, flags, align;
} __packed;

_Static_assert(sizeof(struct elf_header) == 52, "size of an ELF header");
_Static_assert(sizeof(struct elf_segment) == 32, "size of a program header");

#define ET_EXEC		2
#define EM_386		3
#define PT_LOAD		1

static void put8(u32 addr, u8 v)
{
	guest_write(addr, &v, 1);
}

static void put16(u32 addr, u16 v)
{
	guest_write(addr, &v, 2);
}

static void put32(u32 addr, u32 v)
{
	guest_write(addr, &v, 4);
}

static void place(u32 addr, u32 offset, u32 len)
{
	u32 size = kernel_file.size;

	if (offset > size || len > size - offset)
		die("Reading offset %u len %u: the kernel file ends at %u", offset, len, size);
	/* The launcher maps pages of the file where it can: a part of one brings the rest. */
	if (len && !(addr % PAGE_SIZE) && !(offset % PAGE_SIZE)) {
		len = ROUND_UP(len, PAGE_SIZE);
		if (len > size - offset)
			len = size - offset;
	}
	if (!guest_address_ok(addr, len))
		die("Reading offset %u len %u: no guest memory at %#x", offset, len, addr);
	memcpy(guest.base + addr, kernel_file.start + offset, len);
}

static u32 load_elf(void)
{
	struct elf_header h;
	struct elf_segment s;
	u32 i;

	if (kernel_file.size < sizeof(h))
		die("Malformed elf header");
	memcpy(&h, kernel_file.start, sizeof(h));
	if (h.type != ET_EXEC || h.machine != EM_386 || h.phentsize != sizeof(s) || !h.phnum ||
	    h.phnum > 65536 / sizeof(s))
		die("Malformed elf header");
	for (i = 0; i < h.phnum; i++) {
		u32 at = h.phoff + i * sizeof(s);

		if (at < h.phoff || at > kernel_file.size ||
		    sizeof(s) > kernel_file.size - at)
			die("Reading program headers");
		memcpy(&s, kernel_file.start + at, sizeof(s));
		if (s.type == PT_LOAD)
			place(s.paddr, s.offset, s.filesz);
	}
	return h.entry;
}

static u32 load_bzimage(void)
{
	u32 offset, entry;

	if (kernel_file.size < HDR_CODE32_START + 4 ||
	    memcmp(kernel_file.start + HDR_MAGIC, "HdrS", 4))
		die("This doesn't look like a bzImage to me");
	offset = (kernel_file.start[HDR_SETUP_SECTS] + 1) * 512;
	memcpy(&entry, kernel_file.start + HDR_CODE32_START, 4);
	if (offset > kernel_file.size ||
	    !guest_address_ok(BZIMAGE_LOAD, kernel_file.size - offset))
		die("Reading bzImage: no guest memory for it at %#x", BZIMAGE_LOAD);
	memcpy(guest.base + BZIMAGE_LOAD, kernel_file.start + offset, kernel_file.size - offset);
	return entry;
}

/*
 * All of the guest's memory is 0. Of a new machine's most is, and only reading
 * it leaves it unallocated in QEMU.
 */
static void clear_memory(void)
{
	u8 *page, *end = guest.base + guest.mem;

	for (page = guest.base; page < end; page += PAGE_SIZE) {
		const u32 *p = (const u32 *)page, *page_end = (const u32 *)(page + PAGE_SIZE);

		while (p < page_end && !(p[0] | p[1] | p[2] | p[3] | p[4] | p[5] | p[6] | p[7]))
			p += 8;
		if (p < page_end)
			memset(page, 0, PAGE_SIZE);
	}
}

u32 load_guest(void)
{
	u32 entry, len = ROUND_UP(initrd_file.size, PAGE_SIZE);

	clear_memory();
	if (kernel_file.size >= 4 && !memcmp(kernel_file.start, "\177ELF", 4))
		entry = load_elf();
	else
		entry = load_bzimage();

	if (options.initrd) {
		if (len > guest.mem)
			die("Reading initrd: no guest memory for %u bytes", len);
		memcpy(guest.base + guest.mem - len, initrd_file.start, initrd_file.size);
		put32(BP_RAMDISK_IMAGE, guest.mem - len);
		put32(BP_RAMDISK_SIZE, len);
		put8(BP_TYPE_OF_LOADER, 0xff);
	}

	put8(BP_E820_ENTRIES, 1);
	put32(BP_E820_TABLE + 8, guest.mem);
	put32(BP_E820_TABLE + 16, E820_RAM);
	guest_write(COMMAND_LINE, options.args, strlen(options.args) + 1);
	put32(BP_CMD_LINE_PTR, COMMAND_LINE);
	put16(BP_VERSION, BOOT_VERSION);
	put8(BP_LOADFLAGS, KEEP_SEGMENTS);
	put32(BP_KERNEL_ALIGNMENT, KERNEL_ALIGNMENT);
	put32(BP_HARDWARE_SUBARCH, SUBARCH_LGUEST);
	return entry;
}
