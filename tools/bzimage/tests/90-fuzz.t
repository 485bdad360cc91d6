#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A replay of the corpus through everything, then FUZZ_SECONDS of fuzzing."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkimage as mk
import tap
import tooltests


def main():
    tooltests.fuzzer(tap.SRC, os.path.join(tap.OUT, 'bzimage-fuzz'),
                     [(name, seed.build()) for name, seed in mk.seeds()], max_corpus=300 * 1024,
                     timeout=10, max_len=32768, replay_env={'BZIMAGE_RENDER_ALL': '1'})


tap.main(main)
