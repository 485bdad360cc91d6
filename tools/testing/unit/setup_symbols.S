/* SPDX-License-Identifier: GPL-2.0 */
/* What header.S and setup.lds.S want of the rest of the setup and of the wrapper */
	.text
	.globl	main, puts, kernel_version
main:
puts:
	ret
kernel_version:
	.asciz	"6.12.7-test"

	.macro	absolute name, value
	.globl	\name
	.set	\name, \value
	.endm
	absolute ZO_hdr_syssize, 0x123456
	absolute ZO_hdr_payload_offset, 0x1000
	absolute ZO_hdr_payload_length, 0x2345678
	absolute ZO_hdr_init_size, 0x3456000
	absolute ZO_hdr_handover_offset, 0x4567
	absolute ZO_hdr_kernel_info_offset, 0x5678
