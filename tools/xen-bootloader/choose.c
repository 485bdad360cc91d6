// SPDX-License-Identifier: GPL-2.0
/*
 * Which kernel: what the command line says, else the first configuration
 *
 * The kind of configuration counts first, then the partition's number, then
 * /boot before /: a kernel without configuration on a small partition must not
 * win over the menu of the system.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bl.h"

struct source {
	struct fs *fs;
	const struct limits *limits;
};

static const char *read_file(void *opaque, struct arena *a, const char *path)
{
	struct source *s = opaque;
	unsigned char *data;
	char *copy;
	size_t size;

	if (fs_read(s->fs, path, s->limits->config, "--max-config", &data, &size))
		return NULL;
	copy = arena_strndup(a, (char *)data, size);
	free(data);
	return copy;
}

static bool exists(void *opaque, const char *path)
{
	struct source *s = opaque;

	return fs_is_file(s->fs, path, NULL);
}

static size_t list(void *opaque, struct arena *a, const char *dir, const char *pattern,
		   const char **names, size_t max)
{
	struct source *s = opaque;

	return fs_list(s->fs, dir, pattern, a, names, max);
}

typedef int read_config(struct menu *m, const struct menu_files *f, const char *boot,
			const char *path, const char *text);

static int read_grub(struct menu *m, const struct menu_files *f, const char *boot,
		     const char *path, const char *text)
{
	(void)boot;
	return grub_parse(m, f, path, text);
}

static int read_extlinux(struct menu *m, const struct menu_files *f, const char *boot,
			 const char *path, const char *text)
{
	(void)f;
	(void)boot;
	return extlinux_parse(m, path, text);
}

static int read_bls(struct menu *m, const struct menu_files *f, const char *boot,
		    const char *path, const char *text)
{
	(void)path;
	(void)text;
	return bls_read(m, f, boot, -1, NULL, NULL);
}

static int read_newest(struct menu *m, const struct menu_files *f, const char *boot,
		       const char *path, const char *text)
{
	(void)path;
	(void)text;
	return newest_read(m, f, boot);
}

struct kind {
	read_config *read;
	const char *name;
	const char *files[5];	/* none: it looks by itself */
};

static const struct kind kinds[] = {
	{ read_grub, "grub.cfg", { "/grub/grub.cfg", "/grub2/grub.cfg" } },
	{ read_extlinux, "extlinux.conf", { "/extlinux/extlinux.conf", "/syslinux/extlinux.conf",
					    "/syslinux/syslinux.cfg", "/extlinux.conf",
					    "/syslinux.cfg" } },
	{ read_bls, "loader/entries", { NULL } },
	{ read_newest, "vmlinuz-*", { NULL } },
};

static const char * const folders[] = { "/boot", "" };

/* Try one kind in one folder; ST_ABSENT when there is nothing to boot from */
static int try_kind(const struct kind *kind, struct source *s, const char *boot, struct menu *m)
{
	const struct menu_files files = {
		.opaque = s, .read = read_file, .exists = exists, .list = list,
	};
	struct arena *a = m->arena;
	int ret = ST_ABSENT;

	for (size_t i = 0; i < ARRAY_SIZE(kind->files); i++) {
		const char *path = arena_printf(a, "%s%s", boot,
						kind->files[i] ? kind->files[i] : "");
		unsigned char *text = NULL;
		size_t size;

		if (!path)
			return system_error("no memory");
		if (kind->files[i]) {
			ret = fs_read(s->fs, path, s->limits->config, "--max-config", &text,
				      &size);
			if (ret == ST_ABSENT)
				continue;
			if (ret)
				return ret;
		} else if (i) {
			break;
		}
		/* What an earlier try left is not of this one */
		*m = (struct menu){ .arena = a };
		m->path = kind->files[i] ? path : arena_printf(a, "%s/%s", boot, kind->name);
		ret = kind->read(m, &files, boot, m->path, (char *)text);
		free(text);
		if (ret || s->fs->damaged)
			return ret ? ret : ST_BAD;
		if (menu_usable(m))
			return ST_OK;
		ret = ST_ABSENT;
	}
	return s->fs->disk->exhausted ?
		bad("%s: more read than allowed (see --max-reads)", s->fs->disk->name) : ret;
}

