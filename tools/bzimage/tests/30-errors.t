#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Bad input: each parser error by its text, one line each, no output, no crash, no hang."""

import bz2
import gzip
import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
from mkimage import Image, vmlinux
import tap

ELF = 4096
PHDRS = ELF + 52


def put(image, offset, value, size=4):
    image = bytearray(image)
    image[offset:offset + size] = value.to_bytes(size, 'little')
    return bytes(image)


def build(**kw):
    return bytes(Image(**kw).build())


def with_payload(compress, change):
    i = Image(compress=compress)
    i.payload = change(bytearray(i.payload))
    return bytes(i.build())


def with_kernel(change, **kw):
    return bytes(Image(kernel=change(vmlinux(**kw)), compress='gzip').build())


def lzo_run(change):
    """An image whose lzo payload has a block that is compressed, and where that is."""
    i = Image(compress='lzo', kernel=vmlinux(size=1000))
    i.payload = bytearray(i.payload)
    change(i.payload, i.payload.index(b'\x15\xf4\xf4\xf4\xf4\x20'))
    i.payload = bytes(i.payload)
    return bytes(i.build())


def poke_lzo(offset, value):
    def change(p, at):
        p[at + offset] = value
    return change


def flip(at):
    def change(p):
        p[at] ^= 0xff
        return bytes(p)
    return change


def cut(n):
    """Drop n bytes of the stream and keep the size behind it."""
    return lambda p: bytes(p[:-4 - n] + p[-4:])


def lzo_header(**kw):
    def change(p):
        for at, value in kw.values():
            p[at] = value
        return bytes(p)
    return change


ZEROS = bytes(40 << 20)
PLAIN = build()
WRAP = build(wrapper=True)

