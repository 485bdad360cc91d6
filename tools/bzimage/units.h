/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_UNITS_H
#define BZIMAGE_UNITS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNITS_SIZE 24

/* A size for people: bytes below 10 KiB that are no whole KiB, else KiB or MiB */
static inline const char *units(uint64_t size, char buf[UNITS_SIZE])
{
	if (size < 10240 && size % 1024)
		snprintf(buf, UNITS_SIZE, "%u B", (unsigned int)size);
	else if (size < 1 << 20)
		snprintf(buf, UNITS_SIZE, "%.*f KiB", size % 1024 ? 1 : 0, (double)size / 1024);
	else
		snprintf(buf, UNITS_SIZE, "%.*f MiB", size % (1 << 20) ? 2 : 0,
			 (double)size / (1 << 20));
	return buf;
}

/*
 * What people write: a number in BASE (as for strtoull()) with an optional K, M or
 * G, in [MIN, MAX].  False, and *VALUE as it was, if it is none.
 */
static inline bool parse_units(const char *s, int base, uint64_t min, uint64_t max,
			       uint64_t *value)
{
	unsigned int shift = 0;
	uint64_t v;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoull(s, &end, base);
	if (*end && strchr("KMG", *end))
		shift = *end == 'K' ? 10 : *end == 'M' ? 20 : 30;
	end += !!shift;
	if (errno || *end || v > max >> shift || v << shift < min)
		return false;
	*value = v << shift;
	return true;
}

#endif /* BZIMAGE_UNITS_H */
