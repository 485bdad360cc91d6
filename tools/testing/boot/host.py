# SPDX-License-Identifier: GPL-2.0
"""Programs and Debian packages of the host."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import debfetch

# Programs that the host runs, and the Debian package to install for each (see the file "packages").
PROGRAMS = {
    "qemu-system-i386": "qemu-system-x86",
    "qemu-system-x86_64": "qemu-system-x86",
    "grub-mkimage": "grub-common",
    "xorrisofs": "xorriso",
    "mformat": "mtools",
    "mmd": "mtools",
    "mcopy": "mtools",
    "syslinux": "syslinux",
    "mke2fs": "e2fsprogs",
    "readelf": "binutils",
    "strip": "binutils",
}

# Debian keeps some of the above outside an ordinary user's PATH.
_SEARCH_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


class HostError(Exception):
    """Something that the host should provide is missing or does not work."""


def program(name: str) -> str:
    found = shutil.which(name, path=_SEARCH_PATH)
    if found is None and name in PROGRAMS:
        raise HostError(f"{name} is missing: install Debian's {PROGRAMS[name]}")
    if found is None:
        raise HostError(f"{name} cannot be run")
    return found


def run(name: str, *arguments: object, directory: Path, **environment: str) -> None:
    """Run a program in `directory`; its output matters only if it fails."""
    argv = [program(name), *map(str, arguments)]
    done = subprocess.run(argv, cwd=directory, env={**os.environ, "LC_ALL": "C", **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode:
        raise HostError(f"{shlex.join(argv)}: exit status {done.returncode}: {done.stdout.strip()}")


@dataclass(frozen=True)
class Packages:
    """Debian packages that are only unpacked: what the guest runs, or its firmware."""

    cache: Path

    def path(self, package: str, inside: str) -> Path:
        """Path of the file `inside` in `package`."""
        found = debfetch.fetch(self.cache, package) / inside
        if not found.exists():
            raise HostError(f"Debian's {package} has no {inside} "
                            f"(unpacked in {self.cache}; is it another release's?)")
        return found
