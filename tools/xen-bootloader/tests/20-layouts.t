#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Every layout of a disk, as xl would ask for it, and the forms of a kernel."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap
from mkdisk import mk

WRAPPED = d.xen_wrapper()
WRAPPER = WRAPPED[4096:]
PLAIN = d.xen_plain()
INITRD = b'initrd' * 100
GRUB_ARGS = 'root=/dev/xvda1 ro quiet'


def vmlinux(image):
    """The kernel in an image, up to where its relocations start."""
    kernel = image.kernel
    shoff = int.from_bytes(kernel[32:36], 'little')
    return kernel[:shoff + 40 * int.from_bytes(kernel[48:50], 'little')]


def check(name, a, kernel=WRAPPER, ramdisk=INITRD, args=GRUB_ARGS, err=''):
    good = (a.status == 0 and a.kernel == kernel and a.ramdisk == ramdisk and a.args == args and
            err in a.err and bool(a.err) == bool(err) and not a.left_over)
    tap.ok(good, name, '%r\nwanted: ramdisk %r, args %r' % (a, ramdisk and len(ramdisk), args))


def images():
    disk = tap.write('bzImage', WRAPPED)
    check('a file that is a bzImage', tap.Answer(disk), ramdisk=None, args=None)
    a = tap.Answer(disk, before=['--args=console=hvc0 x="a b"'])
    check('its arguments are those of the domain', a, ramdisk=None, args='console=hvc0 x="a b"')
    padded = tap.write('padded', WRAPPED + os.urandom(5000))
    check('a device that is longer than its bzImage', tap.Answer(padded), ramdisk=None, args=None)
    a = tap.Answer(disk, before=['--ramdisk='])
    check('an empty --ramdisk asks for none', a, ramdisk=None, args=None)


def forms():
    disk = tap.write('forms', WRAPPED)
    inner = vmlinux(mk.Image(wrapper=True, xen=True))
    for form, want in (('auto', WRAPPER), ('wrapper', WRAPPER), ('bzimage', WRAPPED),
                       ('vmlinux', inner)):
        check('--as=' + form, tap.Answer(disk, '--as=' + form), kernel=want, ramdisk=None,
              args=None)
    plain = tap.write('plain', PLAIN)
    inner = vmlinux(mk.Image(xen=True))
    check('without a wrapper: the kernel in it', tap.Answer(plain), kernel=inner, ramdisk=None,
          args=None)
    check('without a wrapper: --as=bzimage', tap.Answer(plain, '--as=bzimage'), kernel=PLAIN,
          ramdisk=None, args=None)
    image = mk.Image(wrapper=True, xen=True)
    image.notes = mk.BUILD_ID
    disk = tap.write('notes-inside', bytes(image.build()))
    check('a wrapper without notes: the kernel in it', tap.Answer(disk), kernel=inner,
          ramdisk=None, args=None)
    for comp in mk.COMPRESSORS:
        disk = tap.write('comp', d.xen_plain(compress=comp))
        inner = vmlinux(mk.Image(xen=True, compress=comp))
        check('a kernel compressed by ' + comp, tap.Answer(disk), kernel=inner, ramdisk=None,
              args=None)
    # A 64-bit PV kernel goes through, too
    disk = tap.write('bits64', d.xen_plain(bits=64, kernel=mk.vmlinux(
        64, xen=True, xen_changes={'notes': {3: mk.number(0)}})))
    a = tap.Answer(disk)
    tap.ok(a.status == 0 and a.kernel[4] == 2, 'a 64-bit PV kernel', a)
    # Payload broken: the wrapper goes out all the same, nothing is decompressed here
    i = mk.Image(wrapper=True, xen=True)
    i.payload = i.payload[:20] + b'\xff' * 20 + i.payload[40:]
    broken = bytes(i.build())
    check('nothing is decompressed to hand over a wrapper', tap.Answer(tap.write('b', broken)),
          kernel=broken[4096:], ramdisk=None, args=None)


