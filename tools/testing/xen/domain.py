# SPDX-License-Identifier: GPL-2.0
"""The domU under test: its xl configuration, its console, its state."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass, field

from rig import Machine, RigError

NAME = "domu"
# As on a processor with an invariant TSC, which QEMU's is not: the default there is an exit each
# time that the shim or its domain reads it.
_TSC = 'tsc_mode="native"'
# When to look whether the rig has lost a timer: longer than a domain is silent at work
QUIET_SECONDS = 30
SAMPLES = 6
# The shim's boot CPU has its clock's timer every second, and never a later one; others may.
CLOCK_MICROSECONDS = 1_100_000
WOKEN = "the rig has lost the shim's timer; the shim was woken"
# Codes of SHUTDOWN_* in Xen's public sched.h.
REASONS = {0: "poweroff", 1: "reboot", 2: "suspend", 3: "crash", 4: "watchdog", 5: "soft-reset"}


@dataclass(frozen=True)
class Config:
    """What xl is told. Paths are dom0's."""

    kernel: str = "/guest/kernel"
    ramdisk: str = ""
    append: str = ""
    memory: int = 128
    vcpus: int = 1
    maxvcpus: int = 0
    disks: tuple[str, ...] = ()
    vif: bool = False
    kind: str = "pvh"
    shim_append: str = "guest_loglvl=all"
    bootloader: str = ""
    on_reboot: str = "preserve"
    more: tuple[str, ...] = field(default=())

    def text(self) -> str:
        lines = [f'name="{NAME}"', f'type="{self.kind}"', f"memory={self.memory}",
                 f"vcpus={self.vcpus}", 'on_poweroff="preserve"', 'on_crash="preserve"',
                 f'on_reboot="{self.on_reboot}"']
        if self.kind == "pvh":
            lines += ["pvshim=1", _TSC]
            if self.shim_append:
                lines.append(f"pvshim_extra={_quoted(self.shim_append)}")
        if self.maxvcpus:
            lines.append(f"maxvcpus={self.maxvcpus}")
        if self.bootloader:
            lines.append(f"bootloader={_quoted(self.bootloader)}")
        else:
            lines.append(f"kernel={_quoted(self.kernel)}")
        if self.ramdisk:
            lines.append(f"ramdisk={_quoted(self.ramdisk)}")
        if self.append:
            lines.append(f"cmdline={_quoted(self.append)}")
        if self.disks:
            lines.append(f"disk=[{','.join(map(_quoted, self.disks))}]")
        if self.vif:
            lines.append('vif=["script=vif"]')
        return "\n".join([*lines, *self.more, ""])


def _quoted(text: str) -> str:
    """A string in xl's configuration, which knows \\ and the quotes only."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True)
class State:
    """One line of "xl list -v": no domain, running, or why it does not run."""

    exists: bool
    flags: str = ""
    reason: str = ""

    @property
    def ended(self) -> bool:
        return not self.exists or any(flag in self.flags for flag in "scd")

    def __str__(self) -> str:
        if not self.exists:
            return "gone"
        return self.reason or ("paused" if "p" in self.flags else "running")


def parse_state(text: str) -> State:
    """From the output of "xl list -v"; a domain that ended has a code instead of "-"."""
    for line in text.splitlines():
        words = line.split()
        # Name ID Mem VCPUs State Time UUID Reason-Code ...
        if len(words) >= 8 and words[0] == NAME:
            code = words[7]
            try:
                reason = "" if code == "-" else REASONS[int(code, 16)]
            except (ValueError, KeyError):
                reason = f"shutdown code {code}"
            return State(True, words[4], reason)
    return State(False)


def timer_is_lost(text: str) -> bool:
    """From samples, a line "=" before each: Xen's timers for its guests, and "xl vcpu-list"."""
    samples = [part.strip().splitlines() for part in re.split(r"^=$", text, flags=re.MULTILINE)[1:]]
    first = set()
    for sample in samples:
        vcpus = [line for line in sample if "pt_timer_fn" not in line]
        # Name ID VCPU CPU State Time(s) ...; one that is off is paused.
        if not vcpus or {line.split()[4] for line in vcpus} not in ({"-b-"}, {"-b-", "--p"}):
            return False
        first.add(vcpus[0])
    longest: dict[str, int] = {}
    for microseconds, timer in re.findall(r"ex= *(\d+)us timer=(\w+) .*pt_timer_fn", text):
        longest[timer] = max(longest.get(timer, 0), int(microseconds))
    return len(samples) == SAMPLES and len(first) == 1 and \
        all(n > CLOCK_MICROSECONDS for n in longest.values())


