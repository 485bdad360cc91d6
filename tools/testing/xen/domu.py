# SPDX-License-Identifier: GPL-2.0
"""What a case boots: the kernel in the form it wants, and the initramfs of tools/testing/boot."""

from __future__ import annotations

import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

import cpio
import dom0
import guestfs
import host
from cpio import Entry
from guestfs import GuestTree
from xencases import Case

# Debian's kernel has its front ends as modules, and needs more memory than a small domU has: the
# shim wants to find room for the unpacked kernel in one piece.
STOCK_MEMORY = 384
_STOCK_MODULES = ("xen-blkfront", "xen-netfront")

GRUB_GREETING = "GRUB speaks"
_GRUB_ALONE = f'echo "{GRUB_GREETING} on $grub_platform"\nhalt\n'
_GRUB_LOADS = "linux (memdisk)/kernel {words}\ninitrd (memdisk)/initrd\nboot\n"
_GRUB_MODULES = ("echo", "gzio", "halt", "linux", "lzopio", "memdisk", "minicmd", "normal", "tar", "test",
                 "xzio")
_GRUB_PACKAGE = "grub-xen-bin"


class Skip(Exception):
    """The case needs something that the command line did not give."""


@dataclass(frozen=True)
class Inputs:
    """What the command line gave."""

    packages: host.Packages
    image: Path | None
    vmlinux: Path | None
    bzimage_tool: Path | None
    programs: Path | None = None
    module: Path | None = None
    bootloader: Path | None = None
    least_memory: int = 0
    memory: int = 0
    slow: float = 1
    processors: int = 1


def processors(case: Case, inputs: Inputs) -> int:
    """Of the machine"""
    return min(max(case.vcpus, case.maxvcpus), inputs.processors)


def is_stock(case: Case) -> bool:
    return case.kernel == "stock"


def image(inputs: Inputs) -> bytes:
    if inputs.image is None:
        raise Skip("no --image given")
    return inputs.image.read_bytes()


def programs(case: Case, inputs: Inputs) -> dict[str, Entry]:
    """What the case has in its initramfs beyond the tree that all have."""
    found = {}
    for name in case.programs:
        given = inputs.module if name == "module" else inputs.programs and inputs.programs / name
        if given is None or not given.is_file():
            raise Skip(f"no {name}: no --module given" if name == "module" else
                       f"no {name}: --programs is not given, or has none")
        where = "module.ko" if name == "module" else f"bin/{name}"
        found[where] = cpio.file(given.read_bytes(), executable=name != "module")
    return found


def kernel(case: Case, inputs: Inputs, directory: Path) -> bytes:
    if case.kernel == "stock":
        return dom0.stock_vmlinuz(inputs.packages).read_bytes()
    if case.kernel == "grub":
        return grub(inputs.packages, directory, "i386", _GRUB_ALONE, {})
    if case.loader == "bzimage-xl":
        return b""  # it takes it from the disk
    if case.kernel in ("wrapper", "vmlinux"):
        if case.kernel == "vmlinux" and not inputs.bzimage_tool and inputs.vmlinux:
            return inputs.vmlinux.read_bytes()
        if not (inputs.bzimage_tool and inputs.image):
            raise Skip("no --bzimage-tool or --image given")
        out = directory / "extracted"
        host.run(str(inputs.bzimage_tool), "extract",
                 "elf" if case.kernel == "wrapper" else "vmlinux", inputs.image.absolute(),
                 "-o", out, directory=directory)
        return out.read_bytes()
    return image(inputs)


def tree(packages: host.Packages, arch: str) -> GuestTree:
    """boot's tree, the programs that the kernel starts when dom0 asks for an end, and modules."""
    made = guestfs.make_tree(packages, arch)
    more: dict[str, Entry] = {"sbin": cpio.directory()}
    for name in ("poweroff", "reboot"):
        more[f"sbin/{name}"] = cpio.file(f"#!/bin/busybox sh\n{name} -f\n".encode(), True)
    if arch == "amd64":
        more["modules"] = cpio.directory()
        for entry, path in dom0.modules(packages, _STOCK_MODULES).items():
            more[f"modules/{entry}"] = path
    return GuestTree(made.files | more, made.known_file_sha256)


def grub(packages: host.Packages, directory: Path, arch: str, config: str,
         files: dict[str, bytes]) -> bytes:
    """GRUB as a PV kernel for i386 or x86_64, with a configuration and files of its own."""
    platform = f"{arch}-xen"
    (directory / "grub.cfg").write_text(config)
    argv: list[object] = ["-O", platform, "-p", "/", "-c", directory / "grub.cfg", "-d",
                          packages.path(_GRUB_PACKAGE, f"usr/lib/grub/{platform}"),
                          "-o", directory / "grub"]
    if files:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        (directory / "memdisk").write_bytes(archive.getvalue())
        argv += ["-m", directory / "memdisk"]
    host.run("grub-mkimage", *argv, *_GRUB_MODULES, directory=directory)
    return (directory / "grub").read_bytes()


def grub_that_loads(packages: host.Packages, directory: Path, case: Case, image: bytes,
                    initrd: bytes, words: str) -> bytes:
    return grub(packages, directory, "x86_64" if is_stock(case) else "i386",
                _GRUB_LOADS.format(words=words), {"kernel": image, "initrd": initrd})