def layouts():
    system = {'/boot/grub/grub.cfg': d.grub_cfg(), **d.boot_files(WRAPPED)}
    boot = {'/grub/grub.cfg': d.grub_cfg(prefix=''), **d.boot_files(WRAPPED, prefix='')}
    root = d.filesystem({'/etc/hostname': 'x', '/boot': None})
    fs = d.filesystem(system)
    for kind in ('ext2', 'ext3', 'ext4'):
        check(kind + ' on the whole disk',
              tap.Answer(tap.write('disk', d.filesystem(system, kind))))
    for block in (1024, 2048, 4096):
        check('ext4 with blocks of %d bytes' % block, tap.Answer(tap.write(
            'disk', d.filesystem(system, options=('-b', str(block))))))
    check('ext4 with inline data', tap.Answer(tap.write(
        'disk', d.filesystem(system, options=('-O', 'inline_data')))))
    boot_fs = d.filesystem(boot)
    for label in ('dos', 'gpt'):
        for name, parts in (
                ('/boot as a folder', {1: fs}),
                ('/boot as a partition', {1: boot_fs, 2: root}),
                ('/boot as a partition behind the root', {1: root, 2: boot_fs}),
                ('behind an empty partition', {1: None, 3: fs})):
            check('%s: %s' % (label, name),
                  tap.Answer(tap.write('disk', d.partitioned(label, parts))))
    disk = tap.write('disk', d.partitioned('dos', {1: None, 5: root, 6: fs}))
    check('dos: logical partitions', tap.Answer(disk))
    disk = tap.write('disk', d.partitioned('gpt', {1: None, 2: None, 9: None, 12: fs}))
    check('gpt: partition 12', tap.Answer(disk))
    # Two systems: the first, or the one that is asked for
    other = d.filesystem({'/boot/extlinux/extlinux.conf': 'label o\nlinux ../vmlinuz-o\n'
                          'append other\n', '/boot/vmlinuz-o': PLAIN})
    disk = tap.write('disk', d.partitioned('gpt', {1: other, 2: fs}))
    check('grub.cfg comes before extlinux.conf, whatever the partition', tap.Answer(disk))
    check('--partition takes another', tap.Answer(disk, '--partition=1'),
          kernel=vmlinux(mk.Image(xen=True)), ramdisk=None, args='other')
    # The configuration on one partition, the kernel on another
    split = d.partitioned('gpt', {1: d.filesystem({'/grub/grub.cfg': d.grub_cfg()}),
                                  2: d.filesystem(d.boot_files(WRAPPED))})
    check('configuration and kernel on two partitions', tap.Answer(tap.write('disk', split)))


def links():
    kernel = {'/boot/kernels/deep/k': WRAPPED, '/boot/i': INITRD}
    for name, files in (
            ('a relative link', {'/boot/vmlinuz-1': ('->', 'kernels/deep/k')}),
            ('an absolute link', {'/boot/vmlinuz-1': ('->', '/boot/kernels/deep/k')}),
            ('a link that goes up, past the root',
             {'/boot/vmlinuz-1': ('->', '../../../../boot/kernels/deep/k')}),
            ('a link to a link', {'/boot/vmlinuz-1': ('->', 'l'),
                                  '/boot/l': ('->', 'kernels/deep/k')}),
            ('a link to a folder', {'/boot/kern': ('->', 'kernels/deep'),
                                    '/boot/vmlinuz-1': ('->', 'kern/k')}),
            ('a link of 100 bytes',
             {'/boot/vmlinuz-1': ('->', '/boot/' + './' * 40 + 'kernels/deep/k')})):
        disk = tap.write('disk', d.filesystem({**kernel, **files}))
        check(name, tap.Answer(disk), ramdisk=None, args=None)
    disk = tap.write('disk', d.filesystem({'/boot': ('->', '.'), **d.boot_files(WRAPPED, prefix=''),
                                           '/grub/grub.cfg': d.grub_cfg()}))
    check('a partition with the link boot -> .', tap.Answer(disk))


def formats():
    disk = tap.write('disk', d.filesystem({'/boot/grub/grub.cfg': d.grub_cfg(),
                                           **d.boot_files(WRAPPED)}))
    quote = ['--args=a="b c" d\\e']
    for form, want in (
            ('simple', r'kernel %s/kernel.X\nramdisk %s/ramdisk.X\nargs ARGS a="b c" d\e\n\n'),
            ('sxp', r'linux (kernel %s/kernel.X)(ramdisk %s/ramdisk.X)'
                    r'(args "ARGS a=\"b c\" d\\e")'),
            ('simple0', r'kernel %s/kernel.X\0ramdisk %s/ramdisk.X\0args ARGS a="b c" d\e\0')):
        a = tap.Answer(disk, before=quote, output_format=form)
        text = a.raw.decode()
        for name in ('kernel', 'ramdisk'):
            at = text.index('/%s.' % name) + len(name) + 2
            text = text[:at] + 'X' + text[at + 6:]
        want = want.replace('\\n', '\n').replace('\\0', '\0').replace('ARGS', GRUB_ARGS)
        tap.same((a.status, text), (0, want.replace('%s', a.dir)), '--output-format=' + form)
    os.mkdir(tap.path('d'))
    r = tap.run('--output-directory=' + tap.path('d'), disk)
    tap.ok(r.returncode == 0 and r.stdout.startswith(b'kernel ') and r.stdout.endswith(b'\0'),
           'without --output the answer is on standard output', r)
    os.mkfifo(tap.path('fifo'))
    fd = os.open(tap.path('fifo'), os.O_RDWR)
    r = tap.run('--output=' + tap.path('fifo'), '--output-directory=' + tap.path('d'), disk)
    tap.ok(os.read(fd, 4096).startswith(b'kernel '), 'a FIFO is written, not replaced', r)
    os.close(fd)
    modes = {os.stat(os.path.join(tap.path('d'), f)).st_mode & 0o777
             for f in os.listdir(tap.path('d'))}
    tap.same(modes, {0o600}, 'nobody else can read the files')


def main():
    images()
    forms()
    layouts()
    links()
    formats()


tap.main(main)
