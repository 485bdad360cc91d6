/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _I386_ASM_PV_LACKS_H
#define _I386_ASM_PV_LACKS_H

#include <asm/paravirt.h>

/*
 * Is there nothing behind this op of pv_ops, so that what it is for has to be refused?
 * Not for callee-save ones.
 */
static inline bool pv_lacks(const void *op)
{
	return op == paravirt_nop;
}

#endif
