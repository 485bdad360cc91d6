/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HANDOVER_H
#define HANDOVER_H

#include "bl.h"

/*
 * The privileged side: it makes files and writes the answer, and reads nothing
 * from the disk. What is read goes through a child without privileges.
 */

enum output_format { OUT_SIMPLE0, OUT_SIMPLE, OUT_SXP };

struct handover {
	const char *output;	/* NULL: standard output */
	const char *directory;
	enum output_format format;
	long uid;		/* of the child; -1: nobody, if we are root */
	unsigned int seconds;	/* of processor time for the child */
};

int hand_over(const struct handover *h, struct disk *disk, struct request *req);

/* Give up what reading a disk does not need (sandbox.c) */
int enter_sandbox(const struct handover *h, const struct limits *limits);

#endif /* HANDOVER_H */
