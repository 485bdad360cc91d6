// SPDX-License-Identifier: GPL-2.0
/* Checks of the payload and of the vmlinux in it */

#include <elf.h>
#include <inttypes.h>

#include "rules.h"
#include "util.h"

/* Where in an ELF header, 32 and 64 bits alike */
#define OFF_E_TYPE	16
#define OFF_E_MACHINE	18
#define OFF_E_ENTRY	24

#define TRAILER_SIZE	4

static uint64_t phdr_offset(const struct bzimage_elf *elf, size_t index)
{
	return elf->phoff + index *
		(elf->elf_class == 32 ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr));
}

static bool is_load(const struct bzimage_segment *s)
{
	return s->type == PT_LOAD && s->memsz;
}

static void check_stream(struct checker *c)
{
	const struct bzimage_payload *p = &c->an->payload;
	uint64_t used = p->stream_length, end = p->offset + p->length;

	if (p->compression == BZIMAGE_ELF)
		find(c, RULE_PAYLOAD_PLAIN, p->offset, "payload",
		     "is not compressed; Xen's tool stack boots that only by accident");
	if (p->has_stated_size && p->stated_size != (uint32_t)p->size) {
		find(c, RULE_PAYLOAD_SIZE, end - TRAILER_SIZE, "payload",
		     "states an uncompressed size of %u, but it is %zu", p->stated_size, p->size);
		expect(c, "%zu", p->size);
	}
	/* gzip has its size inside, the others behind the stream */
	if (p->compression != BZIMAGE_GZIP && p->has_stated_size)
		used += TRAILER_SIZE;
	if (used != p->length) {
		find_field(c, RULE_PAYLOAD_JUNK, BZF_PAYLOAD_LENGTH,
			   "is 0x%zx, but the %s data ends after 0x%zx", p->length,
			   bzimage_compression_name(p->compression), p->stream_length);
		expect(c, "0x%" PRIx64, used);
	}
}

/* Input at the end of [pref_address, + init_size), output from its start */
static void check_margin(struct checker *c)
{
	const struct bzimage_payload *p = &c->an->payload;
	uint64_t size = bzimage_get(c->img, BZF_INIT_SIZE);
	bool exact;
	uint64_t memory = bzimage_block_memory(c->an, &exact);
	uint64_t behind = memory - (p->offset - c->img->setup_size) - p->length;
	uint64_t need = p->size + bzimage_inplace_margin(p->compression, p->size) + behind;

	if (!bzimage_has(c->img, BZF_INIT_SIZE) || size >= need)
		return;
	find_field(c, RULE_INIT_SIZE_MARGIN, BZF_INIT_SIZE,
		   "is 0x%" PRIx64 ": %s output could overtake its input", size,
		   bzimage_compression_name(p->compression));
	expect(c, "0x%" PRIx64 " or more", need);
	strict_with_wrapper(c);
}

static void check_vmlinux_header(struct checker *c)
{
	const struct bzimage_elf *elf = &c->an->vmlinux;
	bool is_64 = elf->machine == EM_X86_64;
	bool says_64 = bzimage_get(c->img, BZF_XLOADFLAGS) & BZIMAGE_XLF_KERNEL_64;

	if ((elf->machine != EM_386 && !is_64) || elf->elf_class != (is_64 ? 64 : 32)) {
		find(c, RULE_VMLINUX_MACHINE, OFF_E_MACHINE, "vmlinux e_machine",
		     "is %u in a %u-bit file", elf->machine, elf->elf_class);
		expect(c, "3 (i386) in 32 or 62 (x86-64) in 64 bits");
	} else if (bzimage_has(c->img, BZF_XLOADFLAGS) && is_64 != says_64) {
		find_field(c, RULE_XLOADFLAGS_CLASS, BZF_XLOADFLAGS,
			   "has XLF_KERNEL_64 %s for a %u-bit kernel", says_64 ? "set" : "clear",
			   elf->elf_class);
		expect(c, "the opposite");
	}
	if (elf->type != ET_EXEC && elf->type != ET_DYN) {
		find(c, RULE_VMLINUX_TYPE, OFF_E_TYPE, "vmlinux e_type", "is %u", elf->type);
		expect(c, "2 (EXEC) or 3 (DYN)");
	}
}

static bool overlap(const struct bzimage_segment *a, const struct bzimage_segment *b)
{
	return a->paddr < add_sat(b->paddr, b->memsz) && b->paddr < add_sat(a->paddr, a->memsz);
}

