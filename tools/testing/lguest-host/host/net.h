/* SPDX-License-Identifier: GPL-2.0 */
/* Between the network device and the peer that the guest talks to */
#ifndef LGUEST_HOST_NET_H
#define LGUEST_HOST_NET_H

#include "host.h"

/* A TCP segment that the guest leaves to its device to cut: 64 KiB and headers */
#define MAX_FRAME	66000

/* net.c: the guest has a buffer for a frame; without one, a frame is lost. */
bool net_can_send(void);
void net_send(const void *data, u32 len);

/* peer.c: a frame of the guest's, without its transport checksum if partial */
void peer_frame(const u8 *data, u32 len, bool partial);
/* The guest may have given buffers. */
void peer_poll(void);
void peer_reset(void);

#endif
