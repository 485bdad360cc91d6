/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_ASM_PAGE_TYPES_H
#define _UNIT_ASM_PAGE_TYPES_H

#define PAGE_SHIFT		12
#define PAGE_SIZE		4096
#define __START_KERNEL_map	0xc0000000UL

#endif
