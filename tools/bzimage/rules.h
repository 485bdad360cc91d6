/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BZIMAGE_RULES_H
#define BZIMAGE_RULES_H

#include "util.h"

/*
 * Every rule that check knows: RULE(name, "id", usual severity, "summary").
 * The tests hold this list against what their fixtures provoke.
 */
#define BZIMAGE_RULES(RULE) \
	RULE(BOOT_FLAG, "boot-flag", ERROR, "boot_flag is 0xaa55") \
	RULE(NO_HEADER, "no-header", NOTE, "an image has a setup header (protocol 2.00)") \
	RULE(JUMP, "jump", ERROR, "the setup code starts with a short forward jump") \
	RULE(HEADER_LENGTH, "header-length", ERROR, \
	     "the header holds all fields of its protocol") \
	RULE(VERSION_NEW, "version-new", NOTE, "the protocol is one that this tool knows") \
	RULE(VERSION_BURNT, "version-burnt", WARNING, "protocol 2.14 is not used") \
	RULE(SETUP_SECTS_ZERO, "setup-sects-zero", NOTE, "setup_sects is not 0") \
	RULE(SETUP_SECTS_LARGE, "setup-sects-large", ERROR, \
	     "the setup part is at most 32 KiB") \
	RULE(SYSSIZE_CUT, "syssize-cut", ERROR, "the file holds all that syssize states") \
	RULE(SYSSIZE_SHORT, "syssize-short", WARNING, "syssize states all of the block") \
	RULE(SYSSIZE_SIGNED, "syssize-signed", NOTE, \
	     "only a signature lies behind what syssize states") \
	RULE(SYSSIZE_EXACT, "syssize-exact", ERROR, "with a wrapper, syssize is exact") \
	RULE(ZIMAGE, "zimage", NOTE, "an image is a bzImage (LOADED_HIGH)") \
	RULE(ZIMAGE_LARGE, "zimage-large", ERROR, "a zImage's block is at most 512 KiB") \
	RULE(LOADFLAGS_UNKNOWN, "loadflags-unknown", WARNING, \
	     "unassigned bits of loadflags are 0") \
	RULE(LOADFLAGS_SET, "loadflags-set", WARNING, \
	     "flags that a loader sets are clear in the file") \
	RULE(NOT_ZERO, "not-zero", WARNING, "a field that a loader fills in is 0 in the file") \
	RULE(START_SYS_SEG, "start-sys-seg", NOTE, "start_sys_seg is 0x1000") \
	RULE(SENTINEL, "sentinel", WARNING, \
	     "the byte at 0x1ef is 0xff, to tell careless loaders") \
	RULE(VERSION_NONE, "version-none", NOTE, "there is a version string") \
	RULE(VERSION_RANGE, "version-range", ERROR, "the version string is in the setup part") \
	RULE(VERSION_TEXT, "version-text", WARNING, "the version string is printable") \
	RULE(SETUP_MOVE_SIZE, "setup-move-size", WARNING, \
	     "setup_move_size covers the setup part (2.00 and 2.01)") \
	RULE(CODE32_START, "code32-start", WARNING, \
	     "code32_start is where the block is loaded") \
	RULE(HEAP_END, "heap-end", WARNING, "heap_end_ptr is in the setup segment") \
	RULE(INITRD_ADDR_MAX, "initrd-addr-max", WARNING, \
	     "initrd_addr_max leaves room for an initrd") \
	RULE(ALIGN_POWER, "align-power", ERROR, \
	     "kernel_alignment of a relocatable kernel is a power of two") \
	RULE(ALIGN_PAGE, "align-page", WARNING, "kernel_alignment is at least a page") \
	RULE(RELOCATABLE_BOOL, "relocatable-bool", WARNING, "relocatable_kernel is 0 or 1") \
	RULE(MIN_ALIGN_LARGE, "min-align-large", ERROR, \
	     "min_alignment is no more than kernel_alignment") \
	RULE(MIN_ALIGN_SMALL, "min-align-small", WARNING, "min_alignment is at least a page") \
	RULE(XLOADFLAGS_UNKNOWN, "xloadflags-unknown", WARNING, \
	     "unassigned bits of xloadflags are 0") \
	RULE(XLOADFLAGS_64, "xloadflags-64", ERROR, \
	     "flags for 64-bit kernels come with XLF_KERNEL_64") \
	RULE(XLOADFLAGS_5LEVEL, "xloadflags-5level", WARNING, \
	     "XLF_5LEVEL_ENABLED comes with XLF_5LEVEL") \
	RULE(XLOADFLAGS_CLASS, "xloadflags-class", ERROR, \
	     "XLF_KERNEL_64 says what the kernel is") \
	RULE(CMDLINE_SIZE, "cmdline-size", WARNING, "cmdline_size is at least 255") \
	RULE(PREF_ADDRESS_ZERO, "pref-address-zero", WARNING, "pref_address is not 0") \
	RULE(PREF_ADDRESS_LOW, "pref-address-low", ERROR, "pref_address is not below 1 MiB") \
	RULE(PREF_ADDRESS_ALIGN, "pref-address-align", ERROR, \
	     "pref_address is a multiple of kernel_alignment") \
	RULE(PREF_ADDRESS_HIGH, "pref-address-high", ERROR, \
	     "a 32-bit kernel's memory ends below 4 GiB") \
	RULE(INIT_SIZE_ZERO, "init-size-zero", ERROR, "init_size is not 0") \
	RULE(INIT_SIZE_BLOCK, "init-size-block", ERROR, "init_size holds the block") \
	RULE(INIT_SIZE_MARGIN, "init-size-margin", WARNING, \
	     "init_size is enough to decompress in place") \
	RULE(INIT_SIZE_KERNEL, "init-size-kernel", ERROR, "init_size holds the kernel") \
	RULE(HANDOVER_RANGE, "handover-range", ERROR, "the EFI handover entry is in the block") \
	RULE(HANDOVER_FLAGS, "handover-flags", ERROR, \
	     "handover_offset and the handover flags agree") \
	RULE(HANDOVER_NO_PE, "handover-no-pe", WARNING, \
	     "an EFI handover entry comes with a PE header") \
	RULE(KERNEL_INFO_NONE, "kernel-info-none", WARNING, \
	     "protocol 2.15 comes with kernel_info") \
	RULE(KERNEL_INFO_BAD, "kernel-info-bad", ERROR, "kernel_info is well-formed") \
	RULE(CRC, "crc", NOTE, "the file's CRC-32 is 0 (2.08)") \
	RULE(PE_BAD, "pe-bad", ERROR, "the PE header is well-formed") \
	RULE(PE_MACHINE, "pe-machine", ERROR, "the PE header is for the kernel's machine") \
	RULE(PE_FORMAT, "pe-format", ERROR, "PE32 goes with i386, PE32+ with x86-64") \
	RULE(PE_SUBSYSTEM, "pe-subsystem", ERROR, "the PE header says EFI application") \
	RULE(PE_IMAGE_SIZE, "pe-image-size", ERROR, "SizeOfImage holds the file") \
	RULE(PE_SECTION, "pe-section", ERROR, "PE sections are in the file and in the image") \
	RULE(PE_WX, "pe-wx", WARNING, "no PE section is writable and executable") \
	RULE(PE_ENTRY, "pe-entry", ERROR, "the PE entry is in an executable section") \
	RULE(PE_CERT, "pe-cert", ERROR, "the certificate table is in the file") \
	RULE(PAYLOAD_NONE, "payload-none", NOTE, "there is a payload (2.08)") \
	RULE(PAYLOAD_BAD, "payload-bad", ERROR, "the payload is in the block and decompresses") \
	RULE(PAYLOAD_SIZE, "payload-size", ERROR, \
	     "the size behind the payload is what it decompresses to") \
	RULE(PAYLOAD_JUNK, "payload-junk", WARNING, \
	     "payload_length ends with the compressed data and its size") \
	RULE(PAYLOAD_PLAIN, "payload-plain", NOTE, "the payload is compressed") \
	RULE(VMLINUX_BAD, "vmlinux-bad", ERROR, "the payload holds an ELF file") \
	RULE(VMLINUX_MACHINE, "vmlinux-machine", ERROR, \
	     "vmlinux is for i386 or x86-64, in its class") \
	RULE(VMLINUX_TYPE, "vmlinux-type", ERROR, "vmlinux is an executable") \
	RULE(VMLINUX_NO_LOAD, "vmlinux-no-load", ERROR, "vmlinux has segments to load") \
	RULE(VMLINUX_SIZES, "vmlinux-sizes", ERROR, \
	     "no segment of vmlinux has more in the file than in memory") \
	RULE(VMLINUX_RANGE, "vmlinux-range", ERROR, \
	     "the segments of vmlinux lie in [pref_address, + init_size)") \
	RULE(VMLINUX_OVERLAP, "vmlinux-overlap", ERROR, "the segments of vmlinux do not overlap") \
	RULE(VMLINUX_ENTRY, "vmlinux-entry", ERROR, \
	     "the entry of vmlinux is in an executable segment") \
	RULE(VMLINUX_NOTES, "vmlinux-notes", ERROR, "the notes of vmlinux are well-formed") \
	RULE(RELOCS_NONE, "relocs-none", WARNING, \
	     "a relocatable 32-bit kernel has relocations behind it") \
	RULE(RELOCS_FORM, "relocs-form", ERROR, \
	     "relocations are well-formed") \
	RULE(RELOCS_RANGE, "relocs-range", ERROR, "relocations are inside the kernel") \
	RULE(XEN_STRING, "xen-string", WARNING, "Xen's string notes are strings") \
	RULE(XEN_NUMBER, "xen-number", ERROR, "Xen's numeric notes are 4 or 8 bytes") \
	RULE(XEN_VERSION, "xen-version", ERROR, "a kernel with Xen notes is for xen-3.0") \
	RULE(XEN_GUEST, "xen-guest", ERROR, \
	     "a kernel with Xen notes has LOADER generic or GUEST_OS linux") \
	RULE(XEN_PAE, "xen-pae", ERROR, "a 32-bit kernel for Xen has PAE_MODE yes or bimodal") \
	RULE(XEN_BASE, "xen-base", ERROR, "Xen's VIRT_BASE and PADDR_OFFSET fit the segments") \
	RULE(XEN_ENTRY, "xen-entry", ERROR, "Xen's ENTRY is inside the kernel") \
	RULE(WRAPPER_NONE, "wrapper-none", NOTE, "there is an ELF wrapper") \
	RULE(WRAPPER_STRAY, "wrapper-stray", WARNING, \
	     "an ELF header before the block is where the locator rule finds it") \
	RULE(WRAPPER_BAD, "wrapper-bad", ERROR, "the wrapper's ELF headers are well-formed") \
	RULE(WRAPPER_HEADER, "wrapper-header", ERROR, "the wrapper is ELF32, EXEC, i386") \
	RULE(WRAPPER_PHDRS, "wrapper-phdrs", ERROR, \
	     "the wrapper's program headers are in its header page") \
	RULE(WRAPPER_LOAD, "wrapper-load", ERROR, "the wrapper has segments to load") \
	RULE(WRAPPER_DYNAMIC, "wrapper-dynamic", ERROR, \
	     "the wrapper needs no interpreter or dynamic linker") \
	RULE(WRAPPER_ALIGN, "wrapper-align", ERROR, \
	     "wrapper segments are page-aligned in file and memory") \
	RULE(WRAPPER_CONGRUENT, "wrapper-congruent", ERROR, \
	     "p_offset and p_vaddr agree modulo p_align") \
	RULE(WRAPPER_PADDR, "wrapper-paddr", ERROR, "p_paddr is p_vaddr") \
	RULE(WRAPPER_SIZES, "wrapper-sizes", ERROR, "p_filesz is no more than p_memsz") \
	RULE(WRAPPER_WX, "wrapper-wx", ERROR, "no segment is writable and executable") \
	RULE(WRAPPER_READ, "wrapper-read", ERROR, "every segment is readable") \
	RULE(WRAPPER_ORDER, "wrapper-order", ERROR, "segments ascend and do not overlap") \
	RULE(WRAPPER_FILE_ORDER, "wrapper-file-order", ERROR, \
	     "segments follow one another in the file") \
	RULE(WRAPPER_START, "wrapper-start", ERROR, "the first segment is at pref_address") \
	RULE(WRAPPER_HOLE, "wrapper-hole", ERROR, \
	     "segments cover [pref_address, + init_size) without a hole") \
	RULE(WRAPPER_END, "wrapper-end", WARNING, "segments end with init_size") \
	RULE(WRAPPER_ENTRY, "wrapper-entry", ERROR, \
	     "e_entry is the executable segment's start at the block's first byte") \
	RULE(WRAPPER_HEADERS, "wrapper-headers", WARNING, \
	     "a read-only segment holds the header page") \
	RULE(WRAPPER_FILE_END, "wrapper-file-end", ERROR, \
	     "the file ends with the last segment") \
	RULE(WRAPPER_STACK, "wrapper-stack", ERROR, "there is a PT_GNU_STACK, not executable") \
	RULE(WRAPPER_NOTES, "wrapper-notes", ERROR, "the wrapper's notes are well-formed") \
	RULE(WRAPPER_NOTE_LOAD, "wrapper-note-load", WARNING, \
	     "the wrapper's notes are in a loaded segment") \
	RULE(WRAPPER_BUILD_ID, "wrapper-build-id", ERROR, "the wrapper has a build-id note") \
	RULE(WRAPPER_NO_XEN, "wrapper-no-xen", NOTE, "the wrapper has Xen notes") \
	RULE(WRAPPER_PAYLOAD, "wrapper-payload", ERROR, "the payload is in a segment that is not writable") \
	RULE(WRAPPER_INPLACE, "wrapper-inplace", ERROR, \
	     "loaded by its segments, the payload is where it can be decompressed in place") \
	RULE(WRAPPER_LOW, "wrapper-low", ERROR, "an image with a wrapper is a bzImage") \
	RULE(WRAPPER_PROTOCOL, "wrapper-protocol", ERROR, \
	     "an image with a wrapper has protocol 2.10 or later")

