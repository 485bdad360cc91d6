/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compressed kernel, and the sizes before and after
 *
 * The size after is that of the uncompressed file, taken from the file itself:
 * it is assembled into a section that no link takes in (SHF_EXCLUDE).
 */
#include "payload-sum.h"

	.section ".payload", "a", @progbits
	.balign	4			/* head.S moves words */
	.globl	input_data
input_data:
	.incbin	PAYLOAD
.Linput_end:
	.globl	z_input_len
	.set	z_input_len, .Linput_end - input_data

	.section ".discard.inner", "e", @progbits
.Linner:
	.incbin	INNER
.Linner_end:
	.globl	z_output_len
	.set	z_output_len, .Linner_end - .Linner

	.section ".rodata", "a", @progbits
	.balign	4
	.globl	input_len, output_len, payload_sum
input_len:
	.long	z_input_len
output_len:
	.long	z_output_len
payload_sum:
	.long	PAYLOAD_SUM
