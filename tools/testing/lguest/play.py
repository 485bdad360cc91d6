# SPDX-License-Identifier: GPL-2.0
"""Run one case: start the guest on the reference host, do the steps, judge."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shlex
import shutil
import struct
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import bootparams
import debfetch
import guestfs
import host
import job
import lguesthost
import outcome
import report
import verdict
from guestfs import GuestTree
from judge import Judge
from lguestcases import Case
from outcome import Result
from steps import Step

_MIB = 1 << 20
_POLL_SECONDS = 0.3
_DISK_SIZE = 16 * _MIB
_WRITTEN = 4 * _MIB
_STREAM = 1 * _MIB
_GUEST_ADDRESS, _PEER_ADDRESS, _ECHO_PORT = "192.168.19.2", "192.168.19.1", 7
# What a guest's clock may be off in two seconds, on a machine that others use, too: no more than its tick.
_CLOCK_SECONDS, _CLOCK_SLACK = 2.0, 0.25
_WALLCLOCK_SLACK = 5
# What Linux and the initramfs' programs need beyond the image's own memory and the initrd
_USERLAND = 6 * _MIB
_TAIL = 30
_KEPT = ("console.log", "cmd", "steps")
# The platform refuses these; the others are QEMU's (../guest/README).
_REFUSED = ("ldt,hwbp,fineclock,vm86,ldt16,ioport", "simdfpe,align,limits")


@dataclass(frozen=True)
class Inputs:
    """What the command line gave."""

    packages: host.Packages
    image: Path
    bzimage_tool: Path | None
    programs: Path | None
    host_folder: Path
    trace: bool


class Failure(Exception):
    """A step did not come out as it has to."""


class Skip(Exception):
    """The case needs something that the command line did not give."""


def run(case: Case, inputs: Inputs, tree: GuestTree, work: Path, stop: threading.Event,
        judge_tap: object = None) -> Result:
    if stop.is_set():
        return Result(["interrupted"])
    start = time.monotonic()
    directory = work / case.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        play = _Play(case, inputs, tree, directory, stop)
        result = play.run(judge_tap)
    except Skip as reason:
        result = Result(skipped=str(reason))
    except (bootparams.HeaderError, debfetch.FetchError, host.HostError, lguesthost.HostError,
            OSError) as error:
        result = Result([str(error)])
    result.seconds = time.monotonic() - start
    return result


def tail(directory: Path) -> list[str]:
    try:
        text = (directory / "console.log").read_text(errors="replace").replace("\r", "")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-_TAIL:]


def remove_media(directory: Path) -> None:
    """Leave of a case what a person reads."""
    for path in directory.iterdir() if directory.exists() else ():
        if path.name not in _KEPT:
            path.unlink()


def kernel(case: Case, inputs: Inputs, directory: Path) -> Path:
    target = directory / "kernel"
    if case.kernel == "bzimage":
        data = bytearray(inputs.image.read_bytes())
        if case.damage == "payload":
            data[len(data) // 2] ^= 1
        target.write_bytes(data)
        return target
    if not inputs.bzimage_tool:
        raise Skip("no --bzimage-tool given")
    host.run(str(inputs.bzimage_tool), "extract", "elf" if case.kernel == "wrapper" else "vmlinux",
             inputs.image.absolute(), "-o", target, directory=directory)
    return target


def least_memory(image: bytes, initrd: int) -> int:
    """MiB: as far as the image says that it reaches, and behind that the initrd and userland."""
    pref_address, = struct.unpack_from("<Q", image, 0x258)
    init_size, = struct.unpack_from("<I", image, 0x260)
    return -(-(pref_address + init_size + initrd + _USERLAND) // _MIB)


class _Play:
    def __init__(self, case: Case, inputs: Inputs, tree: GuestTree, directory: Path,
                 stop: threading.Event) -> None:
        self.case, self.directory, self.stop, self.tree = case, directory, stop, tree
        self.nonce = secrets.token_hex(8)
        self.notes: list[str] = []
        image = kernel(case, inputs, directory)
        initrd = None
        if case.task == "usertest":
            if not inputs.programs:
                raise Skip("no --programs given")
            initrd = directory / "initrd"
            job.write_initrd(initrd, case.name, "usertest", inputs.packages.cache, inputs.programs)
            self.words = " ".join(job.command_line("hvc0", "usertest", self.nonce, _REFUSED, ""))
            self.words = self.words.replace(" panic=-1", "")
        else:
            if case.initrd:
                initrd = directory / "initrd"
                initrd.write_bytes(tree.initramfs())
            self.words = f"{case.cmdline} matrix.nonce={self.nonce} matrix.report=hvc0 " \
                         f"matrix.task={case.task}".strip()
        self.memory = case.memory or least_memory(inputs.image.read_bytes(),
                                                  initrd.stat().st_size if initrd else 0)
        if not case.memory:
            self.notes.append(f"the least memory: {self.memory} MiB")
        devices: list[tuple[str, object]] = []
        if case.root_disk:
            tree.make_root_disk(directory / "root")
            devices.append(("block", directory / "root"))
        self.disks = [directory / f"disk{i}" for i in range(case.disks)]
        for disk in self.disks:
            disk.write_bytes(os.urandom(_DISK_SIZE))
            devices.append(("block", disk))
        devices += [(name, None) for name, there in (("net", case.net), ("rng", case.rng)) if there]
        self.options = lguesthost.Options(
            mem=self.memory, kernel=image, args=self.words, initrd=initrd, devices=devices,
            pae=case.pae, tsc=case.tsc, cpu=case.cpu or None, folder=inputs.host_folder,
            trace=1 if inputs.trace else 0,
            trace_file=directory / "trace" if inputs.trace else None)
        self.log = open(directory / "steps", "w")

    def run(self, judge_tap: object) -> Result:
        problems = []
        with lguesthost.Guest(self.options) as guest:
            self.guest = guest
            (self.directory / "cmd").write_text(shlex.join(guest.argv) + "\n")
            try:
                if self.case.task == "usertest":
                    self._usertest(judge_tap)
                for number, step in enumerate(self.case.steps, start=1):
                    self._do(number, step)
                self._end()
            except Failure as failure:
                problems.append(str(failure))
            (self.directory / "console.log").write_text(guest.text)
        problems += outcome.text_problems("console", guest.text, self.case.expect,
                                          self.case.forbid, verdict.TROUBLE,
                                          [*self.case.allow, f"^lguest: {self.case.end}"])
        self.log.close()
        return Result(problems, notes=self.notes)

    def _end(self) -> None:
        deadline = time.monotonic() + self.case.timeout
        while self.guest.last_words is None or not re.match(self.case.end, self.guest.last_words):
            if time.monotonic() > deadline or self.stop.is_set() or self.guest.wait(1) and \
                    not re.match(self.case.end, self.guest.last_words or ""):
                raise Failure(f"the launcher's last words are {self.guest.last_words!r}, "
                              f"expected /{self.case.end}/")

    def _usertest(self, tap: object) -> None:
        """All lines of TAP go through, by the case's name, and its verdict with them."""
        judge = Judge(tap, self.case.name, self.nonce)
        deadline = time.monotonic() + self.case.timeout
        done = 0
        ended = False
        while not ended and time.monotonic() < deadline and not self.stop.is_set():
            ended = self.guest.wait(2) or self.guest.last_words is not None
            *lines, _ = self.guest.text.split("\n")
            for line in lines[done:]:
                judge.line(line.rstrip("\r"))
            done = len(lines)
        words = self.guest.last_words or ""
        judge.verdict("guest-shutdown" if re.match(self.case.end, words) else words or "none",
                      "\n".join(self.guest.text.splitlines()[-20:]))

    # --- Steps

    def _do(self, number: int, step: Step) -> None:
        if self.stop.is_set():
            raise Failure("interrupted")
        start = time.monotonic()
        try:
            getattr(self, "_step_" + step.verb.replace("-", "_"))(step)
        except Failure as failure:
            print(f"{number}: {step}: FAILED: {failure}", file=self.log, flush=True)
            raise Failure(f"step {number} \"{step}\": {failure}") from None
        print(f"{number}: {step}: {time.monotonic() - start:.1f} s", file=self.log, flush=True)

    def _wait(self, pattern: str) -> re.Match[bytes]:
        match = self.guest.expect(b"(?m)" + pattern.encode(), self.case.timeout)
        if not match:
            raise Failure(f"not on the console in {self.case.timeout} s, or before the end: "
                          f"{self.guest.last_words}")
        return match

    def _step_wait(self, step: Step) -> None:
        self._wait(step.what)

    def _type(self, text: str) -> None:
        try:
            self.guest.send(text.encode())
        except BrokenPipeError:
            raise Failure("the host has ended") from None

    def _step_type(self, step: Step) -> None:
        self._type(_COMMANDS.get(step.what, step.what) + "\n")

    def _step_report(self, _: Step) -> None:
        begin = len(self.guest.output)
        begin = self.guest.output.rfind(b"init: userland reached")
        self._wait(rf"^end={self.nonce}\r?$")
        text = self.guest.output[begin:].decode(errors="replace")
        reports = report.parse(text)
        if len(reports) != 1:
            raise Failure(f"{len(reports)} reports instead of one")
        wrong = verdict.report_problems(reports[0], self.nonce, self.words,
                                        self.tree.known_file_sha256, self.memory,
                                        self.case.initrd)
        if wrong:
            raise Failure("; ".join(wrong))
        self.notes.append(verdict.summary(reports[0]))

    def _guest(self, command: str) -> tuple[int, str]:
        """The shell on the guest's console runs `command`: its exit status and output."""
        token = secrets.token_hex(4)
        begin = len(self.guest.output)
        self._type(f"{command}\necho done-{token} $status\n")
        match = self._wait(rf"done-{token} (\d+)\r?$")
        text = self.guest.output[begin:match.start()].decode(errors="replace")
        return int(match[1]), text.replace("\r", "")

    def _step_guest(self, step: Step) -> None:
        status, text = self._guest(step.what)
        if status or not re.search(step.result, text, re.MULTILINE):
            raise Failure(f"exit status {status}: {_short(text)}")

    def _step_guest_until(self, step: Step) -> None:
        deadline = time.monotonic() + self.case.timeout
        while True:
            _, text = self._guest(step.what)
            if re.search(step.result, text, re.MULTILINE):
                return
            if time.monotonic() > deadline:
                raise Failure(f"still: {_short(text)}")
            time.sleep(_POLL_SECONDS)

    def _device(self, index: int) -> str:
        return f"/dev/vd{'abc'[index + self.case.root_disk]}"

    def _step_disk_read(self, step: Step) -> None:
        index = int(step.what)
        status, text = self._guest(f"sha256sum <{self._device(index)}")
        wanted = hashlib.sha256(self.disks[index].read_bytes()).hexdigest()
        if status or wanted not in text:
            raise Failure(f"exit status {status}, {_short(text)}, expected {wanted}")

    def _step_disk_write(self, step: Step) -> None:
        """Something new each time, at another place each time."""
        index, count = int(step.what), _WRITTEN // _MIB
        seek = secrets.randbelow(_DISK_SIZE // _MIB - count)
        status, text = self._guest(
            f"dd if=/dev/urandom of=/tmp/w bs=1M count={count} 2>/dev/null && sha256sum </tmp/w && "
            f"dd if=/tmp/w of={self._device(index)} bs=1M seek={seek} conv=notrunc,fsync "
            "2>/dev/null && sync")
        with open(self.disks[index], "rb") as disk:
            disk.seek(seek * _MIB)
            written = hashlib.sha256(disk.read(_WRITTEN)).hexdigest()
        if status or written not in text:
            raise Failure(f"exit status {status}, {_short(text)}, in the file: {written}")

    def _step_net(self, _: Step) -> None:
        self._must("ip link set eth0 up && ip addr add "
                   f"{_GUEST_ADDRESS}/24 dev eth0 && readlink /sys/class/net/eth0/device/driver",
                   "virtio_net")
        for size in (8, 56, 1000, 1472):
            self._must(f"ping -c 3 -s {size} -W 10 {_PEER_ADDRESS}", " 3 packets received")
        # What comes back is what was sent: by checksum, and by length, as nc leaves at the end.
        self._must(f"head -c {_STREAM} /dev/urandom >/tmp/up && "
                   f"{{ cat /tmp/up; sleep 3; }} | nc {_PEER_ADDRESS} {_ECHO_PORT} | "
                   f"head -c {_STREAM} >/tmp/down; cmp /tmp/up /tmp/down && echo same", "same")

    def _step_clock(self, _: Step) -> None:
        begin = time.monotonic()
        self._must(f"a=$(cut -d' ' -f1 /proc/uptime); sleep {_CLOCK_SECONDS:g}; "
                   "echo took $a $(cut -d' ' -f1 /proc/uptime)", "took")
        ours = time.monotonic() - begin
        before, after = map(float, re.findall(r"took (\S+) (\S+)", self.guest.text)[-1])
        theirs = after - before
        self.notes.append(f"slept {_CLOCK_SECONDS:g} s: {theirs:.2f} s by the guest's clock, "
                          f"{ours:.2f} s by ours")
        if not _CLOCK_SECONDS - 0.02 <= theirs <= ours + 0.02 or theirs < ours - 1:
            raise Failure(self.notes[-1])

    def _step_wallclock(self, _: Step) -> None:
        self._must("echo now $(date +%s)", "now ")
        theirs = int(re.findall(r"now (\d+)", self.guest.text)[-1])
        if abs(theirs - time.time()) > _WALLCLOCK_SLACK:
            raise Failure(f"the guest's time is {theirs}, ours {time.time():.0f}")

    def _must(self, command: str, part: str) -> None:
        status, text = self._guest(command)
        if status or part not in text:
            raise Failure(f"{command}: exit status {status}: {_short(text)}")


# Physical memory that is neither RAM nor device, by /dev/mem
_COMMANDS = {"poke": "mknod /tmp/mem c 1 1; devmem 0x70000000 32"}


def _short(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-6:]) or "nothing"
