// SPDX-License-Identifier: GPL-2.0
/*
 * Where the decompressor proper (arch/x86/boot/compressed/misc.c) prints, beside the screen
 *
 * Unlike a message that a boot fails (../say.h), what it says is for who asks
 * for it, by earlyprintk= or console=uart8250,io,ADDR.
 */
#include "misc.h"
#include "../say.h"

int early_serial_base;

void console_init(void)
{
	early_serial_base = boot_early_uart(boot_params_ptr);
}
