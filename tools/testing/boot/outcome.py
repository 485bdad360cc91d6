# SPDX-License-Identifier: GPL-2.0
"""How a case of a matrix ended, and TAP of it; also for the matrices of Xen and lguest."""

from __future__ import annotations

import contextlib
import fcntl
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import host


@dataclass
class Result:
    """How a case ended. Neither problems nor a reason to skip it: it passed."""

    problems: list[str] = field(default_factory=list)
    skipped: str = ""
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0


def print_result(number: int, name: str, result: Result) -> None:
    line = f"ok {number} - {name}"
    if result.skipped:
        line += f" # SKIP {result.skipped}"
    print(("not " if result.problems else "") + line)
    print(f"# {result.seconds:.1f} s")
    for text in result.notes + [f"FAILED: {problem}" for problem in result.problems]:
        print("\n".join(f"# {part}" for part in text.splitlines()))


def text_problems(where: str, text: str, expect: Iterable[str], forbid: Iterable[str],
                  trouble: Iterable[str], allow: Iterable[str]) -> list[str]:
    """`forbid` is the case's own; of the usual `trouble` a case may allow lines."""
    text = text.replace("\r", "")
    found = [f"no /{pattern}/ in {where}" for pattern in expect
             if not re.search(pattern, text, re.MULTILINE)]
    bad = []
    for line in text.splitlines():
        if any(re.search(pattern, line) for pattern in forbid) or (
                any(re.search(pattern, line) for pattern in trouble)
                and not any(re.search(pattern, line) for pattern in allow)):
            bad.append(f"in {where}: {line.strip()}")
    return found + bad[:3]


@contextlib.contextmanager
def exclusive(work: Path) -> Iterator[None]:
    """Two runs in one directory would remove each other's files."""
    work.mkdir(parents=True, exist_ok=True)
    with open(work / "lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise host.HostError(f"another run uses {work}: see --work") from None
        yield
