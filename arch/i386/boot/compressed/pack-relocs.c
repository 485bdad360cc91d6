// SPDX-License-Identifier: GPL-2.0
/*
 * pack-relocs: make the kernel's relocation table small (build time, host)
 *
 * In:	vmlinux.relocs as arch/x86/tools/relocs writes it: little-endian words,
 *	a 0 and then the ascending virtual addresses of 32-bit words to adjust.
 * Out:	the distance of each from the one before (the first: from 0), as
 *	unsigned LEB128; then two little-endian words: number of relocations,
 *	number of bytes before these words.  relocs.c reads it.
 *
 * Against the table as it is, this takes a quarter of the space, and half of it
 * when both are compressed (6.12.117: 299428 -> 82658, gzip 121802 -> 51.6 KB).
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *name;

static void fail(const char *what)
{
	fprintf(stderr, "pack-relocs: %s: %s\n", name, what);
	exit(1);
}

static int read_word(FILE *f, uint32_t *word)
{
	unsigned char b[4];
	size_t n = fread(b, 1, sizeof(b), f);

	if (ferror(f))
		fail(strerror(errno));
	if (n == 0)
		return 0;
	if (n != sizeof(b))
		fail("does not end on a word");
	*word = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
	return 1;
}

static void write_word(uint32_t word)
{
	int i;

	for (i = 0; i < 4; i++)
		putchar(word >> (8 * i) & 0xff);
}

int main(int argc, char **argv)
{
	uint32_t word, before = 0, count = 0, bytes = 0;
	FILE *f;

	if (argc != 2) {
		fprintf(stderr, "usage: pack-relocs vmlinux.relocs > vmlinux.relocs.packed\n");
		return 2;
	}
	name = argv[1];
	f = fopen(name, "rb");
	if (!f)
		fail(strerror(errno));
	if (!read_word(f, &word) || word != 0)
		fail("does not begin with the word 0");

	while (read_word(f, &word)) {
		uint32_t distance = word - before;

		if (word <= before)
			fail("addresses are not ascending");
		before = word;
		count++;
		do {
			uint32_t more = distance > 0x7f ? 0x80 : 0;

			putchar((distance & 0x7f) | more);
			distance >>= 7;
			bytes++;
		} while (distance);
	}
	write_word(count);
	write_word(bytes);
	fclose(f);
	if (fflush(stdout) || ferror(stdout)) {
		name = "standard output";
		fail(strerror(errno));
	}
	return 0;
}
