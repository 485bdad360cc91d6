/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_UTIL_H
#define BZIMAGE_UTIL_H

/* Helpers inside the library: errors, little-endian reads, ranges */

#include <stdarg.h>
#include <string.h>

#include "bzimage.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))

/* Both return -1, for "return fail(...)" */
int fail(struct bzimage_error *err, uint64_t offset, const char *field, const char *fmt, ...)
	__printf(4, 5);
int fail_system(struct bzimage_error *err, const char *fmt, ...)
	__printf(2, 3);

/* Put a prefix before an error's field name and move its offset */
void error_rebase(struct bzimage_error *err, const char *prefix, uint64_t base);

static inline uint16_t get_le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const unsigned char *p)
{
	return get_le16(p) | (uint32_t)get_le16(p + 2) << 16;
}

static inline uint64_t get_le64(const unsigned char *p)
{
	return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

static inline uint32_t get_be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Whether [offset, offset + length) lies in [0, size); the sum may wrap */
static inline bool in_range(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

/* offset + length, or the highest value when that wraps */
static inline uint64_t add_sat(uint64_t offset, uint64_t length)
{
	return length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
}

static inline bool is_power_of_2(uint64_t n)
{
	return n && !(n & (n - 1));
}

static inline uint64_t page_align(uint64_t n)
{
	return add_sat(n, BZIMAGE_ELF_PAGE_SIZE - 1) & ~(uint64_t)(BZIMAGE_ELF_PAGE_SIZE - 1);
}

#endif /* BZIMAGE_UTIL_H */
