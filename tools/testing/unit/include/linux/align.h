/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINUX_ALIGN_H
#define _UNIT_LINUX_ALIGN_H

/* In the type of X, as the kernel's */
#define ALIGN(x, a)	(((x) + ((typeof(x))(a) - 1)) & ~((typeof(x))(a) - 1))

#endif
