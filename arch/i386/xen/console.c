// SPDX-License-Identifier: GPL-2.0
/* Xen's console before there is a kernel, see console.h */
#include <linux/types.h>
#include <asm/page_types.h>
#include <xen/interface/io/console.h>
#include "../boot/say.h"
#include "console.h"
#include "early.h"
#include "start-info.h"

/*
 * How often to let others run before a reader is taken for gone.  A reader that is
 * there takes a few thousands at most, where domain and reader share one CPU.
 */
#define PATIENCE	0x100000u

/*
 * Where the ring is: the domain's own list of frames tells where its machine frame
 * appears.  Not Xen's table of all frames, which would be quicker: it has holes,
 * and nobody is there yet to catch the fault.  Builders put the ring right behind
 * start_info, so that is where to begin.
 */
static __say struct xencons_interface *find_ring(const struct start_info *si)
{
	const xen_pfn_t *frames = (const xen_pfn_t *)si->mfn_list;
	unsigned long pfn = (unsigned long)si >> PAGE_SHIFT, n;

	for (n = 0; n < si->nr_pages; n++, pfn++) {
		if (pfn >= si->nr_pages)
			pfn = 0;
		if (frames[pfn] == si->console.domU.mfn)
			return (struct xencons_interface *)(pfn << PAGE_SHIFT);
	}
	return NULL;
}

__say bool xen_console_start(struct xen_console *con, const struct boot_params *bp)
{
	const struct start_info *si = (const void *)(unsigned long)bp->hdr.hardware_subarch_data;

	con->ring = NULL;
	con->here = bp->hdr.version >= 0x0207 && bp->hdr.hardware_subarch == X86_SUBARCH_XEN;
	con->may_write = con->here;
	con->has_reader = con->here;
	if (!con->here)
		return false;

	/* dom0 has no ring: the hypervisor's console is for it. */
	if (si && start_info_is_valid(si) && !(si->flags & SIF_INITDOMAIN)) {
		con->ring = find_ring(si);
		con->port = si->console.domU.evtchn;
	}
	return true;
}

__say void xen_console_flush(struct xen_console *con)
{
	struct evtchn_send to = { .port = con->port };

	if (con->ring && con->has_reader && xen_event_channel_op(EVTCHNOP_send, &to) < 0)
		con->has_reader = false;
}

/* Wait until no more than LEFT characters are unread. */
static __say void wait_for_reader(struct xen_console *con, unsigned int left)
{
	const struct xencons_interface *ring = con->ring;
	unsigned int n = 0;

	xen_console_flush(con);
	while (con->has_reader && ring->out_prod - READ_ONCE(ring->out_cons) > left)
		if (n++ == PATIENCE || xen_sched_op(SCHEDOP_yield, NULL) < 0)
			con->has_reader = false;
}

static __say void ring_put(struct xen_console *con, char c)
{
	struct xencons_interface *ring = con->ring;
	XENCONS_RING_IDX prod = ring->out_prod;

	if (prod - READ_ONCE(ring->out_cons) >= sizeof(ring->out))
		wait_for_reader(con, sizeof(ring->out) - 1);
	if (prod - READ_ONCE(ring->out_cons) >= sizeof(ring->out))
		return;

	ring->out[MASK_XENCONS_IDX(prod, ring->out)] = c;
	/* The reader must not see the index before the character: no reordering on x86. */
	barrier();
	WRITE_ONCE(ring->out_prod, prod + 1);
}

__say void xen_console_put(struct xen_console *con, char c)
{
	if (con->ring) {
		if (c == '\n')
			ring_put(con, '\r');
		ring_put(con, c);
	}
	/* Xen makes lines of it.  A domU may do this if Xen is built for debugging. */
	if (con->may_write && xen_console_io(CONSOLEIO_write, 1, &c) < 0)
		con->may_write = false;
}

__noreturn __say void xen_console_crash(struct xen_console *con)
{
	if (con->ring)
		wait_for_reader(con, 0);
	xen_crash();
}
