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
from tooltests import installation, make, manual, missing_library, options, sanitized, sh

UAPI = os.path.join(tap.SRC, '../../include/uapi')


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
        r = make(tap.SRC, 'O=' + out, 'CC=' + cc, 'CFLAGS=-O1 -g -Werror', *extra)
        tap.ok(r.returncode == 0 and not r.stderr, 'build with ' + name, r.stderr)
    r = make(tap.SRC, 'O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -g -Werror')
    tap.ok('-c -o' not in r.stdout, 'a second build compiles nothing', r.stdout)
    r = make(tap.SRC, 'O=' + tap.path('gcc'), 'CC=gcc', 'CFLAGS=-O1 -Werror')
    tap.ok('-c -o' in r.stdout, 'other flags compile all', r.stdout)
    tap.same(sources(), before, 'with O= nothing is written beside the sources')


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


def documented():
    text = manual(os.path.join(tap.SRC, 'bzimage.1')).replace('Fl -', '--')
    said = options(''.join(tap.run(*a, '--help').stdout
                           for a in ([], ['info'], ['check'], ['extract'], ['map'])))
    tap.same([o for o in sorted(said) if o not in text], [], 'manual: has every option')
    tap.ok(len(said) >= 9, 'the help names the options', said)


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
    sanitized(tap.path('clang-with-sanitizers/bzimage'), 'BZIMAGE', tap.SRC,
              ('20-check.t', '30-errors.t', '50-extract.t'))
    installation(tap.SRC, tap.path('gcc'), 'CFLAGS=-O1 -Werror',
                 ['bin/bzimage', 'share/man/man1/bzimage.1'])
    missing_library(tap.SRC, 'lzma.h', 'bzimage: lzma.h is missing: install the Debian package '
                    'liblzma-dev')
    uapi_header()
    documented()
    library()


tap.main(main)
