/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Xen's console before there is a kernel
 *
 * Behind boot_say() (../boot/say.h) in a 32-bit PV domain: the PV console's ring,
 * which the domain builder maps, and the hypervisor's own console, where Xen lets
 * the domain write to it.  Text is not dropped: where the ring is full, this
 * waits for the reader, up to some seconds.
 */
#ifndef _I386_XEN_CONSOLE_H
#define _I386_XEN_CONSOLE_H

#include <linux/types.h>
#include <linux/compiler.h>
#include <asm/bootparam.h>

struct xencons_interface;

struct xen_console {
	struct xencons_interface *ring;	/* NULL: none */
	u32 port;			/* event channel of the ring's reader */
	bool here;			/* we are in a domain */
	bool has_reader;		/* of the ring, for all we know */
	bool may_write;			/* to the hypervisor's console, so far */
};

#ifdef CONFIG_XEN_PV
/* Is there such a console?  Not for code in ring 0: there is no Xen then. */
bool xen_console_start(struct xen_console *con, const struct boot_params *bp);
void xen_console_put(struct xen_console *con, char c);
/* To be called behind the last character: tells the reader. */
void xen_console_flush(struct xen_console *con);
/* Has all been read?  Then end the domain, as crashed. */
__noreturn void xen_console_crash(struct xen_console *con);
#else
static inline bool xen_console_start(struct xen_console *con, const struct boot_params *bp)
{
	con->here = false;
	return false;
}
static inline void xen_console_put(struct xen_console *con, char c) { }
static inline void xen_console_flush(struct xen_console *con) { }
static inline void xen_console_crash(struct xen_console *con) { }
#endif

#endif
