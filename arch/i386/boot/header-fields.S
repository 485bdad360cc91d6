/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The setup header, field by field (Documentation/arch/x86/boot.rst)
 *
 * Assembled twice: by header.S into the image, where loaders read it, and by
 * compressed/header.S into the decompressor, which falls back on it where a
 * loader hands over boot_params without a valid header.  What only the 16-bit
 * setup can know is given by the including file as SETUP_*.
 *
 * Values that depend on the link are symbols: ZO_* those of the decompressor.
 */
#include <linux/init.h>
#include <asm/boot.h>
#include <asm/bootparam.h>
#include <asm/setup.h>
#include "hdr-offsets.h"

#define PROTOCOL_VERSION	0x020f

#ifndef SVGA_MODE
#define SVGA_MODE		0xffff		/* NORMAL_VGA: 80x25 text */
#endif

#if defined(CONFIG_EFI_HANDOVER_PROTOCOL)
#define SETUP_XLOADFLAGS	XLF_EFI_HANDOVER_32
#else
#define SETUP_XLOADFLAGS	0
#endif

	.macro	field name:req, offset:req, width:req, value:vararg
	.if	. - .Lhdr != \offset
	.error	"setup header: \name lies at the wrong offset"
	.endif
	.\width	\value
	.endm
#define FIELD(name, width, value...)	field name, HDR_##name, width, value

.Lhdr:
	FIELD(setup_sects, byte, SETUP_SECTS)
	FIELD(root_flags, 2byte, 1)	/* mount root read-only */
	FIELD(syssize, 4byte, SETUP_SYSSIZE)
	FIELD(ram_size, 2byte, 0)	/* obsolete */
	FIELD(vid_mode, 2byte, SVGA_MODE)
	FIELD(root_dev, 2byte, 0)
	FIELD(boot_flag, 2byte, 0xaa55)
	FIELD(jump, byte, 0xeb, SETUP_JUMP)
	FIELD(header, ascii, "HdrS")
	FIELD(version, 2byte, PROTOCOL_VERSION)
	FIELD(realmode_swtch, 4byte, 0)	/* no hook */
	FIELD(start_sys_seg, 2byte, 0x1000)	/* obsolete */
	FIELD(kernel_version, 2byte, SETUP_KERNEL_VERSION)
	FIELD(type_of_loader, byte, 0)	/* the loader's to set */
	FIELD(loadflags, byte, LOADED_HIGH)
	FIELD(setup_move_size, 2byte, 0x8000)
	FIELD(code32_start, 4byte, 0x100000)
	FIELD(ramdisk_image, 4byte, 0)
	FIELD(ramdisk_size, 4byte, 0)
	FIELD(bootsect_kludge, 4byte, 0)	/* obsolete */
	FIELD(heap_end_ptr, 2byte, SETUP_HEAP_END)
	FIELD(ext_loader_ver, byte, 0)
	FIELD(ext_loader_type, byte, 0)
	FIELD(cmd_line_ptr, 4byte, 0)
	/* The kernel can take an initrd up to 4 GiB; loaders fail above 2. */
	FIELD(initrd_addr_max, 4byte, 0x7fffffff)
	FIELD(kernel_alignment, 4byte, CONFIG_PHYSICAL_ALIGN)
#ifdef CONFIG_RELOCATABLE
	FIELD(relocatable_kernel, byte, 1)
#else
	FIELD(relocatable_kernel, byte, 0)
#endif
	FIELD(min_alignment, byte, MIN_KERNEL_ALIGN_LG2)
	FIELD(xloadflags, 2byte, SETUP_XLOADFLAGS)
	FIELD(cmdline_size, 4byte, COMMAND_LINE_SIZE - 1)
	FIELD(hardware_subarch, 4byte, 0)	/* a PC unless told otherwise */
	FIELD(hardware_subarch_data, 8byte, 0)
	FIELD(payload_offset, 4byte, ZO_hdr_payload_offset)
	FIELD(payload_length, 4byte, ZO_hdr_payload_length)
	FIELD(setup_data, 8byte, 0)
	FIELD(pref_address, 8byte, LOAD_PHYSICAL_ADDR)
	FIELD(init_size, 4byte, ZO_hdr_init_size)
	FIELD(handover_offset, 4byte, ZO_hdr_handover_offset)
	FIELD(kernel_info_offset, 4byte, ZO_hdr_kernel_info_offset)
	.if	. - .Lhdr != HDR_END
	.error	"setup header: a field of struct setup_header is missing"
	.endif
