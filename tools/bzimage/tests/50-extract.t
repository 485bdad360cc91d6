#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Round trips: what goes into an image comes out of it, whole or not at all."""

import os
import pty
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
from mkimage import Image, vmlinux
import tap


def extract(what, image, *options):
    return tap.run('extract', what, image, *options, text=False)


def read(name):
    with open(name, 'rb') as f:
        return f.read()


def round_trips():
    for comp in mk.COMPRESSORS:
        for kw in ({}, {'wrapper': True, 'xen': True}, {'bits': 64}, {'efi': True, 'cert': 256}):
            name = comp + ''.join(' ' + k for k in kw)
            i = Image(compress=comp, **kw)
            data = bytes(i.build())
            f = tap.write('image', data)
            out = {w: extract(w, f).stdout for w in ('setup', 'payload', 'vmlinux')}
            tap.same(out['setup'], data[:i.setup_size], name + ': setup')
            tap.same(out['payload'], i.payload, name + ': payload')
            elf = i.kernel[:-12]
            tap.same(out['vmlinux'], elf, name + ': vmlinux ends where its headers say')
            tap.same(extract('vmlinux', f, '--with-relocs').stdout, i.kernel,
                     name + ': vmlinux with relocations')
            # Put together again, the image is what it was
            if i.wrapper:
                wrapper = extract('elf', f).stdout
                tap.same(out['setup'][:-4096] + wrapper, data, name + ': setup + wrapper = image')


def readers():
    f = tap.write('image', Image(wrapper=True, xen=True).build())
    tap.run('extract', 'elf', f, '-o', tap.path('elf'))
    tap.run('extract', 'vmlinux', f, '-o', tap.path('vmlinux'))
    for name in ('elf', 'vmlinux'):
        for reader in (['readelf', '-W', '-h', '-l', '-n'], ['eu-elflint', '--gnu-ld', '-q'],
                       ['eu-readelf', '-h', '-l', '-n']):
            if not shutil.which(reader[0]):
                tap.skip('%s on %s' % (reader[0], name), 'no ' + reader[0])
                continue
            r = subprocess.run(reader + [tap.path(name)], capture_output=True, text=True,
                               timeout=tap.TIMEOUT)
            good = r.returncode == 0 and not r.stderr
            if reader[0] == 'eu-elflint':
                # The synthetic vmlinux has what it calls wrong; the wrapper must not, save
                # that it does not know Xen's notes
                if name == 'vmlinux':
                    continue
                unknown = "unknown object file note type .* with owner name 'Xen'"
                good = all(re.search(unknown, l) for l in (r.stdout + r.stderr).splitlines())
            tap.ok(good, '%s on %s' % (reader[0], name), r.stdout + r.stderr)
    tap.same(read(tap.path('elf')), read(f)[4096:], 'elf: the bytes from S - 4096 on')


def files():
    good = tap.write('good', Image(wrapper=True).build())
    i = Image(compress='xz')
    i.payload = i.payload[:-4] + b'\7\0\0\0'
    bad = tap.write('bad', i.build())
    target = tap.write('target', b'old')

    r = extract('vmlinux', bad, '-o', target)
    tap.ok(r.returncode == 1 and b'states an uncompressed size of 7' in r.stderr,
           'a wrong stated size is an error', r.stderr)
    tap.same(read(target), b'old', '  and the output file is as before')
    r = extract('elf', bad, '-o', tap.path('new'))
    tap.ok(r.returncode == 1 and b'has no ELF wrapper' in r.stderr and
           not os.path.exists(tap.path('new')), 'elf of an image without: an error, no file',
           r.stderr)
    r = extract('vmlinux', tap.write('none', Image(payload=False).build()))
    tap.ok(r.returncode == 1 and b'has no payload' in r.stderr and not r.stdout,
           'vmlinux of an image without', r.stderr)

    os.umask(0o027)
    r = extract('vmlinux', good, '-o', target)
    tap.same((r.returncode, r.stdout, r.stderr), (0, b'', b''), '-o is silent')
    tap.same(read(target), vmlinux()[:-12], '  and replaces the file')
    tap.same(os.stat(target).st_mode & 0o777, 0o640, '  with the mode of the umask')
    r, j = tap.run_json('extract', 'payload', good, '-o', tap.path('p'))
    tap.ok(j == {'file': good, 'part': 'payload', 'output': tap.path('p'),
                 'size': len(read(tap.path('p')))}, '--json says what was written', j)

    r = extract('setup', good, '-o', tap.path('no/such/dir'))
    tap.ok(r.returncode == 2 and b'cannot create' in r.stderr, 'no directory', r.stderr)
    os.mkdir(tap.path('dir'))
    r = extract('setup', good, '-o', tap.path('dir'))
    tap.ok(r.returncode == 2 and b'not a regular file' in r.stderr, 'a directory', r.stderr)
    r = extract('setup', good, '-o', '/dev/null')
    tap.ok(r.returncode == 2 and os.path.exists('/dev/null') and b'not a regular' in r.stderr,
           'a device is not replaced', r.stderr)
    left = [n for n in os.listdir(tap.tmp) if n.startswith(('target.', 'new.', 'p.', 'dir.'))]
    tap.same(left, [], 'no temporary file is left')
    with open('/dev/full', 'wb') as full:
        r = tap.run('extract', 'setup', good, text=False, stdout=full)
    tap.ok(r.returncode == 2 and b'cannot write' in r.stderr, 'a full disk', r.stderr)

    master, slave = pty.openpty()
    r = tap.run('extract', 'setup', good, text=False, stdout=slave)
    os.close(slave)
    os.close(master)
    tap.ok(r.returncode == 2 and b'terminal' in r.stderr, 'not to a terminal', r.stderr)


def joined():
    """The kernel takes lz4 streams one after the other."""
    i = Image(compress='lz4')
    half = len(i.kernel) // 2
    i.payload = (mk.lz4(i.kernel[:half]) + mk.lz4(i.kernel[half:]) +
                 len(i.kernel).to_bytes(4, 'little'))
    tap.same(extract('vmlinux', tap.write('joined', i.build()), '--with-relocs').stdout, i.kernel,
             'two lz4 streams')


def sound_parts_of_a_bad_image():
    i = Image(payload_length=0xfffffff0)
    f = tap.write('cut', i.build())
    tap.same(len(extract('setup', f).stdout), i.setup_size, 'setup does not need the payload')
    r = extract('payload', f)
    tap.ok(r.returncode == 1 and not r.stdout and b'but the block ends' in r.stderr,
           'a payload past the end', r.stderr)
    i = Image()
    i.payload = i.payload[:60] + bytes(len(i.payload) - 60)
    f = tap.write('corrupt', i.build())
    tap.same(extract('payload', f).stdout, bytes(i.payload), 'payload is taken as it is')
    r = extract('vmlinux', f)
    tap.ok(r.returncode == 1 and not r.stdout and b'gzip data is' in r.stderr,
           'vmlinux is not, when it does not decompress', r.stderr)


def main():
    round_trips()
    readers()
    files()
    joined()
    sound_parts_of_a_bad_image()


tap.main(main)
