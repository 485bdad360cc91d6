// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: a disk through everything that the child does with it, or,
 * when the first byte is 0xf0 to 0xf2, a text through one parser.
 *
 * A bzImage begins with code or "MZ" and a file system's boot block is mostly
 * zero, so that no disk of use begins with these bytes.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

enum { TEXT_GRUB = 0xf0, TEXT_EXTLINUX, TEXT_BLS, TEXT_END };

/* Small, so that a bomb costs little time */
static const struct limits limits = {
	.kernel = 1 << 20, .vmlinux = 1 << 20, .ratio = 64, .ramdisk = 1 << 20,
	.config = 1 << 18, .reads = 8 << 20,
};

/* A disk of the parsers: the text is every file, and there are two in each folder */
static const char *read_text(void *opaque, struct arena *a, const char *path)
{
	return path[strlen(path) - 1] == 'v' ? arena_strdup(a, "a=1\nsaved_entry=1>0\n") :
		arena_strdup(a, opaque);
}

static bool exists(void *opaque, const char *path)
{
	(void)opaque;
	return strlen(path) % 2;
}

static size_t list(void *opaque, struct arena *a, const char *dir, const char *pattern,
		   const char **names, size_t max)
{
	(void)opaque;
	(void)a;
	(void)dir;
	(void)pattern;
	names[0] = "a+1-2.conf";
	names[1] = "vmlinuz-1.conf";
	return max < 2 ? 0 : 2;
}

static void parse(unsigned int kind, const char *text)
{
	struct arena arena = { .limit = MAX_TEXT };
	const struct menu_files files = {
		.opaque = (void *)text, .read = read_text, .exists = exists, .list = list,
	};
	struct menu m = { .arena = &arena };

	if (kind == TEXT_GRUB)
		grub_parse(&m, &files, "/boot/grub/grub.cfg", text);
	else if (kind == TEXT_EXTLINUX)
		extlinux_parse(&m, "/boot/extlinux/extlinux.conf", text);
	else
		bls_read(&m, &files, "/boot", -1, NULL, NULL);
	if (!arena.full) {
		menu_default(&m);
		menu_find(&m, "1>0");
		for (int i = 0; i < m.nr; i++)
			if (m.entries[i]->nr_initrds > MAX_INITRDS || m.entries[i]->parent >= i)
				abort();
	}
	arena_free(&arena);
}

static void read_disk(const uint8_t *data, size_t size)
{
	struct request req = { .limits = limits, .kernel_fd = -1, .ramdisk_fd = -1 };
	struct disk disk = {
		.name = "fuzz", .size = size, .budget = limits.reads,
		.fd = memfd_create("fuzz", MFD_CLOEXEC),
	};
	struct result res;

	if (disk.fd < 0 || write(disk.fd, data, size) != (ssize_t)size)
		abort();
	/* What would go to another process must be as that demands */
	if (!boot(&disk, &req, &res)) {
		if (strnlen(res.args, sizeof(res.args)) == sizeof(res.args))
			abort();
		for (const char *p = res.args; *p; p++)
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				abort();
	}
	close(disk.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	report_quiet = true;
	if (size && data[0] >= TEXT_GRUB && data[0] < TEXT_END) {
		char *text = malloc(size);

		if (!text)
			abort();
		memcpy(text, data + 1, size - 1);
		text[size - 1] = '\0';
		parse(data[0], text);
		free(text);
	} else {
		read_disk(data, size);
	}
	return 0;
}

/* Most of a file system is empty: change a word that is not, where the metadata is */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	static const uint32_t interesting[] = {
		0, 1, 2, 8, 11, 12, 0xff, 0x100, 0x3ff, 0x400, 0x1000, 0x7fff, 0x8000, 0xffff,
		0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0x8180, 0xa1ff, 0x41ed, 0xf30a, 0xef53,
	};
	uint32_t value;
	size_t at;

	if (size < 4096 || seed % 4 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	srand(seed);
	at = (size_t)rand() % (size - 4) & ~(size_t)1;
	for (int tries = 0; tries < 10000 && !data[at]; tries++)
		at = (size_t)rand() % (size - 4) & ~(size_t)1;
	value = interesting[(size_t)rand() % (sizeof(interesting) / sizeof(*interesting))];
	if (rand() % 4 == 0)
		value = (uint32_t)rand();
	memcpy(data + at, &value, rand() % 2 ? 2 : 4);
	return size;
}
