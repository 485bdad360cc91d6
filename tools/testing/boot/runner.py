# SPDX-License-Identifier: GPL-2.0
"""Run one case: make its media, start QEMU, watch, judge."""

from __future__ import annotations

import re
import secrets
import shlex
import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import bootparams
import debfetch
import host
import images
import report
from cases import Case
from guestfs import GuestTree
from loaders import LOADERS, Job, Plan, option_value
from outcome import Result
from qemu import QMP_ARGUMENTS, Qemu, QemuError

BANNER = "init: userland reached"

_POLL_SECONDS = 0.05
# A guest that stopped must stay stopped: it is looked at this often, with this time in between.
_HALT_SAMPLES = 10
_HALT_INTERVAL = 0.1
# After a message has come, how long until the CPU must be found halted.
_SETTLE_SECONDS = 5.0
_TRACE = re.compile(r"\b(BUG|WARNING|Oops|INFO: task)[: ]|Call Trace:|Kernel panic")
_CONSOLE_TAIL = 25
# What stands around the command in the script "cmd".
_EXEC, _MORE = "exec ", ' "$@"'


@dataclass(frozen=True)
class Inputs:
    """What all cases of a run share."""

    image: Path
    efi_image: Path
    vmlinux: Path | None
    bzimage_tool: Path | None
    own_loader: Path | None
    tree: GuestTree
    packages: host.Packages
    work: Path
    root_disk: Path
    stop: threading.Event


class Skip(Exception):
    """The case needs something that the command line did not give."""


def run(case: Case, inputs: Inputs) -> Result:
    if inputs.stop.is_set():
        return Result(["interrupted"])
    start = time.monotonic()
    directory = inputs.work / case.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        job = _job(case, inputs, directory)
        plan = LOADERS[case.loader](job)
        argv = _qemu_argv(job, plan, inputs.root_disk)
        _write_command(directory / "cmd", argv)
        with Qemu([host.program(argv[0]), *argv[1:]], directory / "qemu.log") as machine:
            watch = _watch_failure if case.must_fail else _watch_boot
            result = watch(machine, job, plan, inputs.stop)
    except Skip as reason:
        result = Result(skipped=str(reason))
    except (images.ImageError, bootparams.HeaderError, debfetch.FetchError, host.HostError,
            QemuError, OSError) as error:
        result = Result([str(error)])
    result.seconds = time.monotonic() - start
    return result


def console_tail(directory: Path) -> list[str]:
    return _read(directory / "console.log").splitlines()[-_CONSOLE_TAIL:]


def command_line(directory: Path) -> str:
    lines = _read(directory / "cmd").splitlines()
    return lines[-1].removeprefix(_EXEC).removesuffix(_MORE) if lines else "QEMU was not started"


def remove_media(directory: Path) -> None:
    """Leave of a case what a person reads."""
    for path in directory.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in ("cmd", "console.log", "report", "qemu.log", "screen"):
            path.unlink()


def _job(case: Case, inputs: Inputs, directory: Path) -> Job:
    if case.loader == "own" and inputs.own_loader is None:
        raise Skip("no --loader given")
    bzimage = (inputs.efi_image if case.image == "efi" else inputs.image).read_bytes()
    if case.image == "efi" and not images.has_efi_stub(bzimage):
        raise Skip(f"{inputs.efi_image.name} has no EFI stub: see --efi-image")
    if case.image == "wrapper":
        image = images.wrapper_elf(bzimage)
    elif case.image == "vmlinux":
        image = _vmlinux(inputs, directory)
    else:
        image = bzimage = images.changed(bzimage, case.change)
    return Job(case, bzimage, image, inputs.tree.initramfs() if case.initrd else None,
               secrets.token_hex(8), inputs.tree, inputs.packages, directory, inputs.own_loader)


def _vmlinux(inputs: Inputs, directory: Path) -> bytes:
    """The kernel that the image unpacks: as given, or as the project's host tool extracts it."""
    if inputs.vmlinux:
        return inputs.vmlinux.read_bytes()
    if inputs.bzimage_tool:
        out = directory / "vmlinux"
        host.run(str(inputs.bzimage_tool), "extract", "vmlinux", inputs.image.absolute(),
                 "-o", out, directory=directory)
        return out.read_bytes()
    raise Skip("neither --vmlinux nor --bzimage-tool given")


def _qemu_argv(job: Job, plan: Plan, root_disk: Path) -> list[str]:
    case = job.case
    argv = [f"qemu-system-{case.emulator}", "-accel", "tcg", "-nodefaults", "-display", "none",
            "-no-reboot", *QMP_ARGUMENTS, "-M", case.machine, "-cpu", case.cpu,
            "-smp", str(case.smp), "-m", f"{case.memory}M"]
    if not case.machine.startswith("microvm"):
        argv += ["-vga", "std"]
    console, reports = job.directory / "console.log", job.directory / "report"
    argv += ["-chardev", f"file,id=console,path={option_value(console)}"]
    if case.console == "hvc0":
        argv += ["-device", "virtio-serial-pci", "-device", "virtconsole,chardev=console"]
    else:
        argv += ["-device", "isa-serial,index=0,chardev=console"]
    argv += ["-chardev", f"file,id=report,path={option_value(reports)}",
             "-device", "isa-serial,index=1,chardev=report"]
    if case.root:
        argv += _ROOT_DEVICES[case.root]
        argv += ["-drive", f"if=none,id=root,format=raw,snapshot=on,file={option_value(root_disk)}"]
    if case.nic:
        argv += ["-device", f"{case.nic},netdev=net",
                 "-netdev", "user,id=net,restrict=on,"
                            f"guestfwd=tcp:10.0.2.100:7-cmd:echo {job.nonce}"]
    if case.must_fail:
        argv += ["-d", "cpu_reset"]
    return argv + plan.argv


