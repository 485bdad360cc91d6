/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A boot that fails says why
 *
 * For code that runs before there is a kernel: decompressor and startup_32.
 * Prints on the VGA text screen and on the serial port that the command line
 * names (console=ttySn, earlyprintk=, console=uart8250,io,ADDR; as in
 * Documentation/admin-guide/kernel-parameters.txt).  Elsewhere than in ring 0
 * there are no ports and no screen to be had: then a domain of Xen has its own
 * console (../xen/console.h), a guest of lguest, too (../lguest/console.h), and
 * nothing is printed in other places.
 *
 * Needs a stack of some 300 bytes and P=V; writes no memory but that and the
 * screen's, or that of Xen's console, or the page that ../lguest/stop.c names.
 */
#ifndef _I386_BOOT_SAY_H
#define _I386_BOOT_SAY_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <asm/bootparam.h>
#include "../lguest/console.h"
#include "../xen/console.h"

/*
 * Code that is linked to one address and runs at another: all of it finds its
 * calls, as they are relative; strings it finds by themselves only if it is
 * position-independent, as the decompressor is.  The kernel, while it runs at
 * its physical address, is not.
 */
#ifdef BOOT_SAY_IN_KERNEL
# include <linux/init.h>
# include <asm/page.h>
# define SAY_STR(s)	((const char *)__pa_nodebug(s))
# define __say		__init __no_stack_protector notrace
#else
# define SAY_STR(s)	(s)
# define __say
#endif

struct say {
	u16 port;		/* I/O port of the UART; 0: none */
	u8 cols, lines;		/* of the screen; 0: none */
	u8 x, y;
	u16 *screen;		/* character and attribute */
	struct xen_console xen;	/* used instead of all these, if it is there */
	struct lguest_console lguest;	/* likewise */
};

static __always_inline bool in_ring_0(void)
{
	u16 cs;

	asm("movw %%cs, %0" : "=rm" (cs));
	return !(cs & 3);
}

void boot_say_start(struct say *say, const struct boot_params *bp);

/* say.c; not in the kernel */
u16 boot_early_uart(const struct boot_params *bp);

/* Knows %s, %u (unsigned int), %x (unsigned int) and nothing else. */
__printf(2, 3) void boot_say(struct say *say, const char *fmt, ...);

/* "Cannot boot: " and the message; does not return. */
__printf(2, 3) __noreturn void boot_stop(const struct boot_params *bp, const char *fmt, ...);
/* The end; SAY may be one that was never started, with all zero. */
__noreturn void boot_halt(struct say *say);

/*
 * Find option NAME on the command line, the first one behind PREV (NULL: the
 * first of all).  Returns where its value begins, or where the option ends if
 * it has none; NULL if there is none.
 */
const char *boot_option(const struct boot_params *bp, const char *name, const char *prev);

#endif
