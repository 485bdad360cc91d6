/* SPDX-License-Identifier: GPL-2.0 */
/* Of Xen's 32-bit interface what the boot code uses: numbers and layouts are ABI. */
#ifndef _UNIT_ASM_XEN_INTERFACE_H
#define _UNIT_ASM_XEN_INTERFACE_H

#define TRAP_INSTR	"int $0x82"

typedef unsigned long xen_pfn_t;

#endif
