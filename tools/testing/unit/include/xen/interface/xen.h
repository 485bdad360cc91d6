/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_XEN_H
#define _UNIT_XEN_H

#include <linux/types.h>
#include <asm/xen/interface.h>

#define __HYPERVISOR_mmu_update		1
#define __HYPERVISOR_memory_op		12
#define __HYPERVISOR_update_va_mapping	14
#define __HYPERVISOR_xen_version	17
#define __HYPERVISOR_console_io		18
#define __HYPERVISOR_mmuext_op		26
#define __HYPERVISOR_sched_op		29
#define __HYPERVISOR_event_channel_op	32
#define __HYPERVISOR_physdev_op		33

#define CONSOLEIO_write		0
#define DOMID_SELF		0x7ff0

#define SIF_INITDOMAIN		(1 << 1)
#define SIF_MOD_START_PFN	(1 << 3)

struct mmu_update;
struct mmuext_op;

struct start_info {
	char magic[32];
	unsigned long nr_pages;
	unsigned long shared_info;
	u32 flags;
	xen_pfn_t store_mfn;
	u32 store_evtchn;
	union {
		struct {
			xen_pfn_t mfn;
			u32 evtchn;
		} domU;
	} console;
	unsigned long pt_base;
	unsigned long nr_pt_frames;
	unsigned long mfn_list;
	unsigned long mod_start;
	unsigned long mod_len;
	signed char cmd_line[1024];
	unsigned long first_p2m_pfn;
	unsigned long nr_p2m_frames;
};

_Static_assert(sizeof(struct start_info) == 0x458, "start_info of 32-bit domains");

#endif
