/* SPDX-License-Identifier: GPL-2.0 */
#ifndef LGUEST_HOST_TYPES_H
#define LGUEST_HOST_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#define __packed	__attribute__((packed))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __noreturn	__attribute__((noreturn))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define PAGE_SIZE	4096u
#define PAGE_SHIFT	12
#define ROUND_UP(x, n)	(((x) + (n) - 1) & ~((n) - 1))

#endif
