/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First two sectors of the image: boot sector, setup header, 16-bit entry
 *
 * Ways in:
 *   offset 0	by a BIOS that takes this file for a disk.  Says so and stops.
 *		The PE header of pe.S lies in the same sector.
 *   offset 512	_start, by a loader of the 16-bit boot protocol.
 */
#include "boot.h"
#include "setup.h"

#define BOOTSEG		0x07c0		/* where a BIOS puts a boot sector */

	.code16
	.section ".bstext", "ax"
/*
 * Entered by a BIOS: real mode, %cs:%ip = 0x7c0:0 or 0:0x7c00, everything else
 * unspecified.  Uses the memory below itself as stack.  Never returns.
 */
boot_sector:
#ifdef CONFIG_EFI_STUB
	.ascii	"MZ"			/* dec %bp; pop %dx: harmless */
#endif
	ljmp	$BOOTSEG, $.Lnormalized
.Lnormalized:
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7c00, %sp
	pushw	%cs
	popw	%ds
	cld
	movw	$.Lno_loader, %si
.Lnext_char:
	lodsb
	testb	%al, %al
	jz	.Lsector_end
	movb	$0x0e, %ah
	movw	$0x0007, %bx
	int	$0x10
	jmp	.Lnext_char
.Lsector_end:
	hlt
	jmp	.Lsector_end
	.globl	boot_sector_text_end
boot_sector_text_end:

	.section ".bsmessage", "a"
.Lno_loader:
	.asciz	"This is a Linux kernel. It needs a boot loader.\r\n"

/*
 * A loader that copies this far into boot_params instead of only the header
 * leaves the 0xff behind in boot_params.sentinel, and is known by it.
 */
	.section ".sentinel", "a"
	.byte	0xff, 0xff

	.section ".header", "a"
#define SETUP_SECTS		setup_sects
#define SETUP_SYSSIZE		ZO_hdr_syssize
#define SETUP_JUMP		.Lstart_of_setup - .Lbehind_jump
#define SETUP_KERNEL_VERSION	kernel_version - 512
#define SETUP_HEAP_END		_end + STACK_SIZE - 512
#include "header-fields.S"
	.globl	hdr, _start
	.set	hdr, .Lhdr
	.set	_start, .Lhdr + HDR_jump
	.set	.Lbehind_jump, .Lhdr + HDR_header

/*
 * _start jumps here: real mode, %cs = %ds + 0x20 = %es + 0x20, where %ds is the
 * segment the image was loaded at; %ss:%sp as the loader likes, interrupts
 * off or on.  Goes on in main(), with all segments equal, a stack and zeroed
 * .bss.
 */
.Lstart_of_setup:
	movw	%ds, %ax
	movw	%ax, %es
	cld

	/*
	 * A stack in our own segment is the loader's choice and is kept.  Any
	 * other would be out of the reach of C: put one behind the heap, or
	 * behind .bss where the loader has set up no heap.
	 */
	movw	%ss, %dx
	cmpw	%ax, %dx
	movw	%sp, %dx
	je	.Lhave_stack
	movw	$_end, %dx
	testb	$CAN_USE_HEAP, hdr + HDR_loadflags
	jz	.Ladd_stack
	movw	hdr + HDR_heap_end_ptr, %dx
.Ladd_stack:
	addw	$STACK_SIZE, %dx
	jnc	.Lhave_stack
	xorw	%dx, %dx		/* past 64 KiB: from the very top */
.Lhave_stack:
	andw	$~3, %dx
	jnz	.Lset_stack
	movw	$0xfffc, %dx
.Lset_stack:
	movw	%ax, %ss
	movzwl	%dx, %esp
	sti

	pushw	%ds			/* %cs = %ds */
	pushw	$.Lsame_segments
	lretw
.Lsame_segments:

	/* The last bytes of setup: has the loader read all of it? */
	cmpl	$SETUP_SIGNATURE, setup_sig
	jne	.Lsetup_cut_short

	movw	$__bss_start, %di
	movw	$_end + 3, %cx
	subw	%di, %cx
	shrw	$2, %cx
	xorl	%eax, %eax
	rep stosl

	calll	main			/* does not return */

.Lsetup_cut_short:
	movl	$.Lcut_short, %eax
	calll	puts
	.globl	die
	.type	die, @function
die:
	hlt
	jmp	die
	.size	die, . - die

	.section ".initdata", "a"
.Lcut_short:
	.string	"Cannot boot: the loader has read only a part of the kernel's setup code.\n"
