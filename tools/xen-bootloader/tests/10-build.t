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

MAKE = os.environ.get('MAKE', 'make')
BUILD_TIMEOUT = 600


def sh(args, **kw):
    kw.setdefault('timeout', BUILD_TIMEOUT)
    # The make that runs the tests must not hand its own variables down
    env = {k: v for k, v in os.environ.items()
           if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'O', 'CC', 'SANITIZE')}
    env.update(kw.pop('env', {}))
    return subprocess.run(args, capture_output=True, text=True, env=env, **kw)


def make(*args, **kw):
    return sh([MAKE, '-C', tap.SRC, *args], **kw)


def builds():
    before = sorted(os.listdir(tap.SRC))
    for name, cc, extra in (('gcc', 'gcc', []), ('clang with sanitizers', 'clang', ['SANITIZE=1'])):
        if not shutil.which(cc):
            tap.skip('build with ' + name, 'no ' + cc)
            continue
        out = tap.path(name.replace(' ', '-'))
        r = make('O=' + out, 'CC=' + cc, 'CFLAGS=-O1 -g -Werror', *extra)
        tap.ok(r.returncode == 0 and not r.stderr, 'build with ' + name, r.stderr)
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g -Werror')
    tap.ok(r.returncode == 0 and '-c -o' not in r.stdout, 'a second build compiles nothing',
           r.stdout)
    tap.same(sorted(os.listdir(tap.SRC)), before, 'with O= nothing is written beside the sources')


def sanitized():
    tool = tap.path('clang-with-sanitizers/bzimage-xl')
    if not os.path.exists(tool):
        tap.skip('tests with sanitizers', 'not built')
        return
    for test in ('20-layouts.t', '30-config.t', '40-errors.t'):
        # libext2fs and libblkid keep tables that nobody frees: leaks are for the fuzzer
        r = sh([sys.executable, '-B', os.path.join(tap.HERE, test)], env={'BZIMAGE_XL': tool})
        bad = [l for l in r.stdout.splitlines() if l.startswith(('not ok', '#'))]
        tap.ok(r.returncode == 0, test + ' with ASan and UBSan', '\n'.join(bad) + r.stderr)


def static():
    """It is to run in a dom0 that has no library of ours: in an empty root, even."""
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g', 'static')
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


def installation():
    dest = tap.path('dest')
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g', 'install', 'DESTDIR=' + dest,
             'PREFIX=/opt/x')
    files = sorted(os.path.relpath(os.path.join(at, f), dest)
                   for at, _, fs in os.walk(dest) for f in fs)
    tap.same((r.returncode, files), (0, ['opt/x/bin/bzimage-xl',
                                         'opt/x/share/man/man8/bzimage-xl.8']),
             'install puts two files under DESTDIR and PREFIX')
    r = make('O=' + tap.path('gcc'), 'clean')
    tap.ok(r.returncode == 0 and not os.listdir(tap.path('gcc')), 'clean leaves nothing',
           os.listdir(tap.path('gcc')))


def missing_library():
    cc = tap.path('cc')
    with open(cc, 'w') as f:
        f.write('#!/bin/sh\ngrep -q blkid.h && exit 1\nexit 0\n')
    os.chmod(cc, 0o755)
    r = make('O=' + tap.path('miss'), 'CC=' + cc)
    lines = [l for l in r.stderr.splitlines() if not l.startswith('make')]
    tap.ok(r.returncode and lines == ['bzimage-xl: blkid/blkid.h is missing: install the Debian '
                                      'package libblkid-dev'], 'a missing library is named',
           r.stderr)


def manual():
    page = os.path.join(tap.SRC, 'bzimage-xl.8')
    if shutil.which('mandoc'):
        r = sh(['mandoc', '-T', 'lint', '-W', 'warning', page])
        tap.ok(r.returncode == 0 and not r.stdout, 'manual: mandoc -T lint', r.stdout)
    else:
        tap.skip('manual: mandoc -T lint', 'no mandoc')
    with open(page) as f:
        # As mdoc writes them: Fl for the first dash, an escaped one for the second
        text = f.read().replace('\\-', '-').replace('Fl -', '--')
    options = set(re.findall(r'--[a-z][a-z-]+', tap.run('--help').stdout.decode()))
    tap.same([o for o in sorted(options) if '.It %s' % o not in text and ', %s' % o not in text
              and ', Fl %s' % o[1:] not in text], [], 'manual: has every option')
    tap.ok(len(options) >= 19, 'the help names the options', options)
    # Defaults that are written down in three places
    with open(os.path.join(tap.SRC, 'bl.h')) as f:
        limits = re.search(r'DEFAULT_LIMITS \{(.*?)\}', f.read(), re.S).group(1)
    want = dict(re.findall(r'\.(\w+) = (\S+(?: << \d+)?)[,\s]', limits))
    said = dict(re.findall(r'--max-(\w+)=\w+ .*\((\d+\w?)\)', tap.run('--help').stdout.decode()))

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
    sanitized()
    static()
    installation()
    missing_library()
    manual()


tap.main(main)
