// SPDX-License-Identifier: GPL-2.0
/* arch/i386/boot/printf.c: the setup's printf() */
#include "harness.h"

int vsprintf(char *buf, const char *fmt, va_list args);
__printf(2, 3) int sprintf(char *buf, const char *fmt, ...);
__printf(1, 2) int printf(const char *fmt, ...);

static char printed[256];

static void puts(const char *s)
{
	memcpy(printed, s, strlen(s) + 1);
}

static bool isdigit(int c)
{
	return c >= '0' && c <= '9';
}

#include "arch/i386/boot/printf.c"

#define CHECK(want, fmt, ...) do {							\
	char got[64];									\
	int len = sprintf(got, fmt, ##__VA_ARGS__);					\
											\
	if (!ok(!strcmp(got, want) && len == (int)strlen(want), "sprintf: \"%s\"", want))	\
		note("got \"%s\", %d", got, len);						\
} while (0)

int unit_main(void)
{
	CHECK("", "%s", "");
	CHECK("no format", "no format");
	CHECK("a-z", "%c-%s", 'a', "z");
	CHECK("0 7 10 12%", "%d %d %d %d%c", 0, 7, 10, 12, '%');
	CHECK("-1 -2147483648 2147483647", "%d %d %d", -1, -2147483647 - 1, 0x7fffffff);
	CHECK("0 f 10 deadbeef", "%x %x %x %x", 0, 15, 16, 0xdeadbeef);
	CHECK("DEADBEEF 9A", "%X %X", 0xdeadbeef, 0x9a);
	CHECK("   7|1234|12345", "%4d|%4d|%4d", 7, 1234, 12345);
	CHECK("00F|F00|1000", "%03X|%03X|%03X", 15, 0xf00, 0x1000);
	CHECK("32     |VESA  |1024x768", "%-7s|%-6s|%-4s", "32", "VESA", "1024x768");
	CHECK("  ab", "%4s", "ab");
	/* Of video.c's menu */
	CHECK("a F00   80x25      VGA   ", "%c %03X %4dx%-7s %-6s", 'a', 0xf00, 80, "25", "VGA");

	ok(printf("Undefined video mode number: %x\n", 0x123) == 33 &&
	   !strcmp(printed, "Undefined video mode number: 123\n"), "printf: by puts(), a line");
	return finish();
}
