/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_LINK_H
#define _UNIT_LINK_H

/* An image that is linked as compressed/vmlinux.lds.S does it: pref_address 16 MiB */
#define UNIT_STARTUP		0x1400000
#define UNIT_PAYLOAD		0x1401000
#define UNIT_PAYLOAD_LENGTH	0x300000
#define UNIT_INIT_SIZE		0x1000000
#define UNIT_SYSSIZE		0x31000
#define UNIT_HANDOVER_OFFSET	0x305000
#define UNIT_KERNEL_INFO_OFFSET	0x306000

#ifndef __ASSEMBLY__
/* What verify.c and apply.c set; const to the code under test */
extern unsigned int writable_sum __asm__("payload_sum");
extern unsigned long writable_bss_offset __asm__("vo_bss_offset");
#endif

#endif
