#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What info says about values: one field or header a test."""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
from mkimage import Image, vmlinux
import tap

# field, value, text
FIELDS = [
    ('vid_mode', 0xffff, 'normal'), ('vid_mode', 0xfffe, 'extended'), ('vid_mode', 0xfffd, 'ask'),
    ('vid_mode', 0x318, 'mode 0x318'), ('root_flags', 0, 'root is mounted read-write'),
    ('root_dev', 0x801, 'device 8:1'), ('setup_sects', 0, r'setup part of 2560 bytes \(0 means 4\)'),
    ('type_of_loader', 0x72, 'GRUB, version 2'), ('type_of_loader', 0xff, 'undefined'),
    ('type_of_loader', 0x61, 'unassigned, version 1'), ('type_of_loader', 0, 'none yet'),
    ('loadflags', 0xff, 'LOADED_HIGH, KASLR_FLAG, bit 2, bit 3, bit 4, QUIET_FLAG, '
     'KEEP_SEGMENTS, CAN_USE_HEAP'), ('loadflags', 0, 'none'),
    ('xloadflags', 0x803, 'XLF_KERNEL_64, XLF_CAN_BE_LOADED_ABOVE_4G, bit 11'),
    ('hardware_subarch', 1, 'lguest'), ('hardware_subarch', 2, 'Xen'),
    ('hardware_subarch', 9, 'unknown'), ('kernel_alignment', 0x2000, '8192 bytes'),
    ('kernel_alignment', 0x1000000, '16 MiB'), ('min_alignment', 21, '2097152 bytes'),
    ('kernel_version', 0, 'no version string'), ('kernel_version', 0xffff, 'no string there'),
    ('payload_offset', 0x20, '0x1020 in the file'), ('handover_offset', 0, 'none'),
    ('version', 0x20f, r'protocol 2\.15'), ('relocatable_kernel', 0, 'no'),
    ('boot_flag', 0x1234, 'bad'), ('syssize', 0x40, '1024 bytes'),
]

NOTES = [
    (mk.note('GNU', 3, b'\xab\xcd'), 'GNU +build-id +abcd'),
    (mk.note('GNU', 1, b'\1'), 'GNU +ABI tag +01'),
    (mk.note('Linux', 0x100, b'salt\0'), 'Linux +build salt +salt'),
    (mk.note('Linux', 0x101, mk.number(1)), 'Linux +LTO +0x1'),
    (mk.note('Other', 7, b'\xff'), 'Other +type 0x7 +ff'),
    (mk.note('\x1b[31m', 7, b''), r'\?\[31m +type 0x7'),
    (mk.note('Xen', 6, b'li\x1bnux\0'), r'Xen +GUEST_OS +li\?nux'),
    (mk.note('Xen', 15, b'\0\0\0\0\0\1\0\0'), 'Xen +INIT_P2M +0x10000000000'),
    (mk.note('Xen', 1, b'abc'), 'Xen +ENTRY +616263'),
] + [(mk.note('Xen', n, mk.number(5)), 'Xen +%s ' % name) for n, name in enumerate((
    'INFO ENTRY HYPERCALL_PAGE VIRT_BASE PADDR_OFFSET XEN_VERSION GUEST_OS GUEST_VERSION LOADER '
    'PAE_MODE FEATURES BSD_SYMTAB HV_START_LOW L1_MFN_VALID SUSPEND_CANCEL INIT_P2M '
    'MOD_START_PFN SUPPORTED_FEATURES PHYS32_ENTRY PHYS32_RELOC').split())]


def info(image):
    return tap.run('info', tap.write('image', image)).stdout


def main():
    for name, value, text in FIELDS:
        kw = {'compress': 'gzip', name: value}
        out = info(Image(**kw).build())
        tap.ok(re.search(r'^  0x\S+ +\d +%s +0x%x  %s$' % (name, value, text), out, re.M),
               '%s 0x%x: %s' % (name, value, text), out)
    for data, text in NOTES:
        i = Image(wrapper=True)
        i.notes = data
        out = info(i.build())
        tap.ok(re.search(r'^ +%s' % text, out, re.M), 'note: ' + text, out)
    for kind, name in ((0, 'NULL'), (1, 'LOAD'), (2, 'DYNAMIC'), (3, 'INTERP'), (6, 'PHDR'),
                       (7, 'TLS'), (0x6474e552, 'GNU_RELRO'), (0x6474e553, 'GNU_PROPERTY'),
                       (0x12345, '0x12345')):
        elf = bytearray(vmlinux())
        elf[52 + 64:52 + 68] = kind.to_bytes(4, 'little')
        out = info(Image(kernel=bytes(elf)).build())
        tap.ok(re.search(r'^    %s +r--' % name, out, re.M), 'segment ' + name, out)
    for kind, name in ((1, 'REL'), (2, 'EXEC'), (3, 'DYN'), (4, 'CORE'), (9, 'of unknown type')):
        elf = bytearray(vmlinux())
        elf[16] = kind
        out = info(Image(kernel=bytes(elf)).build())
        tap.ok('ELF32 %s, i386' % name in out, 'vmlinux ' + name, out)
    for relocs, text in ((True, '12 bytes, words, 2 of them'), ('packed', '14 bytes, packed, 2'),
                         (False, None)):
        out = info(Image(kernel=vmlinux(relocs=relocs)).build())
        tap.ok(('relocations behind it: %s' % text in out) if text else 'relocations' not in out,
               'relocations: %s' % text, out)
    out = info(Image(kernel=vmlinux(sections=False, relocs=False)).build())
    tap.ok('ELF32 EXEC' in out, 'vmlinux without sections', out)


tap.main(main)
