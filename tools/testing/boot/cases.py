# SPDX-License-Identifier: GPL-2.0
"""The table of cases: cases.toml, which documents the fields, as objects."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

GROUPS = ("qemu", "memory", "grub", "grub-legacy", "syslinux", "kexec", "microvm", "efi", "own",
          "disk", "net", "fail")


class CaseError(Exception):
    """The table says something that cannot be."""


@dataclass(frozen=True)
class Case:
    name: str
    group: str
    loader: str = "qemu"
    image: str = "bzimage"
    change: str = ""
    emulator: str = "i386"
    machine: str = "pc"
    cpu: str = "qemu32"
    smp: int = 1
    memory: int = 512
    firmware_memory: int = 2
    initrd: bool = True
    root: str = ""
    console: str = "ttyS0"
    nic: str = ""
    cmdline: str = ""
    fill_cmdline: bool = False
    loader_type: int = -1
    loader_args: str = ""
    poweroff: bool = True
    message: str = ""
    vga: bool = True
    timeout: int = 120

    @property
    def must_fail(self) -> bool:
        return bool(self.message)


def load(path: Path) -> list[Case]:
    with open(path, "rb") as handle:
        table = tomllib.load(handle)
    default = table.pop("default", {})
    return [_case(name, default | block) for name, block in table.items()]


def load_by_kernel(path: Path, make: Callable[[str, object, dict[str, object]], T]) -> list[T]:
    """Of a table in which a block stands for one case for each of its kernels."""
    with open(path, "rb") as handle:
        table = tomllib.load(handle)
    default = table.pop("default", {})
    cases = []
    for name, block in table.items():
        kernels = block.pop("kernels", None)
        if not isinstance(kernels, list) or not kernels:
            raise CaseError(f"[{name}]: kernels must be a list")
        cases += [make(name, kernel, default | block) for kernel in kernels]
    return cases


def check_types(name: str, block: dict[str, object], kind: type, own: tuple[str, ...]) -> None:
    """Is what the block has a field of the dataclass KIND, and none that is not for the table?"""
    types = {field.name: str(field.type).partition("[")[0] for field in fields(kind)}
    for key, value in block.items():
        if key in own or key not in types:
            raise CaseError(f"[{name}]: unknown field '{key}'")
        if type(value).__name__ != types[key]:
            raise CaseError(f"[{name}]: {key} must be of type {types[key]}")


def _case(name: str, block: dict[str, object]) -> Case:
    check_types(name, block, Case, own=("name",))
    if block.get("group") not in GROUPS:
        raise CaseError(f"[{name}]: group must be one of {', '.join(GROUPS)}")
    case = Case(name=name, **block)  # type: ignore[arg-type]
    if not (case.initrd or case.root or case.must_fail):
        raise CaseError(f"[{name}]: without an initrd there must be a root disk")
    return case
