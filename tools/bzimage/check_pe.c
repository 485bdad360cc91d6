// SPDX-License-Identifier: GPL-2.0
/* Checks of the PE header that EFI firmware reads */

#include <inttypes.h>

#include "rules.h"
#include "util.h"

#define PE_OFF_MACHINE		4
#define PE_OFF_ENTRY		(24 + 16)
#define PE_OFF_IMAGE_SIZE	(24 + 56)
#define PE_OFF_SUBSYSTEM	(24 + 68)
#define EFI_APPLICATION		10
#define SECTION_OFF_FLAGS	36

static void check_section(struct checker *c, const struct bzimage_pe_section *s)
{
	const struct bzimage_pe *pe = &c->an->pe;
	uint64_t memory = s->vsize > s->size ? s->vsize : s->size;

	if (!in_range(s->offset, s->size, c->img->size)) {
		find(c, RULE_PE_SECTION, s->header, "PE section",
		     "%s: 0x%x bytes at 0x%x go past the end of the file at 0x%zx", s->name,
		     s->size, s->offset, c->img->size);
		expect(c, "a section inside the file");
	} else if (!in_range(s->vaddr, memory, pe->image_size)) {
		find(c, RULE_PE_SECTION, s->header, "PE section",
		     "%s: 0x%" PRIx64 " bytes at address 0x%x go past SizeOfImage, 0x%x", s->name,
		     memory, s->vaddr, pe->image_size);
		expect(c, "a section inside the image");
	}
	if ((s->flags & BZIMAGE_PE_SCN_WRITE) && (s->flags & BZIMAGE_PE_SCN_EXECUTE)) {
		find(c, RULE_PE_WX, s->header + SECTION_OFF_FLAGS, "PE section",
		     "%s is writable and executable", s->name);
		expect(c, "one of them");
	}
}

static void check_entry(struct checker *c)
{
	const struct bzimage_pe *pe = &c->an->pe;

	for (size_t i = 0; i < pe->nr_sections; i++) {
		const struct bzimage_pe_section *s = &pe->sections[i];
		uint32_t size = s->vsize > s->size ? s->vsize : s->size;

		if ((s->flags & BZIMAGE_PE_SCN_EXECUTE) && pe->entry >= s->vaddr &&
		    pe->entry - s->vaddr < size)
			return;
	}
	find(c, RULE_PE_ENTRY, pe->offset + PE_OFF_ENTRY, "PE AddressOfEntryPoint",
	     "is 0x%x, in no executable section", pe->entry);
	expect(c, "an address in one");
}

void check_pe(struct checker *c)
{
	const struct bzimage *img = c->img;
	const struct bzimage_pe *pe = &c->an->pe;
	bool is_64 = bzimage_get(img, BZF_XLOADFLAGS) & BZIMAGE_XLF_KERNEL_64;
	unsigned int machine = is_64 ? BZIMAGE_PE_AMD64 : BZIMAGE_PE_I386;
	bool is_amd64 = pe->machine == BZIMAGE_PE_AMD64;

	if (!pe->present)
		return;
	if (pe->error.status != BZIMAGE_OK) {
		find_error(c, RULE_PE_BAD, &pe->error);
		return;
	}
	/* Without xloadflags the image does not say what it is */
	if (bzimage_has(img, BZF_XLOADFLAGS) && pe->machine != machine) {
		find(c, RULE_PE_MACHINE, pe->offset + PE_OFF_MACHINE, "PE Machine",
		     "is 0x%x", pe->machine);
		expect(c, "0x%x, as xloadflags says", machine);
	}
	if (pe->plus != is_amd64) {
		find(c, RULE_PE_FORMAT, pe->offset + PE_OFF_MACHINE, "PE Machine",
		     "is 0x%x with a %s header", pe->machine, pe->plus ? "PE32+" : "PE32");
		expect(c, "0x14c with PE32 or 0x8664 with PE32+");
	}
	if (pe->subsystem != EFI_APPLICATION) {
		find(c, RULE_PE_SUBSYSTEM, pe->offset + PE_OFF_SUBSYSTEM, "PE Subsystem",
		     "is %u", pe->subsystem);
		expect(c, "%d", EFI_APPLICATION);
	}
	/* A signature is not loaded */
	if (pe->image_size < img->size && (!pe->cert_size || pe->image_size < pe->cert_offset)) {
		find(c, RULE_PE_IMAGE_SIZE, pe->offset + PE_OFF_IMAGE_SIZE, "PE SizeOfImage",
		     "is 0x%x, less than the file", pe->image_size);
		expect(c, "0x%zx or more", img->size);
	}
	if (pe->cert_size && !in_range(pe->cert_offset, pe->cert_size, img->size)) {
		find(c, RULE_PE_CERT, pe->offset, "PE certificate table",
		     "0x%x bytes at 0x%x go past the end of the file at 0x%zx", pe->cert_size,
		     pe->cert_offset, img->size);
		expect(c, "a table inside the file");
	}
	for (size_t i = 0; i < pe->nr_sections; i++)
		check_section(c, &pe->sections[i]);
	check_entry(c);
}
