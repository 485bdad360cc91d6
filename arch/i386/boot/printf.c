// SPDX-License-Identifier: GPL-2.0
/*
 * printf() of the 16-bit setup: as much of it as video.c and edd.c ask for
 *
 * Knows %c, %s, %d, %x and %X, with a width that may have a - or a 0 in front.
 * With all of printf() the setup would take a page more of the image, and a page
 * is what everything in front of the ELF header page is counted in.
 */
#include "boot.h"

/* Puts the digits of N in front of END. */
static char *digits(char *end, unsigned int n, unsigned int base, unsigned int letters)
{
	do {
		unsigned int digit = n % base;

		*--end = digit + (digit < 10 ? '0' : letters - 10);
		n /= base;
	} while (n);
	return end;
}

int vsprintf(char *buf, const char *fmt, va_list args)
{
	char *out = buf;

	for (; *fmt; fmt++) {
		char number[12];
		const char *s;
		char *end = number + sizeof(number) - 1;
		int width = 0, pad;
		unsigned int value;
		bool left = false, zeros;

		if (*fmt != '%') {
			*out++ = *fmt;
			continue;
		}
		if (*++fmt == '-') {
			left = true;
			fmt++;
		}
		zeros = *fmt == '0';
		while (isdigit(*fmt))
			width = width * 10 + *fmt++ - '0';

		*end = 0;
		if (*fmt == 's') {
			s = va_arg(args, const char *);
		} else {
			value = va_arg(args, unsigned int);
			if (*fmt == 'c') {
				*--end = value;
				s = end;
			} else if (*fmt == 'd') {
				bool negative = (int)value < 0;

				end = digits(end, negative ? -value : value, 10, 0);
				if (negative)
					*--end = '-';
				s = end;
			} else {
				/* 'X' and 'x' are as far behind 'A' and 'a'. */
				s = digits(end, value, 16, *fmt - 'X' + 'A');
			}
		}

		pad = width - (int)strlen(s);
		for (; !left && pad > 0; pad--)
			*out++ = zeros ? '0' : ' ';
		while (*s)
			*out++ = *s++;
		for (; pad > 0; pad--)
			*out++ = ' ';
	}
	*out = 0;
	return out - buf;
}

int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsprintf(buf, fmt, args);
	va_end(args);
	return len;
}

int printf(const char *fmt, ...)
{
	char line[256];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsprintf(line, fmt, args);
	va_end(args);
	puts(line);
	return len;
}