#define RULE_ENUM(name, id, severity, summary) RULE_##name,
enum rule_id {
	BZIMAGE_RULES(RULE_ENUM)
	RULE_COUNT
};

/**
 * struct checker - a check under way
 * @an:		what is checked
 * @img:	@an's image
 * @out:	where findings go
 * @last:	the last one, for expect(); a scratch one when memory is short
 * @scratch:	see @last
 */
struct checker {
	const struct bzimage_analysis *an;
	const struct bzimage *img;
	struct bzimage_findings *out;
	struct bzimage_finding *last;
	struct bzimage_finding scratch;
};

/* Add a finding with its rule's usual severity */
void find(struct checker *c, enum rule_id rule, uint64_t offset, const char *field,
	  const char *fmt, ...) __printf(5, 6);

/* Say what was expected instead */
void expect(struct checker *c, const char *fmt, ...) __printf(2, 3);

/* Make the last finding an error where there is a wrapper */
void strict_with_wrapper(struct checker *c);

/* Add an error that a parser gave */
void find_error(struct checker *c, enum rule_id rule, const struct bzimage_error *err);

/* Add a finding about a header field */
#define find_field(c, rule, id, ...) \
	find(c, rule, bzimage_fields[id].offset, bzimage_fields[id].name, __VA_ARGS__)

/* The checks, one file each */
void check_header(struct checker *c);
void check_pe(struct checker *c);
void check_payload(struct checker *c);
void check_xen_notes(struct checker *c, const struct bzimage_elf *elf, const char *prefix,
		     uint64_t base);
void check_wrapper(struct checker *c, bool needed);

#endif /* BZIMAGE_RULES_H */
