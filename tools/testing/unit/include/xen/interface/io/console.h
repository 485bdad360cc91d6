/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_XEN_IO_CONSOLE_H
#define _UNIT_XEN_IO_CONSOLE_H

#include <linux/types.h>

typedef u32 XENCONS_RING_IDX;

#define MASK_XENCONS_IDX(i, ring)	((i) & (sizeof(ring) - 1))

struct xencons_interface {
	char in[1024];
	char out[2048];
	XENCONS_RING_IDX in_cons, in_prod;
	XENCONS_RING_IDX out_cons, out_prod;
};

#endif
