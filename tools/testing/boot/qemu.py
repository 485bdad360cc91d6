# SPDX-License-Identifier: GPL-2.0
"""A running QEMU: started, spoken to by QMP on its standard input and output, always ended."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

QMP_ARGUMENTS = ["-qmp", "stdio"]

# What a text-mode screen is made of: 80x25 cells of a character and an attribute at 0xb8000.
_VGA_TEXT = 0xB8000
_VGA_COLUMNS, _VGA_ROWS = 80, 25
_VGA_SIZE = _VGA_COLUMNS * _VGA_ROWS * 2

_COMMAND_SECONDS = 10.0


class QemuError(Exception):
    """QEMU did not start, or does not answer."""


class Qemu:
    """A QEMU process as a context manager: leaving it ends the process."""

    def __init__(self, argv: list[str], messages: Path, pass_fds: tuple[int, ...] = ()) -> None:
        self._messages = messages
        with open(messages, "wb") as stderr:
            self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                             stderr=stderr, bufsize=0, pass_fds=pass_fds)
        self._pending = b""
        self._closed = False
        self.events: list[dict[str, Any]] = []
        try:
            self._expect("QMP")
            self.command("qmp_capabilities")
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Qemu:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """SIGKILL: the guest's disks are snapshots, nothing is worth saving."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()

    def wait(self, seconds: float) -> bool:
        """Take in events for a while, less if QEMU ends; True if it has ended."""
        deadline = time.monotonic() + seconds
        while not self._closed and (left := deadline - time.monotonic()) > 0:
            self._next_message(left)
        if self._closed:
            self._process.wait()
        return self._closed

    @property
    def exit_status(self) -> int | None:
        return self._process.poll()

    @property
    def shutdown_reason(self) -> str:
        """Why the machine stopped: guest-shutdown, guest-reset, ... or "" if it did not."""
        reasons = [event["data"].get("reason", "") for event in self.events
                   if event["event"] == "SHUTDOWN"]
        return reasons[0] if reasons else ""

    def complaint(self) -> str:
        return self._messages.read_text(errors="replace").strip()

    def command(self, name: str, **arguments: Any) -> Any:
        request = {"execute": name, "arguments": arguments}
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        except BrokenPipeError:
            raise QemuError(f"QEMU has ended: {self.complaint()}") from None
        return self._expect("return", name)

    def monitor(self, line: str) -> str:
        answer: str = self.command("human-monitor-command", **{"command-line": line})
        return answer

    def halted(self) -> bool:
        """Does the first CPU wait in a HLT instruction?"""
        return "HLT=1" in self.monitor("info registers")

    def screen(self, scratch: Path) -> str:
        """The text on the VGA screen, line by line, without what is blank."""
        self.command("pmemsave", val=_VGA_TEXT, size=_VGA_SIZE, filename=str(scratch))
        cells = scratch.read_bytes()
        scratch.unlink()
        characters = cells[::2].decode("cp437").replace("\0", " ")
        rows = [characters[start:start + _VGA_COLUMNS].rstrip()
                for start in range(0, len(characters), _VGA_COLUMNS)]
        return "\n".join(row for row in rows if row)

    def _expect(self, key: str, what: str = "greeting") -> Any:
        """The value of `key` in the next message that is no event."""
        deadline = time.monotonic() + _COMMAND_SECONDS
        while not self._closed and (left := deadline - time.monotonic()) > 0:
            message = self._next_message(left)
            if message is None:
                continue
            if "error" in message:
                raise QemuError(f"QMP {what}: {message['error'].get('desc')}")
            return message[key]
        if self._closed:
            raise QemuError(f"QEMU has ended: {self.complaint()}")
        raise QemuError(f"QMP {what}: no answer in {_COMMAND_SECONDS:.0f} s")

    def _next_message(self, seconds: float) -> dict[str, Any] | None:
        """One line from QEMU, None if none comes in time; events go to the list instead."""
        assert self._process.stdout
        if b"\n" not in self._pending:
            if not select.select([self._process.stdout], [], [], seconds)[0]:
                return None
            data = os.read(self._process.stdout.fileno(), 65536)
            self._closed = not data
            self._pending += data
        line, newline, rest = self._pending.partition(b"\n")
        if not newline:
            return None
        self._pending = rest
        message: dict[str, Any] = json.loads(line)
        if "event" in message:
            self.events.append(message)
            return None
        return message
