#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Bad kernels, bad disks, bad command lines: one line, the right status, nothing left behind."""

import os
import re
import struct
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap
from mkdisk import mk

KERNEL = d.xen_wrapper()
SMALL = {'size': 512 << 10, 'options': ('-O', '^has_journal,^metadata_csum')}
# Superblock: its offset, and those of fields in it
SB, LOG, BLOCKS, GROUP, INODES, INCOMPAT = 1024, 24, 4, 32, 40, 96


def refused(name, a, pattern, status=1):
    good = (a.status == status and a.raw == b'' and a.err.count('\n') == 1 and not a.left_over and
            re.match(r'bzimage-xl: .*(%s)' % pattern, a.err))
    tap.ok(good, name, '%r\nwanted: status %d, %s' % (a, status, pattern))


def put(data, offset, value, size=4):
    data = bytearray(data)
    data[offset:offset + size] = value.to_bytes(size, 'little')
    return bytes(data)


def changed(notes, wrapper=True, **kw):
    """A kernel whose wrapper, or whose vmlinux, has other notes."""
    if not wrapper:
        return d.xen_plain(kernel=mk.vmlinux(xen=True, xen_changes={'notes': notes}), **kw)
    image = mk.Image(wrapper=True, xen=True, **kw)
    image.layout_wrapper()
    entry = image.entry
    image = mk.Image(wrapper=True, xen=True, **kw)
    image.notes = mk.BUILD_ID + mk.xen_notes(entry, notes=notes)
    return bytes(image.build())


def kernels():
    def image(name, data, pattern, *own):
        refused(name, tap.Answer(tap.write('image', data), *own), 'image: ' + pattern)

    cases = (
        ('XEN_VERSION', {5: None}, r'Xen XEN_VERSION at 0x\w+: is missing, expected xen-3.0'),
        ('XEN_VERSION of another', {5: b'xen-4.0\0'}, r'Xen XEN_VERSION at 0x\w+: is for another'),
        ('LOADER and GUEST_OS', {8: None, 6: b'plan9\0'}, r'Xen LOADER at 0x\w+: is not generic'),
        ('PAE_MODE', {9: None}, r'Xen PAE_MODE at 0x\w+: is missing'),
        ('PAE_MODE no', {9: b'no\0'}, r'Xen PAE_MODE at 0x\w+: is neither yes nor bimodal'),
        ('VIRT_BASE', {3: None}, r'Xen PADDR_OFFSET at 0x\w+: is there without VIRT_BASE'),
        ('VIRT_BASE too high', {3: mk.number(0xc0000000), 4: mk.number(0xc0000000)},
         r'Xen VIRT_BASE at 0x\w+: is above'),
        ('addresses that do not fit', {3: mk.number(0xc0000000)}, r'Xen ENTRY at 0x\w+: is outside'),
        ('ENTRY outside', {1: mk.number(0x1000)}, r'Xen ENTRY at 0x\w+: is outside the kernel'),
        ('ENTRY of 3 bytes', {1: b'abc'}, r'Xen ENTRY at 0x\w+: is not a number'),
    )
    for name, notes, pattern in cases:
        image('wrapper: ' + name, changed(notes), 'wrapper ' + pattern)
        image('vmlinux: ' + name, changed(notes, False), 'vmlinux ' + pattern)
        image('vmlinux: %s, --as=bzimage' % name, changed(notes, False), 'vmlinux ' + pattern,
              '--as=bzimage')
    plain = bytes(mk.Image().build())
    image('no notes', plain, 'vmlinux Xen ENTRY at 0x0: is missing: not a kernel for PV')
    image('no notes in a wrapper', bytes(mk.Image(wrapper=True).build()),
          'wrapper Xen ENTRY at 0x1000: is missing', '--as=wrapper')
    image('only PVH', changed({1: None, 18: mk.number(mk.PREF)}, False),
          "vmlinux Xen ENTRY at 0x0: is missing, there is only PVH's")
    image('no wrapper', d.xen_plain(), 'wrapper at 0x0: there is none', '--as=wrapper')
    image('protocol 2.07', bytes(mk.Image(0x207, xen=True).build()), 'payload_offset at 0x248')
    four = mk.Image(xen=True)
    four.setup_sects = 4
    zero = put(bytes(four.build()), 0x1f1, 0, 1)
    image('setup_sects 0', zero, 'setup_sects at 0x1f1: is 0, which', '--as=bzimage')
    a = tap.Answer(tap.write('image', zero))
    tap.ok(a.status == 0, 'setup_sects 0 is 4 for us', a)
    image('a payload without compression', d.xen_plain(compress='none'),
          r'payload at 0x\w+: is not compressed', '--as=bzimage')
    i = mk.Image(xen=True, compress='xz')
    i.payload = i.payload[:-4] + struct.pack('<I', 12345)
    image('a stated size that is wrong', bytes(i.build()),
          r'payload at 0x\w+: states an uncompressed size of 12345')
    image('a payload that is cut off', put(d.xen_plain(), 0x24c, 50), r'payload at 0x\w+: gzip data is cut off')
    image('an image that is cut off', KERNEL[:20000], 'syssize at 0x1f4: states an image of')
    image('a wrapper with a bad header', put(KERNEL, 4096 + 28, 0xffffff00), 'wrapper e_phoff at')
    image('the wrapper of another machine', put(KERNEL, 4096 + 18, 40, 2),
          'wrapper e_machine at 0x1012: is 40, not x86')
    image('a bomb by size', d.xen_plain(kernel=mk.vmlinux(xen=True) + bytes(2 << 20)),
          r'payload at 0x\w+: .*--max-size', '--max-size=1M')
    image('a bomb by ratio', d.xen_plain(kernel=mk.vmlinux(xen=True) + bytes(40 << 20)),
          r'payload at 0x\w+: .*--max-ratio', '--max-ratio=10')
    image('--entry with a bzImage', KERNEL, 'is a bzImage: there is nothing for --entry',
          '--entry=1')
    image('--partition with a bzImage', KERNEL, 'is a bzImage: there is nothing for --partition', '--partition=1')
    image('a kernel larger than allowed', KERNEL, 'has 24640 bytes, more than 16384 .see --max-kernel',
          '--max-kernel=16K')
    # On a disk, the file is named
    disk = tap.write('disk', d.filesystem({'/boot/vmlinuz-1': plain}, **SMALL))
    refused('the file on the disk is named', tap.Answer(disk),
            'disk: whole disk: /boot/vmlinuz-1: vmlinux Xen ENTRY at 0x0: is missing')
    disk = tap.write('disk', d.filesystem({'/boot/vmlinuz-1': b'text' * 1000}, **SMALL))
    refused('no kernel', tap.Answer(disk), '/boot/vmlinuz-1: boot_flag at 0x1fe: .*not a Linux')
    a = tap.Answer(tap.write('image', d.xen_plain(compress='lzo')), '--as=bzimage')
    tap.ok(a.status == 0 and re.match(r'bzimage-xl: warning: .* take lzo .*\n$', a.err),
           'a warning for compressors that Debian lacks', a)
    a = tap.Answer(tap.path('image'), '--as=bzimage', '--quiet')
    tap.ok(a.status == 0 and not a.err, '--quiet', a)


