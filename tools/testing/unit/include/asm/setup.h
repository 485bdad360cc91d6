/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_ASM_SETUP_H
#define _UNIT_ASM_SETUP_H

#define COMMAND_LINE_SIZE	2048

#endif
