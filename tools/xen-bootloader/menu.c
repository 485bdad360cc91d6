// SPDX-License-Identifier: GPL-2.0
/* A boot menu: entries, and how one is named */

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"

/* Submenus in submenus; the parsers stop earlier */
#define MAX_LEVELS 64

struct entry *menu_add(struct menu *m, int parent, const char *title)
{
	struct entry *e;

	if (m->nr == MAX_ENTRIES) {
		m->arena->full = true;
		return NULL;
	}
	e = arena_alloc(m->arena, sizeof(*e));
	if (!e)
		return NULL;
	e->title = arena_strdup(m->arena, title);
	if (!e->title)
		return NULL;
	e->args = "";
	e->parent = parent;
	for (int i = 0; i < m->nr; i++)
		if (m->entries[i]->parent == parent)
			e->ordinal++;
	m->entries[m->nr++] = e;
	return e;
}

bool menu_usable(const struct menu *m)
{
	for (int i = 0; i < m->nr; i++)
		if (m->entries[i]->kernel)
			return true;
	return false;
}

/* The first entry with a kernel at or below an entry */
static int first_below(const struct menu *m, int at)
{
	if (m->entries[at]->kernel)
		return at;
	/* What is in a submenu follows it; parents come before their children */
	for (int i = at + 1; i < m->nr; i++) {
		int up = i;

		while (up > at)
			up = m->entries[up]->parent;
		if (up == at && m->entries[i]->kernel)
			return i;
	}
	return at;
}

static int find_below(const struct menu *m, const char *spec, int parent, int level)
{
	for (int i = 0; level < MAX_LEVELS && i < m->nr; i++) {
		const struct entry *e = m->entries[i];
		char number[16];
		const char *names[3] = { number, e->id, e->title };

		if (e->parent != parent)
			continue;
		snprintf(number, sizeof(number), "%u", e->ordinal);
		for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
			size_t len = names[n] ? strlen(names[n]) : 0;

			if (!len || strncmp(spec, names[n], len))
				continue;
			if (!spec[len])
				return first_below(m, i);
			if (spec[len] == '>' && e->submenu) {
				int found = find_below(m, spec + len + 1, i, level + 1);

				if (found >= 0)
					return found;
			}
		}
	}
	return -1;
}

int menu_find(const struct menu *m, const char *spec)
{
	int found;

	if (!*spec)
		return -1;
	found = find_below(m, spec, -1, 0);
	/* An id is enough, wherever it is */
	for (int i = 0; found < 0 && i < m->nr; i++)
		if (m->entries[i]->id && !strcmp(m->entries[i]->id, spec))
			found = first_below(m, i);
	return found;
}

int menu_default(const struct menu *m)
{
	int found = -1;

	if (m->chosen && m->chosen_is_glob) {
		for (int i = 0; found < 0 && i < m->nr; i++) {
			const char *id = m->entries[i]->id;

			if (id && !fnmatch(m->chosen, id, 0))
				found = i;
		}
	} else if (m->chosen) {
		found = menu_find(m, m->chosen);
	}
	if (found < 0 && m->nr)
		found = first_below(m, 0);
	if (found >= 0 && m->entries[found]->kernel)
		return found;
	for (int i = 0; i < m->nr; i++)
		if (m->entries[i]->kernel)
			return i;
	return -1;
}

static void print_number(const struct menu *m, int i)
{
	if (m->entries[i]->parent >= 0) {
		print_number(m, m->entries[i]->parent);
		putchar('>');
	}
	printf("%u", m->entries[i]->ordinal);
}

void menu_print(const struct menu *m, const char *where)
{
	int chosen = menu_default(m);
	char text[1024];

	snprintf(text, sizeof(text), "%s", m->path);
	printf("# %s, %s\n", printable(text), where);
	for (int i = 0; i < m->nr; i++) {
		const struct entry *e = m->entries[i];

		putchar(i == chosen ? '*' : ' ');
		print_number(m, i);
		snprintf(text, sizeof(text), "%s", e->title);
		printf("\t%s\t", printable(text));
		snprintf(text, sizeof(text), "%s", e->kernel ? e->kernel : e->submenu ? "(submenu)" :
			 "(no Linux)");
		printf("%s", printable(text));
		for (unsigned int n = 0; n < e->nr_initrds; n++) {
			snprintf(text, sizeof(text), "%s", e->initrd[n]);
			printf(" %s", printable(text));
		}
		snprintf(text, sizeof(text), "%s", e->args);
		printf("\t%s\n", printable(text));
	}
}
