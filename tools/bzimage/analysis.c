// SPDX-License-Identifier: GPL-2.0
/* All parts of an image read at once, each with its own error */

#include <elf.h>
#include <stdlib.h>

#include "util.h"

static int read_wrapper(struct bzimage_analysis *an, struct bzimage_error *err)
{
	const struct bzimage *img = an->img;
	size_t size = img->size - img->elf_offset;

	if (!img->elf_offset)
		return 0;
	an->wrapper_copy = malloc(size);
	if (!an->wrapper_copy)
		return fail_system(err, "no memory for %zu bytes", size);
	memcpy(an->wrapper_copy, img->data + img->elf_offset, size);
	if (!bzimage_elf_parse(&an->wrapper, an->wrapper_copy, size, &an->wrapper_error))
		an->has_wrapper = true;
	error_rebase(&an->wrapper_error, "wrapper", img->elf_offset);
	error_rebase(&an->wrapper.notes_error, "wrapper", img->elf_offset);
	return 0;
}

static void read_payload(struct bzimage_analysis *an, const struct bzimage_limits *limits)
{
	struct bzimage_payload *p = &an->payload;

	if (bzimage_payload_locate(an->img, p, &an->payload_error) || !p->present)
		return;
	if (bzimage_payload_load(an->img, limits, p, &an->payload_error))
		return;
	if (!bzimage_elf_parse(&an->vmlinux, p->data, p->size, &an->vmlinux_error)) {
		an->has_vmlinux = true;
		bzimage_relocs_parse(&an->vmlinux, &an->relocs);
	}
	error_rebase(&an->vmlinux_error, "vmlinux", 0);
	error_rebase(&an->vmlinux.notes_error, "vmlinux", 0);
}

int bzimage_analyse(struct bzimage_analysis *an, const struct bzimage *img,
		    const struct bzimage_limits *limits, struct bzimage_error *err)
{
	const struct bzimage_error *system[] = {
		&an->wrapper_error, &an->payload_error, &an->vmlinux_error,
	};

	memset(an, 0, sizeof(*an));
	an->img = img;
	if (read_wrapper(an, err))
		return -1;
	bzimage_pe_parse(img, &an->pe);
	bzimage_kernel_info_parse(img, &an->kernel_info);
	read_payload(an, limits);

	for (size_t i = 0; i < ARRAY_SIZE(system); i++) {
		if (system[i]->status == BZIMAGE_SYSTEM) {
			*err = *system[i];
			return -1;
		}
	}
	return 0;
}

void bzimage_analysis_free(struct bzimage_analysis *an)
{
	bzimage_elf_free(&an->wrapper);
	bzimage_elf_free(&an->vmlinux);
	bzimage_payload_free(&an->payload);
	free(an->wrapper_copy);
	memset(an, 0, sizeof(*an));
}

const struct bzimage_error *bzimage_analysis_error(const struct bzimage_analysis *an)
{
	const struct bzimage_error *errors[] = {
		&an->wrapper_error, &an->wrapper.notes_error, &an->pe.error,
		&an->kernel_info.error, &an->payload_error, &an->vmlinux_error,
		&an->vmlinux.notes_error,
	};

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i]->status != BZIMAGE_OK)
			return errors[i];
	return NULL;
}

uint64_t bzimage_block_memory(const struct bzimage_analysis *an, bool *exact)
{
	const struct bzimage *img = an->img;
	uint64_t start, end, size = page_align(img->block_size);

	*exact = true;
	if (an->has_wrapper) {
		/* The entry is where the block starts, in the file and in memory */
		for (size_t i = 0; i < an->wrapper.nr_segments; i++) {
			const struct bzimage_segment *s = &an->wrapper.segments[i];

			if (s->type != PT_LOAD || !s->filesz ||
			    s->offset != BZIMAGE_ELF_PAGE_SIZE)
				continue;
			if (!bzimage_elf_span(&an->wrapper, &start, &end) || end < s->paddr)
				continue;
			if (end - s->paddr >= img->block_size)
				return page_align(end - s->paddr);
		}
	}
	/* SizeOfImage counts from the start of the file */
	if (an->pe.present && an->pe.error.status == BZIMAGE_OK &&
	    an->pe.image_size > img->setup_size && an->pe.image_size - img->setup_size > size)
		return page_align(an->pe.image_size - img->setup_size);
	*exact = false;
	return size;
}
