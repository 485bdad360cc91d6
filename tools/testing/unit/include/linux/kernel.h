/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_KERNEL_H
#define _UNIT_LINUX_KERNEL_H

#include <linux/types.h>

#define min_t(type, x, y)	((type)(x) < (type)(y) ? (type)(x) : (type)(y))
#define max_t(type, x, y)	((type)(x) > (type)(y) ? (type)(x) : (type)(y))

/* A symbol that is set to y is defined as 1. */
#define IS_ENABLED(CONFIG_symbol)	IS_ENABLED_STRING(CONFIG_symbol)
#define IS_ENABLED_STRING(value) (sizeof(#value) == sizeof("1"))

#endif
