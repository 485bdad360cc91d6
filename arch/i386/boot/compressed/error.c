// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of decompression and ELF loading (arch/x86/boot/compressed, lib/)
 *
 * Unlike upstream's, they are said on the serial console that console=ttySn
 * names, too, and outside of ring 0 there is no hlt.
 */
#include "misc.h"
#include "error.h"
#include "../say.h"

void warn(const char *m)
{
	struct say say;

	boot_say_start(&say, boot_params_ptr);
	boot_say(&say, SAY_STR("\n%s\n"), m);
}

void error(char *m)
{
	boot_stop(boot_params_ptr, SAY_STR("%s\n"), m);
}

#ifdef CONFIG_EFI_STUB
/* For the EFI stub, which brings vsnprintf(). */
void panic(const char *fmt, ...)
{
	static char buf[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf, sizeof(buf), fmt, args);
	va_end(args);
	error(buf);
}
#endif
