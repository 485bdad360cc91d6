// SPDX-License-Identifier: GPL-2.0
/* ELF notes: the walk over PT_NOTE segments and what the known notes mean */

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "notes.h"
#include "util.h"

/* Notes are padded to four bytes, whatever p_align says */
#define NOTE_ALIGN(n)	(((uint64_t)(n) + 3) & ~(uint64_t)3)
#define NOTE_HEADER	12

/* A kernel has a dozen; a segment full of empty ones must not eat memory */
#define MAX_NOTES	4096

struct note_name {
	const char *owner;
	uint32_t type;
	const char *name;
	enum bzimage_note_kind kind;
};

static const struct note_name note_names[] = {
	{ "GNU", NT_GNU_ABI_TAG, "ABI tag", BZIMAGE_NOTE_BYTES },
	{ "GNU", NT_GNU_BUILD_ID, "build-id", BZIMAGE_NOTE_BYTES },
	{ "GNU", NT_GNU_PROPERTY_TYPE_0, "property", BZIMAGE_NOTE_BYTES },
	{ "Linux", 0, "version", BZIMAGE_NOTE_NUMBER },
	{ "Linux", 0x100, "build salt", BZIMAGE_NOTE_STRING },
	{ "Linux", 0x101, "LTO", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 0, "INFO", BZIMAGE_NOTE_STRING },
	{ "Xen", BZIMAGE_XEN_ENTRY, "ENTRY", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 2, "HYPERCALL_PAGE", BZIMAGE_NOTE_NUMBER },
	{ "Xen", BZIMAGE_XEN_VIRT_BASE, "VIRT_BASE", BZIMAGE_NOTE_NUMBER },
	{ "Xen", BZIMAGE_XEN_PADDR_OFFSET, "PADDR_OFFSET", BZIMAGE_NOTE_NUMBER },
	{ "Xen", BZIMAGE_XEN_VERSION, "XEN_VERSION", BZIMAGE_NOTE_STRING },
	{ "Xen", BZIMAGE_XEN_GUEST_OS, "GUEST_OS", BZIMAGE_NOTE_STRING },
	{ "Xen", 7, "GUEST_VERSION", BZIMAGE_NOTE_STRING },
	{ "Xen", BZIMAGE_XEN_LOADER, "LOADER", BZIMAGE_NOTE_STRING },
	{ "Xen", BZIMAGE_XEN_PAE_MODE, "PAE_MODE", BZIMAGE_NOTE_STRING },
	{ "Xen", 10, "FEATURES", BZIMAGE_NOTE_STRING },
	{ "Xen", 11, "BSD_SYMTAB", BZIMAGE_NOTE_STRING },
	{ "Xen", 12, "HV_START_LOW", BZIMAGE_NOTE_NUMBER },
	/* A list of (mask, value) pairs rather than one number */
	{ "Xen", 13, "L1_MFN_VALID", BZIMAGE_NOTE_BYTES },
	{ "Xen", 14, "SUSPEND_CANCEL", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 15, "INIT_P2M", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 16, "MOD_START_PFN", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 17, "SUPPORTED_FEATURES", BZIMAGE_NOTE_NUMBER },
	{ "Xen", 18, "PHYS32_ENTRY", BZIMAGE_NOTE_NUMBER },
	/* Three words in one: alignment, lowest and highest address */
	{ "Xen", 19, "PHYS32_RELOC", BZIMAGE_NOTE_BYTES },
};

static struct bzimage_note *add_note(struct bzimage_elf *elf)
{
	/* Room is always a power of two: grow when the count is one */
	if (!(elf->nr_notes & (elf->nr_notes - 1))) {
		size_t room = elf->nr_notes ? elf->nr_notes * 2 : 1;
		struct bzimage_note *notes = realloc(elf->notes, room * sizeof(*notes));

		if (!notes)
			return NULL;
		elf->notes = notes;
	}
	return &elf->notes[elf->nr_notes++];
}

/* Returns 1 when the walk has to stop: see notes_error */
static int read_segment(struct bzimage_elf *elf, const struct bzimage_segment *s,
			struct bzimage_error *err)
{
	uint64_t pos = s->offset, end = s->offset + s->filesz;