# image, field and offset as they appear, text
CASES = [
    (b'', 'file at 0x0: is empty'),
    (PLAIN[:511], 'boot sector at 0x0: is only 511 bytes long'),
    (put(put(PLAIN, 0x202, 0), 0x1fe, 0, 2), 'boot_flag at 0x1fe: is 0x0000.* not a Linux'),
    (b'\x7fELF' + bytes(2000), 'boot_flag at 0x1fe: .*not a Linux boot image'),
    (put(PLAIN, 0x206, 0x105, 2), 'version at 0x206: is 0x0105, less than'),
    (put(PLAIN[:0x300], 0x201, 0xff, 1), r'jump at 0x201: .*0x301, past the end of the file'),
    (PLAIN[:0x900], 'setup_sects at 0x1f1: .*0x1000, past the end of the file at 0x900'),
    (put(PLAIN, 0x1f1, 255, 1), 'setup_sects at 0x1f1: .*0x20000, past the end'),
    (put(PLAIN, 0x248, 0xfffffff0), 'payload_offset at 0x248: .* past the block'),
    (put(PLAIN, 0x24c, 0xffffffff), 'payload_length at 0x24c: .* but the block ends'),
    (put(PLAIN, 0x248, 0), 'payload_offset at 0x248: is 0 with'),
    (put(PLAIN, 0x24c, 0), 'payload_length at 0x24c: is 0 with'),
    (put(PLAIN, 0x1020, 0x9e1f, 2), 'payload at 0x1020: starts with 1f 9e: no known'),
    (put(PLAIN, 0x268, 0xffffffff), 'kernel_info_offset at 0x268: .*past the block'),
    (put(build(efi=True), 0x3c, 0xfffffffc), 'PE e_lfanew at 0x3c: is 0xfffffffc'),
    # Each compressor: cut off, corrupt
    (with_payload('gzip', lambda p: bytes(p[:-40])), 'payload at 0x[0-9a-f]+: gzip data is cut off'),
    (with_payload('gzip', flip(30)), 'gzip data is corrupt'),
    (with_payload('gzip', flip(-6)), 'gzip data is corrupt: incorrect data check'),
    (with_payload('bzip2', cut(40)), 'bzip2 data is cut off|bzip2 data is corrupt'),
    (with_payload('bzip2', lambda p: bytes(p[:40])), 'bzip2 data is cut off'),
    (with_payload('bzip2', flip(30)), 'bzip2 data is corrupt: a block or its checksum'),
    (with_payload('bzip2', flip(3)), 'bzip2 data is corrupt: no bzip2 header'),
    (with_payload('lzma', lambda p: bytes(p[:60])), 'lzma data is cut off'),
    (with_payload('lzma', flip(13)), 'lzma data is corrupt: a symbol or checksum'),
    (with_payload('xz', lambda p: bytes(p[:60])), 'xz data is cut off'),
    (with_payload('xz', flip(40)), 'xz data is corrupt: a symbol or checksum'),
    (with_payload('xz', flip(6)), 'xz data is corrupt'),
    (with_payload('lzo', lambda p: bytes(p[:60])), 'lzo data is cut off'),
    (with_payload('lzo', lambda p: bytes(p[:20])), 'lzo data is cut off'),
    (with_payload('lzo', lzo_header(version=(9, 0x08))), 'lzo data is corrupt: version before'),
    (with_payload('lzo', lzo_header(method=(15, 9))), 'lzo data is corrupt: unknown method'),
    (with_payload('lzo', lzo_header(flags=(19, 0x0b))), 'lzo data is corrupt: filters'),
    (with_payload('lzo', flip(25)), 'lzo data is corrupt: header checksum'),
    (with_payload('lzo', flip(38)), 'lzo data is corrupt: block sizes'),
    (with_payload('lzo', flip(70)), "lzo data is corrupt: a block's checksum"),
    (lzo_run(poke_lzo(0, 0)), 'lzo data is corrupt: a block does not decompress'),
    (lzo_run(poke_lzo(-1, 0)), "lzo data is corrupt: a block's checksum"),
    (with_payload('lz4', lambda p: bytes(p[:60])), 'lz4 data is cut off'),
    (with_payload('lz4', lambda p: bytes(p[:4]) + bytes(4) + bytes(p[8:])),
     "lz4 data is corrupt: a block's size"),
    (with_payload('lz4', lambda p: bytes(p[:8]) + b'\0' + bytes(p[9:])),
     'lz4 data is corrupt: a block does not decompress'),
    (with_payload('zstd', lambda p: bytes(p[:60])), 'zstd data is cut off'),
    (with_payload('zstd', lambda p: bytes(p[:6]) + b'\7' + bytes(p[7:])), 'zstd data is corrupt'),
    (with_payload('zstd', lambda p: bytes(p[:5]) + b'\xf8' + bytes(p[6:])),
     'zstd data is corrupt: .*memory'),
    # The vmlinux
    (with_kernel(lambda k: b'MZ' + k[2:]), 'vmlinux e_ident at 0x0: has no ELF magic'),
    (with_kernel(lambda k: k[:40]), 'vmlinux ELF header at 0x0: is cut off after 40 of 52'),
    (with_kernel(lambda k: put(k, 4, 3, 1)), 'vmlinux EI_CLASS at 0x4: is 3'),
    (with_kernel(lambda k: put(k, 5, 2, 1)), 'vmlinux EI_DATA at 0x5: is 2'),
    (with_kernel(lambda k: put(k, 6, 0, 1)), 'vmlinux EI_VERSION at 0x6: is 0'),
    (with_kernel(lambda k: put(k, 40, 99, 2)), 'vmlinux e_ehsize at 0x28: is 99, not 52'),
    (with_kernel(lambda k: put(k, 42, 99, 2)), 'vmlinux e_phentsize at 0x2a: is 99, not 32'),
    (with_kernel(lambda k: put(k, 46, 99, 2)), 'vmlinux e_shentsize at 0x2e: is 99, not 40'),
    (with_kernel(lambda k: put(k, 44, 0xffff, 2)), 'vmlinux e_phnum at 0x2c: is 65535, more'),
    (with_kernel(lambda k: put(k, 48, 0, 2)), 'vmlinux e_shnum at 0x30: is 0 with section'),
    (with_kernel(lambda k: put(k, 28, 0xffffffff)), 'vmlinux e_phoff at 0x1c: puts 3 program'),
    (with_kernel(lambda k: put(k, 32, 0xfffffff0)), 'vmlinux e_shoff at 0x20: puts 7 section'),
    (with_kernel(lambda k: put(k, 52 + 16, 0xffffffff)), 'vmlinux p_filesz at .* of segment 0'),
    (with_kernel(lambda k: put(k, 52 + 4, 0xfffffff0)), 'vmlinux p_filesz at .* of segment 0'),
    (with_kernel(lambda k: put(k, struct.unpack_from('<I', k, 32)[0] + 40 + 20, 0xffffffff)),
     'vmlinux sh_size at .* of section 1'),
    (with_kernel(lambda k: k.replace(mk.BUILD_ID[:8], mk.BUILD_ID[:4] + b'\xff' * 4)),
     'vmlinux note at .* goes past its segment'),
    # The wrapper
    (put(WRAP, ELF + 4, 7, 1), 'wrapper EI_CLASS at 0x1004: is 7'),
    (put(WRAP, ELF + 28, 0xffffff00), 'wrapper e_phoff at 0x101c: puts 9 program headers'),
    (put(WRAP, PHDRS + 32 * 3 + 16, 0xffffffff), 'wrapper p_filesz at 0x1034: of segment 3'),
    (put(WRAP, PHDRS + 32 * 7 + 16, 50), 'wrapper note at 0x[0-9a-f]+: '),
]


