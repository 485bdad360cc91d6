// SPDX-License-Identifier: GPL-2.0
/*
 * payload-sum: checksum of the compressed kernel (build time, host)
 *
 * Prints what payload.c of the decompressor will compute: the sum of all
 * little-endian words, the last one filled up with 0, where each carry out of
 * bit 31 is added at bit 0 again (as RFC 1071 does with 16 bits).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	uint64_t sum = 0;
	unsigned int i = 0;
	FILE *f;
	int c;

	if (argc != 2) {
		fprintf(stderr, "usage: payload-sum FILE\n");
		return 2;
	}
	f = fopen(argv[1], "rb");
	if (!f) {
		fprintf(stderr, "payload-sum: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	while ((c = getc(f)) != EOF) {
		sum += (uint64_t)c << (8 * (i++ & 3));
		sum = (sum & 0xffffffff) + (sum >> 32);
	}
	if (ferror(f)) {
		fprintf(stderr, "payload-sum: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	printf("0x%08x\n", (unsigned int)sum);
	return 0;
}
