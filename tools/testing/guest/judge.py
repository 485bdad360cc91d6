# SPDX-License-Identifier: GPL-2.0
"""The verdict on what a guest of this directory prints."""

from __future__ import annotations

import re

from tap import Tap

# What must not be on any console
TROUBLE = re.compile(r"Kernel panic|Oops|BUG:|BUG at|WARNING:|Call Trace|\bstall")


class Judge:
    """From what the guest prints to TAP of our own, in which each machine's tests go by its name."""

    RESULT = re.compile(r"^(not )?ok (\d+) - (.*)$")

    def __init__(self, tap: Tap, name: str, nonce: str) -> None:
        self.tap, self.name, self.nonce = tap, name, nonce
        self.results, self.planned = 0, None
        self.begun = self.ended = self.status = None
        self.missing: list[int] = []
        self.trouble: list[str] = []

    def line(self, text: str) -> None:
        if TROUBLE.search(text) and not self.RESULT.match(text):
            self.trouble.append(text)
        if text == f"guest: begin {self.nonce}":
            self.begun = True
        if not self.begun or self.ended:
            return
        if m := self.RESULT.match(text):
            self.results += 1
            self.tap.ok(not m[1], f"{self.name}: {m[3]}")
        elif m := re.match(r"^1\.\.(\d+)$", text):
            self.planned = int(m[1])
        elif m := re.match(rf"^guest: end {self.nonce} status (\d+)$", text):
            self.ended, self.status = True, int(m[1])
        elif text.startswith("#"):
            print(text, flush=True)

    def verdict(self, reason: str, tail: str) -> None:
        tap, name = self.tap, self.name
        tap.ok(self.begun, f"{name}: userland was reached", tail)
        if self.begun:
            # A failed test has said so itself.
            tap.ok(self.ended and self.planned == self.results and self.results,
                   f"{name}: came to its end, with all tests",
                   f"planned {self.planned}, came {self.results}, status {self.status}\n{tail}")
        tap.ok(not self.trouble, f"{name}: nothing bad on the console", "\n".join(self.trouble))
        tap.ok(reason == "guest-shutdown", f"{name}: the guest switched the machine off",
               f"QEMU's reason: {reason or 'none'}")
