// SPDX-License-Identifier: GPL-2.0
/*
 * Is the compressed kernel what was linked?
 *
 * Most of the decompressors notice some damage and decode the rest into a
 * kernel that dies of it; gzip, lzma, lzo and lz4 are unpacked without looking
 * at any check value at all.  A CRC of megabytes would cost some percent of
 * what decompression does; this costs one instruction a word.
 */
#include <linux/compiler.h>
#include <linux/types.h>
#include "link.h"

#define WORDS_A_TURN	16

/* piggy.S; from payload-sum */
extern const u32 payload_sum;

/* Adds WORDS_A_TURN words from P on to SUM, and each carry at bit 0. */
static noinline u32 add_words(u32 sum, const u32 *p)
{
	asm(".set offset, 0\n\t"
	    "addl (%1), %0\n\t"
	    ".rept %c2 - 1\n\t"
	    ".set offset, offset + 4\n\t"
	    "adcl offset(%1), %0\n\t"
	    ".endr\n\t"
	    "adcl $0, %0"
	    : "+&r" (sum) : "r" (p), "i" (WORDS_A_TURN), "m" (*(const u32 (*)[WORDS_A_TURN])p));
	return sum;
}

/**
 * payload_is_intact() - check the payload's sum
 * @payload:	compressed kernel
 * @len:	its size in bytes
 * @error:	called if the sum is wrong; returns under the EFI stub only
 *
 * Return: whether the sum is right.
 */
bool payload_is_intact(const unsigned char *payload, unsigned int len, void (*error)(char *x))
{
	const u32 *p = (const u32 *)payload;
	u32 sum = 0, last[WORDS_A_TURN] = { 0 };
	unsigned int i;

	for (; len >= sizeof(last); len -= sizeof(last), p += WORDS_A_TURN)
		sum = add_words(sum, p);
	for (i = 0; i < len; i++)
		((unsigned char *)last)[i] = ((const unsigned char *)p)[i];
	sum = add_words(sum, last);

	if (sum == payload_sum)
		return true;
	error("the compressed kernel is corrupted: read or copy the image again");
	return false;
}
