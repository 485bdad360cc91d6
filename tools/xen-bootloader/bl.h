/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BL_H
#define BL_H

/*
 * bzimage-xl: what its files share.
 *
 * Whatever is read from a disk was written by a guest. Functions that return
 * int give an enum status; one line has been reported when it is not ST_OK.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What start_info has room for, with the NUL */
#define XEN_MAX_CMDLINE	1024

enum status {
	ST_OK = 0,
	ST_BAD = 1,		/* disk, configuration or kernel */
	ST_SYSTEM = 2,		/* command line, I/O, memory */
	ST_ABSENT = 3,		/* nothing there, nothing reported; never an exit status */
};

/*
 * Reports (report.c)
 */

/* For the fuzzer, and for --quiet */
extern bool report_quiet;
extern bool warnings_quiet;

/* Print one line, made printable; return the status named */
int bad(const char *fmt, ...) __printf(1, 2);
int system_error(const char *fmt, ...) __printf(1, 2);
void warning(const char *fmt, ...) __printf(1, 2);

/* Make text from a disk safe for a terminal, in place */
char *printable(char *text);

/*
 * Memory (arena.c): all that is read from a disk, freed at once
 */

struct arena {
	struct arena_block *blocks;
	size_t used;
	size_t limit;
	bool full;	/* an allocation was refused: what was made is incomplete */
};

/* Zeroed memory, or NULL with @full set; never ends the program */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __printf(2, 3);
void arena_free(struct arena *a);

/*
 * Limits, all with an option
 */

struct limits {
	uint64_t kernel;
	uint64_t vmlinux;
	uint64_t ratio;
	uint64_t ramdisk;
	uint64_t config;
	uint64_t reads;		/* from the disk, in all */
};

#define DEFAULT_LIMITS { .kernel = 128 << 20, .vmlinux = 512 << 20, .ratio = 256, \
	.ramdisk = 512 << 20, .config = 1 << 20, .reads = 4ULL << 30 }

/*
 * The disk (disk.c)
 */

struct disk {
	int fd;
	const char *name;
	uint64_t size;
	uint64_t budget;	/* bytes that may still be read */
	bool exhausted;
};

/**
 * struct partition - a stretch of a disk
 * @number:	as in the partition table; 0 is the whole disk
 * @start:	in bytes
 * @size:	in bytes
 */
struct partition {
	unsigned int number;
	uint64_t start;
	uint64_t size;
};

#define MAX_PARTITIONS 128

int disk_open(struct disk *d, const char *path, uint64_t budget);
/* Returns false when the range is not on the disk, the budget is spent, or I/O fails */
bool disk_read(struct disk *d, uint64_t offset, void *buf, size_t size);
/* The partitions of MBR (logical ones too) or GPT, by number */
int disk_partitions(struct disk *d, struct partition *list, unsigned int *nr);

/*
 * File systems (fs.c)
 */

struct fs {
	void *handle;
	struct disk *disk;
	unsigned int partition;
	uint64_t start;
	uint64_t size;
	bool damaged;		/* a folder could not be listed, and that was reported */
	char name[32];		/* "whole disk" or "partition 5" */
};

typedef int fs_sink(void *opaque, const void *data, size_t size);

/* ST_ABSENT when there is no ext2/3/4 */
int fs_open(struct fs *fs, struct disk *disk, const struct partition *part);
void fs_close(struct fs *fs);
/* A file with links followed, all inside the file system; @size may be NULL */
bool fs_is_file(struct fs *fs, const char *path, uint64_t *size);
/* Hand a file to @sink; ST_ABSENT when there is none */
int fs_copy(struct fs *fs, const char *path, uint64_t limit, const char *option, fs_sink *sink,
	    void *opaque);
/* A whole file with a NUL behind it; for free() */
int fs_read(struct fs *fs, const char *path, uint64_t limit, const char *option,
	    unsigned char **data, size_t *size);
/* Names in a directory that match a shell pattern, up to @max */
size_t fs_list(struct fs *fs, const char *dir, const char *pattern, struct arena *a,
	       const char **names, size_t max);

/*
 * Menus (menu.c) and what they are read from
 */

#define MAX_ENTRIES	512
#define MAX_INITRDS	16
#define MAX_TEXT	(16 << 20)	/* all strings of a menu */

