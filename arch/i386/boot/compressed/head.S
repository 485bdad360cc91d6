/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 32-bit entry of the image
 *
 * Ways in, all to startup_32, the first byte of the protected-mode block:
 *
 *   bzImage	16-bit setup, or a loader of the 32-bit boot protocol: the block
 *		lies at code32_start or anywhere else, .bss is not there yet.
 *   ELF	loaded by program headers: everything lies where it was linked
 *		to.  Nothing is copied.
 *
 * Contract (Documentation/arch/i386/boot-contract.rst):
 *
 *   %esi	physical address of struct boot_params, writable
 *   %cs	flat 4 GiB code segment
 *   %ds %es %ss flat 4 GiB data segments
 *   paging	off, or on with P=V for the image, [pref_address, + init_size),
 *		boot_params, 2048 bytes from cmd_line_ptr on, initrd, low 1 MiB
 *   %esp	unspecified, may be 0
 *   others	unspecified
 *
 * With KEEP_SEGMENTS in boot_params.hdr.loadflags, further: we may not be in
 * ring 0, there may be no GDT behind the selectors, and nobody wants to hear of
 * the interrupt flag.  No interrupt or event may be delivered before the
 * kernel has set up a stack and handlers for it.
 *
 * Leaves for the kernel's startup_32 under the same contract.
 */
#include <linux/linkage.h>
#include <asm/asm-offsets.h>
#include <asm/boot.h>
#include <asm/bootparam.h>
#include <asm/segment.h>
#include "start.h"

	.section ".head.text", "ax", @progbits
SYM_CODE_START(startup_32)
	cld

	/* Where are we?  The call needs four bytes of stack: BP_scratch. */
	leal	(BP_scratch + 4)(%esi), %esp
	testb	$KEEP_SEGMENTS, BP_loadflags(%esi)
	jnz	.Lget_position
	cli
.Lget_position:
	call	.Lposition
.Lposition:
	popl	%ebx
	addl	$_GLOBAL_OFFSET_TABLE_ + (. - .Lposition), %ebx

	/*
	 * A stack: the one in .bss if everything is where it was linked to;
	 * else the one behind this code, which is about to be left behind.
	 */
	leal	startup_32@GOTOFF(%ebx), %ebp
	leal	boot_stack_end@GOTOFF(%ebx), %esp
	cmpl	link_startup@GOTOFF(%ebx), %ebp
	je	.Lhave_stack
	leal	entry_stack_end@GOTOFF(%ebx), %esp
.Lhave_stack:
	call	load_segments

	pushl	$0			/* struct placement: payload_stays */
	pushl	$0			/* output */
	pushl	%esp
	pushl	%ebp			/* where startup_32 is */
	pushl	%esi			/* boot_params */
	call	start_decompressor	/* does not return if we can't boot */
	addl	$12, %esp
	popl	%ebp			/* a whole page ... */
	popl	%edx			/* ... so that this fits into bit 0 */
	orl	%edx, %ebp
	testl	%eax, %eax
	jz	.Lmoved

	/*
	 * Move by %eax bytes: from the payload on, or, where that may stay,
	 * from what is behind it on.  Away from the end that overlaps.
	 */
	movl	%esi, %edx
	leal	_rodata@GOTOFF(%ebx), %esi
	testl	$1, %ebp
	jnz	.Lhave_start
	leal	input_data@GOTOFF(%ebx), %esi
.Lhave_start:
	leal	block_end@GOTOFF(%ebx), %ecx
	subl	%esi, %ecx
	shrl	$2, %ecx
	testl	%eax, %eax
	js	.Lmove
	leal	-4(%esi,%ecx,4), %esi
	std
.Lmove:
	leal	(%esi,%eax), %edi
	rep movsl
	cld
	movl	%edx, %esi

.Lmoved:
	addl	%eax, %ebx
	leal	relocated@GOTOFF(%ebx), %ecx
	jmp	*%ecx
SYM_CODE_END(startup_32)

/*
 * The stack while still at the load address.  start_decompressor() and what it
 * calls take less than 500 bytes of it (gcc 12, -fstack-usage); nothing is pushed
 * later.
 */
	.balign	4
	.fill	ENTRY_STACK_SIZE, 1, 0
