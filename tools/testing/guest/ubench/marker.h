/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A marker: an instruction that does nothing, and that tools/testing/icount's
 * markcount plugin recognises wherever it runs, in which mode and ring soever.
 *
 *   0f 1f 84 00 id kind 43 4d     nopl 0x4d43KKII(%eax,%eax,1)
 *
 * Every processor from the Pentium Pro on takes it for a no-operation, in 32
 * and in 64-bit code.  Assemblers pad with the same opcode, though with a
 * displacement of 0.
 */
#ifndef UBENCH_MARKER_H
#define UBENCH_MARKER_H

#define MARK_BEGIN	1
#define MARK_END	2

/* kind and id are constants of one byte each. */
#define MARK(kind, id)								\
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0x00, %c0, %c1, 0x43, 0x4d"	\
		     : : "i" (id), "i" (kind) : "memory")

#endif
