/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The console of an lguest guest before it has a driver
 *
 * The launcher's console takes a character as it is ("emergency write"), through
 * its configuration space, with ports only: no memory is mapped and no interrupt
 * comes.  Works from the first instruction on, behind boot_say() (../boot/say.h)
 * in decompressor and kernel, and behind the kernel's boot console (earlycon.c).
 */
#ifndef _I386_LGUEST_CONSOLE_H
#define _I386_LGUEST_CONSOLE_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <asm/bootparam.h>

struct lguest_console {
	bool here;		/* we are a guest of lguest */
	u8 window;		/* offset of the access window in configuration space; 0: none */
	u8 bar;			/* where the device's own configuration is */
	u32 emerg_wr;		/* and the register in it */
	char *text;		/* first line of what was said, for the host, with a NUL */
	unsigned int length;	/* of it */
	bool complete;
};

#ifdef CONFIG_LGUEST_GUEST
/* Is there such a console?  Not for code in ring 0: there is no lguest then. */
bool lguest_console_start(struct lguest_console *con, const struct boot_params *bp);
void lguest_console_put(struct lguest_console *con, char c);
/* End the guest, with the first line as the reason. */
__noreturn void lguest_console_stop(struct lguest_console *con);
#else
static inline bool lguest_console_start(struct lguest_console *con, const struct boot_params *bp)
{
	con->here = false;
	return false;
}
static inline void lguest_console_put(struct lguest_console *con, char c) { }
static inline void lguest_console_stop(struct lguest_console *con) { }
#endif

#endif
