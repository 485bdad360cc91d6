// SPDX-License-Identifier: GPL-2.0
/* Results as JSON for programs: one object, numbers as numbers */

#include <json-c/json.h>
#include <string.h>

#include "render.h"

/*
 * json-c takes ownership of what is added. Running out of memory shows at the
 * end: every constructor gives NULL, which becomes null, and the last one fails.
 */
static void put_string(struct json_object *o, const char *key, const char *value)
{
	json_object_object_add(o, key, value ? json_object_new_string(value) : NULL);
}

static void put_number(struct json_object *o, const char *key, uint64_t value)
{
	json_object_object_add(o, key, json_object_new_uint64(value));
}

static void put_bool(struct json_object *o, const char *key, bool value)
{
	json_object_object_add(o, key, json_object_new_boolean(value));
}

static struct json_object *put_object(struct json_object *o, const char *key)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(o, key, child);
	return child;
}

static struct json_object *put_array(struct json_object *o, const char *key)
{
	struct json_object *child = json_object_new_array();

	json_object_object_add(o, key, child);
	return child;
}

static struct json_object *append_object(struct json_object *array)
{
	struct json_object *child = json_object_new_object();

	json_object_array_add(array, child);
	return child;
}

static int finish(FILE *out, struct json_object *root)
{
	const char *text = root ? json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
							JSON_C_TO_STRING_NOSLASHESCAPE) : NULL;
	int ret = text ? 0 : -1;

	if (text)
		fprintf(out, "%s\n", text);
	json_object_put(root);
	return ret;
}

/* Bytes from an image become text only where they are printable ASCII */
static void put_bytes(struct json_object *o, const char *key, const char *s, size_t len)
{
	char buf[256];
	size_t i;

	for (i = 0; i < len && i < sizeof(buf) - 1; i++)
		buf[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	buf[i] = '\0';
	put_string(o, key, buf);
}

static void put_error(struct json_object *o, const struct bzimage_error *err)
{
	struct json_object *e;

	if (err->status == BZIMAGE_OK)
		return;
	e = put_object(o, "error");
	put_string(e, "field", err->field);
	put_number(e, "offset", err->offset);
	put_string(e, "what", err->what);
}

static void put_header(struct json_object *root, const struct bzimage *img)
{
	struct json_object *array = put_array(root, "header");

	for (unsigned int i = 0; i < BZF_COUNT; i++) {
		const struct bzimage_field *f = &bzimage_fields[i];
		char text[200];
		struct json_object *o;

		if (!bzimage_has(img, i))
			continue;
		bzimage_field_describe(img, i, text, sizeof(text));
		o = append_object(array);
		put_string(o, "name", f->name);
		put_number(o, "offset", f->offset);
		put_number(o, "size", bzimage_field_size(img, i));
		put_number(o, "value", bzimage_get(img, i));
		put_string(o, "access", f->access);
		put_string(o, "meaning", f->meaning);
		put_string(o, "text", text);
	}
}

static void put_notes(struct json_object *o, const struct bzimage_elf *elf)
{
	struct json_object *array = put_array(o, "notes");

	for (size_t i = 0; i < elf->nr_notes; i++) {
		const struct bzimage_note *n = &elf->notes[i];
		struct json_object *note = append_object(array);
		enum bzimage_note_kind kind;
		char text[256];

		bzimage_note_text(n, text, sizeof(text));
		put_string(note, "owner", n->owner);
		put_number(note, "type", n->type);
		put_string(note, "name", bzimage_note_name(n, &kind));
		put_number(note, "offset", n->offset);
		put_number(note, "size", n->desc_size);
		put_string(note, "text", text);
	}
	if (elf->notes_error.status != BZIMAGE_OK)
		put_error(put_object(o, "notes_error"), &elf->notes_error);
}

static void put_elf(struct json_object *o, const struct bzimage_elf *elf)
{
	struct json_object *array;

	put_number(o, "class", elf->elf_class);
	put_number(o, "type", elf->type);
	put_number(o, "machine", elf->machine);
	put_string(o, "machine_name", bzimage_elf_machine_name(elf->machine));
	put_number(o, "entry", elf->entry);
	put_number(o, "size", elf->extent);
	array = put_array(o, "segments");
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		struct json_object *seg = append_object(array);

		put_number(seg, "type", s->type);
		put_string(seg, "name", bzimage_elf_segment_name(s->type));
		put_number(seg, "flags", s->flags);
		put_number(seg, "offset", s->offset);
		put_number(seg, "vaddr", s->vaddr);
		put_number(seg, "paddr", s->paddr);
		put_number(seg, "filesz", s->filesz);
		put_number(seg, "memsz", s->memsz);
		put_number(seg, "align", s->align);
	}
	put_notes(o, elf);
}

static void put_pe(struct json_object *root, const struct bzimage_pe *pe)
{
	struct json_object *o, *array;

	if (!pe->present)
		return;
	o = put_object(root, "pe");
	put_number(o, "offset", pe->offset);
	put_error(o, &pe->error);
	if (pe->error.status != BZIMAGE_OK)
		return;
	put_number(o, "machine", pe->machine);
	put_bool(o, "pe32_plus", pe->plus);
	put_number(o, "entry", pe->entry);
	put_number(o, "image_size", pe->image_size);
	put_number(o, "subsystem", pe->subsystem);
	put_number(o, "certificate_offset", pe->cert_offset);
	put_number(o, "certificate_size", pe->cert_size);
	array = put_array(o, "sections");
	for (size_t i = 0; i < pe->nr_sections; i++) {
		const struct bzimage_pe_section *s = &pe->sections[i];
		struct json_object *sec = append_object(array);

		put_string(sec, "name", s->name);
		put_number(sec, "offset", s->offset);
		put_number(sec, "size", s->size);
		put_number(sec, "address", s->vaddr);
		put_number(sec, "memory_size", s->vsize);
		put_number(sec, "flags", s->flags);
	}
}

