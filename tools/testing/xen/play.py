# SPDX-License-Identifier: GPL-2.0
"""Run one case: restore the machine, create the domU, do the steps, judge."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shlex
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import bootdisk
import bootparams
import debfetch
import domu
import host
import outcome
import report
import rig
import verdict
from domain import NAME, QUIET_SECONDS, WOKEN, Config, Domain, State, Watch
from domu import Inputs, Skip
from guestfs import GuestTree
from outcome import Result
from qemu import QemuError
from rig import Machine, RigError
from soaking import Soak, SoakError
from steps import Step
from xencases import Case

# Where something moves, nothing for so long is silence.
_SILENCE_SECONDS = 2.0
_POLL_SECONDS = 0.3
_XL_SECONDS = 120
_STREAM = 1 << 20
_WRITTEN = 4 << 20
_GUEST_ADDRESS, _DOM0_ADDRESS = "10.77.0.2", "10.77.0.1"
_GREETING_PORT, _DOWN_PORT, _UP_PORT, _ECHO_PORT = 7, 8, 9, 10
_CHECK_TABLES = "/sys/module/xen/parameters/check_tables"
# What clocks may differ: commands take their time, and seconds are whole.
_CLOCK_SECONDS = 2
# Behind, for each restore: time_suspend() and time_resume() of the shim (Xen's arch/x86/time.c) carry
# whole seconds, and leave out half a second at a time. So do those of a 64-bit kernel's shim.
_CLOCK_SECONDS_LOST = 1
_TAIL = 30
_KEPT = ("console.log", "xen.log", "qemu.log", "xl", "dmesg", "cfg", "steps")


class Failure(Exception):
    """A step did not come out as it has to."""


def run(case: Case, inputs: Inputs, trees: dict[str, GuestTree], work: Path,
        stop: threading.Event) -> Result:
    if stop.is_set():
        return Result(["interrupted"])
    start = time.monotonic()
    directory, stuck = work / case.name, work / f"{case.name}.stuck"
    for path in directory, stuck:
        shutil.rmtree(path, ignore_errors=True)
    result = _run_once(case, inputs, trees, directory, stop)
    if result.problems and not stop.is_set() and \
            (lines := verdict.rig_stuck(rig.read(directory / "xen.log"))):
        directory.rename(stuck)
        remove_media(stuck)
        result = _run_once(case, inputs, trees, directory, stop)
        result.notes.insert(0, f"the rig's own dom0 was stuck, see {stuck}: {lines[0]}; run again")
    result.seconds = time.monotonic() - start
    return result


def _run_once(case: Case, inputs: Inputs, trees: dict[str, GuestTree], directory: Path,
              stop: threading.Event) -> Result:
    directory.mkdir(parents=True)
    try:
        play = _Play(case, inputs, trees, directory, stop)
        with rig.start(inputs.packages, directory, case.machine_memory,
                       processors=domu.processors(case, inputs)) as machine:
            return play.run(machine)
    except Skip as reason:
        return Result(skipped=str(reason))
    except (bootparams.HeaderError, debfetch.FetchError, host.HostError, QemuError, RigError,
            OSError) as error:
        return Result([str(error)])


def tail(directory: Path, name: str) -> list[str]:
    text = rig.read(directory / name).replace("\r", "")
    # After an error, xl -vvv tells at length how it frees everything.
    return [line for line in text.splitlines() if line.strip() and "debug: " not in line][-_TAIL:]


def remove_media(directory: Path) -> None:
    """Leave of a case what a person reads."""
    for path in directory.iterdir():
        if path.name not in _KEPT:
            path.unlink()


class _Play:
    def __init__(self, case: Case, inputs: Inputs, trees: dict[str, GuestTree], directory: Path,
                 stop: threading.Event) -> None:
        self.case, self.inputs, self.directory, self.stop = case, inputs, directory, stop
        self.nonce = secrets.token_hex(8)
        self.tree = trees["amd64" if domu.is_stock(case) else "i386"]
        self.timeout = case.timeout * inputs.slow
        added = f"matrix.nonce={self.nonce} matrix.report=hvc0 matrix.task={case.task}"
        self.words = f"{case.cmdline} {added}".strip()
        self.memory = inputs.memory or max(case.memory, inputs.least_memory,
                                           domu.STOCK_MEMORY if domu.is_stock(case) else 0)
        image = domu.kernel(case, inputs, directory)
        initrd = self.tree.initramfs(domu.programs(case, inputs))
        self.files = {"kernel": image}
        self.append = self.words
        if case.loader == "pvgrub":
            self.files["kernel"] = domu.grub_that_loads(inputs.packages, directory, case, image,
                                                        initrd, self.words)
        elif case.initrd:
            self.files["initrd"] = initrd
        if case.loader == "bootloader":
            self.files["bootloader"] = _BOOTLOADER.format(words=shlex.quote(self.words)).encode()
        self.disks = [directory / name for name in rig.DISKS[:case.disks]]
        for disk in self.disks:
            disk.write_bytes(os.urandom(rig.DISK_SIZE))
        if case.file_disk:
            self.files["disk"] = os.urandom(1 << 20)
        if case.loader == "bzimage-xl":
            self._prepare_boot_disk(initrd, added)
        self.notes: list[str] = []
        self.seen = 0  # what of the console has been waited for
        self.log = open(directory / "steps", "w")

    def config(self) -> Config:
        case = self.case
        disks = [f"phy:/dev/{disk.name},xvd{'ab'[index]},w" for index, disk in
                 enumerate(self.disks)]
        more: tuple[str, ...] = ()
        if case.file_disk:
            disks.append(f"format=raw,vdev=xvd{'abc'[len(disks)]},access=rw,target=/guest/disk")
        if case.loader == "bzimage-xl":
            # xl gives the bootloader the first one.
            disks.insert(0, "format=raw,vdev=xvdz,access=ro,target=/guest/disk")
            if case.kernel != "wrapper":  # what it takes by itself
                more = (f'bootloader_args=["--as={case.kernel}"]',)
        direct = case.loader == "direct"
        return Config(ramdisk="/guest/initrd" if direct and case.initrd else "",
                      append=self.append if direct or case.loader == "bzimage-xl" else "",
                      memory=self.memory, vcpus=case.vcpus,
                      maxvcpus=case.maxvcpus, disks=tuple(disks), vif=case.vif, kind=case.kind,
                      bootloader="/guest/bootloader" if "bootloader" in self.files else "",
                      on_reboot=case.on_reboot, more=more)

    def _prepare_boot_disk(self, initrd: bytes, added: str) -> None:
        """The disk's arguments are put before xl's: the case's own words are there."""
        case, inputs = self.case, self.inputs
        if not inputs.bootloader:
            raise Skip("no --bootloader given")
        disk = bootdisk.make(self.directory, case.boot_disk, domu.image(inputs), initrd,
                             case.cmdline)
        self.files = {"bootloader": inputs.bootloader.read_bytes(), "disk": disk}
        if case.boot_disk != "image":
            self.append = added
        elif self.disks:
            self.tree.make_root_disk(self.disks[0])

    def run(self, machine: Machine) -> Result:
        self.machine, self.domain = machine, Domain(machine)
        self.soak = Soak(self._guest, machine.qemu.wait)
        self.soaking = False
        self.restores = 0
        config = self.config()
        (self.directory / "cfg").write_text(config.text())
        machine.put(self.files)
        problems = []
        status, text = self.domain.create(config, bool(self.case.xl_expect),
                                          _XL_SECONDS * self.inputs.slow)
        (self.directory / "xl").write_text(text)
        try:
            self._after_create(status, text)
            for number, step in enumerate(self.case.steps, start=1):
                self._do(number, step)
            if self.case.end not in ("none", "running"):
                self._await_state(self.case.end)
            elif self.case.end == "running" and self.domain.state().ended:
                raise Failure(f"the domain has ended: {self.domain.state()}")
        except (Failure, RigError) as failure:
            problems.append(str(failure))
        # What is on its way still comes.
        machine.qemu.wait(0.2)
        console = machine.console_text()
        dmesg = self._dmesg(problems)
        problems += outcome.text_problems("console", console, self.case.expect, self.case.forbid,
                                          verdict.TROUBLE, self.case.allow)
        problems += outcome.text_problems("xl dmesg", dmesg, self.case.dmesg_expect,
                                          self.case.dmesg_forbid, verdict.XEN_TROUBLE,
                                          self.case.allow)
        problems += outcome.text_problems("dom0's log", rig.read(machine.xen_log), [], [],
                                          verdict.TROUBLE, [])
        self.log.close()
        return Result(problems, notes=self.notes)

    def _dmesg(self, problems: list[str]) -> str:
        try:
            text = self.domain.dmesg()
        except RigError as error:
            problems.append(str(error))
            return ""
        (self.directory / "dmesg").write_text(text)
        return text

    def _after_create(self, status: int, text: str) -> None:
        for pattern in self.case.xl_expect:
            if not re.search(pattern, text, re.MULTILINE):
                raise Failure(f"xl create does not say /{pattern}/")
        if self.case.xl_fails:
            if not status:
                raise Failure("xl create was to fail and did not")
        elif status:
            raise Failure(f"xl create: exit status {status}: "
                          + " | ".join(text.strip().splitlines()[-5:]))

    # --- Steps

    def _do(self, number: int, step: Step) -> None:
        if self.stop.is_set():
            raise Failure("interrupted")
        start = time.monotonic()
        method = getattr(self, "_step_" + step.verb.replace("-", "_"))
        try:
            method(step)
        except (Failure, RigError, SoakError) as failure:
            print(f"{number}: {step}: FAILED: {failure}", file=self.log, flush=True)
            raise Failure(f"step {number} \"{step}\": {failure}") from None
        print(f"{number}: {step}: {time.monotonic() - start:.1f} s", file=self.log, flush=True)

    def _step_wait(self, step: Step) -> None:
        self._wait(step.what, self.timeout)

    def _wait(self, pattern: str, seconds: float) -> re.Match[str]:
        """`pattern` on the console behind what was seen; a domain that has ended says no more."""
        deadline = time.monotonic() + seconds
        look = time.monotonic() + 1
        watch = Watch(self.domain, QUIET_SECONDS * self.inputs.slow)
        ended = ""
        while True:
            self.machine.qemu.wait(0.05)
            text = self.machine.console_text()
            if not ended and watch.look(text):
                self.notes.append(WOKEN)
                print(f"   {WOKEN}", file=self.log, flush=True)
            if match := re.compile(pattern, re.MULTILINE).search(text, self.seen):
                self.seen = match.end()
                return match
            if ended or self.stop.is_set():
                raise Failure(f"not on the console, and the domain ended: {ended}" if ended
                              else "interrupted")
            if time.monotonic() > deadline:
                raise Failure(f"not on the console in {seconds:.0f} s; "
                              f"the domain is {self.domain.state()}")
            if time.monotonic() > look:
                state = self.domain.state()
                if state.ended and not self._starts_anew(state):
                    ended = str(state)
                look = time.monotonic() + 2

    def _starts_anew(self, state: State) -> bool:
        """Such a domain has rebooted for a moment, and is gone for another."""
        return self.case.on_reboot == "restart" and (not state.exists or state.reason == "reboot")

    def _step_type(self, step: Step) -> None:
        self.domain.send(step.what + "\n")

    def _step_report(self, _: Step) -> None:
        begin = self.seen
        self._wait(rf"^end={self.nonce}$", self.timeout)
        reports = report.parse(self.machine.console_text()[begin:self.seen])
        if len(reports) != 1:
            raise Failure(f"{len(reports)} reports instead of one")
        wrong = verdict.report_problems(reports[0], self.nonce, self.words,
                                        self.tree.known_file_sha256, self.case.vcpus,
                                        self.memory)
        if wrong:
            raise Failure("; ".join(wrong))
        self.notes.append(verdict.summary(reports[0]))

    def _guest(self, command: str) -> tuple[int, str]:
        """The shell on the domU's console runs `command`: its exit status and output."""
        token = secrets.token_hex(4)
        begin = self.seen
        self.domain.send(f"{command}\necho done-{token} $status\n")
        match = self._wait(rf"done-{token} (\d+)$", self.timeout)
        return int(match[1]), self.machine.console_text()[begin:match.start()]

    def _dom0(self, command: str) -> tuple[int, str]:
        answer = self.machine.run(command, _XL_SECONDS * self.inputs.slow)
        return answer.status, answer.text

    def _step_guest(self, step: Step) -> None:
        _once(step, *self._guest(step.what))

    def _step_dom0(self, step: Step) -> None:
        _once(step, *self._dom0(step.what))

    def _step_guest_until(self, step: Step) -> None:
        self._until(step, self._guest)

    def _step_dom0_until(self, step: Step) -> None:
        self._until(step, self._dom0)

    def _until(self, step: Step, run_once: Callable[[str], tuple[int, str]]) -> None:
        deadline = time.monotonic() + self.timeout
        while True:
            _, text = run_once(step.what)
            if re.search(step.result, text, re.MULTILINE):
                return
            if time.monotonic() > deadline:
                raise Failure(f"still: {_short(text)}")
            self.machine.qemu.wait(_POLL_SECONDS)

    def _step_silent(self, step: Step) -> None:
        # What was written before may still be on its way.
        self.machine.qemu.wait(_SILENCE_SECONDS / 2)
        begin = len(self.machine.console_text())
        self.machine.qemu.wait(_SILENCE_SECONDS)
        text = self.machine.console_text()
        if re.compile(step.what, re.MULTILINE).search(text, begin):
            raise Failure(f"the console says: {_short(text[begin:])}")
        self.seen = len(text)

    def _step_state(self, step: Step) -> None:
        self._await_state(step.what)

    def _await_state(self, wanted: str) -> None:
        deadline = time.monotonic() + self.timeout
        while str(state := self.domain.state()) != wanted:
            if time.monotonic() > deadline or self.stop.is_set() or (
                    state.ended and not self._starts_anew(state)):
                raise Failure(f"the domain is {state}, not {wanted}")
            self.machine.qemu.wait(_POLL_SECONDS)

    def _step_disk_read(self, step: Step) -> None:
        index = int(step.what)
        status, text = self._guest(f"sha256sum </dev/xvd{'ab'[index]}")
        wanted = hashlib.sha256(self.disks[index].read_bytes()).hexdigest()
        if status or wanted not in text:
            raise Failure(f"exit status {status}, {_short(text)}, expected {wanted}")

    def _step_disk_write(self, step: Step) -> None:
        """Something new each time, at another place each time."""
        index = int(step.what)
        count = _WRITTEN >> 20
        seek = secrets.randbelow((rig.DISK_SIZE >> 20) - count)
        device = f"/dev/xvd{'ab'[index]}"
        status, text = self._guest(
            f"dd if=/dev/urandom of=/tmp/w bs=1M count={count} 2>/dev/null && sha256sum </tmp/w && "
            f"dd if=/tmp/w of={device} bs=1M seek={seek} conv=notrunc,fsync 2>/dev/null && sync")
        with open(self.disks[index], "rb") as disk:
            disk.seek(seek << 20)
            written = hashlib.sha256(disk.read(_WRITTEN)).hexdigest()
        if status or written not in text:
            raise Failure(f"exit status {status}, {_short(text)}, in the file: {written}")

    def _step_net(self, _: Step) -> None:
        greeting = secrets.token_hex(8)
        self.machine.check(
            "cd /run && { [ -e down ] || head -c %d /dev/urandom >down; }; rm -f up\n"
            "for p in $(cat nc.pid 2>/dev/null); do kill $p; done\n"
            "nc -ll -p %d -e echo %s >/dev/null 2>&1 & echo $! >nc.pid\n"
            "nc -ll -p %d -e cat /run/down >/dev/null 2>&1 & echo $! >>nc.pid\n"
            "nc -l -p %d -e sh -c 'cat >/run/up' >/dev/null 2>&1 & echo $! >>nc.pid\n"
            % (_STREAM, _GREETING_PORT, greeting, _DOWN_PORT, _UP_PORT))
        down = self.machine.check("sha256sum </run/down").split()[0]
        self._link_up()
        self._must(f"nc -w 10 {_DOM0_ADDRESS} {_GREETING_PORT} </dev/null", greeting)
        self._must(f"nc -w 10 {_DOM0_ADDRESS} {_DOWN_PORT} </dev/null | sha256sum", down)
        status, text = self._guest(
            f"head -c {_STREAM} /dev/urandom >/tmp/up && sha256sum </tmp/up && "
            f"nc -w 10 {_DOM0_ADDRESS} {_UP_PORT} </tmp/up")
        up = ""
        deadline = time.monotonic() + 10
        while up not in text or not up:
            if time.monotonic() > deadline:
                raise Failure(f"sent to dom0: exit status {status}, {_short(text)}, there: {up}")
            up = self.machine.run("sha256sum /run/up").text.partition(" ")[0]
            self.machine.qemu.wait(_POLL_SECONDS)

    def _link_up(self) -> None:
        self._must(f"ip link set eth0 up && {{ ip addr show eth0 | grep -q {_GUEST_ADDRESS} || "
                   f"ip addr add {_GUEST_ADDRESS}/24 dev eth0; }}", "")
        self._until_done(f"ping -c 1 -W 1 {_DOM0_ADDRESS}")

    def _must(self, command: str, part: str) -> None:
        status, text = self._guest(command)
        if status or part not in text:
            raise Failure(f"{command}: exit status {status}: {_short(text)}")

    def _until_done(self, command: str) -> None:
        deadline = time.monotonic() + self.timeout
        while (answer := self._guest(command))[0]:
            if time.monotonic() > deadline:
                raise Failure(f"{command}: {_short(answer[1])}")

    def _step_save_restore(self, step: Step) -> None:
        for _ in range(int(step.what or 1)):
            self._save_restore()
            if self.soaking:
                self.soak.check(self.timeout)

    def _save_restore(self) -> None:
        """The shell's variable is in the guest's memory only."""
        token = secrets.token_hex(8)
        self._must(f"token={token}", "")
        for what in (f"xl save {NAME} /dev/{rig.SCRATCH}", f"xl restore /dev/{rig.SCRATCH}"):
            start = time.monotonic()
            status, text = self._dom0(what)
            if status:
                raise Failure(f"{what}: exit status {status}: {_short(text)}")
            print(f"   {what}: {time.monotonic() - start:.1f} s", file=self.log, flush=True)
        self.restores += 1
        self._await_state("running")
        self._must('echo "it is $token"', f"it is {token}")

    def _step_tables(self, _: Step) -> None:
        begin = self.seen
        self._must(f"echo 1 >{_CHECK_TABLES} && cat {_CHECK_TABLES}", "0")
        match = re.search(r"xen: page tables: (\d+) pgds .*: (\d+) tables, (\d+) GDT, (\d+) LDT "
                          r"pages, .*: 0 wrong", self.machine.console_text()[begin:])
        # soak has an LDT of two pages.
        if not match or not int(match[2]) > int(match[1]) or int(match[3]) < 1 or \
                int(match[4]) < 2 * self.soaking:
            raise Failure(f"the check says: {_short(self.machine.console_text()[begin:])}")
        self.notes.append(match[0].removeprefix("xen: "))

    def _step_clock(self, _: Step) -> None:
        """The domU's wall clock is dom0's, which is Xen's."""
        before = int(self.machine.check("date +%s"))
        status, text = self._guest("date +%s")
        after = int(self.machine.check("date +%s"))
        match = re.search(r"^(\d+)$", text, re.MULTILINE)
        if status or not match:
            raise Failure(f"date: exit status {status}: {_short(text)}")
        behind = _CLOCK_SECONDS + self.restores * _CLOCK_SECONDS_LOST
        if not before - behind <= int(match[1]) <= after + _CLOCK_SECONDS:
            raise Failure(f"it is {match[1]} in the domU, {before} to {after} in dom0")

    def _step_soak_start(self, _: Step) -> None:
        options = ["--disk=/dev/xvda"] if self.disks else []
        if self.case.vif:
            self.machine.check(f"nc -ll -p {_ECHO_PORT} -e cat >/dev/null 2>&1 &")
            self._link_up()
            options.append(f"--echo={_DOM0_ADDRESS}:{_ECHO_PORT}")
        self.soak.start(" ".join(options))
        self.soaking = True
        self.soak.check(self.timeout)

    def _step_soak_check(self, _: Step) -> None:
        self.soak.check(self.timeout)

    def _step_soak_stop(self, _: Step) -> None:
        self.notes.append(self.soak.stop())
        self.soaking = False


# What xl runs to find the kernel: the disk is there only because xl wants one.
_BOOTLOADER = """#!/bin/sh
export PATH=/bin
for argument; do
	case $argument in
	--output=*) output=${{argument#*=}} ;;
	--output-directory=*) directory=${{argument#*=}} ;;
	esac
	disk=$argument
done
[ -e "$disk" ] || exit 1
cp /guest/kernel "$directory/kernel"
cp /guest/initrd "$directory/initrd"
printf 'kernel %s\\0ramdisk %s\\0args %s\\0' "$directory/kernel" "$directory/initrd" \\
	{words} >"$output"
"""


def _once(step: Step, status: int, text: str) -> None:
    if status or not re.search(step.result, text, re.MULTILINE):
        raise Failure(f"exit status {status}: {_short(text)}")


def _short(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " | ".join(lines[-6:]) or "nothing"
