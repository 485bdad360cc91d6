#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""One mutation a test: each rule of check has a fixture that breaks it, and only then shows."""

import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
from mkimage import Image, vmlinux
import tap

ELF = 4096          # where the wrapper of these images starts
PHDRS = ELF + 52
WINDOW, HEADERS, ENTRY, PAYLOAD, TEXT, RODATA, DATA, NOTES, STACK = range(9)
K32 = 0xc0000000 + mk.PREF
MEMBERS = {'type': 0, 'offset': 4, 'vaddr': 8, 'paddr': 12, 'filesz': 16, 'memsz': 20,
           'flags': 24, 'align': 28}


def poke(offset, value, size=4):
    def change(image):
        image[offset:offset + size] = value.to_bytes(size, 'little')
    return change


def ph(segment, member, value):
    return poke(PHDRS + 32 * segment + MEMBERS[member], value)


def ph_add(segment, member, value):
    def change(image):
        at = PHDRS + 32 * segment + MEMBERS[member]
        old = int.from_bytes(image[at:at + 4], 'little')
        image[at:at + 4] = (old + value).to_bytes(4, 'little')
    return change


def both(*changes):
    def change(image):
        for c in changes:
            c(image)
    return change


def append(data):
    return lambda image: image.extend(data)


def plain(change=None, **kw):
    return lambda: built(Image(**kw), change)


def wrap(change=None, **kw):
    kw.setdefault('xen', True)
    return lambda: built(Image(wrapper=True, **kw), change)


def built(image, change):
    data = image.build()
    if change:
        change(data)
    return bytes(data)


def kernel(change, **kw):
    """An image whose kernel was changed before it was compressed."""
    def make():
        elf = bytearray(vmlinux(**kw))
        change(elf)
        return bytes(Image(kernel=bytes(elf), bits=kw.get('bits', 32)).build())
    return make


def xen(**notes):
    """A wrapper with other Xen notes: x5=None drops note 5."""
    def make():
        i = Image(wrapper=True, xen=True)
        i.layout_wrapper()
        i.notes = mk.BUILD_ID + mk.xen_notes(i.entry, notes={int(k[1:]): v
                                                           for k, v in notes.items()})
        return bytes(i.build())
    return make


def notes(data, change=None):
    def make():
        i = Image(wrapper=True)
        i.notes = data
        return built(i, change)
    return make


def payload(data, **kw):
    def make():
        i = Image(**kw)
        i.payload = data(i.payload)
        return bytes(i.build())
    return make


def packed(table, count):
    """An image with packed relocations of one's own."""
    tail = table + struct.pack('<2I', count, len(table))
    return lambda: bytes(Image(kernel=vmlinux(relocs=False) + tail).build())


def pe(offset, value, size=4, **kw):
    """A change relative to the PE header, which these images have at 0x40."""
    kw.setdefault('efi', True)
    return plain(poke(0x40 + offset, value, size), **kw)


def stray():
    """ELF magic before the block of an image whose setup part is no multiple of 4096."""
    data = Image().build()
    data[0x1f1] = 8
    data[9 * 512 - 4096:9 * 512 - 4092] = b'\x7fELF'
    return bytes(data)


# Offsets in the synthetic 32-bit vmlinux: its program headers, its first note
KPH = 52
N = 'note'
W = 'warning'
E = 'error'