static void put_kernel_info(struct json_object *root, const struct bzimage_kernel_info *info)
{
	struct json_object *o;

	if (!info->present)
		return;
	o = put_object(root, "kernel_info");
	put_number(o, "offset", info->offset);
	put_error(o, &info->error);
	put_number(o, "size", info->size);
	put_number(o, "size_total", info->size_total);
	if (info->has_setup_type_max)
		put_number(o, "setup_type_max", info->setup_type_max);
}

static void put_payload(struct json_object *root, const struct bzimage_analysis *an)
{
	const struct bzimage_payload *p = &an->payload;
	struct json_object *o;

	if (!p->present && an->payload_error.status == BZIMAGE_OK)
		return;
	o = put_object(root, "payload");
	put_error(o, &an->payload_error);
	if (!p->present)
		return;
	put_number(o, "offset", p->offset);
	put_number(o, "length", p->length);
	put_string(o, "compression", bzimage_compression_name(p->compression));
	if (p->has_stated_size)
		put_number(o, "stated_size", p->stated_size);
	if (!p->data)
		return;
	put_number(o, "stream_length", p->stream_length);
	put_number(o, "uncompressed_size", p->size);

	o = put_object(root, "vmlinux");
	put_error(o, &an->vmlinux_error);
	if (!an->has_vmlinux)
		return;
	put_elf(o, &an->vmlinux);
	o = put_object(o, "relocations");
	put_number(o, "size", an->relocs.size);
	put_string(o, "form", bzimage_relocs_form_name(an->relocs.form));
	put_number(o, "count", an->relocs.count);
	put_error(o, &an->relocs.error);
}

int info_json(FILE *out, const char *name, const struct bzimage_analysis *an)
{
	const struct bzimage *img = an->img;
	struct json_object *root = json_object_new_object(), *o;
	const char *version;
	size_t len;

	put_bytes(root, "file", name, strlen(name));
	put_number(root, "size", img->size);
	put_number(root, "protocol", img->protocol);
	put_bool(root, "bzimage", bzimage_is_high(img));
	put_number(root, "setup_size", img->setup_size);
	put_number(root, "block_size", img->block_size);
	if (img->protocol >= 0x208)
		put_number(root, "crc", bzimage_crc(img));
	version = bzimage_version(img, &len);
	if (version)
		put_bytes(root, "version", version, len);
	put_header(root, img);
	put_pe(root, &an->pe);
	put_kernel_info(root, &an->kernel_info);
	if (img->elf_offset) {
		o = put_object(root, "wrapper");
		put_number(o, "offset", img->elf_offset);
		put_error(o, &an->wrapper_error);
		if (an->has_wrapper)
			put_elf(o, &an->wrapper);
	}
	put_payload(root, an);
	return finish(out, root);
}

int check_json(FILE *out, const char *name, const struct bzimage_findings *findings)
{
	struct json_object *root = json_object_new_object(), *array;

	put_bytes(root, "file", name, strlen(name));
	put_number(root, "errors", findings->count[BZIMAGE_ERROR]);
	put_number(root, "warnings", findings->count[BZIMAGE_WARNING]);
	put_number(root, "notes", findings->count[BZIMAGE_NOTE]);
	array = put_array(root, "findings");
	for (size_t i = 0; i < findings->nr; i++) {
		const struct bzimage_finding *f = &findings->list[i];
		struct json_object *o = append_object(array);

		put_string(o, "rule", bzimage_rules[f->rule].id);
		put_string(o, "severity", bzimage_severity_name(f->severity));
		put_number(o, "offset", f->offset);
		put_string(o, "field", f->field);
		put_string(o, "what", f->what);
		put_string(o, "expected", f->expected);
	}
	return finish(out, root);
}

int map_json(FILE *out, const char *name, const struct bzimage_map *map)
{
	struct json_object *root = json_object_new_object(), *stages;

	put_bytes(root, "file", name, strlen(name));
	stages = put_array(root, "stages");
	for (size_t i = 0; i < map->nr_stages; i++) {
		const struct bzimage_stage *st = &map->stages[i];
		struct json_object *o = append_object(stages), *regions;

		put_string(o, "title", st->title);
		put_string(o, "explain", st->explain);
		put_bool(o, "is_file", st->is_file);
		regions = put_array(o, "regions");
		for (size_t j = 0; j < st->nr_regions; j++) {
			const struct bzimage_region *r = &st->regions[j];
			struct json_object *region = append_object(regions);

			put_number(region, "start", r->start);
			put_number(region, "size", r->size);
			put_string(region, "part", bzimage_part_name(r->part));
			put_string(region, "label", r->label);
		}
	}
	return finish(out, root);
}

int rules_json(FILE *out)
{
	struct json_object *root = json_object_new_array();

	for (size_t i = 0; i < bzimage_nr_rules; i++) {
		struct json_object *o = append_object(root);

		put_string(o, "rule", bzimage_rules[i].id);
		put_string(o, "severity", bzimage_severity_name(bzimage_rules[i].severity));
		put_string(o, "summary", bzimage_rules[i].summary);
	}
	return finish(out, root);
}

int extract_json(FILE *out, const char *file, const char *what, const char *output, size_t size)
{
	struct json_object *root = json_object_new_object();

	put_bytes(root, "file", file, strlen(file));
	put_string(root, "part", what);
	put_bytes(root, "output", output, strlen(output));
	put_number(root, "size", size);
	return finish(out, root);
}
