/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel's own has beyond that of linux-libc-dev */
#ifndef _UNIT_LINUX_TYPES_H
#define _UNIT_LINUX_TYPES_H

#include_next <linux/types.h>

#ifndef __ASSEMBLY__
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
#endif

#endif
