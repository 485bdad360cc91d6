// SPDX-License-Identifier: GPL-2.0
/* The kernel's copy, for startup_32: see BOOT_SAY_IN_KERNEL in say.h. */
#define BOOT_SAY_IN_KERNEL
#include "../boot/say.c"