class Domain:
    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._log = ""  # what was taken out of Xen's log so far

    def state(self) -> State:
        answer = self.machine.run("xl list -v")
        if answer.status or "Domain-0" not in answer.text:
            raise RigError(f"xl list: exit status {answer.status}: {answer.text.strip()}")
        return parse_state(answer.text)

    def create(self, config: Config, verbose: bool = False, seconds: float = 60,
               before: str = "") -> tuple[int, str]:
        """xl's exit status, and what it said; `before` is run just before it."""
        self.machine.put({"cfg": config.text().encode()})
        answer = self.machine.run(f"{before}\nxl {'-vvv ' if verbose else ''}create /guest/cfg",
                                  seconds)
        return answer.status, answer.text

    def report_stall(self) -> str:
        """Why does it stand still?  What Xen knows; the shim answers on the console.

        Three times Ctrl-A makes the shim take keys: timers, event channels, clocks, vCPUs.  The
        last one sends each vCPU an event, which may wake it.
        """
        text = self.machine.run(f"xl list -v; xl vcpu-list; sleep 5; xl vcpu-list; "
                                f"xen-hvmctx $(xl domid {NAME}) | grep -A70 LAPIC; "
                                f"xl dmesg -c >/dev/null; xl debug-keys avq; xl dmesg").text
        for key in ("\x01\x01\x01", "a", "e", "s", "q", "\x01\x01\x01"):
            self.send(key)
            self.machine.qemu.wait(1)
        return text

    def wake_shim(self) -> bool:
        """Whether the rig has lost the shim's timer; if so, the shim is woken.

        Seen now and then: all vCPUs of the domain are blocked, and Xen has no timer for the first.
        As the shim has one of its own every second, no kernel in it can be the reason: Xen's local
        APIC timer or QEMU's nested SVM is. Any event for the shim helps. A vCPU that a kernel left
        without an event does not look like this.
        """
        self._log = self.dmesg()
        answer = self.machine.run(
            f"for i in $(seq {SAMPLES}); do echo =; xl dmesg -c >/dev/null; xl debug-keys a; "
            f"xl dmesg | grep vpt.c#pt_timer_fn; xl vcpu-list {NAME} | tail -n +2; sleep 2; done; "
            "xl dmesg -c >/dev/null", 120)
        lost = timer_is_lost(answer.text)
        if lost:
            # Its keys on and off: nothing that the kernel hears of
            self.send("\x01" * 6)
        return lost

    def send(self, text: str) -> None:
        """Type this on the domU's console."""
        self.machine.check(
            f"id=$(xl domid {NAME}) && tty=$(xenstore-read /local/domain/$id/console/tty) && "
            f"printf %s {shlex.quote(text)} >$tty")

    def dmesg(self) -> str:
        """Xen's log since dom0 was ready. The PV shim's and, through it, the domU's are in it."""
        return self._log + self.machine.run("xl dmesg").text


class Watch:
    """Looks after a domain that should say something: see wake_shim()."""

    def __init__(self, domain: Domain, seconds: float = QUIET_SECONDS) -> None:
        self._domain, self._seconds = domain, seconds
        self._length, self._since = 0, time.monotonic()

    def look(self, console: str) -> bool:
        """To be called again and again with all that the console has; whether the shim was woken,
        which takes some ten seconds.
        """
        length = len(console)
        if length == self._length and time.monotonic() < self._since + self._seconds:
            return False
        silent, self._length = length == self._length, length
        woken = silent and self._domain.wake_shim()
        self._since = time.monotonic()
        return woken