	while (pos < end) {
		const unsigned char *p = elf->data + pos;
		uint64_t name_size, desc_size, desc, next;
		struct bzimage_note *n;
		size_t i;

		if (end - pos < NOTE_HEADER) {
			fail(&elf->notes_error, pos, "note", "is cut off after %" PRIu64 " bytes",
			     end - pos);
			return 1;
		}
		name_size = get_le32(p);
		desc_size = get_le32(p + 4);
		desc = pos + NOTE_HEADER + NOTE_ALIGN(name_size);
		next = desc + NOTE_ALIGN(desc_size);
		/* The padding of the last one may be missing */
		if (desc > end || desc_size > end - desc) {
			fail(&elf->notes_error, pos, "note",
			     "with a name of %" PRIu64 " and contents of %" PRIu64
			     " bytes goes past its segment's end at 0x%" PRIx64,
			     name_size, desc_size, end);
			return 1;
		}
		if (elf->nr_notes == MAX_NOTES) {
			fail(&elf->notes_error, pos, "note", "is one of more than %d", MAX_NOTES);
			return 1;
		}
		n = add_note(elf);
		if (!n)
			return fail_system(err, "no memory for notes");
		for (i = 0; i < name_size && i < sizeof(n->owner) - 1; i++) {
			unsigned char c = p[NOTE_HEADER + i];

			if (!c)
				break;
			n->owner[i] = c >= ' ' && c <= '~' ? (char)c : '?';
		}
		n->owner[i] = '\0';
		n->type = get_le32(p + 8);
		n->offset = pos;
		n->desc = elf->data + desc;
		n->desc_size = (uint32_t)desc_size;
		pos = next;
	}
	return 0;
}

int notes_read(struct bzimage_elf *elf, struct bzimage_error *err)
{
	for (size_t i = 0; i < elf->nr_segments; i++) {
		const struct bzimage_segment *s = &elf->segments[i];
		int ret;

		if (s->type != PT_NOTE || !s->filesz)
			continue;
		ret = read_segment(elf, s, err);
		if (ret < 0)
			return -1;
		if (ret)
			break;
	}
	return 0;
}

const char *bzimage_note_name(const struct bzimage_note *note, enum bzimage_note_kind *kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(note_names); i++) {
		const struct note_name *n = &note_names[i];

		if (note->type == n->type && !strcmp(note->owner, n->owner)) {
			*kind = n->kind;
			return n->name;
		}
	}
	*kind = BZIMAGE_NOTE_BYTES;
	return NULL;
}

bool bzimage_note_number(const struct bzimage_note *note, uint64_t *value)
{
	switch (note->desc_size) {
	case 4:
		*value = get_le32(note->desc);
		return true;
	case 8:
		*value = get_le64(note->desc);
		return true;
	default:
		return false;
	}
}

bool bzimage_note_is_string(const struct bzimage_note *note)
{
	const void *nul = note->desc_size ? memchr(note->desc, '\0', note->desc_size) : NULL;

	return nul && (const unsigned char *)nul == note->desc + note->desc_size - 1;
}

static void text_of_string(const struct bzimage_note *note, char *buf, size_t len)
{
	size_t i;

	for (i = 0; i < note->desc_size && i < len - 1 && note->desc[i]; i++)
		buf[i] = note->desc[i] >= ' ' && note->desc[i] <= '~' ? (char)note->desc[i] : '?';
	buf[i] = '\0';
}

static void text_of_bytes(const struct bzimage_note *note, char *buf, size_t len)
{
	buf[0] = '\0';
	for (size_t i = 0; i < note->desc_size && 2 * i + 3 <= len; i++)
		snprintf(buf + 2 * i, 3, "%02x", note->desc[i]);
}

void bzimage_note_text(const struct bzimage_note *note, char *buf, size_t len)
{
	enum bzimage_note_kind kind;
	uint64_t value;

	bzimage_note_name(note, &kind);
	if (kind == BZIMAGE_NOTE_STRING)
		text_of_string(note, buf, len);
	else if (kind == BZIMAGE_NOTE_NUMBER && bzimage_note_number(note, &value))
		snprintf(buf, len, "0x%" PRIx64, value);
	else
		text_of_bytes(note, buf, len);
}
