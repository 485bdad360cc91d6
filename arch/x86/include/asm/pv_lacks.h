/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_X86_PV_LACKS_H
#define _ASM_X86_PV_LACKS_H

/*
 * pv_lacks(cpu.set_ldt): is there nothing behind this op of pv_ops, so that what it is
 * for has to be refused?  Not for callee-save ones.  Other kernels than 32-bit ones
 * with all ops have something for each, or may have no pv_ops at all.
 */
#if defined(CONFIG_PARAVIRT_XXL) && defined(CONFIG_X86_32)

#include <linux/stddef.h>
#include <asm/paravirt.h>

static inline bool pv_op_is_nothing(size_t offset)
{
	return *(void **)((void *)&pv_ops + offset) == paravirt_nop;
}

#define pv_lacks(op)	pv_op_is_nothing(offsetof(struct paravirt_patch_template, op))

#else

#define pv_lacks(op)	(!sizeof(#op))	/* false: only named */

#endif
#endif
