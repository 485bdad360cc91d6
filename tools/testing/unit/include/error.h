/* SPDX-License-Identifier: GPL-2.0 */
/* arch/x86/boot/compressed/error.h */
#ifndef _UNIT_ERROR_H
#define _UNIT_ERROR_H

#include <linux/compiler.h>

void warn(const char *m);
void error(char *m) __noreturn;

#endif
