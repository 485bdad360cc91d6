/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_ASM_BOOT_H
#define _UNIT_ASM_BOOT_H

/* i386: stacks of two pages */
#define MIN_KERNEL_ALIGN_LG2	13
#define MIN_KERNEL_ALIGN	0x2000

#define CONFIG_PHYSICAL_ALIGN	0x200000
#define LOAD_PHYSICAL_ADDR	0x1000000

#endif
