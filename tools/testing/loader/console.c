// SPDX-License-Identifier: GPL-2.0
/*
 * Says things on the first serial port and on the VGA text screen, and ends
 * the machine.
 */
#include "loader.h"

#define COM1		0x3f8
#define UART_DATA	(COM1 + 0)
#define UART_IER	(COM1 + 1)
#define UART_FCR	(COM1 + 2)
#define UART_LCR	(COM1 + 3)
#define UART_LSR	(COM1 + 5)
#define UART_LCR_DLAB	0x80
#define UART_LCR_8N1	0x03
#define UART_FCR_ON	0x07
#define UART_LSR_ROOM	0x20
#define UART_LSR_IDLE	0x40

#define VGA_TEXT	0xb8000
#define VGA_COLUMNS	80
#define VGA_ROWS	25
#define VGA_GREY	0x0700

/* iobase of the isa-debug-exit device, as README has it on the command line */
#define DEBUG_EXIT	0xf4

static u32 vga_row, vga_column;

static volatile u16 *vga_cell(u32 row, u32 column)
{
	return (volatile u16 *)VGA_TEXT + row * VGA_COLUMNS + column;
}

static void vga_newline(void)
{
	u32 row, column;

	vga_column = 0;
	if (vga_row + 1 < VGA_ROWS) {
		vga_row++;
		return;
	}
	for (row = 0; row < VGA_ROWS; row++)
		for (column = 0; column < VGA_COLUMNS; column++)
			*vga_cell(row, column) = row + 1 < VGA_ROWS ?
				*vga_cell(row + 1, column) : VGA_GREY | ' ';
}

static void vga_putc(char c)
{
	if (c == '\n') {
		vga_newline();
		return;
	}
	*vga_cell(vga_row, vga_column) = VGA_GREY | (u8)c;
	if (++vga_column == VGA_COLUMNS)
		vga_newline();
}

/*
 * A port with no device reads as all ones, which looks like room for ever: no
 * bound is needed on this loop for a machine without a serial port.
 */
static void serial_putc(char c)
{
	while (!(inb(UART_LSR) & UART_LSR_ROOM))
		;
	outb(c, UART_DATA);
}

static void put(char c)
{
	if (c == '\n')
		serial_putc('\r');
	serial_putc(c);
	vga_putc(c);
}

static void put_number(u32 value, u32 base, u32 width)
{
	char digits[10];
	u32 n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (width > n) {
		put('0');
		width--;
	}
	while (n)
		put(digits[--n]);
}

/* Understands %s %c %u %x %%, with a width that pads numbers with zeros. */
void vsay(const char *fmt, va_list ap)
{
	const char *s;
	u32 width;

	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		width = 0;
		while (*++fmt >= '0' && *fmt <= '9')
			width = width * 10 + (*fmt - '0');
		switch (*fmt) {
		case 's':
			for (s = va_arg(ap, const char *); *s; s++)
				put(*s);
			break;
		case 'c':
			put((char)va_arg(ap, int));
			break;
		case 'u':
			put_number(va_arg(ap, u32), 10, width);
			break;
		case 'x':
			put_number(va_arg(ap, u32), 16, width);
			break;
		default:
			put(*fmt);
			break;
		}
	}
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

_Noreturn void stop(enum exit_code code)
{
	/* What is still in the transmitter would be lost with the machine. */
	while (!(inb(UART_LSR) & UART_LSR_IDLE))
		;
	outb(code, DEBUG_EXIT);

	/* No such device: the line on the screen has to do. */
	for (;;)
		asm volatile("cli; hlt");
}

_Noreturn void refuse(enum exit_code code, const char *fmt, ...)
{
	va_list ap;

	say("loader: refused: ");
	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	say("\n");
	stop(code);
}

void console_init(void)
{
	u32 row, column;

	outb(0, UART_IER);
	outb(UART_LCR_DLAB, UART_LCR);
	/* Divisor 1: 115200 baud. */
	outb(1, UART_DATA);
	outb(0, UART_IER);
	outb(UART_LCR_8N1, UART_LCR);
	outb(UART_FCR_ON, UART_FCR);

	for (row = 0; row < VGA_ROWS; row++)
		for (column = 0; column < VGA_COLUMNS; column++)
			*vga_cell(row, column) = VGA_GREY | ' ';
}
