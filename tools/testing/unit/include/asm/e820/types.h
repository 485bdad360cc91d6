/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_ASM_E820_TYPES_H
#define _UNIT_ASM_E820_TYPES_H

#include <asm/bootparam.h>

enum e820_type {
	E820_TYPE_RAM		= 1,
	E820_TYPE_RESERVED	= 2,
	E820_TYPE_ACPI		= 3,
};

#endif
