// SPDX-License-Identifier: GPL-2.0
/* Last words of a boot that fails, see say.h */
#include <linux/stdarg.h>
#include <asm/setup.h>
#include "say.h"

/* Registers of an 8250, from its port on */
#define UART_DATA	0
#define UART_DIVISOR	0		/* two bytes, with UART_LCR_DLAB */
#define UART_IER	1
#define UART_LCR	3
#define UART_LCR_8N1	0x03
#define UART_LCR_DLAB	0x80
#define UART_LSR	5
#define UART_LSR_EMPTY	0x20
#define UART_CLOCK	115200		/* baud at a divisor of 1 */

#define VGA_TEXT	0xb8000
#define VGA_TEXT_MONO	0xb0000
#define VGA_CELLS	0x4000		/* 32 KiB of characters and attributes */
#define VGA_GREY	0x0700		/* attribute: light grey on black */

static __always_inline void out8(u16 port, u8 value)
{
	asm volatile("outb %0, %1" : : "a" (value), "Nd" (port));
}

static __always_inline u8 in8(u16 port)
{
	u8 value;

	asm volatile("inb %1, %0" : "=a" (value) : "Nd" (port));
	return value;
}

__noreturn __say void boot_halt(struct say *say)
{
	if (say->xen.here)
		xen_console_crash(&say->xen);
	if (say->lguest.here)
		lguest_console_stop(&say->lguest);
	for (;;) {
		if (in_ring_0())
			asm volatile("hlt");
		else
			asm volatile("pause");
	}
}

/* Does S begin with PREFIX?  Where that ends, or NULL. */
static __say const char *skip(const char *s, const char *prefix)
{
	while (*prefix)
		if (*s++ != *prefix++)
			return NULL;
	return s;
}

static __say unsigned int number(const char **s)
{
	unsigned int base = 10, n = 0;

	if ((*s)[0] == '0' && (*s)[1] == 'x') {
		base = 16;
		*s += 2;
	}
	for (;; (*s)++) {
		unsigned int c = **s, digit;

		if (c >= '0' && c <= '9')
			digit = c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (c | 0x20) - 'a' + 10;
		else
			return n;
		if (digit >= base)
			return n;
		n = n * base + digit;
	}
}

__say const char *boot_option(const struct boot_params *bp, const char *name, const char *prev)
{
	const char *start = (const char *)(unsigned long)bp->hdr.cmd_line_ptr, *s = start;
	const char *end = start + COMMAND_LINE_SIZE;

	if (!start || bp->ext_cmd_line_ptr)
		return NULL;

	for (; s < end && *s; s++) {
		const char *value;

		if (s <= prev || (s > start && s[-1] != ' '))
			continue;
		value = skip(s, name);
		if (value && value < end && (*value == '=' || *value == ' ' || !*value))
			return *value == '=' ? value + 1 : value;
	}
	return NULL;
}

static __say u16 ttys_port(const char **s)
{
	switch (number(s)) {
	case 0:
		return 0x3f8;
	case 1:
		return 0x2f8;
	case 2:
		return 0x3e8;
	case 3:
		return 0x2e8;
	default:
		return 0;
	}
}

/* The port that a value of console= or earlyprintk= names; *S behind it.  TTYS: also ttySn. */
static __say u16 parse_port(const char **s, bool ttys)
{
	const char *t;

	t = skip(*s, SAY_STR("serial"));
	if (t) {
		*s = t;
		if (*t != ',')
			return 0x3f8;
		*s = ++t;
		if (t[0] == '0' && t[1] == 'x')
			return number(s);
		if (!skip(t, SAY_STR("ttyS")))
			return 0x3f8;
	}
	t = ttys ? skip(*s, SAY_STR("ttyS")) : NULL;
	if (!t) {
		t = skip(*s, SAY_STR("uart8250,io,"));
		if (!t)
			t = skip(*s, SAY_STR("uart,io,"));
		if (!t)
			return 0;
		*s = t;
		return number(s);
	}
	*s = t;
	return ttys_port(s);
}

/* The last port that an option of this NAME names; 0 if there is none. */
static __say u16 named_port(const struct boot_params *bp, const char *name, bool ttys,
			    unsigned int *baud)
{
	const char *value = NULL, *s;
	u16 port = 0;

	while ((value = boot_option(bp, name, value))) {
		u16 p;

		s = value;
		p = parse_port(&s, ttys);
		if (!p)
			continue;
		port = p;
		*baud = 0;
		if (*s == ',') {
			s++;
			*baud = number(&s);
		}
	}
	return port;
}

/* Returns PORT, ready to print, or 0 if there is nothing; BAUD 0: as it is */
static __say u16 start_uart(u16 port, unsigned int baud)
{
	if (!port || in8(port + UART_LSR) == 0xff)
		return 0;

	/* As loader or firmware have left it, unless told better or not at all. */
	if (!baud && (in8(port + UART_LCR) & UART_LCR_8N1) != UART_LCR_8N1)
		baud = 9600;
	if (baud && baud <= UART_CLOCK) {
		u16 divisor = UART_CLOCK / baud;

		out8(port + UART_IER, 0);
		out8(port + UART_LCR, UART_LCR_8N1 | UART_LCR_DLAB);
		out8(port + UART_DIVISOR, divisor & 0xff);
		out8(port + UART_DIVISOR + 1, divisor >> 8);
		out8(port + UART_LCR, UART_LCR_8N1);
	}
	return port;
}

