#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A replay of the corpus, then FUZZ_SECONDS of fuzzing, of disks and of texts."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap

SECONDS = int(os.environ.get('FUZZ_SECONDS', '20'))
CORPUS = os.path.join(tap.HERE, 'corpus')
CLANG = os.environ.get('CLANG', 'clang')
PROBE = ('#include <stddef.h>\n#include <stdint.h>\n'
         'int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }\n')


def reason_not_to():
    try:
        r = subprocess.run([CLANG, '-fsanitize=fuzzer,address,undefined', '-x', 'c', '-', '-o',
                            tap.path('probe')], input=PROBE, capture_output=True, text=True,
                           timeout=tap.TIMEOUT)
    except OSError:
        return 'no ' + CLANG
    return 'no libFuzzer (Debian: libclang-rt-14-dev)' if r.returncode else None


def fuzz(name, timeout, *args):
    r = subprocess.run([os.path.join(tap.OUT, 'bzimage-xl-fuzz'), '-timeout=20',
                        '-rss_limit_mb=1024', '-artifact_prefix=' + tap.tmp + '/', *args],
                       capture_output=True, text=True, errors='replace', timeout=timeout)
    tap.ok(r.returncode == 0, name, r.stderr[-6000:])
    return r.stderr


def main():
    names = ('corpus replayed', 'fuzzed for %d s' % SECONDS)
    reason = reason_not_to()
    if reason:
        for name in names:
            tap.skip(name, reason)
        return
    env = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MFLAGS', 'MAKELEVEL')}
    r = subprocess.run([os.environ.get('MAKE', 'make'), '-C', tap.SRC, 'O=' + tap.OUT,
                        os.path.join(tap.OUT, 'bzimage-xl-fuzz')], capture_output=True, text=True,
                       env=env, timeout=600)
    if not tap.ok(r.returncode == 0, 'the fuzzer builds', r.stderr):
        return
    os.mkdir(tap.path('seeds'))
    for name, data in d.seeds():
        tap.write('seeds/' + name, data)
    files = [os.path.join(CORPUS, f) for f in sorted(os.listdir(CORPUS))]
    size = sum(map(os.path.getsize, files))
    tap.ok(files and size <= 100 * 1024, 'the corpus is there and small', size)
    files += [os.path.join(tap.path('seeds'), f) for f in os.listdir(tap.path('seeds'))]
    fuzz(names[0], 300, '-runs=1', *files)
    os.mkdir(tap.path('new'))
    log = fuzz(names[1], SECONDS + 120, '-max_len=1200000', '-max_total_time=%d' % SECONDS,
               '-print_final_stats=1', tap.path('new'), CORPUS, tap.path('seeds'))
    m = re.search(r'number_of_executed_units: (\d+)', log)
    tap.diag('executions: %s' % (m.group(1) if m else 'unknown'))


tap.main(main)
