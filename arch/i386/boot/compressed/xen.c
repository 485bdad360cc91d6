// SPDX-License-Identifier: GPL-2.0
/* The decompressor in a 32-bit PV domain of Xen */
#include "../../xen/early.c"
#include "../../xen/console.c"
#include "../../xen/start-info.c"
#include "link.h"

/**
 * xen_putstr() - print what the decompressor has to say
 * @bp:	boot_params
 * @s:	a part of a line, or a line
 *
 * In a domain there are no other consoles, and nobody wants to know unless
 * earlyprintk=xen.
 *
 * Return: whether this is a domain.
 */
bool xen_putstr(const struct boot_params *bp, const char *s)
{
	static struct say say;
	static bool wanted;

	if (bp->hdr.hardware_subarch != X86_SUBARCH_XEN || in_ring_0())
		return false;
	if (!say.xen.here) {
		boot_say_start(&say, bp);
		wanted = xen_earlyprintk(bp);
	}
	if (wanted)
		boot_say(&say, "%s", s);
	return true;
}
