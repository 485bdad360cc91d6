// SPDX-License-Identifier: GPL-2.0
/* The kernel's log has no complaint */
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

#include "harness.h"

#define READ_ALL	3
#define BUFFER_SIZE	10

/* "Call Trace" is not among them: killing for lack of memory prints one, too. */
static const char *const complaints[] = {
	"BUG:", "BUG at", "WARNING:", "Oops", "kernel panic", "Kernel panic", "self-detected stall",
	"rcu_sched detected", "detected stalls", "blocked for more than", "soft lockup",
	"general protection fault", "unable to handle", "scheduling while atomic", "Bad page",
	"bad page", "possible recursive locking", "inconsistent lock state",
	"possible circular locking", "suspicious RCU usage", "ODEBUG", "UBSAN", "KASAN",
	"double fault", "stack-protector",
};

static void area(void)
{
	int size = klogctl(BUFFER_SIZE, NULL, 0), n;
	char *text, *line, *next;
	bool clean = true;
	size_t i;

	text = size > 0 ? malloc(size + 1) : NULL;
	n = text ? klogctl(READ_ALL, text, size) : -1;
	if (!works(n, "the kernel's log can be read"))
		return;
	text[n] = 0;
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		/* Advice, as the mitigation is there for 64 bits only; a user's faults */
		if (strstr(line, "Speculative Return Stack Overflow: WARNING:") ||
		    strstr(line, "traps: "))
			continue;
		for (i = 0; i < ARRAY_SIZE(complaints); i++)
			if (strstr(line, complaints[i])) {
				clean = false;
				diag("kernel: %s", line);
				break;
			}
	}
	check(clean, "no complaint in the kernel's log, %d bytes", n);
	free(text);
}

const struct area area_log = {
	"log", "no complaint in the kernel's log", area, 20, true
};
