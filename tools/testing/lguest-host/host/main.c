// SPDX-License-Identifier: GPL-2.0
/*
 * A reference lguest host for tests: QEMU starts it as a Multiboot kernel, with
 * the guest's kernel and initrd as modules.
 *
 *	mem=MIB [initrd] [block]... [net[=MAC]] [rng] [OPTION]... -- ARGUMENTS
 *
 * Devices come in the order in which they are named. With "each", a guest is
 * run for each word of the arguments.
 */
#include "../../include/multiboot.h"
#include "host.h"

#define CR0_BASE	0x8005003bu	/* PG AM WP NE ET TS MP PE: what the guest's smsw shows */
#define CR4_PSE		0x010u
#define CR4_PAE		0x020u
#define CR4_OSFXSR	0x200u
#define CR4_OSXMMEXCPT	0x400u
#define CR4_SMEP	0x100000u
#define CR4_SMAP	0x200000u
#define CPUID_PSE	(1u << 3)
#define CPUID_PAE	(1u << 6)
#define CPUID_FXSR	(1u << 24)
#define CPUID_SSE	(1u << 25)
#define CPUID_7_SMEP	(1u << 7)
#define CPUID_7_SMAP	(1u << 20)

/* Pages for shadow tables: enough for four address spaces of a well-filled guest */
#define SHADOW_PAGES	6144
#define MAX_OPTION	64

struct options options;
struct module kernel_file, initrd_file;
struct guest guest;

/* The command line and the list of modules lie where the guest's memory may be. */
static char command_line[8192];

static bool is_option(const char *word, const char *name, const char **value)
{
	u32 len = strlen(name);

	if (memcmp(word, name, len))
		return false;
	if (!value)
		return !word[len];
	*value = word + len;
	return true;
}

static u32 number(const char *s)
{
	u32 v = 0;

	if (!*s)
		die("host: a number is missing");
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			die("host: not a number: %s", s);
		v = v * 10 + *s - '0';
	}
	return v;
}

static void read_option(const char *word)
{
	const char *value;

	if (is_option(word, "mem=", &value))
		options.mem_mb = number(value);
	else if (is_option(word, "seed=", &value))
		options.seed = number(value);
	else if (is_option(word, "trace=", &value))
		options.trace = number(value);
	else if (is_option(word, "initrd", NULL))
		options.initrd = true;
	else if (is_option(word, "tsc", NULL))
		options.tsc = true;
	else if (is_option(word, "smep", NULL))
		options.smep = true;
	else if (is_option(word, "smap", NULL))
		options.smap = true;
	else if (is_option(word, "each", NULL))
		options.each = true;
	else if (is_option(word, "block", NULL) || is_option(word, "net", NULL) ||
		 is_option(word, "net=", &value) || is_option(word, "rng", NULL))
		pci_add_device(word);
	else
		die("host: unknown option %s", word);
}

/* QEMU puts the path of the host's file and a space in front. */
static void read_options(const char *line)
{
	static char word[MAX_OPTION];
	u32 n;

	if (strlen(line) >= sizeof(command_line))
		die("host: the command line is longer than %u", sizeof(command_line) - 1);
	memcpy(command_line, line, strlen(line) + 1);
	line = command_line;
	while (*line && *line != ' ')
		line++;
	pci_add_device(NULL);
	for (;;) {
		while (*line == ' ')
			line++;
		for (n = 0; line[n] && line[n] != ' '; n++)
			if (n == MAX_OPTION - 2)
				die("host: an option is too long");
		if (!n)
			die("host: no -- behind the options");
		memset(word, 0, sizeof(word));
		memcpy(word, line, n);
		line += n;
		if (is_option(word, "--", NULL))
			break;
		read_option(word);
	}
	options.args = *line ? line + 1 : line;
	if (!options.mem_mb)
		die("host: no mem=");
}

bool next_args(void)
{
	static char *next = command_line;
	char *word;

	if (!options.args)
		return false;
	if (next == command_line)
		next = (char *)options.args;
	word = next;
	while (*next && *next != ' ')
		next++;
	if (*next)
		*next++ = 0;
	options.args = word;
	if (*word)
		warn("guest %s", word);
	return *word;
}

