# SPDX-License-Identifier: GPL-2.0
"""What the guests of this directory start with: busybox, our programs, and init."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import cpio
import debfetch

HERE = Path(__file__).resolve().parent


def option_value(path: Path) -> str:
    return str(path).replace(",", ",,")


def tree(cache: Path, binaries: Path, bits: str = "32") -> dict[str, cpio.Entry]:
    """Busybox, our programs and init; enough for usertest and ubench."""
    busybox = debfetch.fetch(cache, "busybox-static:i386") / "bin/busybox"
    files = {name: cpio.directory() for name in ("bin", "dev", "proc", "sys", "tmp")}
    files |= {
        "dev/console": cpio.character_device(5, 1),
        "init": cpio.file((HERE / "init").read_bytes(), True),
        "bin/busybox": cpio.file(busybox.read_bytes(), True),
        "bin/usertest": cpio.file((binaries / "usertest").read_bytes(), True),
        "bin/ubench": cpio.file((binaries / f"ubench{bits}").read_bytes(), True),
        "bin/first": cpio.file((binaries / f"first{bits}").read_bytes(), True),
    }
    return files


def initrd(files: dict[str, cpio.Entry]) -> bytes:
    archive = io.BytesIO()
    cpio.write(files, archive)
    return gzip.compress(archive.getvalue(), compresslevel=1, mtime=0)