def check_error(image, pattern, args=()):
    name = tap.write('bad', image)
    for command in ('info', 'map'):
        r = tap.run(command, name, *args)
        text = r.stderr
        tap.ok(r.returncode == 1 and text.count('\n') == 1 and
               re.match(r'bzimage: .*/bad: .*(%s)' % pattern, text),
               '%s: %s' % (command, pattern), '%d %r' % (r.returncode, text))
        j = tap.run(command, name, '--json', *args)
        tap.ok((j.returncode, j.stderr) == (r.returncode, r.stderr), '  and the same with --json')


def check_system(name, args, status, pattern, **kw):
    r = tap.run(*args, **kw)
    tap.ok(r.returncode == status and r.stderr.count('\n') == 1 and re.search(pattern, r.stderr),
           name, '%d %r' % (r.returncode, r.stderr))


def check_bombs():
    for name, data in (('gzip', gzip.compress(ZEROS, 9, mtime=0)), ('bzip2', bz2.compress(ZEROS) +
                                                               struct.pack('<I', len(ZEROS)))):
        i = Image(compress=name)
        i.payload = data
        image = bytes(i.build())
        check_error(image, r'uncompressed is larger than 16777216 bytes \(see --max-ratio\)')
        check_error(image, r'larger than 1048576 bytes \(see --max-size\)',
                    ('--max-size', '1M'))
        r = tap.run('info', tap.write('bomb', image), '--max-ratio', '1000000')
        tap.ok('uncompressed 41943040 bytes' in r.stdout, name + ' with a larger --max-ratio',
               r.stderr)
        r = tap.run('info', tap.path('bomb'), '--max-ratio', '1000000', '--max-size', '40M')
        tap.ok('uncompressed 41943040 bytes' in r.stdout, name + ' just as large as --max-size',
               r.stderr)
    # Each decompressor stops at the cap; lzma and xz ask for their window first
    for name in mk.COMPRESSORS:
        if name == 'none':
            continue
        image = bytes(Image(kernel=vmlinux(size=500000), compress=name).build())
        cap = 60000
        tap.ok(len(image) < cap, name + ': the image is smaller than the cap', len(image))
        r = tap.run('info', tap.write('cap', image), '--max-size', str(cap))
        want = ('wants a window of more than 60000' if name in ('lzma', 'xz') else
                'is larger than 60000 bytes')
        tap.ok(r.returncode == 1 and want in r.stderr, 'cap on ' + name, r.stderr)
        r = tap.run('info', tap.path('cap'))
        tap.ok(r.returncode == 0 and 'as stated' in r.stdout, name + ' without a cap', r.stderr)