void host_main(u32 magic, const struct multiboot_info *info) __noreturn;

static void read_module(struct module *to, const struct multiboot_info *info, u32 i)
{
	const struct multiboot_module *m = (void *)info->mods_addr;

	to->start = (const u8 *)m[i].start;
	to->size = m[i].end - m[i].start;
}

/* Where all of this and the modules end */
static u32 used_end(void)
{
	u32 end = (u32)host_end;

	if ((u32)kernel_file.start + kernel_file.size > end)
		end = (u32)kernel_file.start + kernel_file.size;
	if ((u32)initrd_file.start + initrd_file.size > end)
		end = (u32)initrd_file.start + initrd_file.size;
	return ROUND_UP(end, PAGE_SIZE);
}

static void place_guest(const struct multiboot_info *info)
{
	u32 at = info->mmap_addr, end = info->mmap_addr + info->mmap_length;
	u32 pool = used_end(), base, room = 0;
	const struct multiboot_mmap *m;

	base = pool + SHADOW_PAGES * PAGE_SIZE;
	for (; at < end; at += m->size + 4) {
		m = (void *)at;
		if (m->type == MULTIBOOT_RAM && m->start <= pool && m->start + m->length > base &&
		    !(m->start >> 32))
			room = (m->start + m->length - base) >> 20;
	}
	if (room < options.mem_mb)
		die("host: %u MiB for the guest, but this machine has only %u", options.mem_mb,
		    room);
	shadow_init((u8 *)pool, SHADOW_PAGES);
	guest.base = (u8 *)base;
	guest.mem = options.mem_mb << 20;
}

static void cpuid(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "0"(leaf), "2"(0));
}

static void paging_on(void)
{
	u32 max, a, b, c, d, b7 = 0, cr3, cr4 = 0;

	cpuid(0, &max, &b, &c, &d);
	if (max >= 7)
		cpuid(7, &a, &b7, &c, &d);
	cpuid(1, &a, &b, &c, &d);
#ifdef PAE
	if (!(d & CPUID_PAE))
		die("host: this is the PAE host, and the processor has no PAE");
	cr4 |= CR4_PAE;
#else
	if (!(d & CPUID_PSE))
		die("host: the processor has no PSE");
	cr4 |= CR4_PSE;
#endif
	if (d & CPUID_FXSR)
		cr4 |= CR4_OSFXSR;
	if (d & CPUID_SSE)
		cr4 |= CR4_OSXMMEXCPT;
	if (options.smep) {
		if (!(b7 & CPUID_7_SMEP))
			die("host: the processor has no SMEP");
		cr4 |= CR4_SMEP;
	}
	if (options.smap) {
		if (!(b7 & CPUID_7_SMAP))
			die("host: the processor has no SMAP");
		cr4 |= CR4_SMAP;
	}
	cr3 = host_page_tables();
	asm volatile("movl %0, %%cr4" : : "r"(cr4));
	asm volatile("movl %0, %%cr3" : : "r"(cr3));
	asm volatile("movl %0, %%cr0\n\tjmp 1f\n1:" : : "r"(CR0_BASE) : "memory");
	*(u32 *)HOST_CR3 = cr3;
}

void host_main(u32 magic, const struct multiboot_info *info)
{
	u32 need = MULTIBOOT_HAS_CMDLINE | MULTIBOOT_HAS_MODULES | MULTIBOOT_HAS_MMAP;

	hw_init();
	if (magic != MULTIBOOT_LOADER_MAGIC || (info->flags & need) != need)
		die("host: not started by a Multiboot loader with modules");
	read_options((const char *)info->cmdline);
	if (info->mods_count != 1u + options.initrd)
		die("host: %u modules instead of %u", info->mods_count, 1u + options.initrd);
	read_module(&kernel_file, info, 0);
	if (options.initrd)
		read_module(&initrd_file, info, 1);
	place_guest(info);
	paging_on();
	segments_init();
	if (options.each && !next_args())
		die("host: each of no arguments");
	restart_on_stack(run_guest);
}
