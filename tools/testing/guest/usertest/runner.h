/* SPDX-License-Identifier: GPL-2.0 */
/* What main.c and harness.c know of the run; areas have no business here. */
#ifndef USERTEST_RUNNER_H
#define USERTEST_RUNNER_H

#include <stdint.h>

/* In memory that all processes of a run share */
struct tally {
	int tests;		/* lines of TAP */
	int checks;		/* with those of further jobs and rounds */
	int failed;
	int skipped;
	int area_failed;
};

struct run {
	struct tally *shared;
	const char *area;
	const char *refused;
	int job, round;
	uint32_t seed, drawn;
};

extern struct run run;

#endif
