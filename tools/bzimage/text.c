// SPDX-License-Identifier: GPL-2.0
/* Results as text for people */

#include <elf.h>
#include <inttypes.h>

#include "render.h"
#include "units.h"

static const char *bits_name(const struct bzimage *img)
{
	if (!bzimage_has(img, BZF_XLOADFLAGS))
		return "";
	return bzimage_get(img, BZF_XLOADFLAGS) & BZIMAGE_XLF_KERNEL_64 ? ", 64-bit" : ", 32-bit";
}

static void print_title(FILE *out, const char *name, const struct bzimage *img)
{
	if (!img->protocol) {
		fprintf(out, "%s: no setup header (HdrS): a Linux zImage or Image with a boot "
			"protocol before 2.00,\nor a boot sector that is not Linux at all\n", name);
		return;
	}
	fprintf(out, "%s: Linux %s, boot protocol %u.%02u%s%s\n", name,
		bzimage_is_high(img) ? "bzImage" : "zImage", img->protocol >> 8,
		img->protocol & 0xff, bits_name(img),
		img->elf_offset ? ", with an ELF wrapper" : "");
}

static void print_header(FILE *out, const struct bzimage *img)
{
	fprintf(out, "\nsetup header\n  %-7s %4s  %-22s %18s  %s\n", "offset", "size", "field",
		"value", "meaning");
	for (unsigned int i = 0; i < BZF_COUNT; i++) {
		const struct bzimage_field *f = &bzimage_fields[i];
		char meaning[200], value[24];

		if (!bzimage_has(img, i))
			continue;
		bzimage_field_describe(img, i, meaning, sizeof(meaning));
		snprintf(value, sizeof(value), "0x%" PRIx64, bzimage_get(img, i));
		fprintf(out, "  0x%-5x %4u  %-22s %18s  %s\n", f->offset,
			bzimage_field_size(img, i), f->name, value,
			meaning[0] ? meaning : f->meaning);
	}
}

static void print_parts(FILE *out, const struct bzimage_analysis *an)
{
	const struct bzimage *img = an->img;
	uint64_t end = img->setup_size;

	fprintf(out, "\nparts of the file\n  %-10s %-10s %10s  %s\n", "start", "end", "bytes",
		"part");
	fprintf(out, "  0x%-8x 0x%-8zx %10zu  setup part\n", 0, img->setup_size, img->setup_size);
	if (img->elf_offset)
		fprintf(out, "  0x%-8zx 0x%-8zx %10d    ELF header page\n", img->elf_offset,
			img->setup_size, BZIMAGE_ELF_PAGE_SIZE);
	fprintf(out, "  0x%-8" PRIx64 " 0x%-8zx %10zu  protected-mode block\n", end, img->size,
		img->block_size);
	if (an->payload.present)
		fprintf(out, "  0x%-8zx 0x%-8zx %10zu    payload, %s\n", an->payload.offset,
			an->payload.offset + an->payload.length, an->payload.length,
			bzimage_compression_name(an->payload.compression));
	if (an->pe.cert_size)
		fprintf(out, "  0x%-8x 0x%-8" PRIx64 " %10u    signature\n", an->pe.cert_offset,
			(uint64_t)an->pe.cert_offset + an->pe.cert_size, an->pe.cert_size);
	if (img->protocol >= 0x208)
		fprintf(out, "  CRC-32 0x%08x%s\n", bzimage_crc(img),
			bzimage_crc(img) ? ": no checksum, or changed since" : ": as it should be");
}

static void print_error(FILE *out, const struct bzimage_error *err)
{
	fprintf(out, "  bad: %s at 0x%" PRIx64 ": %s\n", err->field, err->offset, err->what);
}

