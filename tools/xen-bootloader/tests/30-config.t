#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What a disk's configuration says, and what the command line says against it."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap

KERNEL = d.xen_wrapper(small=True)
WRAPPER = KERNEL[4096:]
SMALL = {'size': 512 << 10, 'options': ('-O', '^has_journal')}
V = d.KERNEL
GRUB = {'/boot/grub/grub.cfg': d.grub_cfg(), **d.boot_files(KERNEL, b'INITRD')}


def disk(files):
    return tap.write('disk', d.filesystem(files, **SMALL))


def check(name, files, args, *own, ramdisk=b'INITRD', before=(), err=''):
    a = tap.Answer(disk(files), *own, before=list(before))
    good = (a.status == 0 and a.kernel == WRAPPER and a.args == args and a.ramdisk == ramdisk and
            not a.left_over and (err in a.err if err else not a.err))
    tap.ok(good, name, '%r\nwanted: args %r, ramdisk %r' % (a, args, ramdisk))


def refused(name, files, text, *own, status=1, before=()):
    a = tap.Answer(disk(files), *own, before=list(before))
    tap.ok(a.status == status and a.raw == b'' and text in a.err and a.err.count('\n') == 1 and
           not a.left_over, name, '%r\nwanted: %r' % (a, text))


def grub_files(text, **more):
    return {**GRUB, '/boot/grub/grub.cfg': text, **{k: v for k, v in more.items()}}


def entry(title, args, more=''):
    return "menuentry '%s' %s {\n linux /boot/vmlinuz-%s %s\n}\n" % (title, more, V, args)


def grub():
    quiet = 'root=/dev/xvda1 ro quiet'
    advanced, single = 'root=/dev/xvda1 ro advanced', 'root=/dev/xvda1 ro single'
    early = b'early\0\0\0INITRD'
    check('grub: the first entry', GRUB, quiet)
    check('grub: --args is appended', GRUB, quiet + ' a b', before=['--args=a b'])
    for spec, args, ramdisk in (
            ('0', quiet, b'INITRD'), ('Some GNU/Linux', quiet, b'INITRD'),
            ('gnulinux-simple-1', quiet, b'INITRD'), ('1', advanced, early),
            ('1>0', advanced, early), ('1>1', single, b'INITRD'),
            ('gnulinux-advanced-1>gnulinux-%s-recovery' % V, single, b'INITRD'),
            ('Advanced options for Some GNU/Linux>1', single, b'INITRD'),
            ('gnulinux-%s-recovery' % V, single, b'INITRD')):
        check('grub: --entry=' + spec, GRUB, args, '--entry=' + spec, ramdisk=ramdisk)
        check('grub: default ' + spec, grub_files(d.grub_cfg(default=spec)), args,
              ramdisk=ramdisk)
    check('grub: a default that is not there is the first',
          grub_files(d.grub_cfg(default='gone')), quiet)
    refused('grub: --entry that is not there', GRUB, "/boot/grub/grub.cfg: no entry 'gone'",
            '--entry=gone')
    env = '# GRUB Environment Block\n%s\n' + '#' * 900
    saved = grub_files(d.grub_cfg(default='${saved_entry}'))
    check('grub: saved_entry', {**saved, '/boot/grub/grubenv': env % 'saved_entry=1>1'}, single)
    check('grub: next_entry comes first', {**saved, '/boot/grub/grubenv': env %
          'saved_entry=0\nnext_entry=gnulinux-advanced-1>1'}, single)
    check('grub: custom.cfg is read', {**GRUB, '/boot/grub/custom.cfg': entry('mine', 'custom')},
          'custom', '--entry=mine', ramdisk=None)
    check('grub: an entry without Linux is passed over',
          grub_files("menuentry chain {\n chainloader +1\n}\n" + entry('b', 'second')), 'second',
          ramdisk=None)
    check('grub2/grub.cfg', {**d.boot_files(KERNEL), '/boot/grub2/grub.cfg': entry('a', 'two')},
          'two', ramdisk=None)
    cases = (
        ('quotes', entry('a', '''a='b c' "d  e" f\\ g'''), 'a=b c d  e f g'),
        ('continued lines', 'menuentry a {\n linux /boot/vmlinuz-%s x \\\n y\n}' % V, 'x y'),
        ('one line', 'menuentry a { linux /boot/vmlinuz-%s x; initrd; }' % V, 'x'),
        ('linux16', 'menuentry a { linux16 /boot/vmlinuz-%s x; }' % V, 'x'),
        ('linuxefi and (root)', 'menuentry a { linuxefi ($root)/boot/vmlinuz-%s x; }' % V, 'x'),
        ('a device', 'menuentry a { linux (hd0,msdos1)/boot/vmlinuz-%s x; }' % V, 'x'),
        ('no /boot in the name', 'menuentry a { linux /vmlinuz-%s x; }' % V, 'x'),
        ('variables', 'set v=%s\nset a="1 2"\nb=3\nmenuentry t { linux /boot/vmlinuz-$v '
         '"${a}" $b ${c} d; }' % V, '1 2 3 d'),
        ('if, elif, else', 'if [ "$x" ]; then set y=1; elif [ 1 = 1 ]; then set y=2; else '
         'set y=3; fi\n' + entry('a', '$y'), '2'),
        ('nested if', 'if true; then if false; then set y=1; else set y=2; fi; set z=3; fi\n' +
         entry('a', '$y $z'), '2 3'),
        ('files in conditions', 'if [ -f /boot/vmlinuz-%s -a ! -e /gone ]; then y=1; fi\n' % V +
         entry('a', '$y'), '1'),
        ('or', 'if [ a = b -o c = c ]; then y=1; fi\n' + entry('a', '$y'), '1'),
        ('loops are passed over', 'for i in 1 2; do set y=$i; done\n' + entry('a', 'x$y'), 'x'),
        ('functions are passed over', 'function f {\n set y=1\n}\nf\n' + entry('a', 'x$y'), 'x'),
        ('entries in a condition', 'if false; then\n' + entry('a', '1') + 'else\n' +
         entry('b', '2') + 'fi', '2'),
        ("a submenu's default is its own", 'submenu s {\n set default=1\n' + entry('a', '1') +
         entry('b', '2') + '}\n', '1'),
        ('comments', '# menuentry a {\n' + entry('a', 'x#y # z'), 'x#y'),
        ('tabs become spaces', "menuentry a { linux /boot/vmlinuz-%s 'a\tb'; }" % V, 'a b'),
        ('a misplaced fi and }', 'fi } done\n' + entry('a', 'x'), 'x'),
    )
    for name, text, args in cases:
        check('grub: ' + name, grub_files(text), args, ramdisk=None)
    limits = (
        ('words', 'a ' * 300, 'line 1: a command has more than 256 words'),
        ('a long word', '\nset a=' + 'b' * 9000, 'line 2: a word is longer than 8191 bytes'),
        ('variables that double', 'set a=xxxxxxxx\n' + 'set a=$a$a\n' * 40,
         'a word is longer than 8191 bytes'),
        ('depth', 'if true; then ' * 100, 'is nested deeper than 24 levels'),
        ('entries', 'menuentry a {\n}\n' * 600, 'more than 512 entries'),
        ('memory', 'set a=' + 'x' * 8000 + '\n' + 'b $a $a $a $a $a $a $a $a\n' * 400,
         'too much text'),
    )
    for name, text, error in limits:
        refused('grub: limit of ' + name, grub_files(text), '/boot/grub/grub.cfg: ' + error
                if 'line' in error else error)
    a = tap.Answer(disk(grub_files('source /boot/grub/grub.cfg\n' * 3 + entry('a', 'x'))))
    tap.ok(a.status == 0 and a.args == 'x', 'grub: a file that sources itself', a)
    refused('grub: a kernel that is not there', grub_files('menuentry a { linux /gone; }'),
            'kernel /gone: there is no such file')
    refused('grub: an initrd that is not there',
            grub_files('menuentry a { linux /boot/vmlinuz-%s; initrd /gone; }' % V),
            'initrd /gone: there is no such file')


