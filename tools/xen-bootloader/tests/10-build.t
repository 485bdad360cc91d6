#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The build: clean under both compilers, static, sanitized, out of tree; the manual."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap
from tooltests import installation, make, manual, missing_library, options, sanitized, sh


def builds():
    before = sorted(os.listdir(tap.SRC))
    for name, cc, extra in (('gcc', 'gcc', []), ('clang with sanitizers', 'clang', ['SANITIZE=1'])):
        if not shutil.which(cc):
            tap.skip('build with ' + name, 'no ' + cc)
            continue
        out = tap.path(name.replace(' ', '-'))
        r = make(tap.SRC, 'O=' + out, 'CC=' + cc, 'CFLAGS=-O1 -g -Werror', *extra)
        tap.ok(r.returncode == 0 and not r.stderr, 'build with ' + name, r.stderr)
    r = make(tap.SRC, 'O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g -Werror')
    tap.ok(r.returncode == 0 and '-c -o' not in r.stdout, 'a second build compiles nothing',
           r.stdout)
    tap.same(sorted(os.listdir(tap.SRC)), before, 'with O= nothing is written beside the sources')


def static():
    """It is to run in a dom0 that has no library of ours: in an empty root, even."""
    r = make(tap.SRC, 'O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g', 'static')
    tool = tap.path('gcc/bzimage-xl-static')
    tap.ok(r.returncode == 0 and os.path.exists(tool), 'a static build', r.stderr)
    r = sh(['readelf', '-ld', tool])
    tap.ok('INTERP' not in r.stdout and 'NEEDED' not in r.stdout, 'it needs nothing', r.stdout)
    root = tap.path('root')
    os.makedirs(root + '/out')
    shutil.copy(tool, root + '/bzimage-xl')
    with open(root + '/disk', 'wb') as f:
        f.write(d.partitioned('gpt', {1: None, 2: d.filesystem(
            {'/boot/grub/grub.cfg': d.grub_cfg(), **d.boot_files(d.xen_wrapper())})}))
    if os.geteuid():
        tap.skip('it runs where there is nothing else', 'not root')
        return
    r = sh(['/bzimage-xl', '--output-directory=/out', '/disk'], timeout=60,
           preexec_fn=lambda: os.chroot(root))
    tap.ok(r.returncode == 0 and r.stdout.startswith('kernel /out/kernel.'),
           'it runs where there is nothing else', r)


def documented():
    text = manual(os.path.join(tap.SRC, 'bzimage-xl.8'))
    helps = tap.run('--help').stdout.decode()
    said = options(helps)
    tap.same([o for o in sorted(said) if '.It %s' % o not in text and ', %s' % o not in text
              and ', Fl %s' % o[1:] not in text], [], 'manual: has every option')
    tap.ok(len(said) >= 19, 'the help names the options', said)
    # Defaults that are written down in three places
    with open(os.path.join(tap.SRC, 'bl.h')) as f:
        limits = re.search(r'DEFAULT_LIMITS \{(.*?)\}', f.read(), re.S).group(1)
    want = dict(re.findall(r'\.(\w+) = (\S+(?: << \d+)?)[,\s]', limits))
    said = dict(re.findall(r'--max-(\w+)=\w+ .*\((\d+\w?)\)', helps))

    def value(n):
        return int(n.rstrip('KMG')) << {'K': 10, 'M': 20, 'G': 30}.get(n[-1], 0)
    names = {'kernel': 'kernel', 'vmlinux': 'size', 'ratio': 'ratio', 'ramdisk': 'ramdisk',
             'config': 'config', 'reads': 'reads'}
    real = {names[k]: eval(v.replace('ULL', '').rstrip(',')) for k, v in want.items()}
    tap.same({k: value(v) for k, v in said.items() if k != 'seconds'}, real,
             'the help has the real limits')
    tap.ok(all(re.search(r'max-%s\b.*?\b%s\b' % (k, v), text, re.S) for k, v in said.items()),
           'so has the manual', said)


def main():
    builds()
    # libext2fs and libblkid keep tables that nobody frees: leaks are for the fuzzer
    sanitized(tap.path('clang-with-sanitizers/bzimage-xl'), 'BZIMAGE_XL', tap.SRC,
              ('20-layouts.t', '30-config.t', '40-errors.t'))
    static()
    installation(tap.SRC, tap.path('gcc'), 'CFLAGS=-O1 -g',
                 ['bin/bzimage-xl', 'share/man/man8/bzimage-xl.8'])
    missing_library(tap.SRC, 'blkid.h', 'bzimage-xl: blkid/blkid.h is missing: install the Debian '
                    'package libblkid-dev')
    documented()


tap.main(main)
