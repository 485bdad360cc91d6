#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the kernel's most frequent work costs, in instructions: run ubench, print a table.

    ubench.py run --image build/bzImage [--kernel32 NAME=IMAGE] [--kernel64 NAME=IMAGE] ...
    ubench.py xen --image build/bzImage [--kernel64 NAME=IMAGE] ...
    ubench.py table NAME=COUNTS,CONSOLE ...

"run" boots each image natively, with ubench of 32 or of 64 bits, "xen" as a PV domain in the rig of
../xen, by default beside Debian's 64-bit kernel. "table" makes the table from what other rigs
measured: the file that the plugin markcount wrote and the console's text. Operations
are counted from marker to marker, less what the empty loop costs; shown is the median of the rounds
of all boots, and where the instructions were executed. A name that is given to "table" several
times is one guest, booted several times.
"""

from __future__ import annotations

import sys

sys.dont_write_bytecode = True

import argparse
import json
import re
import secrets
import statistics
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "boot"), str(HERE.parent), str(HERE.parent / "xen")]
import debfetch
import dom0
import guesttree
import host
from qemu import QMP_ARGUMENTS, Qemu, QemuError

BUILD = HERE.parents[2] / "build"
TRY = HERE.parent / "xen/try"
# Who executes what, by address. Xen and its shim are both "hypervisor"; a 64-bit dom0's kernel
# beside a 32-bit guest goes by the guest's 64-bit name.
LAYOUTS = {
    "32": ("user@0-bfffffff", "kernel@c0000000-ffffffff", "hypervisor@ffff800000000000-ffff87ffffffffff",
           "dom0@ffff880000000000-ffffffffffffffff"),
    "64": ("user@0-7fffffffffff", "hypervisor@ffff800000000000-ffff87ffffffffff",
           "kernel@ffff880000000000-ffffffffffffffff"),
}
EMPTY = "empty"
# ubench/first.c: what is counted from the command that starts a guest
BOOT_ID, BOOT = 200, "start_to_user"
TOLERANCE = 0.01


class BenchError(Exception):
    """Something that the caller has to mend; the text says what."""


@dataclass
class Row:
    operations: int
    # Of each boot its rounds: instructions by who executed them, with "insns" for all
    boots: list[list[dict[str, int]]] = field(default_factory=list)
    # The least round instead of the median
    least: bool = False

    @property
    def who(self) -> list[str]:
        return [w for w in self.boots[0][0] if w != "insns"]

    def per_operation(self, who: str = "insns") -> float:
        return self._typical([r for b in self.boots for r in b], who) / self.operations

    def _typical(self, rounds: list[dict[str, int]], who: str) -> float:
        if self.least:
            return min(rounds, key=lambda r: r["insns"])[who]
        return statistics.median(r[who] for r in rounds)

    @property
    def spread(self) -> float | None:
        """How far the boots' results are from each other, if there were several."""
        results = [self._typical(b, "insns") for b in self.boots]
        return (max(results) - min(results)) / min(results) if len(results) > 1 else None


Column = dict[str, Row]


def plugin_argument(plugin: Path, out: Path, layout: str) -> str:
    """QEMU's -plugin for a guest of this layout: for rigs that start QEMU themselves."""
    return ",".join([str(plugin), f"out={out}", *(f"range={r}" for r in LAYOUTS[layout])])


def read(counts: str, console: str) -> Column:
    """The rows that a console names, with what the plugin counted for them."""
    names = {int(m[1]): (m[2], int(m[3]))
             for m in re.finditer(r"ubench: row (\d+) (\w+) (\d+)", console)}
    if "ubench: end" not in console:
        problem = re.search(r"ubench: failed.*", console)
        raise BenchError(problem[0] if problem else "ubench did not come to its end")
    by_id: dict[int, list[dict[str, int]]] = {}
    for line in counts.splitlines():
        entry = json.loads(line)
        if "lost" in entry:
            raise BenchError(f"an end without a beginning: {entry['lost']}")
        by_id.setdefault(entry.pop("id"), []).append(entry)
    column = {}
    if BOOT_ID in by_id:
        column[BOOT] = Row(1, [by_id[BOOT_ID]])
    for number, (name, operations) in names.items():
        rounds = by_id.get(number, [])
        if len(rounds) < 3:
            raise BenchError(f"{name}: {len(rounds)} rounds were counted")
        # The first one fills caches of all kinds.
        column[name] = Row(operations, [rounds[1:]])
    if not column:
        raise BenchError("no row on the console")
    return column


def cost(column: Column, name: str) -> float:
    """Of one operation, without the loop around it"""
    loop = column[EMPTY].per_operation() if EMPTY in column and name != BOOT else 0
    return column[name].per_operation() - loop