def extlinux():
    conf = ('# comment\nDEFAULT two\nTIMEOUT 50\nAPPEND common\nLABEL one\n\tKERNEL ../vmlinuz-%s\n'
            '\tAPPEND one  initrd=../early.cpio,/boot/initrd.img-%s x\n\nLABEL two\n'
            '  MENU LABEL The second\n  LINUX /boot/vmlinuz-%s\n  INITRD ../initrd.img-%s\n'
            'label three\n linux ../vmlinuz-%s\n append -\n' % (V, V, V, V, V))
    base = d.boot_files(KERNEL, b'INITRD')
    for where in ('/boot/extlinux/extlinux.conf', '/boot/syslinux/syslinux.cfg',
                  '/extlinux/extlinux.conf', '/syslinux/extlinux.conf'):
        text = conf if where.startswith('/boot') else conf.replace('../', '/boot/')
        check('extlinux: ' + where, {**base, where: text}, 'common')
    files = {**base, '/boot/extlinux/extlinux.conf': conf}
    check('extlinux: initrd= in append', files, 'one x', '--entry=one',
          ramdisk=b'early\0\0\0INITRD')
    check('extlinux: by title', files, 'common', '--entry=The second')
    check('extlinux: append -', files, None, '--entry=three', ramdisk=None)
    check('extlinux: menu default', {**base, '/boot/extlinux/extlinux.conf': conf +
                                     ' menu default\n'}, None, ramdisk=None)
    check('extlinux: CR LF', {**base, '/boot/extlinux/extlinux.conf': conf.replace('\n', '\r\n')},
          'common')


