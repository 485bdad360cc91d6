# SPDX-License-Identifier: GPL-2.0
"""What the guest runs: one small tree of files, as an initramfs or as an ext2 root disk."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cpio
import host
from cpio import Entry

_GUEST_INIT = Path(__file__).parent / "guest" / "init"
_KNOWN_FILE_SIZE = 64 * 1024
_ROOT_DISK_SIZE = "16M"


@dataclass(frozen=True)
class GuestTree:
    files: dict[str, Entry]
    known_file_sha256: str

    def initramfs(self, more: dict[str, Entry] | None = None) -> bytes:
        archive = io.BytesIO()
        cpio.write(self.files | (more or {}), archive)
        return gzip.compress(archive.getvalue(), compresslevel=1, mtime=0)

    def make_root_disk(self, image: Path) -> None:
        """An ext2 file system with the tree. It needs no device nodes: devtmpfs has them."""
        image.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=image.parent) as scratch:
            for path, entry in sorted(self.files.items()):
                target = Path(scratch, path)
                if stat.S_ISDIR(entry.mode):
                    target.mkdir(parents=True)
                elif stat.S_ISREG(entry.mode):
                    target.write_bytes(entry.content)
                    target.chmod(stat.S_IMODE(entry.mode))
            host.run("mke2fs", "-q", "-t", "ext2", "-E", "root_owner=0:0", "-d", scratch, image,
                     _ROOT_DISK_SIZE, directory=image.parent)


def make_tree(packages: host.Packages, arch: str = "i386") -> GuestTree:
    """The tree with new random content, so that a guest can only know it by reading it."""
    known = os.urandom(_KNOWN_FILE_SIZE)
    busybox = packages.path(f"busybox-static:{arch}", "bin/busybox").read_bytes()
    files = {name: cpio.directory() for name in ("bin", "dev", "proc", "sys", "tmp")}
    files |= {
        "bin/busybox": cpio.file(busybox, executable=True),
        # A kernel opens this one before init can mount anything.
        "dev/console": cpio.character_device(5, 1),
        "init": cpio.file(_GUEST_INIT.read_bytes(), executable=True),
        "known-file": cpio.file(known),
    }
    return GuestTree(files, hashlib.sha256(known).hexdigest())


def kexec_files(packages: host.Packages, options: str, image: bytes, initrd: bytes,
                cmdline: str) -> dict[str, Entry]:
    """What the first kernel needs to start a second one; guest/init knows the names."""
    libc = {name: packages.path("libc6:i386", f"lib/i386-linux-gnu/{name}")
            for name in ("libc.so.6", "ld-linux.so.2")}
    return {
        "lib": cpio.directory(),
        **{f"lib/{name}": cpio.file(path.read_bytes(), executable=True)
           for name, path in libc.items()},
        "kexec": cpio.directory(),
        "kexec/kexec": cpio.file(packages.path("kexec-tools:i386", "sbin/kexec").read_bytes(),
                                 executable=True),
        "kexec/options": cpio.file(options.encode()),
        "kexec/image": cpio.file(image),
        "kexec/initrd": cpio.file(initrd),
        "kexec/cmdline": cpio.file(cmdline.encode()),
    }