# rule, severity, offset (None: any), pattern of the text, image
CASES = [
    ('boot-flag', E, 0x1fe, 'is 0x1234; expected 0xaa55', plain(boot_flag=0x1234)),
    ('no-header', N, 0x202, 'no HdrS', plain(poke(0x202, 0))),
    ('jump', E, 0x200, 'is e9 6a; expected eb', plain(poke(0x200, 0xe9, 1))),
    ('jump', E, 0x200, 'is eb 80', plain(poke(0x201, 0x80, 1))),
    ('header-length', E, 0x201, 'ends the header at 0x268; expected 0x26c',
     plain(poke(0x201, 0x66, 1))),
    ('version-new', N, 0x206, '2.16 is newer', plain(version=0x210)),
    ('version-burnt', W, 0x206, '2.14 was withdrawn', plain(protocol=0x20e)),
    ('setup-sects-zero', N, 0x1f1, 'is 0, which means 4', plain(setup_sects=0)),
    ('setup-sects-large', E, 0x1f1, 'setup part 0x8200 bytes long; expected 0x8000',
     plain(append(bytes(0x8000)), setup_sects=64)),
    ('syssize-cut', E, 0x1f4, 'but the file ends at 0x1400; expected 0x40', plain(syssize=0x80)),
    ('syssize-short', W, 0x1f4, 'states a block up to 0x1100', plain(syssize=0x10)),
    ('syssize-signed', N, 0x1f4, 'signature of 512 bytes', plain(efi=True, cert=512)),
    ('syssize-exact', E, 0x1f4, 'expected 0x40[0-9a-f]+ and a block of whole', wrap(syssize=0x80)),
    ('syssize-exact', E, 0x1f4, 'is 0x404 for a block of 0x4041 bytes', wrap(append(b'x'))),
    ('zimage', N, 0x211, 'LOADED_HIGH is clear: a zImage', plain(high=False)),
    ('zimage-large', E, 0x211, 'block of 0x80400 bytes; expected 0x80000',
     plain(append(bytes(0x80000)), high=False)),
    ('loadflags-unknown', W, 0x211, 'unassigned bits 0x1c', plain(loadflags=0x1d)),
    ('loadflags-set', W, 0x211, 'bits 0x80', plain(loadflags=0x81)),
    ('loadflags-set', W, 0x211, 'bits 0x40', wrap(loadflags=0x41)),
    ('start-sys-seg', N, 0x20c, 'is 0x2000; expected 0x1000', plain(start_sys_seg=0x2000)),
    ('sentinel', W, 0x1ef, 'is 0x00; expected 0xff', plain(poke(0x1ef, 0, 1))),
    ('version-none', N, 0x20e, 'no version string', plain(kernel_version=0)),
    ('version-range', E, 0x20e, 'no string ends before', plain(kernel_version=0xe00)),
    ('version-text', W, mk.VERSION_OFFSET, 'the byte 0x01', plain(poke(mk.VERSION_OFFSET, 1, 1))),
    ('setup-move-size', W, 0x212, 'is 0x800', plain(protocol=0x201, setup_move_size=0x800)),
    ('code32-start', W, 0x214, 'is 0x200000; expected 0x100000', plain(code32_start=0x200000)),
    ('code32-start', W, 0x214, 'is 0x100000; expected 0x1000',
     plain(high=False, code32_start=0x100000)),
    ('code32-start', E, 0x214, 'is 0x200000', wrap(code32_start=0x200000)),
    ('heap-end', W, 0x224, 'is 0xffff; expected 0xfe00', plain(heap_end_ptr=0xffff)),
    ('initrd-addr-max', W, 0x22c, 'is 0x0', plain(initrd_addr_max=0)),
    ('align-power', E, 0x230, 'is 0x300000', plain(kernel_alignment=0x300000)),
    ('align-power', E, 0x230, 'is 0x0', plain(kernel_alignment=0)),
    ('align-page', W, 0x230, 'is 0x200', plain(kernel_alignment=0x200, min_alignment=0)),
    ('align-page', E, 0x230, 'is 0x200', wrap(kernel_alignment=0x200, min_alignment=0)),
    ('relocatable-bool', W, 0x234, 'is 2', plain(relocatable_kernel=2)),
    ('min-align-large', E, 0x235, 'is 22: more than kernel_alignment', plain(min_alignment=22)),
    ('min-align-large', E, 0x235, 'is 255', plain(min_alignment=255)),
    ('min-align-small', W, 0x235, 'is 4; expected 12', plain(min_alignment=4)),
    ('xloadflags-unknown', W, 0x236, 'unassigned bits 0x0100', plain(xloadflags=0x100)),
    ('xloadflags-64', E, 0x236, 'bits 0x0002 for a 64-bit kernel', plain(xloadflags=2)),
    ('xloadflags-5level', W, 0x236, 'XLF_5LEVEL_ENABLED without', plain(bits=64, xloadflags=0x43)),
    ('xloadflags-class', E, 0x236, 'set for a 32-bit kernel', plain(xloadflags=1)),
    ('xloadflags-class', E, 0x236, 'clear for a 64-bit kernel', plain(bits=64, xloadflags=0)),
    ('cmdline-size', W, 0x238, 'is 80; expected 255', plain(cmdline_size=80)),
    ('pref-address-zero', W, 0x258, 'is 0', plain(pref_address=0)),
    ('pref-address-zero', E, 0x258, 'is 0', plain(pref_address=0, relocatable_kernel=0)),
    ('pref-address-zero', E, 0x258, 'is 0', wrap(pref_address=0)),
    ('pref-address-low', E, 0x258, 'is 0x8000; expected 0x100000', plain(pref_address=0x8000)),
    ('pref-address-align', E, 0x258, 'is 0x1001000; expected a multiple',
     plain(pref_address=0x1001000)),
    ('pref-address-high', E, 0x258, 'expected an end of 4 GiB', plain(pref_address=0xffe00000,
                                                                    init_size=0x400000)),
    ('init-size-zero', E, 0x260, 'is 0', plain(init_size=0)),
    ('init-size-block', E, 0x260, 'is 0x800, less than the block', plain(init_size=0x800)),
    ('init-size-margin', W, 0x260, 'gzip output could overtake', plain(init_size=0x8000)),
    ('init-size-margin', E, 0x260, 'gzip output could overtake', wrap(init_size=0x8000)),
    ('init-size-kernel', E, 0x260, 'less than the kernel', plain(init_size=0x1000)),
    ('handover-range', E, 0x264, 'past the block', plain(efi=True, handover_offset=0x10000)),
    ('handover-range', E, 0x264, 'past the block',
     plain(efi=True, bits=64, handover_offset=0x560)),
    ('handover-flags', E, 0x264, 'is 0x0 with XLF_EFI_HANDOVER flags 0x04',
     plain(efi=True, handover_offset=0)),
    ('handover-flags', E, 0x264, 'flags 0x00', plain(efi=True, xloadflags=0)),
    ('handover-no-pe', W, 0x264, 'no PE header', plain(handover_offset=16, xloadflags=4)),
    ('kernel-info-none', W, 0x268, 'is 0', plain(kernel_info_offset=0)),
    ('kernel-info-bad', E, 0x268, 'past the block', plain(kernel_info_offset=0x10000)),
    ('kernel-info-bad', E, 0x1010, 'not LToP', plain(kernel_info_offset=16)),
    ('crc', N, 0x1f4, 'the CRC-32 is 0x', plain(crc=False)),
    ('pe-bad', E, 0x3c, 'is 0xffff, past the setup part', plain(poke(0x3c, 0xffff), efi=True)),
    ('pe-bad', E, 0x40, 'is 0x12345678, not 0x4550', pe(0, 0x12345678)),
    ('pe-bad', E, 0x54, 'of 65535 bytes does not fit', pe(20, 0xffff, 2)),
    ('pe-bad', E, 0x54, 'is 80, less than 96', pe(20, 80, 2)),
    ('pe-bad', E, 0x58, 'is 0x107, not 0x10b', pe(24, 0x107, 2)),
    ('pe-bad', E, 0x46, 'is 97: more than', pe(6, 97, 2)),
    ('pe-machine', E, 0x44, 'is 0x8664; expected 0x14c', pe(4, 0x8664, 2)),
    ('pe-format', E, 0x44, 'PE32\\+ header', pe(24, 0x20b, 2)),
    ('pe-subsystem', E, 0x9c, 'is 3; expected 10', pe(24 + 68, 3, 2)),
    ('pe-image-size', E, 0x90, 'is 0x1000, less than the file', pe(24 + 56, 0x1000)),
    ('pe-section', E, 0xe8, '\\.setup: .* past the end of the file',
     pe(24 + 144 + 20, 0x10000)),
    ('pe-section', E, 0xe8, '\\.setup: .* past SizeOfImage', pe(24 + 144 + 12, 0x10000)),
    ('pe-wx', W, 0x10c, '\\.setup is writable and executable', pe(24 + 144 + 36, 0xe0000020)),
    ('pe-entry', E, 0x68, 'is 0x1, in no executable section', pe(24 + 16, 1)),
    ('pe-cert', E, 0x40, 'past the end of the file', pe(24 + 96 + 32, 0x100000, cert=512)),
    ('payload-none', N, 0x248, 'there is no payload', plain(payload=False)),
    ('payload-none', E, 0x248, 'there is no payload', wrap(payload_offset=0, payload_length=0)),
    ('payload-bad', E, 0x248, 'is 0 with a payload_length', plain(payload_offset=0)),
    ('payload-bad', E, 0x24c, 'is 0 with a payload_offset', plain(payload_length=0)),
    ('payload-bad', E, 0x248, 'past the block', plain(payload_offset=0x10000)),
    ('payload-bad', E, 0x248, 'past the block', plain(payload_offset=0xffffffff)),
    ('payload-bad', E, 0x24c, 'but the block ends', plain(payload_length=0xfffffff0)),
    ('payload-bad', E, 0x1020, 'starts with 00 01: no known format',
     payload(lambda p: b'\0\1' + p[2:])),
    ('payload-size', E, None, 'states an uncompressed size of 7, but it is',
     payload(lambda p: p[:-4] + b'\7\0\0\0', compress='xz')),
    ('payload-junk', W, 0x24c, 'but the gzip data ends after', payload(lambda p: p + b'junk')),
    ('payload-junk', W, 0x24c, 'but the zstd data ends after',
     payload(lambda p: p[:-4] + b'junk' + p[-4:], compress='zstd')),
    ('payload-plain', N, 0x1020, 'is not compressed', plain(compress='none')),
    ('vmlinux-bad', E, 0, 'no ELF magic', kernel(poke(0, 0))),
    ('vmlinux-machine', E, 18, 'is 40 in a 32-bit file', kernel(poke(18, 40, 2))),
    ('vmlinux-machine', E, 18, 'is 62 in a 32-bit file', kernel(poke(18, 62, 2))),
    ('vmlinux-type', E, 16, 'is 1; expected 2', kernel(poke(16, 1, 2))),
    ('vmlinux-no-load', E, KPH, 'no PT_LOAD', kernel(poke(44, 0, 2), sections=False)),
    ('vmlinux-sizes', E, KPH, 'more than p_memsz', kernel(poke(KPH + 20, 1))),
    ('vmlinux-range', E, KPH, r'\[0x100000, .* expected a place in \[0x1000000',
     kernel(poke(KPH + 12, 0x100000))),
    ('vmlinux-overlap', E, KPH + 32, 'overlaps segment 0', kernel(poke(KPH + 44, mk.PREF))),
    ('vmlinux-entry', E, 24, 'is 0x42, in no executable', kernel(poke(24, 0x42))),
    ('vmlinux-notes', E, None, 'goes past its segment',
     lambda: bytes(Image(kernel=vmlinux().replace(mk.BUILD_ID[:8],
                                                  mk.BUILD_ID[:4] + b'\xff\xff\0\0')).build())),
    ('relocs-none', W, None, 'there are none', lambda: bytes(
        Image(kernel=vmlinux(relocs=False)).build())),
    ('relocs-form', E, None, '8 bytes behind the ELF file: not one zero word',
     lambda: bytes(Image(kernel=vmlinux(relocs=False) + struct.pack('<2I', K32, K32)).build())),
    ('relocs-form', E, None, 'not one zero word', lambda: bytes(
        Image(kernel=vmlinux(relocs=False) + b'\0\0').build())),
    ('relocs-form', E, None, 'a number is cut off', packed(b'\x80', 1)),
    ('relocs-form', E, None, 'a number is cut off or too long', packed(b'\x80' * 5 + b'\1', 1)),
    ('relocs-form', E, None, 'do not ascend', packed(mk.leb128(K32) + b'\0', 2)),
    ('relocs-form', E, None, 'do not ascend', packed(mk.leb128(K32) + mk.leb128(K32), 2)),
    ('relocs-form', E, None, 'their number is not', packed(mk.leb128(K32), 2)),
    ('relocs-range', E, None, 'one is for 0x42,', packed(b'\x42', 1)),
    ('relocs-range', E, None, 'one is for 0x1234, in no segment',
     lambda: bytes(Image(kernel=vmlinux() + struct.pack('<I', 0x1234)).build())),
    ('xen-string', W, None, 'Xen GUEST_OS: is not a string', xen(x6=b'linux')),
    ('xen-number', E, None, 'Xen ENTRY: is not a number; expected 4 or 8 bytes, not 2',
     xen(x1=b'ab')),
    ('xen-version', E, None, 'XEN_VERSION: is for another', xen(x5=b'xen-9\0')),
    ('xen-version', E, ELF, 'XEN_VERSION: is missing', xen(x5=None)),
    ('xen-guest', E, None, 'GUEST_OS is not linux', xen(x6=b'bsd\0', x8=b'own\0')),
    ('xen-pae', E, None, 'neither yes nor bimodal', xen(x9=b'no\0')),
    ('xen-pae', E, None, 'PAE_MODE: is missing', xen(x9=None)),
    ('xen-base', E, None, 'PADDR_OFFSET: is there without', xen(x3=None)),
    ('xen-base', E, None, 'VIRT_BASE: is above', xen(x3=mk.number(0xc0000000),
                                                     x4=mk.number(0xc0000000))),
    ('xen-entry', E, None, 'ENTRY: is outside', xen(x1=mk.number(0x1000))),
    ('xen-entry', E, None, 'vmlinux Xen ENTRY: is outside', lambda: bytes(Image(kernel=vmlinux(
        xen=True, xen_changes={'notes': {1: mk.number(0x1000)}})).build())),
    ('wrapper-none', N, 0x1f1, 'shorter than 8192', plain()),
    ('wrapper-none', N, 0x1f1, 'no ELF magic', plain(efi=True)),
    ('wrapper-stray', W, 0x1f1, 'ELF header at 0x200, where', stray),
    ('wrapper-bad', E, ELF + 5, 'EI_DATA: is 2', wrap(poke(ELF + 5, 2, 1))),
    ('wrapper-header', E, ELF + 16, 'is 3; expected 2', wrap(poke(ELF + 16, 3, 2))),
    ('wrapper-header', E, ELF + 18, 'is 62; expected 3', wrap(poke(ELF + 18, 62, 2))),
    ('wrapper-header', E, ELF + 36, 'is 0x1; expected 0', wrap(poke(ELF + 36, 1))),
    ('wrapper-header', E, ELF + 4, 'is for 64 bits', wrap(
        lambda i: i.__setitem__(slice(ELF, ELF + 64), mk.ehdr(64, 2, 62, 0, 64, 0)))),
    ('wrapper-phdrs', E, ELF + 28, 'puts 9 program headers at 0x1000', wrap(both(
        lambda i: i.__setitem__(slice(ELF + 4096, ELF + 4096 + 288), i[PHDRS:PHDRS + 288]),
        poke(ELF + 28, 4096)))),
    ('wrapper-load', E, PHDRS, 'no PT_LOAD', wrap(poke(ELF + 44, 0, 2))),
    ('wrapper-dynamic', E, PHDRS + 32 * STACK, 'is DYNAMIC', wrap(ph(STACK, 'type', 2))),
    ('wrapper-dynamic', E, PHDRS + 32 * STACK, 'is INTERP', wrap(ph(STACK, 'type', 3))),
    ('wrapper-align', E, PHDRS + 32 * TEXT + 12, 'p_paddr', wrap(ph_add(TEXT, 'paddr', 16))),
    ('wrapper-align', E, PHDRS + 32 * TEXT + 4, 'p_offset', wrap(ph_add(TEXT, 'offset', 16))),
    ('wrapper-align', E, PHDRS + 32 * TEXT + 28, 'is 0x10', wrap(ph(TEXT, 'align', 16))),
    ('wrapper-congruent', E, PHDRS + 32 * TEXT + 8, 'for the offset',
     wrap(ph(TEXT, 'align', 0x200000))),
    ('wrapper-paddr', E, PHDRS + 32 * DATA + 12, 'for the virtual address 0xc1',
     wrap(ph_add(DATA, 'vaddr', 0xc0000000))),
    ('wrapper-sizes', E, PHDRS + 32 * TEXT + 16, 'with a p_memsz', wrap(ph(TEXT, 'memsz', 16))),
    ('wrapper-wx', E, PHDRS + 32 * TEXT + 24, 'is 0x7', wrap(ph(TEXT, 'flags', 7))),
    ('wrapper-read', E, PHDRS + 32 * TEXT + 24, 'is 0x1', wrap(ph(TEXT, 'flags', 1))),
    ('wrapper-order', E, PHDRS + 32 * TEXT + 12, 'before the end of the one before',
     wrap(ph_add(PAYLOAD, 'memsz', 0x3000))),
    ('wrapper-file-order', E, PHDRS + 32 * RODATA + 4, 'is 0x4000; expected 0x5000',
     wrap(both(ph_add(TEXT, 'filesz', 0x1000), ph_add(TEXT, 'memsz', 0x1000)))),
    ('wrapper-start', E, PHDRS + 12, 'expected pref_address', wrap(pref_address=0x1200000)),
    ('wrapper-hole', E, PHDRS + 32 * HEADERS + 12, 'behind a hole',
     wrap(ph(WINDOW, 'memsz', 0x1000))),
    ('wrapper-hole', E, 0x260, "segments end at", wrap(init_size=0x200000)),
    ('wrapper-end', W, 0x260, 'segments end at', wrap(ph_add(DATA, 'memsz', 0x10000))),
    ('wrapper-entry', E, ELF + 24, 'is 0x1000', wrap(poke(ELF + 24, 0x1000))),
    ('wrapper-entry', E, PHDRS + 32 * ENTRY + 24, 'not executable', wrap(ph(ENTRY, 'flags', 4))),
    ('wrapper-entry', E, ELF + 24, 'no segment starts with', wrap(ph(ENTRY, 'type', 0))),
    ('wrapper-headers', W, ELF, 'no read-only segment', wrap(ph(HEADERS, 'flags', 6))),
    ('wrapper-file-end', E, None, 'the last segment ends here', wrap(ph(DATA, 'filesz', 16))),
    ('wrapper-stack', E, PHDRS + 32 * STACK + 24, 'executable stack', wrap(ph(STACK, 'flags', 7))),
    ('wrapper-stack', E, PHDRS, 'no PT_GNU_STACK', wrap(ph(STACK, 'type', 0))),
    ('wrapper-notes', E, None, 'is cut off', notes(mk.BUILD_ID + b'\4\0\0\0')),
    ('wrapper-notes', E, None, 'one of more than 4096', wrap(both(
        ph(NOTES, 'offset', 0x20000), ph(NOTES, 'filesz', 12 * 4097),
        append(bytes(0x30000))))),
    ('wrapper-note-load', W, PHDRS + 32 * NOTES + 4, 'in no PT_LOAD',
     wrap(both(ph(HEADERS, 'type', 0)))),
    ('wrapper-build-id', E, ELF, 'no build-id', notes(mk.xen_notes(0x1000000))),
    ('wrapper-no-xen', N, ELF, 'no Xen notes', wrap(xen=False)),
    ('wrapper-payload', E, PHDRS + 32 * PAYLOAD + 24, 'holds the payload',
     wrap(ph(PAYLOAD, 'flags', 6))),
    ('wrapper-payload', E, 0x248, 'in no segment', wrap(ph(PAYLOAD, 'type', 0))),
    ('wrapper-inplace', E, PHDRS + 32 * PAYLOAD + 12, "payload's end at",
     wrap(both(ph(PAYLOAD, 'paddr', mk.PREF + 0x1000), ph(PAYLOAD, 'vaddr', mk.PREF + 0x1000)))),
    ('wrapper-low', E, 0x211, 'LOADED_HIGH is clear', wrap(high=False)),
    ('wrapper-protocol', E, 0x206, '2.09 has no pref_address', wrap(protocol=0x209)),
]

