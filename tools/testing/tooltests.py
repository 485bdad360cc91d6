# SPDX-License-Identifier: GPL-2.0
"""Tests that each host tool has: its build, its installation, its manual, its fuzzer."""

import os
import re
import shutil
import subprocess
import sys

import tooltap as tap

MAKE = os.environ.get('MAKE', 'make')
CLANG = os.environ.get('CLANG', 'clang')
BUILD_TIMEOUT = 600
FUZZ_SECONDS = int(os.environ.get('FUZZ_SECONDS', '20'))
PROBE = ('#include <stddef.h>\n#include <stdint.h>\n'
         'int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }\n')


def sh(args, **kw):
    kw.setdefault('timeout', BUILD_TIMEOUT)
    # The make that runs the tests must not hand its own variables down
    env = {k: v for k, v in os.environ.items()
           if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'O', 'CC', 'SANITIZE')}
    env.update(kw.pop('env', {}))
    return subprocess.run(args, capture_output=True, text=True, env=env, **kw)


def make(src, *args, **kw):
    return sh([MAKE, '-C', src, *args], **kw)


def sanitized(tool, name, src, tests):
    """TESTS again, with the sanitizers watching; NAME: the variable that names the tool."""
    if not os.path.exists(tool):
        tap.skip('tests with sanitizers', 'not built')
        return
    for test in tests:
        r = sh([sys.executable, '-B', os.path.join(src, 'tests', test)], env={name: tool})
        bad = [l for l in r.stdout.splitlines() if l.startswith(('not ok', '#'))]
        tap.ok(r.returncode == 0, test + ' with ASan and UBSan', '\n'.join(bad) + r.stderr)


def installation(src, out, cflags, files):
    dest = tap.path('dest')
    r = make(src, 'O=' + out, 'CC=gcc', cflags, 'install', 'DESTDIR=' + dest, 'PREFIX=/opt/x')
    got = sorted(os.path.relpath(os.path.join(at, f), dest)
                 for at, _, fs in os.walk(dest) for f in fs)
    tap.same((r.returncode, got), (0, ['opt/x/' + f for f in files]),
             'install puts two files under DESTDIR and PREFIX')
    r = make(src, 'O=' + out, 'clean')
    tap.ok(r.returncode == 0 and not os.listdir(out), 'clean leaves nothing', os.listdir(out))


def missing_library(src, header, message):
    # A compiler that does not find it
    cc = tap.path('cc')
    with open(cc, 'w') as f:
        f.write('#!/bin/sh\ngrep -q %s && exit 1\nexit 0\n' % header)
    os.chmod(cc, 0o755)
    r = make(src, 'O=' + tap.path('miss'), 'CC=' + cc)
    lines = [l for l in r.stderr.splitlines() if not l.startswith('make')]
    tap.ok(r.returncode and lines == [message], 'a missing library is named', r.stderr)


def manual(page):
    """Its text, with options as people type them"""
    for name, *cmd in (('mandoc -T lint', 'mandoc', '-T', 'lint', '-W', 'warning'),
                       ('groff -man -ww', 'groff', '-man', '-ww', '-z', '-Tutf8')):
        if shutil.which(cmd[0]):
            r = sh([*cmd, page])
            tap.ok(r.returncode == 0 and not r.stdout + r.stderr, 'manual: ' + name,
                   r.stdout + r.stderr)
        else:
            tap.skip('manual: ' + name, 'no ' + cmd[0])
    with open(page) as f:
        # As mdoc writes them: Fl for the first dash, an escaped one for the second
        return f.read().replace('\\-', '-').replace('Fl -', '--')


def options(helps):
    return set(re.findall(r'--[a-z][a-z-]+', helps))


def _no_fuzzer():
    try:
        r = subprocess.run([CLANG, '-fsanitize=fuzzer,address,undefined', '-x', 'c', '-', '-o',
                            tap.path('probe')], input=PROBE, capture_output=True, text=True,
                           timeout=60)
    except OSError:
        return 'no ' + CLANG
    return 'no libFuzzer (Debian: libclang-rt-14-dev)' if r.returncode else None


def fuzzer(src, program, seeds, max_corpus, timeout, max_len, replay_env=()):
    """Replay corpus and SEEDS (name, bytes) with PROGRAM, then fuzz for FUZZ_SECONDS."""
    names = ('corpus replayed', 'fuzzed for %d s' % FUZZ_SECONDS)
    reason = _no_fuzzer()
    if reason:
        for name in names:
            tap.skip(name, reason)
        return
    r = make(src, 'O=' + os.path.dirname(program), program)
    if not tap.ok(r.returncode == 0, 'the fuzzer builds', r.stderr):
        return
    os.mkdir(tap.path('seeds'))
    corpus = os.path.join(src, 'tests/corpus')
    files = [os.path.join(corpus, f) for f in sorted(os.listdir(corpus))]
    size = sum(map(os.path.getsize, files))
    tap.ok(files and size <= max_corpus, 'the corpus is there and small', size)
    files += [tap.write('seeds/' + name, data) for name, data in seeds]

    def fuzz(name, seconds, *args, **env):
        r = subprocess.run([program, '-timeout=%d' % timeout, '-rss_limit_mb=1024',
                            '-artifact_prefix=' + tap.tmp + '/', *args], capture_output=True,
                           text=True, errors='replace', timeout=seconds, env={**os.environ, **env})
        tap.ok(r.returncode == 0, name, r.stderr[-6000:])
        return r.stderr

    fuzz(names[0], 300, '-runs=1', *files, **dict(replay_env))
    os.mkdir(tap.path('new'))
    log = fuzz(names[1], FUZZ_SECONDS + 120, '-max_len=%d' % max_len,
               '-max_total_time=%d' % FUZZ_SECONDS, '-print_final_stats=1', tap.path('new'),
               corpus, tap.path('seeds'))
    m = re.search(r'number_of_executed_units: (\d+)', log)
    tap.diag('executions: %s' % (m.group(1) if m else 'unknown'))
