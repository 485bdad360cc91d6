/* SPDX-License-Identifier: GPL-2.0 */
/*
 * void vectors_load(const struct vectors *v, uint32_t has)
 * void vectors_store(struct vectors *v, uint32_t has)
 *
 * x87, SSE and AVX registers; struct vectors is in fpu.c, with these offsets
 * asserted.  The x87 registers keep what they have when they are stored.
 */
	.set	V_X87, 0
	.set	V_CONTROL, 80
	.set	V_MXCSR, 84
	.set	V_XMM, 96
	.set	V_YMM, 224
	.set	HAS_SSE, 1
	.set	HAS_AVX, 2

	.section .text
	.globl	vectors_load, vectors_store
	.type	vectors_load, @function
	.type	vectors_store, @function
vectors_load:
	movl	4(%esp), %eax
	movl	8(%esp), %ecx
	fninit
	.irp	i, 7, 6, 5, 4, 3, 2, 1, 0
	fldt	V_X87 + \i * 10(%eax)
	.endr
	fldcw	V_CONTROL(%eax)
	testl	$HAS_SSE, %ecx
	jz	1f
	ldmxcsr	V_MXCSR(%eax)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	movups	V_XMM + \i * 16(%eax), %xmm\i
	.endr
	testl	$HAS_AVX, %ecx
	jz	1f
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	vmovups	V_YMM + \i * 32(%eax), %ymm\i
	.endr
1:	ret

vectors_store:
	movl	4(%esp), %eax
	movl	8(%esp), %ecx
	fnstcw	V_CONTROL(%eax)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	fstpt	V_X87 + \i * 10(%eax)
	.endr
	.irp	i, 7, 6, 5, 4, 3, 2, 1, 0
	fldt	V_X87 + \i * 10(%eax)
	.endr
	testl	$HAS_SSE, %ecx
	jz	1f
	stmxcsr	V_MXCSR(%eax)
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	movups	%xmm\i, V_XMM + \i * 16(%eax)
	.endr
	testl	$HAS_AVX, %ecx
	jz	1f
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	vmovups	%ymm\i, V_YMM + \i * 32(%eax)
	.endr
1:	ret

/* void mmx_load(const uint64_t v[8]), void mmx_store(uint64_t v[8]) */
	.globl	mmx_load, mmx_store
	.type	mmx_load, @function
	.type	mmx_store, @function
mmx_load:
	movl	4(%esp), %eax
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	movq	\i * 8(%eax), %mm\i
	.endr
	ret

mmx_store:
	movl	4(%esp), %eax
	.irp	i, 0, 1, 2, 3, 4, 5, 6, 7
	movq	%mm\i, \i * 8(%eax)
	.endr
	ret

	.section .note.GNU-stack, "", @progbits
