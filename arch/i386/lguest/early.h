/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of lguest before there is anything: decompressor and startup_32, P=V */
#ifndef _I386_LGUEST_EARLY_H
#define _I386_LGUEST_EARLY_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/bootparam.h>

/* LGUEST_TEXT_SIZE bytes for the reason of a boot that fails */
char *lguest_early_text(void);

/* End the guest; TEXT is in memory of the guest, P=V. */
__noreturn void lguest_early_stop(const char *text);

/* Is the early console asked for by earlyprintk=lguest? */
bool lguest_earlyprintk(const struct boot_params *bp);

#endif