# A loader fills these in, or hooks into them: each must be 0 in the file
for name in ('ram_size', 'realmode_swtch', 'type_of_loader', 'ramdisk_image', 'ramdisk_size',
             'ext_loader_ver', 'ext_loader_type', 'cmd_line_ptr', 'hardware_subarch',
             'hardware_subarch_data', 'setup_data'):
    CASES.append(('not-zero', W, mk.FIELDS[name][0], name + ': is 0x1; expected 0',
                  plain(**{name: 1})))


# kernel_info in the synthetic image is the block's part behind the payload
def info(size, total, tail=b''):
    def make():
        i = Image()
        i.kernel_info = struct.pack('<4sIII', b'LToP', size, total, 9) + tail
        return bytes(i.build())
    return make


CASES += [
    ('kernel-info-bad', E, None, 'states a size of 8 and 16', info(8, 16)),
    ('kernel-info-bad', E, None, 'states a size of 32 and 16', info(32, 16)),
    ('kernel-info-bad', E, None, 'states a size of 16 and 65536', info(16, 65536)),
    ('kernel-info-bad', E, None, 'has 4 bytes left over', info(16, 20, b'ABCD')),
    ('kernel-info-bad', E, None, 'a chunk of 99 bytes where 8 to 12',
     info(16, 28, b'ABCD' + struct.pack('<II', 99, 0))),
]


