/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_XEN_EVENT_CHANNEL_H
#define _UNIT_XEN_EVENT_CHANNEL_H

#include <linux/types.h>

#define EVTCHNOP_send	4

struct evtchn_send {
	u32 port;
};

#endif
