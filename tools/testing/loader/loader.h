/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LOADER_H
#define LOADER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segments.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* As in the kernel. */
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __section(name)	__attribute__((section(name)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))

#define PAGE_BYTES	0x1000u
#define LOW_MEMORY_END	0x100000u
#define PAGE_DOWN(x)	((x) & ~(PAGE_BYTES - 1))
#define PAGE_UP(x)	PAGE_DOWN((x) + PAGE_BYTES - 1)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * What is written to the debug-exit port; QEMU's exit status is twice that
 * plus one, the number in the comment. README has the same table and
 * test/run_tests.py fails where the two differ.
 */
enum exit_code {
	EXIT_OPTION	= 0x10,		/* 33 */
	EXIT_MODULE	= 0x11,		/* 35 */
	EXIT_IMAGE	= 0x12,		/* 37 */
	EXIT_OVERLAP	= 0x13,		/* 39 */
	EXIT_MEMORY	= 0x14,		/* 41 */
	EXIT_FAULT	= 0x15,		/* 43 */
	EXIT_BUG	= 0x16,		/* 45 */
};

/* console.c */
void console_init(void);
void say(const char *fmt, ...) __printf(1, 2);
void vsay(const char *fmt, va_list ap);
_Noreturn void stop(enum exit_code code);
_Noreturn void refuse(enum exit_code code, const char *fmt, ...)
	__printf(2, 3);

/* string.c */
void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);

/* options.c */
#define MAX_HOLES	4
#define CMDLINE_BYTES	4096

struct span {
	u32 start;
	/* One past the last byte; no span of the loader reaches 4 GiB. */
	u32 end;
};

struct options {
	bool bzimage;
	bool at_given;
	u32 at;
	bool paged;
	bool pae;
	bool map_all;
	bool big_pages;
	u32 ring;
	bool promote_given;
	u32 promote;
	bool interrupts;
	bool keep_segments;
	u32 subarch;
	u32 subarch_data;
	bool sparse;
	bool params_given;
	u32 params_at;
	bool clip_given;
	u32 clip;
	u32 nr_holes;
	struct span hole[MAX_HOLES];
	bool no_stack;
	char cmdline[CMDLINE_BYTES];
};

extern struct options opt;
void options_read(const char *line);

/* memory.c */
enum memory_map {
	MEMORY_REAL,
	MEMORY_TOLD,
};

/* Is the range visible to an image that is entered with paging on? */
enum visibility {
	VISIBLE,
	INVISIBLE,
};

struct e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __packed;

#define E820_RAM	1
#define E820_MAX	128

struct reserved {
	struct span span;
	enum visibility visibility;
	const char *name;
};

struct multiboot_info;
void memory_read_map(const struct multiboot_info *info);
void memory_decide_told(void);
const struct e820_entry *memory_told(u32 *count);
void memory_reserve(u32 start, u32 size, enum visibility vis, const char *name);
void memory_forget(const char *name);
const struct reserved *memory_conflict(u32 start, u32 size);
const struct reserved *memory_reserved(u32 *count);
void memory_demand_ram(u32 start, u32 size, const char *name);
u32 memory_find(enum memory_map map, u32 size, u32 align, u32 low, u32 high);
u32 memory_take(enum memory_map map, u32 size, u32 low, u32 high,
		enum visibility vis, const char *name);

/* image.c */
struct image {
	u8 *data;
	u32 size;
	/* NULL where the module is a bare ELF file. */
	const u8 *header;
	/* Offset of the protected-mode block in a bzImage. */
	u32 block;
	u8 *elf;
	u32 elf_size;
	/* What the load will write or the image has claimed. */
	u32 entry;
	u32 lowest;
	u32 highest;
};

void image_identify(struct image *img, u32 start, u32 end);
void image_reserve(struct image *img);
void image_moved(struct image *img, u32 to);
void image_load(struct image *img);
u32 image_header32(const struct image *img, u32 offset);
u16 image_header16(const struct image *img, u32 offset);

/* elf.c */
void elf_check(const struct image *img);
void elf_reserve(struct image *img);
void elf_load(const struct image *img);

/* bootparams.c */
struct initrd {
	u32 start;
	u32 size;
};

u32 initrd_limit(const struct image *img);
u32 bootparams_make(const struct image *img, const struct initrd *initrd);

/* paging.c */
struct page_roots {
	u32 image;
	u32 fault;
};

struct page_roots paging_build(void);

/* guard.c */
struct entry_state {
	u32 eax, ebx, ecx, edx;
	u32 esi, edi, ebp, esp;
	u32 eip, eflags;
	u32 cs, ds, fs;
	u32 cr3, cr4, paged;
	/* Take the code and data descriptors away before the jump. */
	u32 erase;
};

extern struct entry_state entry_state;
void guard_init(void);
_Noreturn void guard_enter(const struct image *img, u32 params, u32 stack,
			   const struct page_roots *roots);

/* explain.c */
void explain_fault(u32 vector, u32 error, u32 eip, u32 cr2, const u8 *code);

/* linker script */
extern char loader_start[], loader_end[], guard_start[], guard_end[];

static inline void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline u32 addr_of(const void *p)
{
	return (u32)(uintptr_t)p;
}

static inline void *ptr_to(u32 addr)
{
	return (void *)(uintptr_t)addr;
}

#endif
