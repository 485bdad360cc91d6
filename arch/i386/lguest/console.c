// SPDX-License-Identifier: GPL-2.0
/* An lguest guest's console before there is a kernel, see console.h */
#include <linux/types.h>
#include <asm/lguest.h>
#include <asm/page_types.h>
#include "../boot/say.h"
#include "early.h"
#include "window.h"

__say bool lguest_console_start(struct lguest_console *con, const struct boot_params *bp)
{
	con->here = bp->hdr.version >= 0x0207 && bp->hdr.hardware_subarch == X86_SUBARCH_LGUEST;
	con->window = 0;
	con->text = lguest_early_text();
	con->length = 0;
	con->complete = false;
	if (con->here)
		lguest_window_find(con);
	if (con->window)
		lguest_window_open(con);
	return con->here;
}

/* The host's own words for the end of a guest are one line, too. */
static __say void keep(struct lguest_console *con, char c)
{
	if (con->complete || (c == '\n' && !con->length))
		return;
	if (c == '\n' || con->length == LGUEST_TEXT_SIZE - 1) {
		con->complete = true;
		return;
	}
	con->text[con->length++] = c;
	con->text[con->length] = 0;
}

__say void lguest_console_put(struct lguest_console *con, char c)
{
	keep(con, c);
	if (con->window)
		lguest_window_put(c);
}

__noreturn __say void lguest_console_stop(struct lguest_console *con)
{
	if (!con->length)
		lguest_console_put(con, '?');
	lguest_early_stop(con->text);
}
