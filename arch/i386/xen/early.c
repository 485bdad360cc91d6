// SPDX-License-Identifier: GPL-2.0
/* When Xen says no, see early.h */
#include <linux/types.h>
#include "../boot/say.h"
#include "early.h"

__say bool xen_earlyprintk(const struct boot_params *bp)
{
	const char *value = NULL;

	while ((value = boot_option(bp, SAY_STR("earlyprintk"), value)))
		if (value[0] == 'x' && value[1] == 'e' && value[2] == 'n' &&
		    (value[3] == ',' || value[3] == ' ' || !value[3]))
			return true;
	return false;
}

__noreturn __say void xen_refused(const struct boot_params *bp, const char *what, unsigned long arg,
				  long result)
{
	boot_stop(bp, SAY_STR("xen: %s(0x%x) refused: errno %s%u\n"), what, (unsigned int)arg,
		  result < 0 ? SAY_STR("-") : SAY_STR(""),
		  (unsigned int)(result < 0 ? -result : result));
}

__noreturn __say void xen_crash(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_crash };

	xen_sched_op(SCHEDOP_shutdown, &how);
	/* Refused?  A trap that nobody takes ends a domain in the same way. */
	for (;;)
		asm volatile("ud2");
}