static __say u16 find_uart(const struct boot_params *bp)
{
	unsigned int baud = 0;
	u16 port = named_port(bp, SAY_STR("console"), true, &baud);

	if (!port)
		port = named_port(bp, SAY_STR("earlyprintk"), true, &baud);
	return start_uart(port, baud);
}

#ifndef BOOT_SAY_IN_KERNEL
/**
 * boot_early_uart() - the serial port for what is said before there is a kernel
 * @bp:	boot_params, for the command line
 *
 * earlyprintk= names it, or console=uart8250; the kernel has its own early
 * console by the same options, and 9600 baud where they name none.
 *
 * Return: the port, ready to print; 0 if none is named, or it is not there.
 */
u16 boot_early_uart(const struct boot_params *bp)
{
	unsigned int baud = 0;
	u16 port = named_port(bp, "earlyprintk", true, &baud);

	if (!port)
		port = named_port(bp, "console", false, &baud);
	return start_uart(port, baud ?: 9600);
}
#endif

/**
 * boot_say_start() - find out where to print
 * @say:	filled in
 * @bp:		boot_params, for screen_info and the command line
 */
__say void boot_say_start(struct say *say, const struct boot_params *bp)
{
	const struct screen_info *si = &bp->screen_info;

	say->port = 0;
	say->cols = 0;
	say->lines = 0;
	say->x = 0;
	say->y = 0;
	say->screen = (u16 *)(si->orig_video_mode == 7 ? VGA_TEXT_MONO : VGA_TEXT);
	say->xen.here = false;
	say->lguest.here = false;
	if (!in_ring_0()) {
		xen_console_start(&say->xen, bp);
		lguest_console_start(&say->lguest, bp);
		return;
	}

	say->port = find_uart(bp);
	if (si->orig_video_isVGA == VIDEO_TYPE_VLFB || si->orig_video_isVGA == VIDEO_TYPE_EFI)
		return;

	/* A loader that tells nothing has left the screen as the BIOS made it. */
	say->cols = si->orig_video_cols ?: 80;
	say->lines = si->orig_video_lines ?: 25;
	if (say->cols * say->lines > VGA_CELLS)
		say->lines = VGA_CELLS / say->cols;
	if (si->orig_video_cols && si->orig_y < say->lines)
		say->y = si->orig_y;
	say->x = si->orig_x < say->cols ? si->orig_x : say->cols;
	if (say->x)
		boot_say(say, SAY_STR("\n"));
}

static __say void screen_newline(struct say *say)
{
	unsigned int i, cells = say->cols * say->lines;

	/* Nothing of what was there before is to look like a part of the message. */
	for (i = say->x; i < say->cols; i++)
		say->screen[say->y * say->cols + i] = VGA_GREY | ' ';
	say->x = 0;
	if (++say->y < say->lines)
		return;
	say->y--;
	for (i = 0; i < cells; i++) {
		u16 *cell = say->screen + i;

		*cell = i < cells - say->cols ? cell[say->cols] : VGA_GREY | ' ';
	}
}

static __say void uart_put(u16 port, char c)
{
	unsigned int tries = 0xffff;

	while (!(in8(port + UART_LSR) & UART_LSR_EMPTY) && --tries)
		asm volatile("pause");
	out8(port + UART_DATA, c);
}

static __say void put(struct say *say, char c)
{
	if (say->xen.here)
		xen_console_put(&say->xen, c);
	if (say->lguest.here)
		lguest_console_put(&say->lguest, c);
	if (say->port) {
		if (c == '\n')
			uart_put(say->port, '\r');
		uart_put(say->port, c);
	}
	if (!say->lines)
		return;
	if (c == '\n' || say->x >= say->cols)
		screen_newline(say);
	if (c != '\n')
		say->screen[say->y * say->cols + say->x++] = VGA_GREY | (u8)c;
}

static __say void put_number(struct say *say, unsigned int n, unsigned int base)
{
	unsigned int power = 1, digit;

	while (n / power >= base)
		power *= base;
	for (; power; power /= base) {
		digit = n / power % base;
		put(say, digit + (digit < 10 ? '0' : 'a' - 10));
	}
}

static __say void vsay(struct say *say, const char *fmt, va_list args)
{
	const char *s;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(say, *fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (s = va_arg(args, const char *); *s; s++)
				put(say, *s);
			break;
		case 'u':
			put_number(say, va_arg(args, unsigned int), 10);
			break;
		case 'x':
			put_number(say, va_arg(args, unsigned int), 16);
			break;
		}
	}
	if (say->xen.here)
		xen_console_flush(&say->xen);
}

__say void boot_say(struct say *say, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay(say, fmt, args);
	va_end(args);
}

/**
 * boot_stop() - say why this does not boot, and stop
 * @bp:		boot_params, for the consoles
 * @fmt:	the reason, as for boot_say()
 */
__noreturn __say void boot_stop(const struct boot_params *bp, const char *fmt, ...)
{
	struct say say;
	va_list args;

	boot_say_start(&say, bp);
	boot_say(&say, SAY_STR("Cannot boot: "));
	va_start(args, fmt);
	vsay(&say, fmt, args);
	va_end(args);
	boot_say(&say, SAY_STR("-- System halted\n"));
	boot_halt(&say);
}
