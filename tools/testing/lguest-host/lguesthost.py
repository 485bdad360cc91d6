# SPDX-License-Identifier: GPL-2.0
"""The reference lguest host, started under QEMU: what /dev/lguest and its launcher would be."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parents[2] / "build/lguest-host"

# What QEMU's machine needs beside the guest's memory and the modules: low memory, the host
# itself, its shadow page tables, what the firmware keeps for itself at the end.
_HOST_MIB = 40
_MIB = 1 << 20
_MAX_BLOCKS = 4
_SECTOR = 512


class HostError(Exception):
    """The host cannot be started like this."""


def build(folder: Path = BUILD) -> None:
    """Bring the host's files up to date."""
    r = subprocess.run(["make", "-s", "-C", str(HERE), f"O={folder}"], capture_output=True,
                       text=True)
    if r.returncode:
        raise HostError(f"building the host failed:\n{r.stderr}")


@dataclass
class Options:
    """What the launcher is told, and which host it is on"""

    mem: int
    kernel: Path
    args: str = ""
    initrd: Path | None = None
    # In order: "block", "net" and "rng", what comes behind the =, if anything
    devices: list[tuple[str, str | None]] = field(default_factory=list)
    pae: bool = True
    # The host gives the guest a TSC rate.
    tsc: bool = False
    smep: bool = False
    smap: bool = False
    cpu: str | None = None
    # 0: none; 1: without the frequent ones; 2: all hypercalls, traps, registers of devices
    trace: int = 0
    trace_file: Path | None = None
    seed: int | None = None
    # For tests: a guest for each word of args, one after the other
    each: bool = False
    qemu: list[str] = field(default_factory=list)
    folder: Path = BUILD

    def words(self) -> list[str]:
        words = [f"mem={self.mem}"]
        if self.initrd:
            words.append("initrd")
        for name, value in self.devices:
            words.append(name if name != "net" or not value else f"net={value}")
        words += [w for w in ("tsc", "smep", "smap", "each") if getattr(self, w)]
        if self.trace:
            words.append(f"trace={self.trace}")
        seed = self.seed if self.seed is not None else int.from_bytes(os.urandom(4), "little")
        return [*words, f"seed={seed}", "--", *([self.args] if self.args else [])]

    def argv(self, links: Path) -> list[str]:
        """QEMU's command line, with the files under names that need no quoting in links"""
        def link(name: str, to: Path) -> str:
            if not Path(to).is_file():
                raise HostError(f"no such file: {to}")
            (links / name).symlink_to(Path(to).resolve())
            return str(links / name)

        modules = [link("kernel", self.kernel)]
        if self.initrd:
            modules.append(link("initrd", self.initrd))
        size = sum(Path(m).stat().st_size for m in modules)
        host = link("host", self.folder / f"lguest-host-{'pae' if self.pae else 'nopae'}")
        argv = [os.environ.get("QEMU", "qemu-system-i386"), "-machine", "pc,accel=tcg",
                "-m", str(self.mem + _HOST_MIB + (size + _MIB - 1) // _MIB),
                "-nodefaults", "-display", "none", "-no-reboot",
                "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        if self.cpu:
            argv += ["-cpu", self.cpu]
        if self.trace:
            argv += ["-debugcon", f"file:{self.trace_file}".replace(",", ",,")
                     if self.trace_file else "file:/dev/stderr"]
        blocks = [value for name, value in self.devices if name == "block"]
        if len(blocks) > _MAX_BLOCKS:
            raise HostError(f"more than {_MAX_BLOCKS} block devices")
        for i, path in enumerate(blocks):
            # The launcher would leave the rest out, QEMU would fill it up.
            if Path(path).stat().st_size % _SECTOR:
                raise HostError(f"{path}: its size is no multiple of {_SECTOR}")
            argv += ["-drive", f"file={link(f'block{i}', path)},if=ide,index={i},format=raw"]
        return [*argv, *self.qemu, "-kernel", host, "-append", " ".join(self.words()),
                "-initrd", ",".join(modules)]


class Guest:
    """A running guest as a context manager: leaving it ends QEMU."""

    def __init__(self, options: Options) -> None:
        self._links = Path(tempfile.mkdtemp(prefix="lguest-"))
        self.output = b""
        self._seen = 0
        try:
            self.argv = options.argv(self._links)
            self._process = subprocess.Popen(self.argv, stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, bufsize=0)
        except BaseException:
            shutil.rmtree(self._links)
            raise

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._links, ignore_errors=True)

    @property
    def text(self) -> str:
        return self.output.decode(errors="replace")

    @property
    def last_words(self) -> str | None:
        """The launcher's line, without its prefix, that said the end; None: it has not yet."""
        lines = re.findall(r"^lguest: (.*?)\r?$", self.text, re.M)
        return lines[-1] if lines else None

    def send(self, data: bytes) -> None:
        self._process.stdin.write(data)

    def _read(self, seconds: float) -> bool:
        """More output, or False at its end or when the time is over."""
        if not select.select([self._process.stdout], [], [], max(seconds, 0))[0]:
            return False
        data = os.read(self._process.stdout.fileno(), 65536)
        self.output += data
        return bool(data)

    def expect(self, pattern: bytes, seconds: float) -> re.Match[bytes] | None:
        """What matches behind what matched before, None at the end or when the time is over."""
        end = time.monotonic() + seconds
        while True:
            m = re.compile(pattern).search(self.output, self._seen)
            if m:
                self._seen = m.end()
                return m
            if not self._read(end - time.monotonic()):
                return None

    def wait(self, seconds: float) -> bool:
        """All output until the guest ends; False: it did not in time."""
        end = time.monotonic() + seconds
        while self._read(end - time.monotonic()):
            pass
        return time.monotonic() < end


def run(options: Options, seconds: float) -> Guest:
    """Run a guest to its end, or for so long; what it said is in the result."""
    with Guest(options) as guest:
        guest.ended = guest.wait(seconds)
    return guest