static void check_vmlinux_segments(struct checker *c)
{
	const struct bzimage_elf *elf = &c->an->vmlinux;
	uint64_t pref = bzimage_get(c->img, BZF_PREF_ADDRESS);
	uint64_t size = bzimage_get(c->img, BZF_INIT_SIZE);
	uint64_t start, end;
	bool entry = false;

	if (!bzimage_elf_span(elf, &start, &end)) {
		find(c, RULE_VMLINUX_NO_LOAD, elf->phoff, "vmlinux e_phoff",
		     "there is no PT_LOAD of any size");
		return;
	}
	if (size && end - start > size) {
		find_field(c, RULE_INIT_SIZE_KERNEL, BZF_INIT_SIZE,
			   "is 0x%" PRIx64 ", less than the kernel's segments take", size);
		expect(c, "0x%" PRIx64 " or more", end - start);
	}
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];

		if (s->type == PT_LOAD && s->filesz > s->memsz) {
			find(c, RULE_VMLINUX_SIZES, phdr_offset(elf, i), "vmlinux p_filesz",
			     "of segment %zu is 0x%" PRIx64 ", more than p_memsz, 0x%" PRIx64, i,
			     s->filesz, s->memsz);
		}
		if (!is_load(s))
			continue;
		if (size && (s->paddr < pref ||
			     add_sat(s->paddr, s->memsz) > add_sat(pref, size))) {
			find(c, RULE_VMLINUX_RANGE, phdr_offset(elf, i), "vmlinux p_paddr",
			     "of segment %zu: [0x%" PRIx64 ", 0x%" PRIx64 ")", i, s->paddr,
			     add_sat(s->paddr, s->memsz));
			expect(c, "a place in [0x%" PRIx64 ", 0x%" PRIx64 ")", pref,
			       add_sat(pref, size));
		}
		if ((s->flags & PF_X) && (elf->entry - s->paddr < s->memsz ||
					  elf->entry - s->vaddr < s->memsz))
			entry = true;
		for (size_t j = 0; j < i; j++) {
			if (!is_load(&elf->segments[j]) || !overlap(&elf->segments[j], s))
				continue;
			find(c, RULE_VMLINUX_OVERLAP, phdr_offset(elf, i), "vmlinux p_paddr",
			     "of segment %zu, 0x%" PRIx64 ": overlaps segment %zu", i, s->paddr, j);
			break;
		}
	}
	if (!entry) {
		find(c, RULE_VMLINUX_ENTRY, OFF_E_ENTRY, "vmlinux e_entry",
		     "is 0x%" PRIx64 ", in no executable segment", elf->entry);
		expect(c, "an address in one");
	}
}

static void check_relocs(struct checker *c)
{
	const struct bzimage_relocs *relocs = &c->an->relocs;

	if (relocs->error.status != BZIMAGE_OK) {
		find_error(c, relocs->out_of_range ? RULE_RELOCS_RANGE : RULE_RELOCS_FORM,
			   &relocs->error);
	} else if (!relocs->size && c->an->vmlinux.elf_class == 32 &&
		   bzimage_get(c->img, BZF_RELOCATABLE_KERNEL)) {
		find(c, RULE_RELOCS_NONE, c->an->vmlinux.extent, "vmlinux relocations",
		     "there are none, with relocatable_kernel set");
		expect(c, "some behind the ELF file");
	}
}

static void check_vmlinux(struct checker *c)
{
	const struct bzimage_elf *elf = &c->an->vmlinux;

	check_vmlinux_header(c);
	check_vmlinux_segments(c);
	check_relocs(c);
	if (elf->notes_error.status != BZIMAGE_OK)
		find_error(c, RULE_VMLINUX_NOTES, &elf->notes_error);
	check_xen_notes(c, elf, "vmlinux", 0);
}

void check_payload(struct checker *c)
{
	const struct bzimage_analysis *an = c->an;

	if (c->img->protocol < 0x208)
		return;
	if (an->payload_error.status != BZIMAGE_OK) {
		find_error(c, RULE_PAYLOAD_BAD, &an->payload_error);
		return;
	}
	if (!an->payload.present) {
		find_field(c, RULE_PAYLOAD_NONE, BZF_PAYLOAD_OFFSET, "there is no payload");
		strict_with_wrapper(c);
		return;
	}
	check_stream(c);
	check_margin(c);
	if (an->has_vmlinux)
		check_vmlinux(c);
	else
		find_error(c, RULE_VMLINUX_BAD, &an->vmlinux_error);
}
