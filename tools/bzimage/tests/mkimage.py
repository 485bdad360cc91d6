#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Build synthetic boot images: every byte of the test fixtures comes from here.

The images have the form of real ones and nothing in them that could run. As a
program: mkimage.py [options] OUT (see --help). As a module: Image(...).build().
"""

import argparse
import bz2
import gzip
import lzma
import os
import struct
import zlib

PAGE = 4096
SECTOR = 512
PREF = 0x1000000
KERNEL_VADDR = {32: 0xc0000000, 64: 0xffffffff80000000}

# name: (offset, size, first protocol)
FIELDS = {
    'setup_sects': (0x1f1, 1, 0), 'root_flags': (0x1f2, 2, 0), 'syssize': (0x1f4, 4, 0),
    'ram_size': (0x1f8, 2, 0), 'vid_mode': (0x1fa, 2, 0), 'root_dev': (0x1fc, 2, 0),
    'boot_flag': (0x1fe, 2, 0), 'jump': (0x200, 2, 0x200), 'header': (0x202, 4, 0x200),
    'version': (0x206, 2, 0x200), 'realmode_swtch': (0x208, 4, 0x200),
    'start_sys_seg': (0x20c, 2, 0x200), 'kernel_version': (0x20e, 2, 0x200),
    'type_of_loader': (0x210, 1, 0x200), 'loadflags': (0x211, 1, 0x200),
    'setup_move_size': (0x212, 2, 0x200), 'code32_start': (0x214, 4, 0x200),
    'ramdisk_image': (0x218, 4, 0x200), 'ramdisk_size': (0x21c, 4, 0x200),
    'bootsect_kludge': (0x220, 4, 0x200), 'heap_end_ptr': (0x224, 2, 0x201),
    'ext_loader_ver': (0x226, 1, 0x202), 'ext_loader_type': (0x227, 1, 0x202),
    'cmd_line_ptr': (0x228, 4, 0x202), 'initrd_addr_max': (0x22c, 4, 0x203),
    'kernel_alignment': (0x230, 4, 0x205), 'relocatable_kernel': (0x234, 1, 0x205),
    'min_alignment': (0x235, 1, 0x20a), 'xloadflags': (0x236, 2, 0x20c),
    'cmdline_size': (0x238, 4, 0x206), 'hardware_subarch': (0x23c, 4, 0x207),
    'hardware_subarch_data': (0x240, 8, 0x207), 'payload_offset': (0x248, 4, 0x208),
    'payload_length': (0x24c, 4, 0x208), 'setup_data': (0x250, 8, 0x209),
    'pref_address': (0x258, 8, 0x20a), 'init_size': (0x260, 4, 0x20a),
    'handover_offset': (0x264, 4, 0x20b), 'kernel_info_offset': (0x268, 4, 0x20f),
}

VERSION_STRING = b'6.12.0-synthetic (mkimage@tests) #1 SMP\0'
VERSION_OFFSET = 0x380

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_GNU_STACK = 1, 2, 3, 4, 0x6474e551
R, W, X = 4, 2, 1


def align(n, to=PAGE):
    return (n + to - 1) // to * to


def pad(data, to):
    return data + bytes(align(len(data), to) - len(data))


def note(owner, kind, desc):
    """An ELF note."""
    name = owner.encode() + b'\0'
    return (struct.pack('<3I', len(name), len(desc), kind) + pad(name, 4) + pad(desc, 4))


def number(n):
    return struct.pack('<I', n)


def xen_notes(entry, **changes):
    """The notes of a 32-bit Xen PV guest at virtual = physical addresses."""
    notes = {5: b'xen-3.0\0', 6: b'linux\0', 8: b'generic\0', 9: b'yes\0', 3: number(0),
             4: number(0), 1: number(entry)}
    for kind, desc in changes.get('notes', {}).items():
        if desc is None:
            notes.pop(kind, None)
        else:
            notes[kind] = desc
    return b''.join(note('Xen', kind, desc) for kind, desc in notes.items())


BUILD_ID = note('GNU', 3, bytes(range(20)))


def ehdr(bits, kind, machine, entry, phoff, phnum, shoff=0, shnum=0, shstrndx=0):
    ident = b'\x7fELF' + bytes([1 if bits == 32 else 2, 1, 1]) + bytes(9)
    sizes = (52, 32, 40) if bits == 32 else (64, 56, 64)
    form = '<HHIIIIIHHHHHH' if bits == 32 else '<HHIQQQIHHHHHH'
    return ident + struct.pack(form, kind, machine, 1, entry, phoff, shoff, 0, sizes[0],
                               sizes[1], phnum, sizes[2] if shnum else 0, shnum, shstrndx)


def phdr(bits, kind, flags, offset, vaddr, paddr, filesz, memsz, alignment=PAGE):
    if bits == 32:
        return struct.pack('<8I', kind, offset, vaddr, paddr, filesz, memsz, flags, alignment)
    return struct.pack('<IIQQQQQQ', kind, flags, offset, vaddr, paddr, filesz, memsz, alignment)


def shdr(bits, name, kind, flags, addr, offset, size):
    form = '<10I' if bits == 32 else '<IIQQQQIIQQ'
    return struct.pack(form, name, kind, flags, addr, offset, size, 0, 0, 1, 0)


def leb128(n):
    out = b''
    while n > 0x7f:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def vmlinux(bits=32, machine=None, xen=False, relocs=True, sections=True, pref=PREF,
            xen_changes=None, size=0x180):
    """A small kernel: text, data, bss and brk, notes, relocations behind."""
    machine = machine or (3 if bits == 32 else 62)
    base = KERNEL_VADDR[bits] + pref
    head = 64 + 3 * 56
    text = b'\xf4' * size
    notes = BUILD_ID + (xen_notes(pref, **(xen_changes or {})) if xen else b'')
    data = b'data' * 32
    text_off = align(head, 16)
    notes_off = text_off + len(text)
    data_off = align(notes_off + len(notes), 16)
    text_size = notes_off + len(notes) - text_off
    data_pa = pref + 0x2000
    bss, brk = 0x1000, 0x1000
    phdrs = [
        phdr(bits, PT_LOAD, R | X, text_off, base, pref, text_size, text_size, 16),
        phdr(bits, PT_LOAD, R | W, data_off, base + 0x2000, data_pa, len(data),
             len(data) + bss + brk, 16),
        phdr(bits, PT_NOTE, R, notes_off, base + len(text), pref + len(text), len(notes),
             len(notes), 4),
    ]
    body = pad(text + notes, 16) + data
    shoff = shnum = strndx = 0
    if sections:
        names = b'\0.text\0.notes\0.data\0.bss\0.brk\0.shstrtab\0'
        where = {n: names.index(b'\0' + n + b'\0') + 1
                 for n in (b'.text', b'.notes', b'.data', b'.bss', b'.brk', b'.shstrtab')}
        end_data = base + 0x2000 + len(data)
        str_off = data_off + len(data)
        body = pad(body + names, 16)
        shoff = text_off + len(body)
        table = [
            shdr(bits, 0, 0, 0, 0, 0, 0),
            shdr(bits, where[b'.text'], 1, 6, base, text_off, len(text)),
            shdr(bits, where[b'.notes'], 7, 2, base + len(text), notes_off, len(notes)),
            shdr(bits, where[b'.data'], 1, 3, base + 0x2000, data_off, len(data)),
            shdr(bits, where[b'.bss'], 8, 3, end_data, str_off, bss),
            shdr(bits, where[b'.brk'], 8, 3, end_data + bss, str_off, brk),
            shdr(bits, where[b'.shstrtab'], 3, 0, 0, str_off, len(names)),
        ]
        shnum, strndx = len(table), 6
        body += b''.join(table)
    head = ehdr(bits, 2, machine, pref, 52 if bits == 32 else 64, len(phdrs), shoff, shnum,
                strndx) + b''.join(phdrs)
    elf = head + bytes(text_off - len(head)) + body
    if relocs == 'packed':
        table = leb128((base + 4) & 0xffffffff) + leb128(4)
        elf = pad(elf, 4) + table + struct.pack('<2I', 2, len(table))
    elif relocs:
        elf = pad(elf, 4) + struct.pack('<3I', 0, (base + 4) & 0xffffffff,
                                        (base + 8) & 0xffffffff)
    return elf


def is_run(data):
    return len(data) > 64 and data == data[:1] * len(data)


def lzo_block(data):
    """A run of one byte as LZO1X: four literals, one match, the end mark; else stored."""
    rest = len(data) - 4 - 33
    if not is_run(data):
        return data
    out = bytes([17 + 4]) + data[:4] + b'\x20'
    while rest > 255:
        out += b'\0'
        rest -= 255
    return out + bytes([rest]) + b'\0\0' + b'\x11\0\0'


def lzo(data):
    """The lzop container, with all four kinds of checksum."""
    header = struct.pack('>HHHBBIIIIB', 0x1030, 0x20a0, 0x0940, 3, 9, 0x303, 0o100644, 0, 0, 0)
    out = b'\x89LZO\0\r\n\x1a\n' + header + struct.pack('>I', zlib.adler32(header))
    for pos in range(0, len(data), 512):
        plain = data[pos:pos + 512]
        packed = lzo_block(plain)
        out += struct.pack('>IIII', len(plain), len(packed), zlib.adler32(plain),
                           zlib.crc32(plain))
        if len(packed) < len(plain):
            out += struct.pack('>II', zlib.adler32(packed), zlib.crc32(packed))
        out += packed
    return out + bytes(4)


def lz4(data):
    """The legacy lz4 frame; blocks are a run of one byte or literals only."""
    out = struct.pack('<I', 0x184c2102)
    for pos in range(0, len(data), 1024):
        plain = data[pos:pos + 1024]
        extra = len(plain) - 15
        if is_run(plain):
            # Four literals, one match at distance 1, five literals as the format demands
            rest = len(plain) - 4 - 5 - 4 - 15
            block = (b'\x4f' + plain[:4] + b'\1\0' + b'\xff' * (rest // 255) +
                     bytes([rest % 255]) + b'\x50' + plain[:5])
        elif extra < 0:
            block = bytes([len(plain) << 4]) + plain
        else:
            block = b'\xf0' + b'\xff' * (extra // 255) + bytes([extra % 255]) + plain
        out += struct.pack('<I', len(block)) + block
    return out


def zstd(data):
    """A zstd frame of raw and RLE blocks, with a window of 8 KiB."""
    out = struct.pack('<IBB', 0xfd2fb528, 0, 3 << 3)
    for pos in range(0, len(data), 1024):
        plain = data[pos:pos + 1024]
        last = pos + 1024 >= len(data)
        run = is_run(plain)
        out += struct.pack('<I', len(plain) << 3 | run << 1 | last)[:3]
        out += plain[:1] if run else plain
    return out


def xz(data):
    return lzma.compress(data, lzma.FORMAT_XZ, lzma.CHECK_CRC32, filters=[
        {'id': lzma.FILTER_X86}, {'id': lzma.FILTER_LZMA2, 'dict_size': 1 << 16}])


COMPRESSORS = {
    'gzip': lambda d: gzip.compress(d, 9, mtime=0),
    'bzip2': lambda d: bz2.compress(d, 1),
    'lzma': lambda d: lzma.compress(d, lzma.FORMAT_ALONE,
                                    filters=[{'id': lzma.FILTER_LZMA1, 'dict_size': 1 << 16}]),
    'xz': xz,
    'lzo': lzo,
    'lz4': lz4,
    'zstd': zstd,
    'none': lambda d: d,
}

MARGIN = {
    'gzip': lambda n: (n >> 12) + 32768 + 18,
    'lz4': lambda n: (n >> 8) + 65536,
    'zstd': lambda n: (n >> 8) + 131072,
    'none': lambda n: 0,
}


def margin(compressor, size):
    return MARGIN.get(compressor, lambda n: (n >> 12) + 65536 + 128)(size)


class Image:
    """A boot image. Attributes may be changed before build(); so may fields."""

    def __init__(self, protocol=0x20f, wrapper=False, compress='gzip', bits=32, efi=False,
                 xen=False, high=True, kernel=None, payload=True, crc=True, cert=0,
                 small=False, **fields):
        self.protocol = protocol
        self.wrapper = wrapper
        self.compress = compress
        self.bits = bits
        self.efi = efi
        self.high = high
        self.crc = crc
        self.cert = cert
        self.small = small
        self.fields = fields
        self.kernel = kernel or vmlinux(bits, xen=xen, pref=PREF)
        self.payload = COMPRESSORS[compress](self.kernel)
        if compress not in ('gzip', 'none'):
            self.payload += struct.pack('<I', len(self.kernel))
        self.has_payload = payload and protocol >= 0x208
        self.setup_sects = 15 if wrapper or efi else 7
        self.header_end = max([0x202] + [o + s for o, s, since in FIELDS.values()
                                         if since <= protocol])
        self.xen = xen
        self.kernel_info = struct.pack('<4sIII', b'LToP', 16, 16, 0x80000009)
        # Wrapper: kind, flags, offset or None, memsz; filled in by layout_wrapper()
        self.segments = []
        self.notes = None
        self.entry = None
        self.entry_code = b'\xfa\xf4' + bytes(30)

    @property
    def setup_size(self):
        return ((self.setup_sects or 4) + 1) * SECTOR

    def layout_plain(self):
        """Entry, payload, decompressor with kernel_info, as stock images are."""
        head = pad(self.entry_code, 0x210 if self.bits == 64 else 32)
        self.payload_offset = len(head) if self.has_payload else 0
        body = head + (self.payload if self.has_payload else b'')
        body = pad(body, 16)
        self.info_offset = len(body)
        body += self.kernel_info + b'decompressor' * 20
        # As in stock images, four bytes at the end are for the checksum
        self.block = pad(body + bytes(4), 512)
        self.memory = align(len(self.block)) + (0x1000 if self.efi else 0)
        need = len(self.kernel) + margin(self.compress, len(self.kernel)) + self.memory
        self.init_size = align(max(need, 0x6000))

    def layout_wrapper(self):
        """Window, header page, entry, payload, text, rodata, data and bss."""
        parts = [(R | X, self.entry_code), (R, self.payload), (R | X, b'\xc3' * 64),
                 (R, self.kernel_info + b'rodata' * 8), (R | W, b'data' * 16)]
        if self.small:
            # Fewer pages, for the fuzzer: kernel_info is where the data would be
            parts[2:] = [(R | W, self.kernel_info + b'data' * 4)]
        window = align(len(self.kernel) + margin(self.compress, len(self.kernel)))
        segments = [[PT_LOAD, R | W, 0, PREF, 0, window]]
        pos = PREF + window
        segments.append([PT_LOAD, R, 0, pos, PAGE, PAGE])
        pos += PAGE
        block = b''
        for i, (flags, data) in enumerate(parts):
            last = i == len(parts) - 1
            size = align(len(data), 16) if last else len(data)
            memsz = size + 0x1f00 if last else size
            segments.append([PT_LOAD, flags, PAGE + len(block), pos, size, memsz])
            if i == 1:
                self.payload_offset = len(block)
            if data.startswith(self.kernel_info):
                self.info_offset = len(block)
            block += data.ljust(size, b'\0') if last else pad(data, PAGE)
            pos = align(pos + memsz)
        self.block = block
        self.init_size = pos - PREF
        if not self.segments:
            self.segments = segments
        if self.entry is None:
            self.entry = segments[2][3]
        if self.notes is None:
            self.notes = BUILD_ID + (xen_notes(self.entry) if self.xen else b'')

    def header_page(self):
        base = self.segments[1][3] if len(self.segments) > 1 else 0
        count = len(self.segments) + 2
        at = 52 + 32 * count
        phdrs = [phdr(32, kind, flags, offset, addr, addr, filesz, memsz)
                 for kind, flags, offset, addr, filesz, memsz in self.segments]
        phdrs.append(phdr(32, PT_NOTE, R, at, base + at, base + at, len(self.notes),
                          len(self.notes), 4))
        phdrs.append(phdr(32, PT_GNU_STACK, R | W, 0, 0, 0, 0, 0, 16))
        head = ehdr(32, 2, 3, self.entry, 52, count)
        return pad(head + b''.join(phdrs) + self.notes, PAGE)

    def pe_header(self, total):
        plus = self.bits == 64
        sections = [(b'.setup', PAGE // 4, self.setup_size - PAGE // 4, 0x42000040),
                    (b'.text', self.setup_size, len(self.block) - 256, 0x60000020),
                    (b'.data', total - 256, 256, 0xc0000040)]
        opt = struct.pack('<HBBIIIII', 0x20b if plus else 0x10b, 2, 20, len(self.block), 0, 0,
                          self.setup_size + 16, self.setup_size)
        opt += struct.pack('<Q', 0) if plus else struct.pack('<II', 0, 0)
        opt += struct.pack('<IIHHHHHHIIIIHH', PAGE, SECTOR, 0, 0, 3, 0, 0, 0, 0,
                           self.setup_size + self.memory, PAGE, 0, 10, 0x100)
        opt += struct.pack('<4Q' if plus else '<4I', 0, 0, 0, 0)
        dirs = [(0, 0)] * 6
        if self.cert:
            dirs[4] = (total, self.cert)
        opt += struct.pack('<II', 0, len(dirs)) + b''.join(struct.pack('<II', *d) for d in dirs)
        coff = struct.pack('<IHHIIIHH', 0x4550, 0x8664 if plus else 0x14c, len(sections), 0, 0, 1,
                           len(opt), 0x206)
        table = b''.join(struct.pack('<8sIIIIIIHHI', name, size, at, size, at, 0, 0, 0, 0, flags)
                         for name, at, size, flags in sections)
        return b'MZ' + bytes(0x3a) + struct.pack('<I', 0x40) + coff + opt + table

    def build(self):
        if self.wrapper:
            self.layout_wrapper()
            self.memory = self.init_size
        else:
            self.layout_plain()
        size = self.setup_size
        image = bytearray(size)
        total = size + len(self.block)
        if self.efi:
            header = self.pe_header(total)
            assert len(header) <= 0x1ef, len(header)
            image[:len(header)] = header
        image[VERSION_OFFSET:VERSION_OFFSET + len(VERSION_STRING)] = VERSION_STRING
        image[0x1ef:0x1f1] = b'\xff\xff'
        if self.wrapper:
            image[size - PAGE:size] = self.header_page()
        image += self.block

        xload = (1 | 2 | 0x20 if self.bits == 64 else 0)
        if self.efi:
            xload |= 8 if self.bits == 64 else 4
        values = {
            'setup_sects': self.setup_sects, 'root_flags': 1,
            'syssize': (len(self.block) + 15) // 16, 'vid_mode': 0xffff, 'boot_flag': 0xaa55,
            'jump': 0xeb | (self.header_end - 0x202) << 8, 'header': 0x53726448,
            'version': self.protocol, 'start_sys_seg': 0x1000,
            'kernel_version': VERSION_OFFSET - 0x200, 'loadflags': 1 if self.high else 0,
            'setup_move_size': 0x8000, 'code32_start': 0x100000 if self.high else 0x1000,
            'heap_end_ptr': 0x7e00, 'initrd_addr_max': 0x7fffffff, 'kernel_alignment': 0x200000,
            'relocatable_kernel': 1, 'min_alignment': 13, 'xloadflags': xload,
            'cmdline_size': 2047, 'pref_address': PREF, 'init_size': self.init_size,
            'handover_offset': 16 if self.efi else 0, 'kernel_info_offset': self.info_offset,
        }
        if self.has_payload:
            values['payload_offset'] = self.payload_offset
            values['payload_length'] = len(self.payload)
        values.update(self.fields)
        for name, value in values.items():
            if name in self.fields or FIELDS[name][2] <= self.protocol:
                self.put(image, name, value)
        if self.crc and not self.wrapper and self.protocol >= 0x208:
            self.seal(image)
        return image + b'certificate.'.ljust(self.cert, b'.')[:self.cert]

    @staticmethod
    def put(image, name, value):
        offset, size, _ = FIELDS[name]
        image[offset:offset + size] = value.to_bytes(size, 'little')

    @staticmethod
    def seal(image):
        """Put the checksum that makes the CRC of the whole 0 into the last four bytes."""
        image[-4:] = (~zlib.crc32(image[:-4]) & 0xffffffff).to_bytes(4, 'little')


def seeds():
    """What the fuzzer starts from: a name and an image for each form there is."""
    for comp in COMPRESSORS:
        yield 'plain-' + comp, Image(compress=comp)
        yield 'wrapper-' + comp, Image(wrapper=True, xen=True, small=True, compress=comp)
    for minor in (0, 1, 3, 5, 7, 8, 10, 12, 14):
        yield 'protocol-%d' % minor, Image(0x200 | minor)
    yield 'zimage', Image(0x201, high=False)
    yield 'efi32', Image(efi=True)
    yield 'efi64', Image(bits=64, efi=True)
    yield 'signed', Image(efi=True, cert=16)
    yield 'packed', Image(kernel=vmlinux(relocs='packed'))
    yield 'runs-lzo', Image(compress='lzo', kernel=vmlinux(size=2000))
    yield 'runs-lz4', Image(compress='lz4', kernel=vmlinux(size=3000))
    yield 'runs-zstd', Image(compress='zstd', kernel=vmlinux(size=3000))


def protocol(text):
    major, minor = text.split('.')
    return int(major) << 8 | int(minor)


def main():
    p = argparse.ArgumentParser(description='Build a synthetic boot image.')
    p.add_argument('out')
    p.add_argument('--seeds', action='store_true',
                   help='write the seeds of the fuzzer into the directory OUT')
    p.add_argument('--protocol', type=protocol, default=0x20f)
    p.add_argument('--wrapper', action='store_true')
    p.add_argument('--compress', choices=COMPRESSORS, default='gzip')
    p.add_argument('--bits', type=int, choices=(32, 64), default=32)
    p.add_argument('--efi', action='store_true')
    p.add_argument('--xen', action='store_true')
    p.add_argument('--zimage', action='store_true')
    p.add_argument('--small', action='store_true')
    p.add_argument('--packed', action='store_true', help='packed relocations')
    a = p.parse_args()
    if a.seeds:
        os.makedirs(a.out, exist_ok=True)
        for name, seed in seeds():
            with open(os.path.join(a.out, name), 'wb') as f:
                f.write(seed.build())
        return
    image = Image(a.protocol, a.wrapper, a.compress, a.bits, a.efi, a.xen, not a.zimage,
                  vmlinux(a.bits, xen=a.xen, relocs='packed') if a.packed else None,
                  small=a.small)
    with open(a.out, 'wb') as f:
        f.write(image.build())


if __name__ == '__main__':
    main()