def findings(image):
    tap.write('image', image)
    r, j = tap.run_json('check', tap.path('image'))
    return r, j.get('findings', [])


def check_base(name, image, allowed):
    r, found = findings(image)
    rules = [f['rule'] for f in found]
    tap.ok(r.returncode == 0 and set(rules) <= set(allowed), 'sound image: ' + name, rules)


def run_case(rule, severity, offset, pattern, make, seen):
    image = make()
    r, found = findings(image)
    matches = [f for f in found if f['rule'] == rule and f['severity'] == severity and
               (offset is None or f['offset'] == offset)]
    text = ['%s: %s; expected %s' % (f['field'], f['what'], f['expected']) for f in matches]
    good = any(re.search(pattern, t) for t in text)
    errors = any(f['severity'] == 'error' for f in found)
    tap.ok(good and tap.sane(r) and r.returncode == (1 if errors else 0),
           '%s: %s' % (rule, pattern), '%d %s\n%s' % (r.returncode, r.stderr, '\n'.join(
               map(str, found))))
    # The text form says the same
    lines = tap.run('check', tap.path('image')).stdout.splitlines()
    if good and not any(l.endswith('[%s]' % rule) and ': %s: ' % severity in l for l in lines):
        tap.ok(False, rule + ': also in the text form', '\n'.join(lines))
    seen.add(rule)