def check_files():
    os.mkdir(tap.path('dir'))
    os.mkfifo(tap.path('fifo'))
    for command in (['info'], ['check'], ['map'], ['extract', 'setup']):
        check_system('a directory: ' + command[0], command + [tap.path('dir')], 2, 'is a directory')
        check_system('a FIFO: ' + command[0], command + [tap.path('fifo')], 2,
                     'is not a regular file')
        check_system('no file: ' + command[0], command + [tap.path('none')], 2,
                     'cannot open: No such file')
        check_system('an empty file: ' + command[0], command + [tap.write('empty', b'')], 1,
                     'file at 0x0: is empty')
    check_system('a device', ['info', '/dev/null'], 2, 'is not a regular file')
    check_system('a large file', ['info', tap.write('plain', PLAIN), '--max-size', '4K'], 2,
                 'is larger than 4096 bytes')
    if os.getuid() == 0 and not os.path.exists('/usr/bin/setpriv'):
        tap.skip('an unreadable file', 'root reads everything, and there is no setpriv')
        return
    os.chmod(tap.tmp, 0o755)
    os.chmod(tap.write('secret', PLAIN), 0)
    args = [tap.TOOL, 'info', tap.path('secret')]
    if os.getuid() == 0:
        args = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups',
                '--bounding-set=-all'] + args
    r = subprocess.run(args, capture_output=True, text=True, timeout=tap.TIMEOUT)
    if 'setpriv' in r.stderr or 'failed to execute' in r.stderr:
        tap.skip('an unreadable file', 'the tool cannot be run by another user from where it is')
        return
    tap.ok(r.returncode == 2 and 'cannot open: Permission denied' in r.stderr,
           'an unreadable file', r.stderr)


def check_usage():
    f = tap.write('plain', PLAIN)
    for name, args, pattern in (
            ('no command', [], 'no command'),
            ('unknown command', ['frob', f], 'no such command: frob'),
            ('unknown option', ['info', '--frob', f], 'unknown option --frob'),
            ('option of another command', ['info', '--svg', f], 'not an option of this command'),
            ('no file', ['info'], 'too few arguments'),
            ('two files', ['info', f, f], 'too many arguments'),
            ('option without value', ['info', f, '--max-size'], 'no value for option'),
            ('bad size', ['info', f, '--max-size', '12q'], '--max-size: no size'),
            ('small size', ['info', f, '--max-size', '1'], '--max-size: no size'),
            ('huge size', ['info', f, '--max-size', '99999999999999999999G'], '--max-size'),
            ('wrapping size', ['info', f, '--max-size', '0x8000000000000000G'], '--max-size'),
            ('bad ratio', ['info', f, '--max-ratio', '0'], '--max-ratio: no positive'),
            ('two forms', ['map', f, '--svg', '--json'], 'exclude each other'),
            ('unknown part', ['extract', 'all', f], 'no such part: all'),
            ('JSON and data', ['extract', 'setup', f, '--json'], '--json needs -o')):
        check_system('usage: ' + name, args, 2, pattern)
    for args in (['--help'], ['--version'], ['info', '--help'], ['check', '--help'],
                 ['extract', '--help'], ['map', '--help'], ['info', f, '-h']):
        r = tap.run(*args)
        tap.ok(r.returncode == 0 and r.stdout and not r.stderr, ' '.join(args[:2]), r.stderr)
    with open('/dev/full', 'w') as full:
        check_system('a full disk', ['info', f], 2, 'cannot write to standard output', stdout=full)