struct entry {
	const char *title;
	const char *id;
	int parent;		/* index of a submenu, -1 at the top */
	unsigned int ordinal;	/* among its parent's entries */
	bool submenu;
	const char *kernel;
	const char *args;
	const char *initrd[MAX_INITRDS];
	unsigned int nr_initrds;
};

struct menu {
	struct arena *arena;
	const char *path;	/* where it was read */
	struct entry *entries[MAX_ENTRIES];
	int nr;
	const char *chosen;	/* the configuration's default, or NULL */
	bool chosen_is_glob;	/* a pattern of ids */
};

/* What a parser may ask for; all may fail */
struct menu_files {
	void *opaque;
	const char *(*read)(void *opaque, struct arena *a, const char *path);
	bool (*exists)(void *opaque, const char *path);
	size_t (*list)(void *opaque, struct arena *a, const char *dir, const char *pattern,
		       const char **names, size_t max);
};

struct entry *menu_add(struct menu *m, int parent, const char *title);
/* Whether some entry has a kernel */
bool menu_usable(const struct menu *m);
/* The entry of an index, title or id, ">" between levels; -1 when there is none */
int menu_find(const struct menu *m, const char *spec);
/* The default, or the first with a kernel */
int menu_default(const struct menu *m);
void menu_print(const struct menu *m, const char *where);

/* Each adds entries to @m; @path is for messages and relative names */
int grub_parse(struct menu *m, const struct menu_files *f, const char *path, const char *text);
int extlinux_parse(struct menu *m, const char *path, const char *text);

/* Expands variables in the text of a Boot Loader Specification entry */
typedef const char *bls_expand(void *opaque, struct arena *a, const char *text);

/* The entries below @boot/loader; adds them to @parent */
int bls_read(struct menu *m, const struct menu_files *f, const char *boot, int parent,
	     bls_expand *expand, void *opaque);
/* vmlinuz-VERSION with its initrd in @boot, newest first */
int newest_read(struct menu *m, const struct menu_files *f, const char *boot);

/*
 * Choosing (choose.c)
 */

struct choice {
	struct fs *fs;		/* where the configuration is; paths are tried there first */
	const char *kernel;
	const char *initrd[MAX_INITRDS];
	unsigned int nr_initrds;
	const char *args;
};

struct wishes {
	const char *kernel;
	const char *ramdisk;
	const char *args;
	const char *entry;
	bool list;
};

int choose(struct fs *fs, unsigned int nr_fs, const struct wishes *w, const struct limits *limits,
	   struct arena *a, struct choice *c);
/* The file system that has @path, and the path there; NULL when none has */
struct fs *locate(struct fs *fs, unsigned int nr_fs, struct fs *first, const char *path,
		  struct arena *a, const char **found);

/*
 * Kernels (kernel.c)
 */

enum form { FORM_AUTO, FORM_BZIMAGE, FORM_WRAPPER, FORM_VMLINUX };

struct kernel;

/**
 * kernel_pick() - check a bzImage, and find the part that a domain builder gets
 * @data:	the file; stays the caller's
 * @size:	its size
 * @name:	for messages
 * @form:	what to hand over
 * @limits:	for decompression
 * @k:		set on success; for kernel_free()
 * @piece:	set to the part
 * @piece_size:	and its size
 */
int kernel_pick(const unsigned char *data, size_t size, const char *name, enum form form,
		const struct limits *limits, struct kernel **k, const unsigned char **piece,
		size_t *piece_size);
void kernel_free(struct kernel *k);
const char *form_name(enum form form);
/* Whether a disk begins with a bzImage, and its size as its header states it */
bool kernel_at_start(const unsigned char *sector, size_t len, uint64_t *size);

/*
 * Boot (boot.c): from a disk to files; runs without privileges
 */

struct request {
	struct wishes wishes;
	enum form form;
	unsigned int partition;	/* 0: any */
	struct limits limits;
	int kernel_fd;		/* -1: do not write */
	int ramdisk_fd;
};

struct result {
	bool has_ramdisk;
	char args[XEN_MAX_CMDLINE];
};

int boot(struct disk *disk, const struct request *req, struct result *res);

#endif /* BL_H */
