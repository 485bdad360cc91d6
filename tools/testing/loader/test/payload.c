// SPDX-License-Identifier: GPL-2.0
/*
 * Reports on the serial port in what state it was entered, then does what the
 * command line says ("act=NAME"): mostly things an image must not do.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "payload.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;

#define COM1		0x3f8
#define DEBUG_EXIT	0xf4

struct frame {
	u32 eflags;
	u32 edi, esi, ebp, esp_of_pushal, ebx, edx, ecx, eax;
	u32 esp;
};

/* Wrong after a load that skipped the data segment or did not clear bss. */
static volatile u32 data_word = 0x600dda7a;
static volatile u32 bss_word;

static const u8 *params;

void payload_main(const struct frame *f);
void promotion_point(void);

static void outb(u8 value, u16 port)
{
	asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 inb(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void put(char c)
{
	while (!(inb(COM1 + 5) & 0x20))
		;
	outb(c, COM1);
}

static void text(const char *s)
{
	while (*s)
		put(*s++);
}

static void report(const char *name, u32 value)
{
	int shift;

	text("payload: ");
	text(name);
	text("=0x");
	for (shift = 28; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 15]);
	put('\n');
}

static u32 field(u32 offset, u32 bytes)
{
	u32 v = 0;

	while (bytes--)
		v = v << 8 | params[offset + bytes];
	return v;
}

static void report_cpu(const struct frame *f)
{
	struct { u16 limit; u32 base; } __attribute__((packed)) gdtr;
	u32 v;

	report("eax", f->eax);
	report("ebx", f->ebx);
	report("ecx", f->ecx);
	report("edx", f->edx);
	report("esi", f->esi);
	report("edi", f->edi);
	report("ebp", f->ebp);
	report("esp", f->esp);
	report("eflags", f->eflags);
#define SEGMENT(name) \
	asm volatile("mov %%" #name ", %0" : "=r"(v)); report(#name, v & 0xffff)
	SEGMENT(cs);
	SEGMENT(ss);
	SEGMENT(ds);
	SEGMENT(es);
	SEGMENT(fs);
	SEGMENT(gs);
	/* Unlike mov from %cr0 this works in every ring. */
	asm volatile("smsw %0" : "=r"(v));
	report("cr0", v);
	asm volatile("sgdt %0" : "=m"(gdtr));
	report("gdt_limit", gdtr.limit);
	asm volatile("call 1f; 1: pop %0" : "=r"(v));
	report("eip_page", v & ~0xfffu);
}

static void report_params(void)
{
	u32 i, sum = 0, sum_header = 0, e;
	const u8 *initrd = (const u8 *)field(0x218, 4);
	const u8 *cmdline = (const u8 *)field(0x228, 4);

	report("e820_entries", field(0x1e8, 1));
	report("setup_sects", field(0x1f1, 1));
	report("magic", field(0x202, 4));
	report("version", field(0x206, 2));
	report("type_of_loader", field(0x210, 1));
	report("loadflags", field(0x211, 1));
	report("code32_start", field(0x214, 4));
	report("ramdisk_image", field(0x218, 4));
	report("ramdisk_size", field(0x21c, 4));
	report("cmd_line_ptr", field(0x228, 4));
	report("kernel_alignment", field(0x230, 4));
	report("hardware_subarch", field(0x23c, 4));
	report("hardware_subarch_data", field(0x240, 4));
	report("pref_address", field(0x258, 4));
	report("init_size", field(0x260, 4));
	for (i = 0x1f1; i < 0x290; i++)
		sum_header += params[i];
	report("header_sum", sum_header);
	for (i = 0; i < field(0x21c, 4); i++)
		sum += initrd[i];
	report("initrd_sum", sum);
	for (i = 0; i < field(0x1e8, 1); i++) {
		e = 0x2d0 + i * 20;
		if (field(e + 16, 4) != 1)
			continue;
		report("ram_start", field(e, 4));
		report("ram_end", field(e, 4) + field(e + 8, 4));
	}
	text("payload: cmdline=");
	text((const char *)cmdline);
	put('\n');
}

static void report_memory(void)
{
	const u32 *window = (const u32 *)WINDOW_BASE;
	u32 i, used = 0;

	report("data_word", data_word);
	report("bss_word", bss_word);
	for (i = 0; i < WINDOW_BYTES / 4; i++)
		used += window[i] != 0;
	report("window_nonzero", used);
}

static bool asked(const char *name)
{
	const char *s = (const char *)field(0x228, 4);

	for (; *s; s++) {
		const char *p = s, *q = name;

		while (*q && *p == *q)
			p++, q++;
		if (!*q && (!*p || *p == ' '))
			return true;
	}
	return false;
}

static u32 one_page_down(u32 addr)
{
	return addr - 0x1000;
}

static void act(void)
{
	struct { u16 limit; u32 base; } __attribute__((packed)) p = { 0 };
	struct { u32 offset; u16 selector; } __attribute__((packed)) far = { 0, 0x10 };
	u32 v;

	if (asked("act=lgdt"))
		asm volatile("lgdt %0" : : "m"(p));
	if (asked("act=lidt"))
		asm volatile("lidt %0" : : "m"(p));
	if (asked("act=lldt"))
		asm volatile("lldt %w0" : : "r"(0));
	if (asked("act=ds"))
		asm volatile("mov %0, %%ds" : : "r"(0x18));
	if (asked("act=own-ds"))
		asm volatile("mov %%ds, %0; mov %0, %%ds" : "=r"(v));
	if (asked("act=ss"))
		asm volatile("mov %0, %%ss" : : "r"(0x18));
	if (asked("act=pop-es"))
		asm volatile("push %0; pop %%es" : : "r"(0x18));
	if (asked("act=ljmp"))
		asm volatile("ljmp *%0" : : "m"(far));
	if (asked("act=ljmp-direct"))
		asm volatile("ljmp $0x10, $0");
	if (asked("act=lret"))
		asm volatile("push $0x10; push $0; lret");
	if (asked("act=cli"))
		asm volatile("cli");
	if (asked("act=sti"))
		asm volatile("sti");
	if (asked("act=hlt"))
		asm volatile("hlt");
	if (asked("act=cr3"))
		asm volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(v));
	if (asked("act=rdmsr"))
		asm volatile("rdmsr" : : "c"(0x10) : "eax", "edx");
	if (asked("act=int"))
		asm volatile("int $0x80");
	if (asked("act=ud2"))
		asm volatile("ud2");
	if (asked("act=divide"))
		asm volatile("xor %%ecx, %%ecx; div %%ecx" : : : "eax", "ecx", "edx");
	if (asked("act=read-outside"))
		v = *(volatile u32 *)OUTSIDE;
	if (asked("act=write-outside"))
		*(volatile u32 *)OUTSIDE = 1;
	if (asked("act=jump-outside"))
		asm volatile("jmp *%0" : : "r"(OUTSIDE));
	if (asked("act=read-before"))
		v = *(volatile u32 *)one_page_down(PAYLOAD_BASE);
	if (asked("act=no-stack"))
		asm volatile("xor %esp, %esp; push %eax");
	if (asked("act=promote")) {
		promotion_point();
		asm volatile("mov %%cs, %0" : "=r"(v));
		report("promoted_cs", v & 0xffff);
		/* Only ring 0 may; and it must have left TS clear. */
		asm volatile("mov %%cr0, %0" : "=r"(v));
		report("promoted_cr0", v);
		if (asked("then=ds"))
			asm volatile("mov %0, %%ds" : : "r"(0x18));
	}
}

void payload_main(const struct frame *f)
{
	params = (const u8 *)f->esi;
	report_cpu(f);
	report_params();
	if (asked("memory"))
		report_memory();
	act();
	text("payload: done\n");
	while (!(inb(COM1 + 5) & 0x40))
		;
	outb(DONE_CODE, DEBUG_EXIT);
	for (;;)
		;
}
