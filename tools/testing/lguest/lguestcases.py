# SPDX-License-Identifier: GPL-2.0
"""The table of cases: cases.toml, which documents the fields, as objects."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import steps
from cases import CaseError, check_types, load_by_kernel
from steps import Step

GROUPS = ("boot", "device", "life", "fail", "user")
KERNELS = ("bzimage", "wrapper", "vmlinux")
TASKS = ("commands", "report", "usertest", "none")
DAMAGES = ("", "payload")


@dataclass(frozen=True)
class Case:
    name: str
    group: str
    kernel: str
    steps: list[Step]
    end: str
    cmdline: str = ""
    task: str = "commands"
    initrd: bool = True
    root_disk: bool = False
    memory: int = 128
    disks: int = 0
    net: bool = False
    rng: bool = False
    pae: bool = True
    tsc: bool = False
    cpu: str = ""
    damage: str = ""
    expect: list[str] = ()  # type: ignore[assignment]
    forbid: list[str] = ()  # type: ignore[assignment]
    allow: list[str] = ()  # type: ignore[assignment]
    timeout: int = 180


def load(path: Path) -> list[Case]:
    return load_by_kernel(path, _case)


_CHOICES = {"group": GROUPS, "kernel": KERNELS, "task": TASKS, "damage": DAMAGES}


def _case(block_name: str, kernel: object, block: dict[str, object]) -> Case:
    check_types(block_name, block, Case, own=("name", "kernel"))
    block = block | {"kernel": kernel}
    try:
        block["steps"] = [steps.parse(text) for text in block.get("steps", [])]  # type: ignore
    except steps.StepError as error:
        raise CaseError(f"[{block_name}]: {error}") from None
    for key, choices in _CHOICES.items():
        if key in block and block[key] not in choices or key in ("group", "end") and key not in block:
            raise CaseError(f"[{block_name}]: {key} must be one of {', '.join(choices)}")
    return Case(name=f"{kernel}-{block_name}", **block)  # type: ignore[arg-type]
