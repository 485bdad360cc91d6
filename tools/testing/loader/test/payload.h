/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PAYLOAD_H
#define PAYLOAD_H

/* Offset of the scratch field in boot_params. */
#define PARAMS_SCRATCH	0x1e4

/* run_tests.py uses the same numbers. */
#define PAYLOAD_BASE	0x1000000
#define PROMOTION_POINT	(PAYLOAD_BASE + 0x80)
#define WINDOW_BASE	0x1200000
#define WINDOW_BYTES	0x100000

/* Where nothing is mapped for it unless the loader maps everything. */
#define OUTSIDE		0x3000000

#define DONE_CODE	0x20

#endif