def check_old():
    r = tap.run('info', tap.write('old', put(PLAIN, 0x202, 0)))
    tap.ok(r.returncode == 0 and 'no setup header' in r.stdout and 'boot_flag' in r.stdout and
           'kernel_alignment' not in r.stdout, 'an image without HdrS: says what it is', r.stdout)
    r = tap.run('info', tap.write('z', build(protocol=0x201, high=False)))
    tap.ok(r.returncode == 0 and 'Linux zImage, boot protocol 2.01' in r.stdout, 'a zImage',
           r.stdout)
    for proto, has, hasnot in ((0x200, 'code32_start', 'heap_end_ptr'),
                               (0x201, 'heap_end_ptr', 'cmd_line_ptr'),
                               (0x202, 'cmd_line_ptr', 'initrd_addr_max'),
                               (0x203, 'initrd_addr_max', 'kernel_alignment'),
                               (0x205, 'relocatable_kernel', 'cmdline_size'),
                               (0x206, 'cmdline_size', 'hardware_subarch'),
                               (0x207, 'hardware_subarch_data', 'payload_offset'),
                               (0x208, 'payload_length', 'setup_data'),
                               (0x209, 'setup_data', 'pref_address'),
                               (0x20a, 'init_size', 'handover_offset'),
                               (0x20b, 'handover_offset', 'xloadflags'),
                               (0x20c, 'xloadflags', 'kernel_info_offset'),
                               (0x20e, 'handover_offset', 'kernel_info_offset'),
                               (0x20f, 'kernel_info_offset', 'frob')):
        out = tap.run('info', tap.write('p', build(protocol=proto))).stdout
        tap.ok(' %s ' % has in out and ' %s ' % hasnot not in out,
               'protocol 2.%02d has %s, not %s' % (proto & 0xff, has, hasnot), out)
    # A header that ends early has no more fields, whatever its version says
    out = tap.run('info', tap.write('p', put(PLAIN, 0x201, 0x40 - 2, 1))).stdout
    tap.ok(' hardware_subarch ' in out and ' payload_offset ' not in out,
           'fields end where the jump says', out)


def check_truncation():
    """Cut a good image at many places: always one clean error or a sound answer."""
    image = build(wrapper=True, xen=True, efi=False)
    bad = []
    for size in sorted({0, 1, 2, 511, 512, 513, 0x201, 0x208, 0x26b, 0x26c, 4095, 4096, 4100, 4148,
                        8191, 8192, 8193, 12287, 12288, 12300, len(image) - 1} |
                       set(range(0, len(image), 997))):
        f = tap.write('cut', image[:size])
        for args in (['info', f], ['check', f], ['map', f], ['extract', 'vmlinux', f, '-o',
                                                            tap.path('cut.out')]):
            r = tap.run(*args)
            if not tap.sane(r):
                bad.append((size, args, r.returncode, r.stderr))
    tap.same(bad, [], 'an image cut anywhere gives no crash')


def check_corrupt_and_restore():
    image = bytearray(build(wrapper=True, xen=True))
    f = tap.path('flip')
    for offset in (0x1fe, 0x202, 0x1f1, ELF, ELF + 16, 8192 + 4096 + 20):
        image[offset] ^= 0x40
        tap.write('flip', image)
        bad = tap.run('check', '--wrapper', f)
        image[offset] ^= 0x40
        tap.write('flip', image)
        good = tap.run('check', '--wrapper', f)
        tap.ok(bad.returncode == 1 and good.returncode == 0,
               'byte 0x%x corrupted, then restored' % offset, bad.stdout + good.stdout)


def main():
    for image, pattern in CASES:
        check_error(image, pattern)
    check_bombs()
    check_files()
    check_usage()
    check_old()
    check_truncation()
    check_corrupt_and_restore()


tap.main(main)
