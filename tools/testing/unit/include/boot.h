/* SPDX-License-Identifier: GPL-2.0 */
/* arch/x86/boot/boot.h */
#ifndef _UNIT_BOOT_H
#define _UNIT_BOOT_H

#define STACK_SIZE	1024

#endif
