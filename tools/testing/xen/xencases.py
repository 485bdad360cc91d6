# SPDX-License-Identifier: GPL-2.0
"""The table of cases: cases.toml, which documents the fields, as objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bootdisk
import steps
from cases import CaseError, check_types, load_by_kernel
from steps import Step

GROUPS = ("rig", "parse", "boot", "device", "control", "life", "load", "big")
KERNELS = ("bzimage", "wrapper", "vmlinux", "stock", "grub")
LOADERS = ("direct", "pvgrub", "bootloader", "bzimage-xl")
# What the domU's initramfs may have of ../guest and module/
PROGRAMS = ("soak", "usertest", "module")
KINDS = ("pvh", "pv")
ENDS = ("poweroff", "reboot", "crash", "running", "none")


@dataclass(frozen=True)
class Case:
    name: str
    group: str
    kernel: str
    steps: list[Step]
    loader: str = "direct"
    kind: str = "pvh"
    initrd: bool = True
    task: str = "commands"
    cmdline: str = ""
    memory: int = 128
    vcpus: int = 1
    maxvcpus: int = 0
    machine_memory: int = 1024
    disks: int = 0
    file_disk: bool = False
    boot_disk: str = ""
    programs: list[str] = ()  # type: ignore[assignment]
    vif: bool = False
    on_reboot: str = "preserve"
    xl_fails: bool = False
    xl_expect: list[str] = ()  # type: ignore[assignment]
    expect: list[str] = ()  # type: ignore[assignment]
    forbid: list[str] = ()  # type: ignore[assignment]
    allow: list[str] = ()  # type: ignore[assignment]
    dmesg_expect: list[str] = ()  # type: ignore[assignment]
    dmesg_forbid: list[str] = ()  # type: ignore[assignment]
    end: str = "poweroff"
    timeout: int = 180


def load(path: Path) -> list[Case]:
    return load_by_kernel(path, _case)


_CHOICES = {"group": GROUPS, "kernel": KERNELS, "loader": LOADERS, "kind": KINDS, "end": ENDS}


def _case(block_name: str, kernel: object, block: dict[str, object]) -> Case:
    check_types(block_name, block, Case, own=("name", "kernel"))
    block = block | {"kernel": kernel}
    try:
        block["steps"] = [steps.parse(text) for text in block.get("steps", [])]  # type: ignore
    except steps.StepError as error:
        raise CaseError(f"[{block_name}]: {error}") from None
    for key, choices in _CHOICES.items():
        if key in block and block[key] not in choices or key == "group" and key not in block:
            raise CaseError(f"[{block_name}]: {key} must be one of {', '.join(choices)}")
    case = Case(name=f"{kernel}-{block_name}", **block)  # type: ignore[arg-type]
    if unknown := set(case.programs) - set(PROGRAMS):
        raise CaseError(f"[{block_name}]: no such program: {', '.join(sorted(unknown))}")
    if (case.boot_disk in bootdisk.FORMS) != (case.loader == "bzimage-xl"):
        raise CaseError(f"[{block_name}]: loader bzimage-xl, and only that, has a boot_disk, "
                        f"one of {', '.join(bootdisk.FORMS)}")
    if case.xl_fails and (case.steps or case.end != "none"):
        raise CaseError(f'[{block_name}]: what xl refuses has no steps, and its end is "none"')
    return case