def debugfs(image, *commands):
    with open(tap.path('commands'), 'w') as f:
        f.write('\n'.join(commands) + '\n')
    subprocess.run([d.tool('debugfs'), '-w', '-f', tap.path('commands'), image], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


def disks():
    def disk(name, data, pattern, *own, status=1):
        refused(name, tap.Answer(tap.write('disk', data), *own), pattern, status)

    files = {'/boot/vmlinuz-1': KERNEL, '/boot/initrd.img-1': b'i' * 9000}
    fs = d.filesystem(files, **SMALL)
    disk('an empty file', b'', 'disk: is empty')
    disk('zeros', bytes(1 << 20), r'neither it nor a partition \(0 found\) has ext2')
    disk('100 bytes', bytes(100), 'neither it nor a partition')
    disk('a file system that is cut off', fs[:200 << 10],
         'whole disk: s_blocks_count at 0x404: is 512, but there is room for 200: cut off')
    disk('a block size of 2^40', put(fs, SB + LOG, 30), 's_log_block_size at 0x418: is 30: no ext2')
    disk('too many groups', put(fs, SB + GROUP, 8), r's_blocks_per_group at 0x\w+: is 8')
    disk('no groups', put(fs, SB + GROUP, 0), r's_blocks_per_group at 0x\w+: is 0')
    disk('no inodes in a group', put(fs, SB + INODES, 0), 'cannot open its file system: ')
    disk('an unknown feature', put(fs, SB + INCOMPAT, 0x80000002),
         'cannot open its file system: .*feature')
    csum = d.filesystem(files, size=512 << 10, options=('-O', '^has_journal,metadata_csum'))
    disk('a superblock with a wrong checksum', put(csum, SB + 120, 0x41414141),
         'cannot open its file system: .*checksum')
    part = d.partitioned('gpt', {1: None, 2: fs})
    disk('a partition that is not there', part, 'there is no partition 5 with ext2',
         '--partition=5')
    disk('a partition without a file system', part, 'there is no partition 1 with ext2',
         '--partition=1')
    two = tap.Answer(tap.write('disk', d.partitioned(
        'gpt', {1: put(fs, SB + GROUP, 8), 2: fs})))
    tap.ok(two.status == 0 and two.kernel == KERNEL[4096:] and
           'partition 1: s_blocks_per_group' in two.err,
           'a damaged partition is reported and passed over', two)
    dirty = put(d.filesystem(files, size=4 << 20), SB + INCOMPAT, 0x2c6)
    a = tap.Answer(tap.write('disk', dirty))
    tap.ok(a.status in (0, 1) and 'was not unmounted' in a.err or a.status == 1,
           'a journal that is not replayed', a)

    loop = {'/boot/vmlinuz-1': ('->', 'vmlinuz-2'), '/boot/vmlinuz-2': ('->', 'vmlinuz-1')}
    disk('links in a circle', d.filesystem(loop, **SMALL), 'kernel /boot/vmlinuz-2: there is no')
    outside = tap.write('outside', KERNEL)
    disk('a link to a file of the host', d.filesystem({'/boot/vmlinuz-1': ('->', outside)}, **SMALL),
         'kernel /boot/vmlinuz-1: there is no')
    up = '../' * 30 + outside.lstrip('/')
    disk('a link up to the host', d.filesystem({'/boot/vmlinuz-1': ('->', up)}, **SMALL),
         'kernel /boot/vmlinuz-1: there is no')
    disk('a configuration larger than allowed', d.filesystem(
        {**files, '/boot/grub/grub.cfg': b'#' * 5000}, **SMALL),
        '/boot/grub/grub.cfg: has 5000 bytes, more than 4096 .see --max-config', '--max-config=4K')
    disk('an initrd larger than allowed', fs, 'initrd.img-1: has 9000 bytes, .* --max-ramdisk',
         '--max-ramdisk=8K')
    disk('reads are limited', fs, 'more read than allowed .see --max-reads', '--max-reads=40K')
    disk('reads are limited, in the kernel', fs, 'more read than allowed|cannot read inode',
         '--max-reads=60K')
    # Files whose inodes lie
    path = tap.write('lie', fs)
    debugfs(path, 'set_inode_field /boot/vmlinuz-1 size 1000000000000')
    refused('a size of a terabyte', tap.Answer(path), 'vmlinuz-1: has 1000000000000 bytes')
    path = tap.write('lie', d.filesystem(files, 'ext2', 512 << 10))
    debugfs(path, 'set_inode_field /boot block[0] 4000000')
    refused('a folder whose block is behind the end', tap.Answer(path), '/boot: cannot list this folder')
    path = tap.write('lie', d.filesystem(files, 'ext2', 512 << 10))
    # A folder of 16 GiB: block 256 is its indirect blocks, points at itself, and is four
    # sound entries without a name
    debugfs(path, *('set_inode_field /boot block[%s] 256' % b for b in ('IND', 'DIND', 'TIND')),
            'set_inode_field /boot size 17179869184')
    with open(path, 'r+b') as f:
        f.seek(256 * 1024)
        f.write(struct.pack('<I', 256) * 256)
    refused('a folder of blocks that point at themselves ends', tap.Answer(
        path, '--max-reads=64M'), 'more read than allowed')
    refused('so it does by time', tap.Answer(path, '--max-reads=1024G', '--max-seconds=1'),
            'reading it took more than 1 seconds of processor time')


def command_lines():
    disk = tap.write('disk', d.filesystem({'/boot/vmlinuz-1': KERNEL}, **SMALL))
    out = '--output-directory=' + tap.tmp
    for name, args, pattern in (
            ('no disk', [out], 'no disk'),
            ('two disks', [out, disk, 'x'], 'more than one disk: x'),
            ('no directory', [disk], 'no --output-directory'),
            ('unknown option', [out, '--frob', disk], 'unknown option --frob'),
            ('no value', [out, disk, '--as'], 'no value for option --as'),
            ('--as', [out, '--as=zimage', disk], '--as: no wrapper, vmlinux'),
            ('--output-format', [out, '--output-format=xml', disk], '--output-format: no simple0'),
            ('--runas', [out, '--runas=0', disk], '--runas: no user id above 0: 0'),
            ('--partition', [out, '--partition=x', disk], '--partition: no number: x'),
            ('--max-size', [out, '--max-size=1', disk], '--max-size: no size of 4K'),
            ('--max-ratio', [out, '--max-ratio=0', disk], '--max-ratio: no positive'),
            ('--max-seconds', [out, '--max-seconds=-1', disk], '--max-seconds: no number'),
            ('a disk that is not there', [out, '/gone'], '/gone: cannot open: No such file'),
            ('a disk that is a folder', [out, tap.tmp], 'neither a file nor a block device'),
            ('a disk that is a device of another kind', [out, '/dev/null'], 'neither a file nor'),
            ('a directory that is not there', ['--output-directory=/gone', disk],
             'cannot create /gone/kernel.XXXXXX'),
            ('an output that cannot be', [out, '--output=/gone/x', disk],
             'cannot create /gone/x.XXXXXX')):
        before = sorted(os.listdir(tap.tmp))
        r = tap.run(*args)
        err = r.stderr.decode()
        tap.ok(r.returncode == 2 and err.count('\n') == 1 and pattern in err and not r.stdout and
               sorted(os.listdir(tap.tmp)) == before, 'usage: ' + name, r)
    r = tap.run('--help')
    tap.ok(r.returncode == 0 and b'bootloader' in r.stdout and not r.stderr, '--help', r)
    r = tap.run('--version')
    tap.ok(r.returncode == 0 and r.stdout.startswith(b'bzimage-xl '), '--version', r)
    with open('/dev/full', 'wb') as full:
        r = tap.run('--list', disk, stdout=full)
    tap.ok(r.returncode == 2 and b'standard output' in r.stderr, 'a full standard output', r)


def main():
    kernels()
    disks()
    command_lines()


tap.main(main)
