/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_LINKAGE_H
#define _UNIT_LINUX_LINKAGE_H

#include <linux/compiler.h>

#define asmlinkage	__attribute__((__regparm__(0)))

#endif
