/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_KBUILD_H
#define _UNIT_LINUX_KBUILD_H

/* A line "-> NAME VALUE" in the assembler's source, for the Makefile's sed */
#define DEFINE(sym, val) \
	asm volatile("\n-> " #sym " %c0" : : "i" (val))

#endif
