// SPDX-License-Identifier: GPL-2.0
/*
 * Will a domain builder take it, and in which form
 *
 * The notes are judged by the rules of tools/bzimage. What is checked is the
 * ELF file that the domain will run: the wrapper, or the kernel in the payload.
 */

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"
#include "bzimage.h"

/* What the domain builder's first look wants (xc_dom_probe_bzimage_kernel) */
#define XEN_OLDEST_PROTOCOL	0x0208
/* PHYS32_ENTRY, of PVH */
#define XEN_PHYS32_ENTRY	18

struct kernel {
	struct bzimage img;
	struct bzimage_analysis an;
};

static const char * const form_names[] = {
	[FORM_AUTO] = "auto", [FORM_BZIMAGE] = "bzimage", [FORM_WRAPPER] = "wrapper",
	[FORM_VMLINUX] = "vmlinux",
};

const char *form_name(enum form form)
{
	return form_names[form];
}

static int report(const char *name, const struct bzimage_error *err)
{
	if (err->status == BZIMAGE_SYSTEM)
		return system_error("%s: %s", name, err->what);
	if (!err->has_offset)
		return bad("%s: %s", name, err->what);
	return bad("%s: %s at 0x%" PRIx64 ": %s", name, err->field, err->offset, err->what);
}

bool kernel_at_start(const unsigned char *sector, size_t len, uint64_t *size)
{
	struct bzimage img = { .data = sector, .size = len, .protocol = BZIMAGE_PROTOCOL_NEWEST };
	uint64_t setup;

	if (len < BZIMAGE_OFF_VERSION + 2)
		return false;
	img.header_end = len;
	if (bzimage_get(&img, BZF_HEADER) != BZIMAGE_HEADER_MAGIC ||
	    bzimage_get(&img, BZF_BOOT_FLAG) != BZIMAGE_BOOT_FLAG)
		return false;
	setup = BZIMAGE_SETUP_SIZE(bzimage_get(&img, BZF_SETUP_SECTS));
	*size = setup + bzimage_get(&img, BZF_SYSSIZE) * BZIMAGE_PARAGRAPH_SIZE;
	return true;
}

/* What the notes of one ELF file have against them */
static int check_notes(const struct kernel *k, const struct bzimage_elf *elf, const char *part,
		       uint64_t base, const char *name)
{
	struct bzimage_findings found = { 0 };
	struct bzimage_error err = { 0 };
	int ret = ST_OK;

	if (elf->notes_error.status != BZIMAGE_OK)
		return report(name, &elf->notes_error);
	if (elf->machine != EM_386 && elf->machine != EM_X86_64)
		return bad("%s: %s e_machine at 0x%" PRIx64 ": is %u, not x86", name, part,
			   base + offsetof(Elf32_Ehdr, e_machine), elf->machine);
	if (!bzimage_elf_note(elf, "Xen", BZIMAGE_XEN_ENTRY))
		return bad("%s: %s Xen ENTRY at 0x%" PRIx64 ": is missing%s: not a kernel for PV domains",
			   name, part, base, bzimage_elf_note(elf, "Xen", XEN_PHYS32_ENTRY) ?
			   ", there is only PVH's PHYS32_ENTRY" : "");
	if (bzimage_check(&k->an, false, &found, &err))
		return report(name, &err);
	for (size_t i = 0; i < found.nr && !ret; i++) {
		const struct bzimage_finding *f = &found.list[i];

		if (f->severity == BZIMAGE_ERROR &&
		    !strncmp(bzimage_rules[f->rule].id, "xen-", 4) &&
		    !strncmp(f->field, part, strlen(part)))
			ret = bad("%s: %s at 0x%" PRIx64 ": %s, expected %s", name, f->field,
				  f->offset, f->what, f->expected);
	}
	if (found.no_memory && !ret)
		ret = system_error("%s: no memory for its check", name);
	bzimage_findings_free(&found);
	return ret;
}

