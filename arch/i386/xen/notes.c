// SPDX-License-Identifier: GPL-2.0
/*
 * What this kernel is to a domain builder: Xen's ELF notes
 *
 * Compiled twice.  In the kernel, for builders that unpack the payload of the
 * bzImage or are given vmlinux; in the wrapper, on its ELF header page, for those
 * that take that file.  Both say the same but for ENTRY.
 *
 * Meaning and kind of each: xen/interface/elfnote.h.  What is made of it is said
 * here by Xen's own sources (4.17): "builder" is tools/libs/guest and, for dom0
 * and the PV shim, xen/arch/x86/pv/dom0_build.c; both read notes by
 * xen/common/libelf.  PVH's notes come with its entry, arch/x86/platform/pvh.
 */
#include <linux/bits.h>
#include <linux/elfnote.h>
#include <linux/pgtable.h>
#include <asm/boot.h>
#include <asm/setup.h>
#include <xen/interface/xen.h>
#include <xen/interface/elfnote.h>
#include <xen/interface/features.h>
#include <generated/utsrelease.h>

#define XEN_NOTE(type, desc)	ELFNOTE32("Xen", XEN_ELFNOTE_##type, desc)

/* The interface's version; libelf loads nothing that is not for xen-3.0. */
XEN_NOTE(XEN_VERSION, "xen-3.0");

/* libelf wants "generic" here, or "linux" below. */
XEN_NOTE(LOADER, "generic");

/* Of PVH, where it is asked for by the builder (FEATURES_PVH), and for people. */
XEN_NOTE(GUEST_OS, "linux");
XEN_NOTE(GUEST_VERSION, UTS_RELEASE);

/*
 * A suspend that was cancelled returns 1 from SCHEDOP_shutdown, and the domain
 * goes on (drivers/xen/manage.c).  Read by the tools that save a domain.
 */
XEN_NOTE(SUSPEND_CANCEL, (u32)1);

#ifdef CONFIG_XEN_PVH
#define FEATURES_PVH	BIT(XENFEAT_linux_rsdp_unrestricted)
#else
#define FEATURES_PVH	0
#endif

/*
 * P=V, with nothing added to p_paddr: the boot contract.  The builder maps from
 * VIRT_BASE to behind its own tables and makes an L2 for each slot of the L3, so
 * that the mapping at PAGE_OFFSET can be put beside it.
 */
XEN_NOTE(VIRT_BASE, (u32)0);
XEN_NOTE(PADDR_OFFSET, (u32)0);

/* Entered in ring 1 with that mapping: xen_start in start.S. */
#ifdef XEN_NOTES_OF_WRAPPER
/* The address itself comes from the linker script, as nobody relocates the wrapper. */
const struct {
	struct elf32_note header;
	char owner[4];
} xen_entry_note __used __section(".note.Xen.entry") __aligned(4) = {
	.header = {
		.n_namesz = sizeof("Xen"),
		.n_descsz = sizeof(u32),
		.n_type = XEN_ELFNOTE_ENTRY,
	},
	.owner = "Xen",
};
#else
extern const char xen_start[];
XEN_NOTE(ENTRY, (u32)(unsigned long)xen_start - __PAGE_OFFSET);
#endif

/*
 * 32-bit domains have PAE, and only those.  By ELF note, "yes" includes that an
 * L3 may lie above 4 GiB of machine memory (XEN_PAE_EXTCR3).  libelf compares all
 * of the string.
 */
XEN_NOTE(PAE_MODE, "yes");

/*
 * Xen's part of the address space may begin as low as a 64-bit Xen has it, or
 * higher: the kernel asks where it is.
 */
XEN_NOTE(HV_START_LOW, (u32)__HYPERVISOR_VIRT_START);

/*
 * Nothing but what PAE_MODE says already; here for builders that only look at
 * XENFEAT_pae_pgdir_above_4gb.  No XENFEAT_dom0: Xen refuses to start this as dom0.
 */
XEN_NOTE(FEATURES, "pae_pgdir_above_4gb");
#define FEATURES_PV	BIT(XENFEAT_pae_pgdir_above_4gb)

/*
 * How the tools that move a domain tell a page table entry that holds a machine
 * frame, present or not: value in the bits of the mask.  The kernel keeps no
 * frame number in an entry that is not present.
 */
struct xen_l1_mfn_valid {
	u64 mask, value;
};
XEN_NOTE(L1_MFN_VALID, ((struct xen_l1_mfn_valid){ _PAGE_PRESENT, _PAGE_PRESENT }));

/*
 * The initrd needs no mapping: mod_start may be a frame number (start-info.c).
 * The builder's mapping is smaller then, and an initrd can be of any size.
 *
 * Eight bytes, of which the lower four are 0: to libelf, not 0.  GRUB's i386-xen
 * looks at four, sees 0, and maps the initrd: that it can do.  Otherwise, with
 * VIRT_BASE 0, it jumps behind the initrd to a page that it has mapped in front
 * of it (grub-core/loader/i386/xen.c of 2.06, grub_xen_boot()).
 */
XEN_NOTE(MOD_START_PFN, 1ULL << 32);

/* As a set of bits, for Xen 4.2 and later.  Its being there is what asks for XENFEAT_dom0. */
XEN_NOTE(SUPPORTED_FEATURES, (u32)(FEATURES_PV | FEATURES_PVH));
