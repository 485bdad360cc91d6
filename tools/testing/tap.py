# SPDX-License-Identifier: GPL-2.0
"""TAP for the tests that are programs of one file"""

import sys


class Tap:
    def __init__(self):
        self.n = self.bad = 0

    def ok(self, good, name, why=""):
        self.n += 1
        self.bad += not good
        print(f"{'ok' if good else 'not ok'} {self.n} - {name}", flush=True)
        if not good and why:
            for line in str(why).splitlines():
                print(f"#   {line}", flush=True)
        return good

    def done(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.bad or not self.n else 0)
