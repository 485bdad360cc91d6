// SPDX-License-Identifier: GPL-2.0
/* What a C library would have, and the lines that the host itself says */
#include "host.h"

void *memcpy(void *to, const void *from, size_t n)
{
	void *ret = to;
	size_t words = n / 4, rest = n % 4;

	asm volatile("rep movsl" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
	asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
	return ret;
}

void *memset(void *to, int c, size_t n)
{
	void *ret = to;
	size_t words = n / 4, rest = n % 4;
	u32 v = (u8)c * 0x01010101u;

	asm volatile("rep stosl" : "+D"(to), "+c"(words) : "a"(v) : "memory");
	asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(v) : "memory");
	return ret;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

u32 div64(u64 n, u32 by, u32 *rem)
{
	u32 q;

	asm("divl %4" : "=a"(q), "=d"(*rem) : "0"((u32)n), "1"((u32)(n >> 32)), "rm"(by));
	return q;
}

struct out {
	char *to, *end;
};

static void put(struct out *o, char c)
{
	if (o->to < o->end)
		*o->to++ = c;
}

static void put_text(struct out *o, const char *s, u32 len, u32 width, char pad, bool left)
{
	u32 fill = width > len ? width - len : 0, i;

	for (i = 0; !left && i < fill; i++)
		put(o, pad);
	for (i = 0; i < len; i++)
		put(o, s[i]);
	for (i = 0; left && i < fill; i++)
		put(o, ' ');
}

static void put_number(struct out *o, u32 v, u32 base, bool minus, bool alt, u32 width, char pad,
		       bool left)
{
	char text[16];
	u32 n = sizeof(text);

	do {
		text[--n] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	if (alt && (n != sizeof(text) - 1 || text[n] != '0')) {
		text[--n] = 'x';
		text[--n] = '0';
	}
	if (minus)
		text[--n] = '-';
	put_text(o, text + n, sizeof(text) - n, width, pad, left);
}

void vformat(char *to, size_t size, const char *fmt, va_list ap)
{
	struct out o = { to, to + size - 1 };

	for (; *fmt; fmt++) {
		bool alt = false, left = false;
		char pad = ' ', c;
		u32 width = 0;
		const char *s;
		s32 v;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (;;) {
			c = *++fmt;
			if (c == '#')
				alt = true;
			else if (c == '-')
				left = true;
			else if (c == '0' && !width)
				pad = '0';
			else if (c >= '0' && c <= '9')
				width = width * 10 + c - '0';
			else
				break;
		}
		switch (c) {
		case 's':
			s = va_arg(ap, const char *);
			put_text(&o, s, strlen(s), width, ' ', left);
			break;
		case 'c':
			put(&o, va_arg(ap, int));
			break;
		case 'd':
		case 'i':
			v = va_arg(ap, s32);
			put_number(&o, v < 0 ? 0 - (u32)v : (u32)v, 10, v < 0, false, width, pad,
				   left);
			break;
		case 'u':
			put_number(&o, va_arg(ap, u32), 10, false, false, width, pad, left);
			break;
		case 'x':
			put_number(&o, va_arg(ap, u32), 16, false, alt, width, pad, left);
			break;
		default:
			put(&o, c);
		}
	}
	*o.to = 0;
}

void format(char *to, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vformat(to, size, fmt, ap);
	va_end(ap);
}

static void say(const char *fmt, va_list ap)
{
	char line[512];

	vformat(line, sizeof(line), fmt, ap);
	if (!serial_at_line_start())
		serial_write("\n", 1);
	serial_write("lguest: ", 8);
	serial_write(line, strlen(line));
	serial_write("\n", 1);
}

void warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	if (guest.data)
		trace(1, "end: eip %08x cs %x eflags %x esp %08x trap %u error %x irq_enabled %x",
		      regs->eip, regs->cs, regs->eflags, regs->esp, regs->trap, regs->error,
		      guest.data->irq_enabled);
	/* For tests: many guests that end, one after the other */
	if (options.each && next_args())
		restart_on_stack(run_guest);
	machine_end();
}

void trace(u32 level, const char *fmt, ...)
{
	char line[256], *p;
	va_list ap;

	if (options.trace < level)
		return;
	va_start(ap, fmt);
	vformat(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (p = line; *p; p++)
		outb(0xe9, *p);
	outb(0xe9, '\n');
}
