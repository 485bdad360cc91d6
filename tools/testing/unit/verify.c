// SPDX-License-Identifier: GPL-2.0
/*
 * arch/i386/boot/compressed/payload.c, for payloads that run_tests.py makes
 *
 * Standard input, as often as it comes: three words, bytes in all, what
 * payload-sum says of them, number of bits to flip (each in turn; ~0: all); the
 * bytes.  Standard output: two words, how it ended as it is (enum outcome) and
 * how often it did not stop with a message with a bit flipped.
 */
#include "harness.h"
#include "link.h"
#include "arch/i386/boot/compressed/payload.c"

static struct {
	u32 size, sum, flips;
} job;

static u8 *payload;

static void verify(void)
{
	if (!payload_is_intact(payload, job.size, unit_stop))
		unit_stop("error() returned");
}

int unit_main(void)
{
	static const char want[] = "the compressed kernel is corrupted";

	unit_untimed = true;
	while (read_all(&job, sizeof(job))) {
		u32 answer[2] = { 0, 0 }, bits = job.size * 8, flips = job.flips, i, bit;

		/* Nothing may be read behind it. */
		payload = guarded(NULL, job.size);
		if (!read_all(payload, job.size))
			return 3;
		writable_sum = job.sum;
		answer[0] = attempt(verify);
		if (flips > bits)
			flips = bits;
		for (i = 0, bit = 0; i < flips; i++, bit += bits / flips) {
			payload[bit / 8] ^= 1 << bit % 8;
			if (attempt(verify) != STOPPED || strncmp(unit_message, want, strlen(want)))
				answer[1]++;
			payload[bit / 8] ^= 1 << bit % 8;
		}
		write_all(answer, sizeof(answer));
		unmap(payload, job.size);
	}
	return 0;
}
