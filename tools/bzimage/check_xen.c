// SPDX-License-Identifier: GPL-2.0
/* Checks of Xen's ELF notes, as its domain builders read them */

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>

#include "rules.h"
#include "util.h"

/* PHYS32_ENTRY and PHYS32_RELOC: of PVH, which needs no other note */
#define XEN_PVH_FIRST	18

struct xen_notes {
	struct checker *c;
	const struct bzimage_elf *elf;
	const char *prefix;
	uint64_t base;
};

static void find_note(const struct xen_notes *x, enum rule_id rule,
		      const struct bzimage_note *note, const char *name, const char *what)
{
	char field[40];

	snprintf(field, sizeof(field), "%s Xen %s", x->prefix, name);
	find(x->c, rule, x->base + (note ? note->offset : 0), field, "%s", what);
}

static const struct bzimage_note *get_note(const struct xen_notes *x, uint32_t type)
{
	return bzimage_elf_note(x->elf, "Xen", type);
}

/* Whether a string note is there and starts with (or has in it) some text */
static bool string_has(const struct bzimage_note *note, const char *text, bool anywhere)
{
	char buf[128];

	if (!note)
		return false;
	bzimage_note_text(note, buf, sizeof(buf));
	return anywhere ? !!strstr(buf, text) : !strncmp(buf, text, strlen(text));
}

static bool number(const struct xen_notes *x, uint32_t type, uint64_t *value)
{
	const struct bzimage_note *note = get_note(x, type);

	*value = 0;
	return note && bzimage_note_number(note, value);
}

/* Returns whether there is a note other than PVH's */
static bool check_forms(const struct xen_notes *x)
{
	bool others = false;

	for (size_t i = 0; i < x->elf->nr_notes; i++) {
		const struct bzimage_note *note = &x->elf->notes[i];
		enum bzimage_note_kind kind;
		const char *name;
		uint64_t value;

		if (strcmp(note->owner, "Xen"))
			continue;
		if (note->type < XEN_PVH_FIRST)
			others = true;
		name = bzimage_note_name(note, &kind);
		if (kind == BZIMAGE_NOTE_STRING && !bzimage_note_is_string(note)) {
			find_note(x, RULE_XEN_STRING, note, name, "is not a string");
			expect(x->c, "text with one NUL at its end");
		}
		if (kind == BZIMAGE_NOTE_NUMBER && !bzimage_note_number(note, &value)) {
			find_note(x, RULE_XEN_NUMBER, note, name, "is not a number");
			expect(x->c, "4 or 8 bytes, not %u", note->desc_size);
		}
	}
	return others;
}

static void check_strings(const struct xen_notes *x)
{
	const struct bzimage_note *version = get_note(x, BZIMAGE_XEN_VERSION);
	const struct bzimage_note *pae = get_note(x, BZIMAGE_XEN_PAE_MODE);
	const struct bzimage_note *loader = get_note(x, BZIMAGE_XEN_LOADER);

	if (!string_has(version, "xen-3.0", false)) {
		find_note(x, RULE_XEN_VERSION, version, "XEN_VERSION",
			  version ? "is for another interface" : "is missing");
		expect(x->c, "xen-3.0");
	}
	if (!string_has(loader, "generic", false) &&
	    !string_has(get_note(x, BZIMAGE_XEN_GUEST_OS), "linux", false)) {
		find_note(x, RULE_XEN_GUEST, loader, "LOADER",
			  "is not generic, and GUEST_OS is not linux");
		expect(x->c, "one of them");
	}
	if (x->elf->machine == EM_386 && get_note(x, BZIMAGE_XEN_ENTRY) &&
	    !(string_has(pae, "yes", false) && pae->desc_size == sizeof("yes")) &&
	    !string_has(pae, "bimodal", true)) {
		find_note(x, RULE_XEN_PAE, pae, "PAE_MODE",
			  pae ? "is neither yes nor bimodal" : "is missing");
		expect(x->c, "yes: nothing runs guests without PAE");
	}
}

/* A segment at p_paddr appears at p_paddr + VIRT_BASE - PADDR_OFFSET */
static void check_addresses(const struct xen_notes *x)
{
	uint64_t mask = x->elf->elf_class == 32 ? UINT32_MAX : UINT64_MAX;
	uint64_t base, offset, entry, start, end;
	bool has_base = number(x, BZIMAGE_XEN_VIRT_BASE, &base);
	bool has_offset = number(x, BZIMAGE_XEN_PADDR_OFFSET, &offset);

	if (has_offset && !has_base) {
		find_note(x, RULE_XEN_BASE, get_note(x, BZIMAGE_XEN_PADDR_OFFSET), "PADDR_OFFSET",
			  "is there without VIRT_BASE");
		expect(x->c, "both or none");
		return;
	}
	if (!number(x, BZIMAGE_XEN_ENTRY, &entry) || !bzimage_elf_span(x->elf, &start, &end))
		return;
	start = (start + base - offset) & mask;
	end = (end + base - offset) & mask;
	if (base > start) {
		find_note(x, RULE_XEN_BASE, get_note(x, BZIMAGE_XEN_VIRT_BASE), "VIRT_BASE",
			  "is above the kernel's start");
		expect(x->c, "0x%" PRIx64 " at most", start);
	}
	if (entry < start || entry > end) {
		find_note(x, RULE_XEN_ENTRY, get_note(x, BZIMAGE_XEN_ENTRY), "ENTRY",
			  "is outside the kernel");
		expect(x->c, "an address in [0x%" PRIx64 ", 0x%" PRIx64 "], not 0x%" PRIx64,
		       start, end, entry);
	}
}

void check_xen_notes(struct checker *c, const struct bzimage_elf *elf, const char *prefix,
		     uint64_t base)
{
	struct xen_notes x = { .c = c, .elf = elf, .prefix = prefix, .base = base };

	if (!check_forms(&x))
		return;
	check_strings(&x);
	check_addresses(&x);
}
