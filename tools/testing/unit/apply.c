// SPDX-License-Identifier: GPL-2.0
/*
 * arch/i386/boot/compressed/relocs.c, for tables that run_tests.py makes
 *
 * Standard input, as often as it comes: three words, address to put the kernel
 * at, bytes in front of .bss, bytes in all; those bytes.  Standard output: a
 * word, how it ended (enum outcome); a word and so many bytes, the message; the
 * bytes as they are now.
 */
#include "harness.h"
#include "link.h"
#include "arch/i386/boot/compressed/relocs.c"

static struct {
	u32 address, bss, size;
} job;

void error(char *m)
{
	unit_stop(m);
}

static void apply(void)
{
	apply_relocs((void *)(unsigned long)job.address, job.size, 0);
}

int unit_main(void)
{
	while (read_all(&job, sizeof(job))) {
		u32 answer[2];
		void *mapped = guarded((void *)(unsigned long)job.address, job.size);

		if (!read_all((void *)(unsigned long)job.address, job.size))
			return 3;
		writable_bss_offset = job.bss;
		answer[0] = attempt(apply);
		answer[1] = strlen(unit_message);
		write_all(answer, sizeof(answer));
		write_all(unit_message, answer[1]);
		write_all((void *)(unsigned long)job.address, job.size);
		unmap(mapped, job.size);
	}
	return 0;
}
