// SPDX-License-Identifier: GPL-2.0
/*
 * extlinux.conf and syslinux.cfg: LABEL, KERNEL or LINUX, INITRD, APPEND, MENU
 * LABEL, MENU DEFAULT, DEFAULT. INCLUDE is not followed.
 */

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bl.h"

struct extlinux {
	struct menu *menu;
	const char *folder;	/* relative names are relative to it */
	struct entry *entry;	/* NULL above the first LABEL */
	const char *append;	/* the APPEND above it */
	const char *first;	/* DEFAULT */
	const char *marked;	/* MENU DEFAULT wins over it */
	bool own_append;	/* this label has one */
};

static char *absolute(struct extlinux *x, const char *name, size_t len)
{
	if (*name == '/')
		return arena_strndup(x->menu->arena, name, len);
	return arena_printf(x->menu->arena, "%s/%.*s", x->folder, (int)len, name);
}

/* Names with commas between them */
static void add_initrds(struct extlinux *x, const char *names)
{
	struct entry *e = x->entry;

	while (*names && !isspace((unsigned char)*names)) {
		size_t len = strcspn(names, ", \t");

		if (len && e->nr_initrds < MAX_INITRDS) {
			e->initrd[e->nr_initrds] = absolute(x, names, len);
			if (!e->initrd[e->nr_initrds])
				return;
			e->nr_initrds++;
		}
		names += len;
		if (*names == ',')
			names++;
	}
}

/* A label is complete: take initrd= out of its arguments */
static void finish(struct extlinux *x)
{
	struct entry *e = x->entry;
	const char *from, *value;
	char *args, *to;

	if (!e)
		return;
	from = x->own_append ? e->args : x->append;
	args = arena_alloc(x->menu->arena, strlen(from) + 1);
	if (!args)
		return;
	to = args;
	while (*from) {
		size_t len = strcspn(from, " \t");

		value = !strncmp(from, "initrd=", 7) ? from + 7 : NULL;
		if (value && !e->nr_initrds)
			add_initrds(x, value);
		if (!value && len) {
			if (to != args)
				*to++ = ' ';
			memcpy(to, from, len);
			to += len;
		}
		from += len + strspn(from + len, " \t");
	}
	e->args = args;
}

/* "KEYWORD value": the value, or NULL when this is another keyword */
static const char *value_of(const char *line, const char *keyword)
{
	size_t len = strlen(keyword);

	if (strncasecmp(line, keyword, len) || (line[len] && !isspace((unsigned char)line[len])))
		return NULL;
	return line + len + strspn(line + len, " \t");
}

static void read_line(struct extlinux *x, const char *line)
{
	struct arena *a = x->menu->arena;
	const char *v;

	v = value_of(line, "label");
	if (v) {
		finish(x);
		x->entry = menu_add(x->menu, -1, v);
		x->own_append = false;
		if (x->entry)
			x->entry->id = arena_strdup(a, v);
		return;
	}
	v = value_of(line, "default");
	if (v) {
		x->first = v;
		return;
	}
	v = value_of(line, "append");
	if (v) {
		/* A lone dash: none, whatever was said above */
		v = strcmp(v, "-") ? v : "";
		if (x->entry) {
			x->entry->args = v;
			x->own_append = true;
		} else {
			x->append = v;
		}
		return;
	}
	if (!x->entry)
		return;
	v = value_of(line, "linux");
	if (!v)
		v = value_of(line, "kernel");
	if (v) {
		x->entry->kernel = *v ? absolute(x, v, strlen(v)) : NULL;
		return;
	}
	v = value_of(line, "initrd");
	if (v) {
		x->entry->nr_initrds = 0;
		add_initrds(x, v);
		return;
	}
	v = value_of(line, "menu");
	if (v && value_of(v, "default"))
		x->marked = x->entry->id;
	if (v && value_of(v, "label"))
		x->entry->title = value_of(v, "label");
}

int extlinux_parse(struct menu *m, const char *path, const char *text)
{
	const char *slash = strrchr(path, '/');
	struct extlinux x = { .menu = m, .append = "" };

	x.folder = arena_strndup(m->arena, path, slash ? (size_t)(slash - path) : 0);
	while (x.folder && *text && !m->arena->full) {
		size_t len = strcspn(text, "\n"), end = len;
		char *line;

		while (end && isspace((unsigned char)text[end - 1]))
			end--;
		line = arena_strndup(m->arena, text, end);
		if (!line)
			break;
		read_line(&x, line + strspn(line, " \t"));
		text += len + !!text[len];
	}
	finish(&x);
	m->chosen = x.marked ? x.marked : x.first;
	if (m->arena->full)
		return bad("%s: more than %d entries, or too much text", path, MAX_ENTRIES);
	return ST_OK;
}