_ROOT_DEVICES = {
    "virtio": ["-device", "virtio-blk-pci,drive=root"],
    "ide": ["-device", "ide-hd,drive=root"],
    "ahci": ["-device", "ahci,id=ahci", "-device", "ide-hd,drive=root,bus=ahci.0"],
}


def _write_command(path: Path, argv: list[str]) -> None:
    """The command as a script, to which more QEMU options can be given."""
    path.write_text(f"#!/bin/sh\n{_EXEC}{shlex.join(argv)}{_MORE}\n")
    path.chmod(0o755)


def _watch_boot(machine: Qemu, job: Job, plan: Plan, stop: threading.Event) -> Result:
    """Until the machine is off, or, if it cannot do that, until all reports are there."""
    case = job.case
    deadline = time.monotonic() + case.timeout
    problems = []
    ended = False
    while not ended:
        if stop.is_set() or time.monotonic() > deadline:
            problems.append("interrupted" if stop.is_set() else
                            f"timeout: still running after {case.timeout} s")
            break
        ended = machine.wait(_POLL_SECONDS)
        if not case.poweroff and len(_complete(job)) == len(plan.reports):
            break
    if ended and (machine.exit_status or machine.shutdown_reason != "guest-shutdown"):
        problems.append(f"the machine was not switched off by the guest: QEMU exit status "
                        f"{machine.exit_status}, {machine.shutdown_reason or 'no shutdown event'}"
                        + _and(machine.complaint()))
    reports = report.parse(_read(job.directory / "report"))
    problems += report.problems(reports, plan.reports, case, job.tree.known_file_sha256)
    console = _read(job.directory / "console.log")
    if reports and BANNER not in console:
        problems.append("userland's banner is not on the console")
    problems += [f"on the console: {line.strip()}" for line in console.splitlines()
                 if _TRACE.search(line)][:3]
    return Result(problems, notes=_notes(reports))


def _complete(job: Job) -> list[report.Report]:
    return [item for item in report.parse(_read(job.directory / "report")) if item.complete]


def _notes(reports: list[report.Report]) -> list[str]:
    """What a passing case tells of the kernel it saw."""
    if not reports:
        return []
    last = reports[-1]
    return [f"{last['uname']}; CPUs {last['cpus']}, "
            f"RAM {last.system_ram_bytes // 2**20} MiB, setup_data {last.setup_data or 'none'}"]


def _watch_failure(machine: Qemu, job: Job, _: Plan, stop: threading.Event) -> Result:
    """The kernel must say why it stops, on the serial port and on the screen, and then halt."""
    case = job.case
    message = re.compile(case.message, re.IGNORECASE | re.MULTILINE)
    console = job.directory / "console.log"
    deadline = time.monotonic() + case.timeout
    problems = []
    while not (ended := machine.wait(_POLL_SECONDS)) and time.monotonic() < deadline:
        if message.search(_read(console)) or stop.is_set():
            break
    if not message.search(_read(console)):
        problems.append(f"no /{case.message}/ on the serial port")
    if ended:
        problems.append("the machine does not halt but stops: "
                        f"{machine.shutdown_reason or 'no shutdown event'}")
    else:
        problems += _halt_problems(machine)
        screen = machine.screen(job.directory / "screen.bin")
        (job.directory / "screen").write_text(screen + "\n")
        if case.vga and not message.search(screen):
            problems.append(f"no /{case.message}/ on the screen, which says: "
                            + (" | ".join(screen.splitlines()[-5:]) or "nothing"))
    if "Triple fault" in machine.complaint():
        problems.append("triple fault")
    if _read(job.directory / "report"):
        problems.append("userland was reached")
    return Result(problems)


def _halt_problems(machine: Qemu) -> list[str]:
    """Is the machine running and its CPU halted, and does it stay so?"""
    deadline = time.monotonic() + _SETTLE_SECONDS
    samples = 0
    while samples < _HALT_SAMPLES:
        if machine.wait(_HALT_INTERVAL):
            return [f"the machine stops after its message: {machine.shutdown_reason}"]
        status = machine.command("query-status")["status"]
        if status != "running":
            return [f"the machine is not running but: {status}"]
        samples = samples + 1 if machine.halted() else 0
        if time.monotonic() > deadline:
            return ["the CPU is not halted"]
    return []


def _and(text: str) -> str:
    return f": {text}" if text else ""


def _read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""
