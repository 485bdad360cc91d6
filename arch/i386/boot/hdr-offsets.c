// SPDX-License-Identifier: GPL-2.0
/*
 * Offsets in struct setup_header, for header.S
 *
 * Each is the offset from the start of the struct, which lies at 0x1f1 in the
 * image and in boot_params.  header-fields.S fails to assemble where a field
 * does not come to lie where this says.
 */
#define COMPILE_OFFSETS
#include <linux/build_bug.h>
#include <linux/kbuild.h>
#include <linux/stddef.h>
#include <asm/bootparam.h>

#define HDR(field) DEFINE(HDR_##field, offsetof(struct setup_header, field))

static_assert(offsetof(struct boot_params, hdr) == 0x1f1,
	      "the setup header lies at 0x1f1 (boot.rst, The Real-Mode Kernel Header)");

static void __attribute__((used)) offsets(void)
{
	HDR(setup_sects);
	HDR(root_flags);
	HDR(syssize);
	HDR(ram_size);
	HDR(vid_mode);
	HDR(root_dev);
	HDR(boot_flag);
	HDR(jump);
	HDR(header);
	HDR(version);
	HDR(realmode_swtch);
	HDR(start_sys_seg);
	HDR(kernel_version);
	HDR(type_of_loader);
	HDR(loadflags);
	HDR(setup_move_size);
	HDR(code32_start);
	HDR(ramdisk_image);
	HDR(ramdisk_size);
	HDR(bootsect_kludge);
	HDR(heap_end_ptr);
	HDR(ext_loader_ver);
	HDR(ext_loader_type);
	HDR(cmd_line_ptr);
	HDR(initrd_addr_max);
	HDR(kernel_alignment);
	HDR(relocatable_kernel);
	HDR(min_alignment);
	HDR(xloadflags);
	HDR(cmdline_size);
	HDR(hardware_subarch);
	HDR(hardware_subarch_data);
	HDR(payload_offset);
	HDR(payload_length);
	HDR(setup_data);
	HDR(pref_address);
	HDR(init_size);
	HDR(handover_offset);
	HDR(kernel_info_offset);
	DEFINE(HDR_END, sizeof(struct setup_header));
	DEFINE(BP_hdr, offsetof(struct boot_params, hdr));
}