def table(columns: dict[str, Column]) -> str:
    rows = list(dict.fromkeys(name for c in columns.values() for name in c if name != EMPTY))
    lines = [f"{'instructions per operation':26}" + "".join(f"{n:>16}" for n in columns) +
             ("" if len(columns) < 2 else "   ratio to the first")]
    for name in rows:
        cells, values = "", []
        for column in columns.values():
            value = cost(column, name) if name in column else None
            values.append(value)
            cells += f"{value:16,.1f}" if value is not None else f"{'-':>16}"
        ratios = "".join(f"{v / values[0]:8.2f}" for v in values[1:]
                         if v is not None and values[0]) if len(values) > 1 else ""
        lines.append(f"{name:26}{cells}   {ratios}".rstrip())
        for title, column in columns.items():
            if name in column:
                spread = column[name].spread
                lines.append(f"    {title + ':':14} {parts(column, name)}" +
                             (f"; repeats within {spread:.2%}" if spread is not None else ""))
    return "\n".join(lines)


def parts(column: Column, name: str) -> str:
    row = column[name]
    who = [w for w in row.who if row.per_operation(w)]
    loop = column[EMPTY].per_operation("user") if EMPTY in column and name != BOOT else 0
    return ", ".join(f"{w} {row.per_operation(w) - (loop if w == 'user' else 0):,.1f}" for w in who)


def boot(name: str, image: Path, bits: str, args: argparse.Namespace) -> Column:
    """One native boot of an image with ubench."""
    work = args.work.absolute() / name
    work.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(8)
    (work / "initrd").write_bytes(guesttree.initrd(
        guesttree.tree(args.cache.absolute(), args.programs, bits)))
    console, counts = work / "console.log", work / "counts"
    for file in console, counts:
        file.unlink(missing_ok=True)
    qemu = "qemu-system-i386" if bits == "32" else "qemu-system-x86_64"
    words = f"console=ttyS0,115200 panic=-1 guest.task=ubench guest.nonce={nonce} " \
            f"guest.args={args.rounds} {args.append}"
    # Time by instructions: ticks come at the same ones in each run.
    argv = [host.program(qemu), "-accel", "tcg,thread=single", "-smp", "1",
            "-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1",
            "-cpu", args.cpu or ("qemu32" if bits == "32" else "qemu64"), "-m", "512", "-nodefaults",
            "-vga", "none", "-display", "none", "-no-reboot", *QMP_ARGUMENTS,
            "-chardev", f"file,id=console,path={guesttree.option_value(console)}",
            "-serial", "chardev:console", "-kernel", str(image.absolute()),
            "-initrd", guesttree.option_value(work / "initrd"), "-append", words.strip(),
            "-plugin", plugin_argument(args.plugin.absolute(), counts, bits)]
    with Qemu(argv, work / "qemu.log") as machine:
        if not machine.wait(args.timeout):
            raise BenchError(f"{name}: not done in {args.timeout} s; {console}")
    text = console.read_text(errors="replace") if console.exists() else ""
    if f"guest: end {nonce} status 0" not in text.replace("\r", ""):
        tail = "\n".join("  | " + line for line in text.splitlines()[-15:])
        raise BenchError(f"{name}: ubench did not come to its end\n{tail}")
    return read(counts.read_text(), text)


def domain(name: str, image: Path, bits: str, args: argparse.Namespace) -> Column:
    """One start of an image as a PV domain with ubench."""
    work = args.work.absolute() / f"xen-{name}"
    work.mkdir(parents=True, exist_ok=True)
    (work / "initrd").write_bytes(guesttree.initrd(
        guesttree.tree(args.cache.absolute(), args.programs, bits)))
    counts, nonce = work / "counts", secrets.token_hex(8)
    counts.unlink(missing_ok=True)
    words = f"console=hvc0 panic=-1 rdinit=/bin/first guest.task=ubench guest.nonce={nonce} " \
            f"guest.args={args.rounds} {args.append}"
    argv = [TRY, "--cache", args.cache, "--kernel", image, "--initrd", work / "initrd",
            "--append", words.strip(), "--memory", "384", "--timeout", str(args.timeout),
            "--with", args.programs / "first64", "--before", "/guest/first64 begin",
            "--plugin", plugin_argument(args.plugin.absolute(), counts, bits)]
    text = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", check=False)
    (work / "output.log").write_text(text.stdout + text.stderr)
    if f"guest: end {nonce} status 0" not in text.stdout.replace("\r", ""):
        tail = "\n".join("  | " + line for line in (text.stdout + text.stderr).splitlines()[-15:])
        raise BenchError(f"{name}: ubench did not come to its end\n{tail}")
    return read(counts.read_text(), text.stdout)


