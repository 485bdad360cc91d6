// SPDX-License-Identifier: GPL-2.0
/* The PE header of an image with an EFI stub */

#include "util.h"

#define MZ_MAGIC		0x5a4d
#define MZ_OFF_PE		0x3c
#define PE_MAGIC		0x4550		/* "PE\0\0" */
#define COFF_SIZE		24		/* with the magic number */
#define COFF_OFF_MACHINE	4
#define COFF_OFF_NR_SECTIONS	6
#define COFF_OFF_OPT_SIZE	20
#define OPT_MAGIC_PE32		0x10b
#define OPT_MAGIC_PE32_PLUS	0x20b
#define OPT_OFF_ENTRY		16
#define OPT_OFF_IMAGE_SIZE	56
#define OPT_OFF_SUBSYSTEM	68
/* Number of data directories; the directories follow it */
#define OPT32_OFF_NR_DIRS	92
#define OPT64_OFF_NR_DIRS	108
#define DIR_SIZE		8
#define DIR_CERTIFICATES	4
#define SECTION_SIZE		40

static int read_optional(const struct bzimage *img, struct bzimage_pe *pe, size_t size)
{
	size_t start = pe->offset + COFF_SIZE;
	const unsigned char *p = img->data + start;
	size_t off_dirs;

	if (size < 2 || !in_range(start, size, img->setup_size))
		return fail(&pe->error, pe->offset + COFF_OFF_OPT_SIZE, "PE SizeOfOptionalHeader",
			    "of %zu bytes does not fit the setup part", size);
	if (get_le16(p) != OPT_MAGIC_PE32 && get_le16(p) != OPT_MAGIC_PE32_PLUS)
		return fail(&pe->error, start, "PE optional header magic",
			    "is 0x%x, not 0x10b or 0x20b", get_le16(p));
	pe->plus = get_le16(p) == OPT_MAGIC_PE32_PLUS;
	off_dirs = (pe->plus ? OPT64_OFF_NR_DIRS : OPT32_OFF_NR_DIRS) + 4;
	if (size < off_dirs)
		return fail(&pe->error, pe->offset + COFF_OFF_OPT_SIZE, "PE SizeOfOptionalHeader",
			    "is %zu, less than %zu", size, off_dirs);
	pe->entry = get_le32(p + OPT_OFF_ENTRY);
	pe->image_size = get_le32(p + OPT_OFF_IMAGE_SIZE);
	pe->subsystem = get_le16(p + OPT_OFF_SUBSYSTEM);
	if (get_le32(p + off_dirs - 4) > DIR_CERTIFICATES &&
	    size >= off_dirs + (DIR_CERTIFICATES + 1) * DIR_SIZE) {
		p += off_dirs + DIR_CERTIFICATES * DIR_SIZE;
		pe->cert_offset = get_le32(p);
		pe->cert_size = get_le32(p + 4);
	}
	return 0;
}

static void read_section(const struct bzimage *img, size_t offset, struct bzimage_pe_section *s)
{
	const unsigned char *p = img->data + offset;

	for (size_t i = 0; i < 8 && p[i]; i++)
		s->name[i] = p[i] >= ' ' && p[i] <= '~' ? (char)p[i] : '?';
	s->vsize = get_le32(p + 8);
	s->vaddr = get_le32(p + 12);
	s->size = get_le32(p + 16);
	s->offset = get_le32(p + 20);
	s->flags = get_le32(p + 36);
	s->header = offset;
}

void bzimage_pe_parse(const struct bzimage *img, struct bzimage_pe *pe)
{
	size_t table, nr, opt_size;
	const unsigned char *p;

	memset(pe, 0, sizeof(*pe));
	if (get_le16(img->data) != MZ_MAGIC)
		return;
	pe->present = true;
	pe->offset = get_le32(img->data + MZ_OFF_PE);
	if (!in_range(pe->offset, COFF_SIZE, img->setup_size)) {
		fail(&pe->error, MZ_OFF_PE, "PE e_lfanew", "is 0x%zx, past the setup part at 0x%zx",
		     pe->offset, img->setup_size);
		return;
	}
	p = img->data + pe->offset;
	if (get_le32(p) != PE_MAGIC) {
		fail(&pe->error, pe->offset, "PE magic", "is 0x%x, not 0x4550", get_le32(p));
		return;
	}
	pe->machine = get_le16(p + COFF_OFF_MACHINE);
	nr = get_le16(p + COFF_OFF_NR_SECTIONS);
	opt_size = get_le16(p + COFF_OFF_OPT_SIZE);
	if (read_optional(img, pe, opt_size))
		return;

	table = pe->offset + COFF_SIZE + opt_size;
	if (nr > BZIMAGE_PE_MAX_SECTIONS || !in_range(table, nr * SECTION_SIZE, img->setup_size)) {
		fail(&pe->error, pe->offset + COFF_OFF_NR_SECTIONS, "PE NumberOfSections",
		     "is %zu: more than fit the setup part or a loader", nr);
		return;
	}
	for (size_t i = 0; i < nr; i++)
		read_section(img, table + i * SECTION_SIZE, &pe->sections[i]);
	pe->nr_sections = nr;
}
