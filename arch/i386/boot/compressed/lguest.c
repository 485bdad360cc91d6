// SPDX-License-Identifier: GPL-2.0
/* The decompressor in a guest of lguest */
#include "../../lguest/console.c"
#include "../../lguest/stop.c"
#include "link.h"

/**
 * lguest_putstr() - print what the decompressor has to say
 * @bp:	boot_params
 * @s:	a part of a line, or a line
 *
 * A guest has no other consoles, and nobody wants to know unless
 * earlyprintk=lguest.
 *
 * Return: whether this is a guest of lguest.
 */
bool lguest_putstr(const struct boot_params *bp, const char *s)
{
	static struct say say;
	static bool wanted;

	if (bp->hdr.hardware_subarch != X86_SUBARCH_LGUEST || in_ring_0())
		return false;
	if (!say.lguest.here) {
		boot_say_start(&say, bp);
		wanted = lguest_earlyprintk(bp);
	}
	if (wanted)
		boot_say(&say, "%s", s);
	return true;
}