static void print_pe(FILE *out, const struct bzimage_pe *pe)
{
	if (!pe->present)
		return;
	fprintf(out, "\nEFI stub (PE header at 0x%zx)\n", pe->offset);
	if (pe->error.status != BZIMAGE_OK) {
		print_error(out, &pe->error);
		return;
	}
	fprintf(out, "  machine %s, %s, entry 0x%x, image size 0x%x\n",
		pe->machine == BZIMAGE_PE_AMD64 ? "x86-64" :
		pe->machine == BZIMAGE_PE_I386 ? "i386" : "unknown",
		pe->plus ? "PE32+" : "PE32", pe->entry, pe->image_size);
	for (size_t i = 0; i < pe->nr_sections; i++) {
		const struct bzimage_pe_section *s = &pe->sections[i];

		fprintf(out, "  %-8s at 0x%08x, 0x%08x in the file, address 0x%08x, 0x%08x there, "
			"%c%c%c\n", s->name, s->offset, s->size, s->vaddr, s->vsize,
			s->flags & BZIMAGE_PE_SCN_READ ? 'r' : '-',
			s->flags & BZIMAGE_PE_SCN_WRITE ? 'w' : '-',
			s->flags & BZIMAGE_PE_SCN_EXECUTE ? 'x' : '-');
	}
}

static void print_kernel_info(FILE *out, const struct bzimage_kernel_info *info)
{
	if (!info->present)
		return;
	fprintf(out, "\nkernel_info at 0x%zx\n", info->offset);
	if (info->error.status != BZIMAGE_OK) {
		print_error(out, &info->error);
		return;
	}
	fprintf(out, "  %u bytes, %u in all", info->size, info->size_total);
	if (info->has_setup_type_max)
		fprintf(out, ", setup_type_max 0x%08x", info->setup_type_max);
	fputc('\n', out);
}

static void print_note(FILE *out, const struct bzimage_note *note)
{
	enum bzimage_note_kind kind;
	const char *name = bzimage_note_name(note, &kind);
	char text[120];

	bzimage_note_text(note, text, sizeof(text));
	if (name)
		fprintf(out, "    %-8s %-20s %s\n", note->owner, name, text);
	else
		fprintf(out, "    %-8s type 0x%-13x %s\n", note->owner, note->type, text);
}

static void print_elf(FILE *out, const struct bzimage_elf *elf)
{
	const char *machine = bzimage_elf_machine_name(elf->machine);
	const char *type = bzimage_elf_type_name(elf->type);

	fprintf(out, "  ELF%u %s, %s, entry 0x%" PRIx64 ", %zu bytes\n", elf->elf_class,
		type ? type : "of unknown type", machine ? machine : "unknown machine", elf->entry,
		elf->extent);
	fprintf(out, "    %-12s %-5s %-10s %-18s %-10s %-10s %s\n", "segment", "flags", "offset",
		"paddr", "filesz", "memsz", "align");
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		const char *name = bzimage_elf_segment_name(s->type);
		char number[16];

		snprintf(number, sizeof(number), "0x%x", s->type);
		fprintf(out, "    %-12s %c%c%c   0x%-8" PRIx64 " 0x%-16" PRIx64 " 0x%-8" PRIx64
			" 0x%-8" PRIx64 " 0x%" PRIx64 "\n", name ? name : number,
			s->flags & PF_R ? 'r' : '-', s->flags & PF_W ? 'w' : '-',
			s->flags & PF_X ? 'x' : '-', s->offset, s->paddr, s->filesz, s->memsz,
			s->align);
	}
	if (elf->nr_notes)
		fprintf(out, "    %-8s %-20s %s\n", "note of", "type", "contents");
	for (size_t i = 0; i < elf->nr_notes; i++)
		print_note(out, &elf->notes[i]);
	if (elf->notes_error.status != BZIMAGE_OK)
		print_error(out, &elf->notes_error);
}

static void print_wrapper(FILE *out, const struct bzimage_analysis *an)
{
	if (!an->img->elf_offset)
		return;
	fprintf(out, "\nELF wrapper at 0x%zx\n", an->img->elf_offset);
	if (an->has_wrapper)
		print_elf(out, &an->wrapper);
	else
		print_error(out, &an->wrapper_error);
}

static void print_relocs(FILE *out, const struct bzimage_relocs *relocs)
{
	if (!relocs->size)
		return;
	fprintf(out, "  relocations behind it: %zu bytes", relocs->size);
	if (relocs->form != BZIMAGE_RELOCS_UNREAD)
		fprintf(out, ", %s, %zu of them", bzimage_relocs_form_name(relocs->form),
			relocs->count);
	fputc('\n', out);
	if (relocs->error.status != BZIMAGE_OK)
		print_error(out, &relocs->error);
}

