/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_PV_LACKS_H
#define _ASM_X86_PV_LACKS_H

/*
 * pv_lacks(cpu.set_ldt): is there nothing behind this op of pv_ops, so that what it is
 * for has to be refused?  Not for callee-save ones.  Other kernels than 32-bit ones
 * with all ops have something for each, or may have no pv_ops at all.
 */
#if defined(CONFIG_PARAVIRT_XXL) && defined(CONFIG_X86_32)
#include <asm/paravirt.h>
#define pv_lacks(op)	((void *)pv_ops.op == paravirt_nop)
#else
#define pv_lacks(op)	false
#endif

#endif
