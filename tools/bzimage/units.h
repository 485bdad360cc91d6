/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_UNITS_H
#define BZIMAGE_UNITS_H

#include <stdint.h>
#include <stdio.h>

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

#endif /* BZIMAGE_UNITS_H */
