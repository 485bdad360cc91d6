// SPDX-License-Identifier: GPL-2.0
/* One line on standard error, whatever bytes it quotes */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bl.h"

bool report_quiet;
bool warnings_quiet;

char *printable(char *text)
{
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return text;
}

static void __printf(2, 0) line(const char *prefix, const char *fmt, va_list ap)
{
	char text[1024];
	size_t len;

	if (report_quiet)
		return;
	len = (size_t)snprintf(text, sizeof(text) - 1, "bzimage-xl: %s", prefix);
	vsnprintf(text + len, sizeof(text) - 1 - len, fmt, ap);
	printable(text);
	len = strlen(text);
	text[len++] = '\n';
	/* One write: parent and child may both have something to say */
	if (write(STDERR_FILENO, text, len) < 0)
		return;
}

int bad(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("", fmt, ap);
	va_end(ap);
	return ST_BAD;
}

int system_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line("", fmt, ap);
	va_end(ap);
	return ST_SYSTEM;
}

void warning(const char *fmt, ...)
{
	va_list ap;

	if (warnings_quiet)
		return;
	va_start(ap, fmt);
	line("warning: ", fmt, ap);
	va_end(ap);
}
