# SPDX-License-Identifier: GPL-2.0
"""The rig's machine: Xen and dom0 under QEMU, started from a saved state, and an agent in dom0.

The serial port has what Xen and dom0 say (xen.log), a virtio port the domU's console (console.log):
QEMU's second serial port, under Xen, loses some characters and doubles others. Of the machine's
disks the first carries what the host hands to dom0, the others are for domUs.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import select
import shlex
import socket
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import dom0
import host
from qemu import QMP_ARGUMENTS, Qemu, QemuError

# Nested SVM, and NPT for a PVH domain. MONITOR makes Xen panic in mwait, with SMAP QEMU 7.2 gives
# dom0 a bogus fault. With XSAVE, extended state leaks between domains now and then: 5 xl in 295 ended
# with a segmentation fault, or a guest finds its size inconsistent.
CPU = "EPYC,-smap,-monitor,-xsave,-xsaveopt,-xsavec,-xgetbv1,-avx,-avx2,-f16c,-fma"
XEN_WORDS = ("console=com1 com1=115200,8n1 loglvl=all guest_loglvl=all dom0_mem=448M,max:448M "
             "dom0_max_vcpus=1 smt=0 spec-ctrl=no no-real-mode bootscrub=0")
DOM0_WORDS = "console=hvc0 8250.nr_uarts=4 mitigations=off quiet"
READY = "dom0: ready"

# A saved state has the size of the disks in it.
DISK_SIZE = 16 << 20
PAYLOAD_SIZE = 256 << 20
DISKS = ("vdb", "vdc")
# For dom0 itself: a saved domain is too big for its memory.
SCRATCH, SCRATCH_SIZE = "vdd", 1 << 30
_FILES = (("payload", PAYLOAD_SIZE), *((name, DISK_SIZE) for name in DISKS),
          (SCRATCH, SCRATCH_SIZE))

_BOOT_SECONDS = 180
_SAVE_SECONDS = 60
_STATES_KEPT = 6
_PROGRAM = "qemu-system-x86_64"


class RigError(Exception):
    """The machine does not come up, or its dom0 does not answer."""


@dataclass(frozen=True)
class Answer:
    """What a script that ran in dom0 ended with."""

    status: int
    text: str


class Machine:
    """A running machine in `directory`; leaving the context ends it."""

    def __init__(self, directory: Path, arguments: list[str]) -> None:
        self.directory = directory
        self.xen_log = directory / "xen.log"
        self.console_log = directory / "console.log"
        for path in (self.xen_log, self.console_log):
            path.unlink(missing_ok=True)
        # Who wants the console's bytes as they come.
        self.on_console: Callable[[bytes], object] = len
        self._count = 0
        self._pending = b""
        self._agent, agent = socket.socketpair()
        self.console, console = socket.socketpair()
        try:
            argv = [host.program(_PROGRAM), *arguments,
                    *_channels(directory, console.fileno(), agent.fileno())]
            self.qemu = Qemu(argv, directory / "qemu.log", (console.fileno(), agent.fileno()))
        except BaseException:
            self._agent.close()
            self.console.close()
            raise
        finally:
            agent.close()
            console.close()
        self.console.setblocking(False)

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        self.qemu.end()
        self._agent.close()
        self.console.close()

    def drain(self) -> None:
        """Take the domU's output off the socket, or QEMU waits; it is in console.log, too."""
        try:
            while data := self.console.recv(65536):
                self.on_console(data)
        except BlockingIOError:
            pass

    def console_text(self) -> str:
        self.drain()
        return read(self.console_log).replace("\r", "")

    def run(self, script: str, seconds: float = 60) -> Answer:
        """Have dom0's shell run `script`."""
        self._count += 1
        number = str(self._count)
        code = base64.b64encode(script.encode()).decode()
        deadline = time.monotonic() + seconds
        what = f"dom0: {script.strip().splitlines()[0][:60]}"
        self._agent.sendall(f"{number} {code}\n".encode())
        head = self._line(deadline, what).split()
        if len(head) != 3 or head[0] != number:
            raise RigError(f"{what}: an answer that is none: {head}")
        status, length = int(head[1]), int(head[2])
        while len(self._pending) < length:
            self._receive(deadline, what)
        text, self._pending = self._pending[:length], self._pending[length:]
        return Answer(status, text.decode(errors="replace"))

    def check(self, script: str, seconds: float = 60) -> str:
        """The same for a script that must not fail."""
        answer = self.run(script, seconds)
        if answer.status:
            raise RigError(f"dom0: {script.strip()}: exit status {answer.status}: "
                           f"{answer.text.strip()}")
        return answer.text

    def put(self, files: dict[str, bytes]) -> None:
        """Have these files in dom0's folder /guest."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        data = archive.getvalue()
        if len(data) > PAYLOAD_SIZE:
            raise RigError(f"{len(data) >> 20} MiB of files for dom0, "
                           f"{PAYLOAD_SIZE >> 20} are possible")
        with open(self.directory / "payload", "r+b") as disk:
            disk.write(data)
        # Direct, as the page cache is that of the saved state.
        self.check(f"cd /guest && dd if=/dev/vda bs=1M iflag=direct "
                   f"count={(len(data) >> 20) + 1} 2>/dev/null | tar x")

    def _line(self, deadline: float, what: str) -> str:
        while b"\n" not in self._pending:
            self._receive(deadline, what)
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode(errors="replace")

    def _receive(self, deadline: float, what: str) -> None:
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise RigError(f"{what}: no answer in time")
            ready = select.select([self._agent, self.console], [], [], min(left, 0.5))[0]
            if self.console in ready:
                self.drain()
            if self._agent in ready:
                data = self._agent.recv(65536)
                if not data:
                    raise RigError(f"{what}: the machine is gone: {self.qemu.complaint()}")
                self._pending += data
                return
            if self.qemu.wait(0.001):
                raise RigError(f"{what}: the machine is gone: {self.qemu.shutdown_reason} "
                               f"{self.qemu.complaint()}")


def read(path: Path) -> str:
    return path.read_bytes().decode(errors="replace") if path.exists() else ""


def start(packages: host.Packages, directory: Path, memory: int = 1024, plugin: str = "",
          processors: int = 1) -> Machine:
    """A machine with dom0 ready, from the saved state, which is made if it is not there.

    With a plugin its clocks go by instructions, so that what is counted repeats.
    """
    state = saved_state(packages, memory, bool(plugin), processors)
    _make_disks(directory)
    machine = Machine(directory, [*_argv(memory, bool(plugin), processors), "-incoming",
                                  f"exec:cat {shlex.quote(str(state))}",
                                  *(["-plugin", plugin] if plugin else [])])
    try:
        deadline = time.monotonic() + _SAVE_SECONDS
        while machine.qemu.command("query-status")["status"] == "inmigrate":
            if time.monotonic() > deadline or machine.qemu.wait(0.01):
                raise RigError(f"{state} cannot be restored: {machine.qemu.complaint()}")
        machine.qemu.command("cont")
    except BaseException:
        machine.__exit__()
        raise
    return machine


def _make_disks(directory: Path) -> None:
    """Sparse; what a case has put there already stays."""
    for name, size in _FILES:
        with open(directory / name, "ab") as disk:
            disk.truncate(size)


def saved_state(packages: host.Packages, memory: int, counted: bool = False,
                processors: int = 1) -> Path:
    """The file with the state of a machine whose dom0 is ready."""
    stack = dom0.make(packages)
    version = subprocess.run([host.program(_PROGRAM), "--version"], stdin=subprocess.DEVNULL,
                             capture_output=True, check=False).stdout
    key = hashlib.sha256()
    for part in (stack.xen_gz, stack.vmlinuz, stack.initramfs, version,
                 repr((_argv(memory, counted, processors), XEN_WORDS, DOM0_WORDS, _FILES)).encode()):
        key.update(hashlib.sha256(part).digest())
    folder = packages.cache / "xen"
    folder.mkdir(parents=True, exist_ok=True)
    state = folder / f"{key.hexdigest()[:16]}.state"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not state.exists():
            _save(stack, _argv(memory, counted, processors), state)
            for old in sorted(folder.glob("*.state"), key=lambda path: path.stat().st_mtime,
                              reverse=True)[_STATES_KEPT:]:
                old.unlink()
    return state


def _save(stack: dom0.Stack, arguments: list[str], state: Path) -> None:
    with tempfile.TemporaryDirectory(dir=state.parent) as scratch:
        directory = Path(scratch)
        xen, kernel, initramfs = (directory / name for name in ("xen", "vmlinux", "initramfs"))
        stack.write(xen, kernel, initramfs)
        _make_disks(directory)
        boot = ["-kernel", str(xen), "-append", XEN_WORDS,
                "-initrd", f"{kernel} {DOM0_WORDS},{initramfs}"]
        with Machine(directory, arguments + boot) as machine:
            try:
                _boot_and_save(machine, directory / "state")
            except (QemuError, RigError) as error:
                tail = "\n".join(read(machine.xen_log).splitlines()[-25:])
                raise RigError(f"no dom0: {error}\n{tail}") from None
        (directory / "state").rename(state)


def _boot_and_save(machine: Machine, out: Path) -> None:
    deadline = time.monotonic() + _BOOT_SECONDS
    while READY not in read(machine.xen_log):
        if machine.qemu.wait(0.1):
            raise RigError(f"QEMU has ended: {machine.qemu.shutdown_reason} "
                           f"{machine.qemu.complaint()}")
        if time.monotonic() > deadline:
            raise RigError(f"dom0 is not ready after {_BOOT_SECONDS} s")
    machine.check("true")
    machine.qemu.command("stop")
    machine.qemu.command("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
    machine.qemu.command("migrate", uri=f"exec:cat > {shlex.quote(str(out))}")
    while (status := machine.qemu.command("query-migrate").get("status")) != "completed":
        if status in ("failed", "cancelled") or time.monotonic() > deadline + _SAVE_SECONDS:
            raise RigError(f"the state cannot be saved: {status}")
        machine.qemu.wait(0.02)


def _argv(memory: int, counted: bool, processors: int) -> list[str]:
    """What must be the same when a state is saved and when it is restored."""
    clock = ["-icount", "shift=0,sleep=off"] if counted else []
    return ["-accel", "tcg", "-cpu", CPU, "-machine", "pc", "-smp", str(processors), "-m",
            f"{memory}M", *clock, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"]


def _channels(directory: Path, console: int, agent: int) -> list[str]:
    def quoted(path: Path) -> str:
        return str(path).replace(",", ",,")  # QEMU's way to have a comma in an option

    argv = [*QMP_ARGUMENTS,
            "-chardev", f"file,id=xen,path={quoted(directory / 'xen.log')}",
            "-device", "isa-serial,index=0,chardev=xen",
            "-chardev", f"socket,id=domu,fd={console},logfile={quoted(directory / 'console.log')}",
            "-chardev", f"socket,id=agent,fd={agent}",
            "-device", "virtio-serial-pci",
            "-device", "virtserialport,chardev=domu,name=console",
            "-device", "virtserialport,chardev=agent,name=agent"]
    for name, _ in _FILES:
        mode = "on" if name == "payload" else "off"
        argv += ["-drive", f"if=none,id={name},format=raw,cache=unsafe,read-only={mode},"
                           f"file={quoted(directory / name)}",
                 "-device", f"virtio-blk-pci,drive={name}"]
    return argv
