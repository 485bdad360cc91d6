// SPDX-License-Identifier: GPL-2.0
/* Where startup_32 ends if there is no entry for hardware_subarch */
#define BOOT_SAY_IN_KERNEL
#include <linux/init.h>
#include <asm/setup.h>
#include "../boot/say.h"

asmlinkage __visible __noreturn void __say no_subarch_entry(void);

/**
 * no_subarch_entry() - say that the kernel has no entry for this subarch; stop
 *
 * Runs P=V, as all of head_32.S before the page tables.
 */
asmlinkage __visible __noreturn void __say no_subarch_entry(void)
{
	const struct boot_params *bp = (void *)__pa_nodebug(&boot_params);

	boot_stop(bp, SAY_STR("hardware_subarch is %u%s, and this kernel has no entry for that\n"),
		  bp->hdr.hardware_subarch,
		  bp->hdr.hardware_subarch == X86_SUBARCH_LGUEST ? SAY_STR(" (lguest)") :
		  bp->hdr.hardware_subarch == X86_SUBARCH_XEN ? SAY_STR(" (Xen)") : SAY_STR(""));
}