entry_stack_end:

	.text
/*
 * Load flat segments, unless told to keep those that are there
 *
 * In:	%ebx GOT, %esi boot_params.  Clobbers %eax.
 * Not in .head.text: that stays behind where the rest moves.
 */
SYM_FUNC_START_LOCAL(load_segments)
	testb	$KEEP_SEGMENTS, BP_loadflags(%esi)
	jnz	.Lkept
	leal	boot_gdt@GOTOFF(%ebx), %eax
	pushl	%eax
	pushw	$(boot_gdt_end - boot_gdt - 1)
	lgdt	(%esp)
	addl	$6, %esp
	movl	$__BOOT_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
.Lkept:
	ret
SYM_FUNC_END(load_segments)

/*
 * Make .data, as it is linked, of what the file has of it behind .text
 *
 * Before that, no code may read it.  Keeps all registers but %eax and %ecx.
 */
SYM_FUNC_START_LOCAL(make_data)
	pushl	%esi
	pushl	%edi
	cld
	call	.Lhere
.Lhere:
	popl	%eax
	addl	$_GLOBAL_OFFSET_TABLE_ + (. - .Lhere), %eax
	leal	data_image@GOTOFF(%eax), %esi
	leal	_data@GOTOFF(%eax), %edi
	movl	$(DATA_SIZE / 4), %ecx
	rep movsl
	popl	%edi
	popl	%esi
	ret
SYM_FUNC_END(make_data)

#ifdef CONFIG_EFI_STUB
/*
 * The EFI stub's two entries, under its contract (UEFI, 2.3.2; boot.rst, "EFI
 * Handover Protocol"): flat segments, a stack with arguments and return address,
 * .bss zeroed by the firmware, or soon by the stub itself.
 */
SYM_CODE_START(pe_entry)
	call	make_data
	jmp	efi_pe_entry
SYM_CODE_END(pe_entry)
#ifdef CONFIG_EFI_HANDOVER_PROTOCOL
SYM_CODE_START(handover_entry)
	call	make_data
	jmp	efi32_stub_entry
SYM_CODE_END(handover_entry)
#endif
#endif

/*
 * Here everything is where it will be used, but .bss not zeroed, and .data not
 * there yet.
 * In:	%eax how far the image was moved, %ebx GOT, %ebp where the kernel is put,
 *	with bit 0 set if the payload was not moved, %esi boot_params
 */
SYM_CODE_START(relocated)
	leal	boot_stack_end@GOTOFF(%ebx), %esp
	movl	%eax, %edx
	/* The old GDT is about to be overwritten. */
	call	load_segments

	xorl	%eax, %eax
	leal	_bss@GOTOFF(%ebx), %edi
	leal	_ebss@GOTOFF(%ebx), %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	rep stosl
	call	make_data

	testl	$1, %ebp
	jz	.Lhave_payload
	negl	%edx
	movl	%edx, payload_shift@GOTOFF(%ebx)
	decl	%ebp
.Lhave_payload:

	testb	$KEEP_SEGMENTS, BP_loadflags(%esi)
	jnz	.Lextract
	pushl	$0			/* EFLAGS: nothing left over (NT, AC) */
	popfl
.Lextract:
	pushl	%ebp
	pushl	%esi
	call	extract_kernel		/* returns the kernel's entry */
	jmp	*%eax
SYM_CODE_END(relocated)

	.section ".rodata", "a", @progbits
	.balign	8
/* Accessed, both, so that the CPU has nothing to write. */
SYM_DATA_START_LOCAL(boot_gdt)
	.fill	GDT_ENTRY_BOOT_CS, 8, 0
	.quad	0x00cf9b000000ffff	/* __BOOT_CS: flat, code */
	.quad	0x00cf93000000ffff	/* __BOOT_DS: flat, data */
SYM_DATA_END_LABEL(boot_gdt, SYM_L_LOCAL, boot_gdt_end)

	.bss
	.balign	4
SYM_DATA(payload_shift, .long 0)	/* link.h */

	.section ".bss.stack", "aw", @nobits
	.balign	4
	.fill	BOOT_STACK_SIZE, 1, 0
boot_stack_end:
