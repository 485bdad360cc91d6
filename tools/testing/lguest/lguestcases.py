# SPDX-License-Identifier: GPL-2.0
"""The table of cases: cases.toml, which documents the fields, as objects."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import steps
from steps import Step

GROUPS = ("boot", "device", "life", "fail", "user")
KERNELS = ("bzimage", "wrapper", "vmlinux")
TASKS = ("commands", "report", "usertest", "none")
DAMAGES = ("", "payload")


class CaseError(Exception):
    """The table says something that cannot be."""


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
    """A block stands for one case for each of its kernels."""
    with open(path, "rb") as handle:
        table = tomllib.load(handle)
    default = table.pop("default", {})
    cases = []
    for name, block in table.items():
        kernels = block.pop("kernels", None)
        if not isinstance(kernels, list) or not kernels:
            raise CaseError(f"[{name}]: kernels must be a list")
        cases += [_case(name, kernel, default | block) for kernel in kernels]
    return cases


_CHOICES = {"group": GROUPS, "kernel": KERNELS, "task": TASKS, "damage": DAMAGES}


def _case(block_name: str, kernel: object, block: dict[str, object]) -> Case:
    types = {field.name: str(field.type).partition("[")[0] for field in fields(Case)}
    for key, value in block.items():
        if key in ("name", "kernel") or key not in types:
            raise CaseError(f"[{block_name}]: unknown field '{key}'")
        if type(value).__name__ != types[key]:
            raise CaseError(f"[{block_name}]: {key} must be of type {types[key]}")
    block = block | {"kernel": kernel}
    try:
        block["steps"] = [steps.parse(text) for text in block.get("steps", [])]  # type: ignore
    except steps.StepError as error:
        raise CaseError(f"[{block_name}]: {error}") from None
    for key, choices in _CHOICES.items():
        if key in block and block[key] not in choices or key in ("group", "end") and key not in block:
            raise CaseError(f"[{block_name}]: {key} must be one of {', '.join(choices)}")
    return Case(name=f"{kernel}-{block_name}", **block)  # type: ignore[arg-type]
