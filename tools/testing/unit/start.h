/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _UNIT_START_H
#define _UNIT_START_H

/* start.S */
void restore_signal(void);

/* harness.c */
void start(void);

#endif
