// SPDX-License-Identifier: GPL-2.0
/* No configuration: the kernels that lie in a folder, newest first */

#include <stdlib.h>
#include <string.h>

#include "bl.h"

static const char prefix[] = "vmlinuz-";

/* What package managers leave behind */
static bool is_left_over(const char *name)
{
	static const char * const ends[] = {
		".old", ".bak", ".rpmsave", ".rpmnew", ".dpkg-tmp", ".dpkg-new", "~",
	};
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t end = strlen(ends[i]);

		if (len >= end && !strcmp(name + len - end, ends[i]))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strverscmp(*(const char * const *)b, *(const char * const *)a);
}

static void add(struct menu *m, const struct menu_files *f, const char *boot, const char *name,
		const char *version)
{
	static const char * const forms[] = {
		"%s/initrd.img-%s", "%s/initramfs-%s.img", "%s/initramfs-%s", "%s/initrd-%s.img",
		"%s/initrd-%s",
	};
	struct entry *e = menu_add(m, -1, name);

	if (!e)
		return;
	e->id = e->title;
	e->kernel = arena_printf(m->arena, "%s/%s", boot, name);
	for (size_t i = 0; version && !e->nr_initrds && i < ARRAY_SIZE(forms); i++) {
		size_t size = strlen(boot) + strlen(forms[i]) + strlen(version);
		char *path = arena_alloc(m->arena, size);
		const char *rest = forms[i] + strlen("%s");
		const char *at = strstr(rest, "%s");

		if (!path)
			return;
		memcpy(stpcpy(path, boot), rest, (size_t)(at - rest));
		strcat(path, version);
		strcat(path, at + strlen("%s"));
		if (f->exists(f->opaque, path))
			e->initrd[e->nr_initrds++] = path;
	}
}

int newest_read(struct menu *m, const struct menu_files *f, const char *boot)
{
	static const char * const plain[] = { "vmlinuz", "bzImage" };
	const char **names = arena_alloc(m->arena, MAX_ENTRIES * sizeof(*names));
	const char *path;
	size_t nr;

	nr = names ? f->list(f->opaque, m->arena, *boot ? boot : "/", "vmlinuz-*", names,
			     MAX_ENTRIES - ARRAY_SIZE(plain)) : 0;
	if (nr)
		qsort(names, nr, sizeof(*names), compare);
	for (size_t i = 0; i < nr; i++)
		if (!is_left_over(names[i]))
			add(m, f, boot, names[i], names[i] + strlen(prefix));
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++) {
		path = arena_printf(m->arena, "%s/%s", boot, plain[i]);
		if (path && f->exists(f->opaque, path))
			add(m, f, boot, plain[i], NULL);
	}
	return m->arena->full ? bad("%s: too many files", *boot ? boot : "/") : ST_OK;
}
