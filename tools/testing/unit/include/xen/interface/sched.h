/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_XEN_SCHED_H
#define _UNIT_XEN_SCHED_H

#define SCHEDOP_yield		0
#define SCHEDOP_shutdown	2

#define SHUTDOWN_crash		3

struct sched_shutdown {
	unsigned int reason;
};

#endif
