# SPDX-License-Identifier: GPL-2.0
"""Work that runs in the domU while dom0 does something to it: ../guest/soak."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

_DIRECTORY = "/tmp/soak"
_LINE = re.compile(r"^([a-z][a-z0-9-]*) (\d+) (\d+)$", re.MULTILINE)
_POLL_SECONDS = 1.0
_STOP_SECONDS = 120

Guest = Callable[[str], "tuple[int, str]"]


class SoakError(Exception):
    """A worker has failed, or does not go on."""


def counts(text: str) -> dict[str, tuple[int, int]]:
    """Rounds and failures of each worker, from soak's status."""
    return {name: (int(rounds), int(failures)) for name, rounds, failures in _LINE.findall(text)}


class Soak:
    """`guest` has the domU's shell run a command: its exit status and output."""

    def __init__(self, guest: Guest, wait: Callable[[float], object]) -> None:
        self.guest, self.wait = guest, wait
        self.last: dict[str, tuple[int, int]] = {}

    def start(self, options: str) -> None:
        self.guest(f"mkdir -p {_DIRECTORY}; rm -f {_DIRECTORY}/*; "
                   f"soak {options} {_DIRECTORY} >{_DIRECTORY}.out 2>&1 & soak_pid=$!")

    def check(self, seconds: float) -> dict[str, tuple[int, int]]:
        """Wait until each worker has done a whole round since the last time."""
        deadline = time.monotonic() + seconds
        while True:
            _, text = self.guest(f"cat {_DIRECTORY}/status")
            now = counts(text)
            self._no_failures(now)
            # One that was in the middle of a round ends it; the next one is all new.
            behind = [name for name in now or ("all",)
                      if now.get(name, (0, 0))[0] < self.last.get(name, (0, 0))[0] + 2]
            if not behind:
                self.last = now
                return now
            if time.monotonic() > deadline:
                _, said = self.guest(f"cat {_DIRECTORY}.out")
                raise SoakError(f"no round in {seconds:.0f} s: {', '.join(behind)} {said.strip()}")
            self.wait(_POLL_SECONDS)

    def stop(self) -> str:
        """End all of it: what each has done."""
        status, text = self.guest(f"touch {_DIRECTORY}/stop; wait $soak_pid; soak_status=$?; "
                                  f"cat {_DIRECTORY}.out; (exit $soak_status)")
        final = counts(text)
        self._no_failures(final)
        if status or set(final) != set(self.last):
            raise SoakError(f"soak ended with {status}: {text.strip()[-300:]}")
        return "soak: " + ", ".join(f"{name} {rounds}" for name, (rounds, _) in final.items())

    def _no_failures(self, now: dict[str, tuple[int, int]]) -> None:
        if failed := [name for name, (_, failures) in now.items() if failures]:
            _, log = self.guest(f"tail -n 5 {_DIRECTORY}/log")
            raise SoakError(f"failed: {', '.join(failed)}: {log.strip()}")