def main():
    seen = set()
    for proto in list(range(0x200, 0x20e)) + [0x20f]:
        check_base('protocol 2.%02d' % (proto & 0xff), Image(proto).build(), ['wrapper-none'])
    for comp in mk.COMPRESSORS:
        allowed = ['payload-plain'] if comp == 'none' else []
        check_base('plain, ' + comp, Image(compress=comp).build(), allowed + ['wrapper-none'])
        check_base('wrapper, ' + comp, Image(wrapper=True, xen=True, compress=comp).build(),
                   allowed + ['crc'])
    check_base('packed relocations', Image(kernel=vmlinux(relocs='packed')).build(),
               ['wrapper-none'])
    for bits in (32, 64):
        check_base('EFI, %d bits' % bits, Image(bits=bits, efi=True).build(), ['wrapper-none'])
        check_base('EFI, signed, %d bits' % bits, Image(bits=bits, efi=True, cert=512).build(),
                   ['wrapper-none', 'syssize-signed'])
    for rule, severity, offset, pattern, make in CASES:
        run_case(rule, severity, offset, pattern, make, seen)

    r = tap.run('check', '--wrapper', tap.write('plain', Image().build()))
    tap.ok(r.returncode == 1 and '[wrapper-none]' in r.stdout and ': error: ' in r.stdout,
           '--wrapper demands one', r.stdout)
    r = tap.run('check', '--wrapper', tap.write('wrapped', Image(wrapper=True).build()))
    tap.same(r.returncode, 0, '--wrapper is content with one')

    r, rules = tap.run_json('check', '--rules')
    known = {x['rule'] for x in rules}
    tap.same(seen ^ known, set(), 'every rule of check --rules has a fixture')
    tap.same(len(tap.run('check', '--rules').stdout.splitlines()), len(known),
             '--rules lists one rule a line')


tap.main(main)