static int find_menu(struct fs *fs, unsigned int nr_fs, const struct limits *limits,
		     struct menu *m, struct fs **where)
{
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (unsigned int i = 0; i < nr_fs; i++) {
			for (size_t n = 0; n < ARRAY_SIZE(folders); n++) {
				struct source s = { .fs = &fs[i], .limits = limits };
				int ret = try_kind(&kinds[k], &s, folders[n], m);

				*where = &fs[i];
				if (ret != ST_ABSENT)
					return ret;
			}
		}
	}
	return bad("%s: no grub.cfg, extlinux.conf, loader/entries or vmlinuz-* in /boot or / of %s%s",
		   fs->disk->name, fs->name, nr_fs > 1 ? " or of another partition" : "");
}

struct fs *locate(struct fs *fs, unsigned int nr_fs, struct fs *first, const char *path,
		  struct arena *a, const char **found)
{
	static const char boot[] = "/boot/";
	const char *names[3];

	/* A configuration may name its files as its own partition or the whole system has them */
	names[0] = arena_printf(a, "%s%s", *path == '/' ? "" : "/", path);
	if (!names[0])
		return NULL;
	names[1] = strncmp(names[0], boot, strlen(boot)) ? NULL : names[0] + strlen("/boot");
	names[2] = names[1] ? NULL : arena_printf(a, "/boot%s", names[0]);
	for (int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < nr_fs; i++) {
			bool is_first = &fs[i] == first;

			if (is_first != !round)
				continue;
			for (size_t n = 0; n < ARRAY_SIZE(names); n++) {
				if (!names[n] || !fs_is_file(&fs[i], names[n], NULL))
					continue;
				*found = names[n];
				return &fs[i];
			}
		}
	}
	return NULL;
}

/* The configuration's arguments, then those of the domain's */
static int join_args(const char *config, const char *own, struct arena *a, struct choice *c)
{
	char *args;

	config += strspn(config, " \t");
	args = arena_printf(a, "%s%s%s", config, *config && own && *own ? " " : "",
			    own ? own : "");
	if (!args)
		return system_error("no memory");
	for (char *p = args; *p; p++) {
		if (*p == '\t')
			*p = ' ';
		/* What separates items in the output must not come from a disk */
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return bad("the kernel's arguments have a control character, 0x%02x, at byte %td",
				   *p, p - args);
	}
	if (strlen(args) >= XEN_MAX_CMDLINE)
		return bad("the kernel's arguments have %zu bytes; a domain gets %d at most",
			   strlen(args), XEN_MAX_CMDLINE - 1);
	c->args = args;
	return ST_OK;
}

int choose(struct fs *fs, unsigned int nr_fs, const struct wishes *w, const struct limits *limits,
	   struct arena *a, struct choice *c)
{
	struct menu m = { .arena = a };
	const struct entry *e;
	struct fs *where = fs;
	int ret, i;

	memset(c, 0, sizeof(*c));
	if (w->ramdisk && *w->ramdisk)
		c->initrd[c->nr_initrds++] = w->ramdisk;
	if (w->kernel) {
		c->kernel = w->kernel;
		c->fs = fs;
		return join_args("", w->args, a, c);
	}

	ret = find_menu(fs, nr_fs, limits, &m, &where);
	if (ret)
		return ret;
	if (w->list) {
		menu_print(&m, where->name);
		return ST_OK;
	}
	i = w->entry ? menu_find(&m, w->entry) : menu_default(&m);
	if (i < 0)
		return bad("%s: %s: no entry '%s' (see --list)", where->disk->name, m.path,
			   w->entry);
	e = m.entries[i];
	if (!e->kernel)
		return bad("%s: %s: entry '%s' has no kernel", where->disk->name, m.path, e->title);
	c->fs = where;
	c->kernel = e->kernel;
	if (!w->ramdisk) {
		c->nr_initrds = e->nr_initrds;
		memcpy(c->initrd, e->initrd, sizeof(c->initrd));
	}
	return join_args(e->args, w->args, a, c);
}
