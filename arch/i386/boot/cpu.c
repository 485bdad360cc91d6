// SPDX-License-Identifier: GPL-2.0
/*
 * The CPU, as far as 16-bit code is concerned
 */
#include "boot.h"
#include "cpuflags.h"
#include "msr.h"
#include <asm/msr-index.h>

#define CENTAUR_0	0x746e6543	/* "CentaurHauls", as CPUID gives it */
#define CENTAUR_1	0x48727561
#define CENTAUR_2	0x736c7561
#define FCR_ECX8	0x02	/* VIA: tell of CMPXCHG8B */
#define FCR_EPGE	0x80	/* and of global pages */

/**
 * validate_cpu() - put right what a BIOS may have left wrong
 *
 * A VIA C3 hides CMPXCHG8B.  It is the only one of upstream's check_cpu() that a
 * 32-bit kernel may miss a required feature for and that stays as it is put here;
 * whether there is enough is decided by the decompressor (compressed/cpu.c), which
 * all loaders come by, and which can say so on a serial console, too.
 *
 * Return: 0, go on; not 0 on a CPU with an erratum that no such kernel can
 * live with.  That has been said, then.
 */
int validate_cpu(void)
{
	struct msr fcr;

	get_cpuflags();
	if (!test_bit(X86_FEATURE_CX8, cpu.flags) && cpu.model >= 6 &&
	    cpu_vendor[0] == CENTAUR_0 && cpu_vendor[1] == CENTAUR_1 &&
	    cpu_vendor[2] == CENTAUR_2) {
		boot_rdmsr(MSR_VIA_FCR, &fcr);
		fcr.l |= FCR_ECX8 | FCR_EPGE;
		boot_wrmsr(MSR_VIA_FCR, &fcr);
	}
	return check_knl_erratum();
}
