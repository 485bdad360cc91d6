// SPDX-License-Identifier: GPL-2.0
/* Errors are values: where, which field, what */

#include <stdio.h>

#include "util.h"

int fail(struct bzimage_error *err, uint64_t offset, const char *field, const char *fmt, ...)
{
	va_list ap;

	err->status = BZIMAGE_BAD;
	err->has_offset = true;
	err->offset = offset;
	snprintf(err->field, sizeof(err->field), "%s", field);
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return -1;
}

int fail_system(struct bzimage_error *err, const char *fmt, ...)
{
	va_list ap;

	memset(err, 0, sizeof(*err));
	err->status = BZIMAGE_SYSTEM;
	va_start(ap, fmt);
	vsnprintf(err->what, sizeof(err->what), fmt, ap);
	va_end(ap);
	return -1;
}

void error_rebase(struct bzimage_error *err, const char *prefix, uint64_t base)
{
	char field[sizeof(err->field)];

	if (err->status != BZIMAGE_BAD)
		return;
	snprintf(field, sizeof(field), "%s", err->field);
	snprintf(err->field, sizeof(err->field), "%s %.30s", prefix, field);
	err->offset += base;
}
