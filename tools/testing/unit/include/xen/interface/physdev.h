/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_XEN_PHYSDEV_H
#define _UNIT_XEN_PHYSDEV_H

#include <linux/types.h>

#define PHYSDEVOP_set_iopl	6

struct physdev_set_iopl {
	u32 iopl;
};

#endif