def bls():
    base = d.boot_files(KERNEL, b'INITRD')

    def conf(title, version, args, more=''):
        return ('title %s\nversion %s\n# x\nlinux /vmlinuz-%s\ninitrd /initrd.img-%s\noptions %s\n'
                'options end\n%s' % (title, version, V, V, args, more))
    where = '/boot/loader/entries/'
    files = {**base, where + 'm-6.9.conf': conf('A', '6.9', 'nine'),
             where + 'm-6.12.conf': conf('A', '6.12', 'twelve'),
             where + 'readme': 'linux /x\n', where + 'm-7.conf': 'title no kernel\n'}
    check('bls: the highest version', files, 'twelve end')
    check('bls: by id', files, 'nine end', '--entry=m-6.9')
    check('bls: by title', files, 'nine end', '--entry=A (6.9)')
    check('bls: loader.conf', {**files, '/boot/loader/loader.conf': 'timeout 3\ndefault *-6.9.conf\n'},
          'nine end')
    check('bls: sort-key comes first', {**files, where + 'a.conf':
                                        conf('S', '1', 'key', 'sort-key z\n')}, 'key end')
    check('bls: no tries left', {**base, where + 'a+0-3.conf': conf('S', '9', 'bad'),
                                 where + 'b+2-1.conf': conf('S', '1', 'good')}, 'good end')
    check('bls: below /', {**d.boot_files(KERNEL, b'INITRD', ''), '/loader/entries/a.conf':
                           conf('A', '1', 'x')}, 'x end')
    fedora = ('set default="${saved_entry}"\nload_env\nset default="${saved_entry}"\n'
              'insmod blscfg\nblscfg\n')
    check('bls: by GRUB, with its variables',
          {**files, '/boot/grub2/grub.cfg': fedora, '/boot/grub2/grubenv':
           'saved_entry=m-6.9\nkernelopts=root=/dev/xvda1 ro\n',
           where + 'm-6.9.conf': conf('A', '6.9', '$kernelopts nine')},
          'root=/dev/xvda1 ro nine end')


def newest():
    files = {'/boot/vmlinuz-6.9.0-1': b'', '/boot/vmlinuz-6.12.0-2': KERNEL,
             '/boot/vmlinuz-6.12.0-10.old': b'', '/boot/initrd.img-6.9.0-1': b'OLD'}
    for name in ('initrd.img-6.12.0-2', 'initramfs-6.12.0-2.img', 'initramfs-6.12.0-2',
                 'initrd-6.12.0-2'):
        check('newest: ' + name, {**files, '/boot/' + name: b'INITRD'}, None)
    check('newest: without initrd', files, None, ramdisk=None)
    check('newest: in /', {'/vmlinuz-1': KERNEL, '/initrd.img-1': b'INITRD'}, None)
    check('newest: bzImage', {'/boot/bzImage': KERNEL}, 'a', ramdisk=None, before=['--args=a'])
    check('newest: a link to it', {'/vmlinuz': ('->', 'boot/k'), '/boot/k': KERNEL}, None,
          ramdisk=None)
    refused('nothing to boot', {'/etc/passwd': 'x'}, 'no grub.cfg, extlinux.conf, loader/entries '
            'or vmlinuz-* in /boot or / of whole disk')


def command_line():
    more = {**GRUB, '/k': KERNEL, '/i': b'other'}
    check('--kernel leaves the configuration alone', more, None, ramdisk=None,
          before=['--kernel=/k'])
    check('--kernel, --ramdisk, --args', more, 'x', ramdisk=b'other',
          before=['--kernel=/k', '--ramdisk=/i', '--args=x'])
    check('--ramdisk against the configuration', more, 'root=/dev/xvda1 ro quiet',
          ramdisk=b'other', before=['--ramdisk=/i'])
    check('an empty --ramdisk against it', more, 'root=/dev/xvda1 ro quiet', ramdisk=None,
          before=['--ramdisk='])
    refused('--kernel that is not there', more, 'kernel /gone: there is no such file',
            before=['--kernel=/gone'])
    refused('--kernel that is a folder', more, 'kernel /boot: there is no such file',
            before=['--kernel=/boot'])
    check('1023 bytes of arguments', more, 'x' * 1023, ramdisk=None,
          before=['--kernel=/k', '--args=' + 'x' * 1023])
    refused('1024 bytes of arguments', more, 'arguments have 1024 bytes; a domain gets 1023',
            before=['--kernel=/k', '--args=' + 'x' * 1024])
    refused('a newline in arguments', more, 'a control character, 0x0a, at byte 1',
            before=['--kernel=/k', '--args=a\nkernel /etc/shadow'])
    refused('a newline in the configuration\'s arguments',
            grub_files(entry('a', "'x\nkernel /etc/shadow'")), 'a control character, 0x0a, at byte 1')
    r = tap.run('--list', disk(GRUB))
    lines = r.stdout.decode().splitlines()
    tap.ok(r.returncode == 0 and lines[0] == '# /boot/grub/grub.cfg, whole disk' and
           [l.split('\t')[0] for l in lines[1:]] == ['*0', ' 1', ' 1>0', ' 1>1'], '--list', r)
    r = tap.run('--list', disk(grub_files(entry('\x1b[2Jx\x7f\xc2\x9b', 'y'))))
    tap.ok(r.returncode == 0 and all(c == 10 or c == 9 or 32 <= c < 127 for c in r.stdout),
           '--list writes nothing to harm a terminal', r)


def main():
    grub()
    extlinux()
    bls()
    newest()
    command_line()


tap.main(main)
