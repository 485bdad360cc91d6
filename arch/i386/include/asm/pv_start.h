/* SPDX-License-Identifier: GPL-2.0 */
/* What guests outside of ring 0 do in the place of head_32.S, whoever their host is */
#ifndef _I386_ASM_PV_START_H
#define _I386_ASM_PV_START_H

#include <linux/init.h>

void __init pv_identify_boot_cpu(void);
void __init pv_replace_iret(const void *iret);

#endif
