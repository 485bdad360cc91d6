// SPDX-License-Identifier: GPL-2.0
/* Boot Loader Specification: loader/entries/ *.conf, one entry a file, and loader/loader.conf */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"

struct bls_entry {
	const char *id;		/* the file's name without .conf and tries */
	const char *name;	/* with them: bad ones sort last */
	const char *title;
	const char *version;
	const char *sort_key;
	const char *machine_id;
	const char *kernel;
	const char *args;
	const char *initrd[MAX_INITRDS];
	unsigned int nr_initrds;
	bool spent;		/* no tries left */
};

/* "name+LEFT-DONE.conf": boot counting */
static void read_name(struct bls_entry *e, struct arena *a, const char *file)
{
	size_t len = strlen(file) - strlen(".conf");
	const char *plus = NULL;

	for (size_t i = len; i > 0 && (isdigit((unsigned char)file[i - 1]) ||
				       strchr("+-", file[i - 1])); i--)
		if (file[i - 1] == '+')
			plus = file + i - 1;
	e->spent = plus && plus[1] == '0' && !isdigit((unsigned char)plus[2]);
	e->name = file;
	e->id = arena_strndup(a, file, plus ? (size_t)(plus - file) : len);
}

static void read_value(struct bls_entry *e, struct arena *a, const char *key, const char *value)
{
	const struct {
		const char *key;
		const char **to;
	} keys[] = {
		{ "title", &e->title }, { "version", &e->version }, { "sort-key", &e->sort_key },
		{ "machine-id", &e->machine_id }, { "linux", &e->kernel },
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(key, keys[i].key))
			*keys[i].to = value;
	if (!strcmp(key, "options"))
		e->args = e->args ? arena_printf(a, "%s %s", e->args, value) : value;
	/* One a line; GRUB's users write more than one */
	while (!strcmp(key, "initrd") && *value && e->nr_initrds < MAX_INITRDS) {
		size_t len = strcspn(value, " \t");

		e->initrd[e->nr_initrds] = arena_strndup(a, value, len);
		if (!e->initrd[e->nr_initrds])
			return;
		e->nr_initrds++;
		value += len + strspn(value + len, " \t");
	}
}

static void read_text(struct bls_entry *e, struct arena *a, const char *text, bls_expand *expand,
		      void *opaque)
{
	while (*text && !a->full) {
		size_t len = strcspn(text, "\n"), end = len, key;
		char *line;

		while (end && isspace((unsigned char)text[end - 1]))
			end--;
		line = arena_strndup(a, text, end);
		text += len + !!text[len];
		if (!line)
			return;
		line += strspn(line, " \t");
		key = strcspn(line, " \t");
		if (*line && *line != '#' && line[key]) {
			const char *value = line + key + strspn(line + key, " \t");

			line[key] = '\0';
			if (expand && (!strcmp(line, "options") || !strcmp(line, "initrd")))
				value = expand(opaque, a, value);
			if (value)
				read_value(e, a, line, value);
		}
	}
}

static int descending(const char *a, const char *b)
{
	return strverscmp(b ? b : "", a ? a : "");
}

/* The order of a menu, as the specification has it */
static int compare(const void *a, const void *b)
{
	const struct bls_entry *x = a, *y = b;
	int order = x->spent - y->spent;

	if (!order)
		order = !x->sort_key - !y->sort_key;
	if (!order && x->sort_key) {
		order = strcmp(x->sort_key, y->sort_key);
		if (!order)
			order = strcmp(x->machine_id ? x->machine_id : "",
				       y->machine_id ? y->machine_id : "");
		if (!order)
			order = descending(x->version, y->version);
	}
	return order ? order : descending(x->id, y->id);
}

/* "default PATTERN" of loader.conf, of ids with .conf or without */
static void read_default(struct menu *m, const struct menu_files *f, const char *boot)
{
	const char *path = arena_printf(m->arena, "%s/loader/loader.conf", boot), *text;

	text = path ? f->read(f->opaque, m->arena, path) : NULL;
	while (text && *text) {
		size_t len = strcspn(text, "\n"), end = len;

		if (!strncmp(text, "default", 7) && isblank((unsigned char)text[7])) {
			const char *v = text + 7 + strspn(text + 7, " \t");

			while (end && isspace((unsigned char)text[end - 1]))
				end--;
			if (v < text + end) {
				end -= (size_t)(v - text);
				if (end > 5 && !strncmp(v + end - 5, ".conf", 5))
					end -= 5;
				m->chosen = arena_strndup(m->arena, v, end);
				m->chosen_is_glob = true;
			}
		}
		text += len + !!text[len];
	}
}

static void add(struct menu *m, int parent, const struct bls_entry *b)
{
	const char *title = b->title ? b->title : b->id;
	struct entry *e;

	/* Same title in several: the version tells them apart */
	if (b->title && b->version && !strstr(b->title, b->version))
		title = arena_printf(m->arena, "%s (%s)", b->title, b->version);
	e = title ? menu_add(m, parent, title) : NULL;
	if (!e)
		return;
	e->id = b->id;
	e->kernel = b->kernel;
	e->args = b->args ? b->args : "";
	e->nr_initrds = b->nr_initrds;
	memcpy(e->initrd, b->initrd, sizeof(e->initrd));
}

int bls_read(struct menu *m, const struct menu_files *f, const char *boot, int parent,
	     bls_expand *expand, void *opaque)
{
	struct arena *a = m->arena;
	const char *dir = arena_printf(a, "%s/loader/entries", boot);
	const char **names = arena_alloc(a, MAX_ENTRIES * sizeof(*names));
	struct bls_entry *list = arena_alloc(a, MAX_ENTRIES * sizeof(*list));
	size_t nr, used = 0;

	if (!dir || !names || !list)
		return bad("%s/loader/entries: too much text", boot);
	nr = f->list(f->opaque, a, dir, "*.conf", names, MAX_ENTRIES);
	for (size_t i = 0; i < nr && !a->full; i++) {
		struct bls_entry *e = &list[used];
		const char *path = arena_printf(a, "%s/%s", dir, names[i]);
		const char *text = path ? f->read(f->opaque, a, path) : NULL;

		memset(e, 0, sizeof(*e));
		read_name(e, a, names[i]);
		if (text)
			read_text(e, a, text, expand, opaque);
		used += e->kernel && e->id;
	}
	qsort(list, used, sizeof(*list), compare);
	for (size_t i = 0; i < used; i++)
		add(m, parent, &list[i]);
	if (!expand)
		read_default(m, f, boot);
	if (a->full)
		return bad("%s: more than %d entries, or too much text", dir, MAX_ENTRIES);
	return ST_OK;
}
