#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A replay of the corpus, then FUZZ_SECONDS of fuzzing, of disks and of texts."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap
import tooltests


def main():
    tooltests.fuzzer(tap.SRC, os.path.join(tap.OUT, 'bzimage-xl-fuzz'), d.seeds(),
                     max_corpus=100 * 1024, timeout=20, max_len=1200000)


tap.main(main)
