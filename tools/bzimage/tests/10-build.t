#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The build: clean under both compilers, out of tree, with good errors; header and manual."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
import tap

MAKE = os.environ.get('MAKE', 'make')
UAPI = os.path.join(tap.SRC, '../../include/uapi')
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


def sources():
    return sorted(os.listdir(tap.SRC))


def builds():
    before = sources()
    for name, cc, extra in (('gcc', 'gcc', []), ('clang', 'clang', []),
                            ('clang with sanitizers', 'clang', ['SANITIZE=1'])):
        if not shutil.which(cc):
            tap.skip('build with ' + name, 'no ' + cc)
            continue
        out = tap.path(name.replace(' ', '-'))
        r = make('O=' + out, 'CC=' + cc, 'CFLAGS=-O1 -g -Werror', *extra)
        tap.ok(r.returncode == 0 and not r.stderr, 'build with ' + name, r.stderr)
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g -Werror')
    tap.ok('-c -o' not in r.stdout, 'a second build compiles nothing', r.stdout)
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -Werror')
    tap.ok('-c -o' in r.stdout, 'other flags compile all', r.stdout)
    tap.same(sources(), before, 'with O= nothing is written beside the sources')


def sanitized():
    """The tests of errors again, with the sanitizers watching."""
    tool = tap.path('clang-with-sanitizers/bzimage')
    if not os.path.exists(tool):
        tap.skip('tests with sanitizers', 'not built')
        return
    for test in ('20-check.t', '30-errors.t', '50-extract.t'):
        r = sh([sys.executable, '-B', os.path.join(tap.HERE, test)], env={'BZIMAGE': tool})
        bad = [l for l in r.stdout.splitlines() if l.startswith(('not ok', '#'))]
        tap.ok(r.returncode == 0, test + ' with ASan and UBSan', '\n'.join(bad) + r.stderr)


def installation():
    dest = tap.path('dest')
    r = make('O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -Werror', 'install', 'DESTDIR=' + dest,
             'PREFIX=/opt/x')
    files = sorted(os.path.relpath(os.path.join(d, f), dest)
                   for d, _, fs in os.walk(dest) for f in fs)
    tap.same((r.returncode, files), (0, ['opt/x/bin/bzimage', 'opt/x/share/man/man1/bzimage.1']),
             'install puts two files under DESTDIR and PREFIX')
    r = make('O=' + tap.path('gcc'), 'clean')
    tap.ok(r.returncode == 0 and not os.listdir(tap.path('gcc')), 'clean leaves nothing',
           os.listdir(tap.path('gcc')))


def missing_library():
    # A compiler that does not find lzma.h
    cc = tap.path('cc')
    with open(cc, 'w') as f:
        f.write('#!/bin/sh\ngrep -q lzma.h && exit 1\nexit 0\n')
    os.chmod(cc, 0o755)
    r = make('O=' + tap.path('miss'), 'CC=' + cc)
    lines = [l for l in r.stderr.splitlines() if not l.startswith('make')]
    tap.ok(r.returncode and lines == ['bzimage: lzma.h is missing: install the Debian package '
                                      'liblzma-dev'], 'a missing library is named', r.stderr)


def uapi_header():
    header = os.path.join(UAPI, 'linux/bzimage.h')
    with open(header) as f:
        text = f.read()
    names = re.findall(r'^#define (BZIMAGE_\w+)\s+(?:0x)?[0-9]', text, re.M)
    asm = '#include <linux/bzimage.h>\n' + ''.join('.long %s\n' % n for n in names)
    r = subprocess.run(['gcc', '-D__ASSEMBLER__', '-I' + UAPI, '-x', 'assembler-with-cpp', '-c',
                        '-o', tap.path('h.o'), '-'], input=asm, capture_output=True, text=True)
    tap.ok(r.returncode == 0 and len(names) > 70, 'uapi header: constants fit assembler', r.stderr)
    # The offsets are where mkimage.py, written from the protocol's text, has them
    alias = {'hardware_subarch_data': 'hw_subarch_data'}
    values = dict(re.findall(r'^#define BZIMAGE_OFF_(\w+)\s+(0x[0-9a-f]+)', text, re.M))
    wrong = [n for n, (off, _, _) in mk.FIELDS.items()
             if int(values[alias.get(n, n).upper()], 16) != off]
    tap.same(wrong, [], 'uapi header: every field is where the protocol has it')
    c = ('#include <linux/bzimage.h>\n'
         '_Static_assert(BZIMAGE_SETUP_SIZE(0) == 2560, "");\n'
         '_Static_assert(BZIMAGE_SETUP_SIZE(15) == 8192, "");\n'
         '_Static_assert(BZIMAGE_MAY_HAVE_ELF(8192), "");\n'
         '_Static_assert(!BZIMAGE_MAY_HAVE_ELF(4096), "");\n'
         '_Static_assert(!BZIMAGE_MAY_HAVE_ELF(8704), "");\n'
         '_Static_assert(BZIMAGE_ELF_OFFSET(16384) == 12288, "");\n')
    for std in ('c90', 'gnu11'):
        r = subprocess.run(['gcc', '-std=' + std, '-pedantic', '-Wall', '-Wextra',
                            '-Wno-pedantic' if std == 'c90' else '-Wall', '-I' + UAPI, '-x', 'c',
                            '-fsyntax-only', '-'], input=c, capture_output=True, text=True)
        tap.ok(r.returncode == 0 and not r.stderr, 'uapi header: macros, ' + std, r.stderr)


def manual():
    page = os.path.join(tap.SRC, 'bzimage.1')
    if shutil.which('mandoc'):
        r = sh(['mandoc', '-T', 'lint', '-W', 'warning', page])
        tap.ok(r.returncode == 0 and not r.stdout, 'manual: mandoc -T lint', r.stdout)
    else:
        tap.skip('manual: mandoc -T lint', 'no mandoc')
    if shutil.which('groff'):
        r = sh(['groff', '-man', '-ww', '-z', '-Tutf8', page])
        tap.ok(r.returncode == 0 and not r.stderr, 'manual: groff -man -ww', r.stderr)
    else:
        tap.skip('manual: groff -man -ww', 'no groff')
    with open(page) as f:
        # As mdoc writes them: Fl for the first dash, an escaped one for the second
        text = f.read().replace('\\-', '-').replace('Fl -', '--').replace('Fl -', '--')
    helps = ''.join(tap.run(*a, '--help').stdout
                    for a in ([], ['info'], ['check'], ['extract'], ['map']))
    options = set(re.findall(r'--[a-z][a-z-]+', helps))
    tap.same([o for o in sorted(options) if o not in text], [], 'manual: has every option')
    tap.ok(len(options) >= 9, 'the help names the options', options)


def library():
    """The library neither prints nor exits: it must not want the functions for that."""
    lib = os.path.join(tap.OUT, 'libbzimage.a')
    r = sh(['nm', '-u', lib])
    wanted = {l.split()[-1] for l in r.stdout.splitlines() if l.strip().startswith('U ')}
    bad = wanted & {'printf', 'puts', 'putchar', 'fprintf', 'vprintf', 'fwrite', 'fputs', 'fputc',
                    'exit', '_exit', 'abort', 'stdout', 'stderr', 'perror', '__printf_chk',
                    '__fprintf_chk'}
    tap.ok(r.returncode == 0 and wanted and not bad, 'libbzimage.a does not print or exit', bad)


def main():
    builds()
    sanitized()
    installation()
    missing_library()
    uapi_header()
    manual()
    library()


tap.main(main)
