# SPDX-License-Identifier: GPL-2.0
"""What a program of this directory needs in a guest, natively or in a domain."""

from __future__ import annotations

import random
from pathlib import Path

import guesttree
import programs


def write_initrd(target: Path, name: str, task: str, cache: Path, binaries: Path) -> None:
    files = guesttree.tree(cache, binaries)
    if task == "programs":
        seed = random.randrange(1 << 31)
        print(f"# {name}: data of seed {seed}")
        # Debian's files do not take the place of ours: busybox is the shell of init.
        files = programs.packages(cache) | files | programs.work(seed)
    target.write_bytes(guesttree.initrd(files))


def command_line(console: str, task: str, nonce: str, refused: tuple[str, ...],
                 args: str) -> list[str]:
    """Words for init; `args` has + between the program's arguments, or is empty."""
    words = [f"console={console}", "panic=-1", f"guest.task={task}", f"guest.nonce={nonce}",
             f"guest.refused={','.join(filter(None, refused))}"]
    return words + [f"guest.args={args}"] if args else words