/* The header, as the domain builder's own loader of bzImages reads it */
static int check_header(const struct kernel *k, const char *name)
{
	const struct bzimage *img = &k->img;

	if (img->protocol < XEN_OLDEST_PROTOCOL)
		return bad("%s: version at 0x%x: is %u.%02u; Xen's loaders take 2.08 or later (or --as=vmlinux)",
			   name, BZIMAGE_OFF_VERSION, img->protocol >> 8, img->protocol & 0xff);
	if (!bzimage_get(img, BZF_SETUP_SECTS))
		return bad("%s: setup_sects at 0x%x: is 0, which Xen's loaders do not take as 4 (or --as=vmlinux)",
			   name, BZIMAGE_OFF_SETUP_SECTS);
	switch (k->an.payload.compression) {
	case BZIMAGE_ELF:
		return bad("%s: payload at 0x%zx: is not compressed, which not all of Xen's loaders take: use --as=vmlinux",
			   name, k->an.payload.offset);
	case BZIMAGE_BZIP2:
	case BZIMAGE_LZO:
		warning("%s: not all of Xen's tool stacks take %s (Debian's does not): --as=vmlinux works",
		     name, bzimage_compression_name(k->an.payload.compression));
		break;
	default:
		break;
	}
	return ST_OK;
}

static int analyse(struct kernel *k, uint64_t max_size, uint64_t ratio, const char *name)
{
	const struct bzimage_limits limits = { .max_size = max_size, .max_ratio = ratio };
	struct bzimage_error err = { 0 };

	bzimage_analysis_free(&k->an);
	return bzimage_analyse(&k->an, &k->img, &limits, &err) ? report(name, &err) : ST_OK;
}

static bool has_entry(const struct bzimage_elf *elf)
{
	return bzimage_elf_note(elf, "Xen", BZIMAGE_XEN_ENTRY);
}

/* Nothing of a wrapper is compressed: then nothing is decompressed here either */
static int pick_wrapper(struct kernel *k, const char *name, bool must, const struct limits *limits)
{
	const struct bzimage *img = &k->img;
	int ret;

	if (!img->elf_offset)
		return must ? bad("%s: wrapper at 0x%zx: there is none: use --as=vmlinux", name,
				  img->setup_size < BZIMAGE_ELF_PAGE_SIZE ? 0 :
				  (size_t)BZIMAGE_ELF_OFFSET(img->setup_size)) : ST_ABSENT;
	ret = analyse(k, 1, limits->ratio, name);
	if (ret)
		return ret;
	if (!k->an.has_wrapper)
		return report(name, &k->an.wrapper_error);
	if (!must && !has_entry(&k->an.wrapper))
		return ST_ABSENT;
	return check_notes(k, &k->an.wrapper, "wrapper", img->elf_offset, name);
}

static int pick_payload(struct kernel *k, const char *name, const struct limits *limits)
{
	const struct bzimage_payload *p = &k->an.payload;
	int ret = analyse(k, limits->vmlinux, limits->ratio, name);

	if (ret)
		return ret;
	if (k->an.payload_error.status != BZIMAGE_OK)
		return report(name, &k->an.payload_error);
	if (!p->present)
		return bad("%s: payload_offset at 0x%x: there is no payload", name,
			   BZIMAGE_OFF_PAYLOAD_OFFSET);
	if (!k->an.has_vmlinux)
		return report(name, &k->an.vmlinux_error);
	if (p->has_stated_size && p->stated_size != (uint32_t)p->size)
		return bad("%s: payload at 0x%zx: states an uncompressed size of %u, but it is %zu",
			   name, p->offset + p->length - 4, p->stated_size, p->size);
	return check_notes(k, &k->an.vmlinux, "vmlinux", 0, name);
}

int kernel_pick(const unsigned char *data, size_t size, const char *name, enum form form,
		const struct limits *limits, struct kernel **out, const unsigned char **piece,
		size_t *piece_size)
{
	struct kernel *k = calloc(1, sizeof(*k));
	struct bzimage_error err = { 0 };
	int ret;

	*out = NULL;
	if (!k)
		return system_error("no memory");
	if (bzimage_parse(&k->img, data, size, &err)) {
		ret = report(name, &err);
		goto fail;
	}
	if (form == FORM_AUTO || form == FORM_WRAPPER) {
		ret = pick_wrapper(k, name, form == FORM_WRAPPER, limits);
		if (ret == ST_OK) {
			*piece = data + k->img.elf_offset;
			*piece_size = size - k->img.elf_offset;
			goto good;
		}
		if (ret != ST_ABSENT)
			goto fail;
	}
	ret = pick_payload(k, name, limits);
	if (!ret && form == FORM_BZIMAGE)
		ret = check_header(k, name);
	if (ret)
		goto fail;
	*piece = form == FORM_BZIMAGE ? data : k->an.payload.data;
	*piece_size = form == FORM_BZIMAGE ? size : k->an.vmlinux.extent;
good:
	*out = k;
	return ST_OK;
fail:
	kernel_free(k);
	return ret;
}

void kernel_free(struct kernel *k)
{
	if (!k)
		return;
	bzimage_analysis_free(&k->an);
	free(k);
}