static void print_payload(FILE *out, const struct bzimage_analysis *an)
{
	const struct bzimage_payload *p = &an->payload;

	if (!p->present && an->payload_error.status == BZIMAGE_OK)
		return;
	fprintf(out, "\npayload\n");
	if (p->present)
		fprintf(out, "  compression %s, %zu bytes at 0x%zx\n",
			bzimage_compression_name(p->compression), p->length, p->offset);
	if (an->payload_error.status != BZIMAGE_OK) {
		print_error(out, &an->payload_error);
		return;
	}
	fprintf(out, "  uncompressed %zu bytes", p->size);
	if (!p->has_stated_size)
		fprintf(out, "\n");
	else if (p->stated_size == (uint32_t)p->size)
		fprintf(out, ", as stated\n");
	else
		fprintf(out, ", stated are %u\n", p->stated_size);

	fprintf(out, "\nvmlinux\n");
	if (!an->has_vmlinux) {
		print_error(out, &an->vmlinux_error);
		return;
	}
	print_elf(out, &an->vmlinux);
	print_relocs(out, &an->relocs);
}

void info_text(FILE *out, const char *name, const struct bzimage_analysis *an)
{
	print_title(out, name, an->img);
	print_header(out, an->img);
	print_parts(out, an);
	print_pe(out, &an->pe);
	print_kernel_info(out, &an->kernel_info);
	print_wrapper(out, an);
	print_payload(out, an);
}

void check_text(FILE *out, const char *name, const struct bzimage_findings *findings)
{
	for (size_t i = 0; i < findings->nr; i++) {
		const struct bzimage_finding *f = &findings->list[i];

		fprintf(out, "%s: %s: 0x%" PRIx64 ": %s: %s", name,
			bzimage_severity_name(f->severity), f->offset, f->field, f->what);
		if (f->expected[0])
			fprintf(out, "; expected %s", f->expected);
		fprintf(out, " [%s]\n", bzimage_rules[f->rule].id);
	}
	fprintf(out, "%s: %zu errors, %zu warnings, %zu notes\n", name,
		findings->count[BZIMAGE_ERROR], findings->count[BZIMAGE_WARNING],
		findings->count[BZIMAGE_NOTE]);
}

void rules_text(FILE *out)
{
	for (size_t i = 0; i < bzimage_nr_rules; i++)
		fprintf(out, "%-20s %-8s %s\n", bzimage_rules[i].id,
			bzimage_severity_name(bzimage_rules[i].severity), bzimage_rules[i].summary);
}

#define RULER "+------------------------------------------------+"

static void print_region(FILE *out, const struct bzimage_region *r, int digits)
{
	char text[UNITS_SIZE];

	fprintf(out, "  0x%0*" PRIx64 " " RULER "\n", digits, r->start);
	fprintf(out, "  %*s | %-34s %11s |\n", digits + 2, "", r->label, units(r->size, text));
}

static void print_stage(FILE *out, const struct bzimage_stage *st, unsigned int number)
{
	int digits = 8;

	fprintf(out, "\n%u. %s\n   %s\n\n", number, st->title, st->explain);
	for (size_t i = 0; i < st->nr_regions; i++)
		if (st->regions[i].start + st->regions[i].size > UINT32_MAX)
			digits = 16;
	for (size_t i = 0; i < st->nr_regions; i++) {
		const struct bzimage_region *r = &st->regions[i];
		uint64_t end = r->start + r->size;

		print_region(out, r, digits);
		if (i + 1 < st->nr_regions && st->regions[i + 1].start == end)
			continue;
		fprintf(out, "  0x%0*" PRIx64 " " RULER "\n", digits, end);
		if (i + 1 < st->nr_regions)
			fprintf(out, "  %*s ~\n", digits + 2, "");
	}
}

void map_text(FILE *out, const char *name, const struct bzimage_map *map)
{
	fprintf(out, "%s: where everything is, lowest address first\n", name);
	for (size_t i = 0; i < map->nr_stages; i++)
		print_stage(out, &map->stages[i], (unsigned int)i + 1);
}