def measure(args: argparse.Namespace) -> dict[str, Column]:
    for needed in args.plugin, args.programs / "ubench32":
        if not needed.is_file():
            raise BenchError(f"{needed}: no such file; make it first")
    start = boot
    if args.command == "xen":
        start = domain
        if not args.kernel64 and not args.alone:
            args.kernel64 = [f"debian64={dom0.stock_vmlinuz(host.Packages(args.cache.absolute()))}"]
    images = [("ours", args.image, "32")] if args.image else []
    for bits, given in ("32", args.kernel32), ("64", args.kernel64):
        for item in given:
            name, _, path = item.rpartition("=")
            images.append((name or Path(path).name, Path(path), bits))
    if not images:
        raise BenchError("no image; --image, --kernel32 or --kernel64 names one")
    return {name: merged([start(name, image, bits, args)
                          for _ in range(max(args.boots, 2 if args.check else 1))])
            for name, image, bits in images}


def merged(boots: list[Column]) -> Column:
    return {name: Row(row.operations, [b[name].boots[0] for b in boots])
            for name, row in boots[0].items()}


def collect(args: argparse.Namespace) -> dict[str, Column]:
    columns: dict[str, list[Column]] = {}
    for item in args.files:
        name, _, files = item.partition("=")
        counts, _, console = files.partition(",")
        if not console:
            raise BenchError(f"{item}: not NAME=COUNTS,CONSOLE")
        columns.setdefault(name, []).append(
            read(Path(counts).read_text(), Path(console).read_text(errors="replace")))
    return {name: merged(boots) for name, boots in columns.items()}


def as_json(columns: dict[str, Column]) -> str:
    return json.dumps({name: {row: {"operations": r.operations, "spread": r.spread, **{
        who: r.per_operation(who) for who in ("insns", *r.who)}} for row, r in column.items()}
        for name, column in columns.items()}, indent=1)


def unsteady(columns: dict[str, Column]) -> list[str]:
    return [f"{title}: {name}: boots differ by {row.spread:.2%}"
            for title, column in columns.items() for name, row in column.items()
            if row.spread is not None and row.spread > TOLERANCE]


def dearer(columns: dict[str, Column], percent: float) -> list[str]:
    """Rows in which the first column costs that much more than another one."""
    (title, first), *others = columns.items()
    return [f"{name}: {title} costs {cost(first, name) / cost(other, name) - 1:+.2%} beside {beside}"
            for beside, other in others for name in first
            if name in other and name not in (EMPTY, BOOT) and
            cost(first, name) > cost(other, name) * (1 + percent / 100)]


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    p.add_argument("--json", action="store_true")
    p.add_argument("--least", action="store_true", help="the least round instead of the median: "
                   "where others run beside ubench, as a dom0 does")
    commands = p.add_subparsers(dest="command", required=True)
    for command, text in (("run", "boot and measure"), ("xen", "the same as Xen PV domains")):
        r = commands.add_parser(command, help=text)
        r.add_argument("--image", type=Path, help="ours: a bzImage of 32 bits")
        r.add_argument("--kernel32", action="append", default=[], metavar="NAME=IMAGE")
        r.add_argument("--kernel64", action="append", default=[], metavar="NAME=IMAGE")
        r.add_argument("--programs", type=Path, default=BUILD / "guest")
        r.add_argument("--plugin", type=Path, default=BUILD / "icount/libmarkcount.so")
        r.add_argument("--work", type=Path, default=BUILD / "test/ubench")
        r.add_argument("--cache", type=Path, default=BUILD / "cache")
        r.add_argument("--append", default="", help="more words for the kernel's command line")
        r.add_argument("--cpu", help="QEMU's -cpu, for all")
        r.add_argument("--rounds", type=int, default=15)
        r.add_argument("--boots", type=int, default=1, help="how often each is booted")
        r.add_argument("--check", action="store_true",
                       help="boot at least twice; fail if a result does not repeat within 1 %%")
        r.add_argument("--limit", type=float, metavar="PERCENT",
                       help="fail if the first costs so much more than another in any row")
        r.add_argument("--timeout", type=int, default=600)
        r.add_argument("--alone", action="store_true", help="xen: not beside Debian's kernel")
        r.set_defaults(columns=measure)
    t = commands.add_parser("table", help="from files")
    t.add_argument("files", nargs="+", metavar="NAME=COUNTS,CONSOLE")
    t.set_defaults(columns=collect)
    return p


def main() -> int:
    args = parser().parse_args()
    try:
        columns = args.columns(args)
        for row in (r for c in columns.values() for r in c.values()):
            row.least = args.least
    except (BenchError, host.HostError, debfetch.FetchError, QemuError, OSError,
            json.JSONDecodeError) as error:
        print(f"ubench.py: {error}", file=sys.stderr)
        return 1
    print(as_json(columns) if args.json else table(columns))
    problems = unsteady(columns) if getattr(args, "check", False) else []
    if getattr(args, "limit", None) is not None:
        problems += dearer(columns, args.limit)
    for problem in problems:
        print(f"ubench.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
