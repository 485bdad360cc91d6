#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""run_tests.py --build FOLDER: tests of the reference lguest host.  TAP.

The probe's transcripts must be those of a real host (test/transcript-*.txt); what must be refused,
must be, with the real message; what is allowed, must work.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import difflib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import lguesthost
from cases import PROBE_ENDS, REFUSED, REFUSED_MEM
from tap import Tap

SECONDS = 90
# Guests of random deeds
FUZZ = 60
# What the disk holds; test/devices.c knows it, too
PATTERN = bytes(i * 7 & 255 for i in range(64 * 512))
# CF, PF, AF, ZF, SF, OF: what was computed last, not what the contract is about
_ARITHMETIC = 0x8D5
# Where the probe's code lies, what time it is
_MASKED = ("eip", "tsec", "dt_ns")
# Where its data lies, apart from the place in a page
_PAGE_MASKED = ("cr2", "hole", "pte", "uesp", "pte-after(A/D set by host)")
# Saved EFLAGS, or copied from such
_FLAGS = ("efl", "bp.efl", "irq_en", "irq_enabled_after_iret", "PROBE after cli insn irq_en")


def mask(text: str) -> str:
    """A transcript without what differs from build to build and from run to run"""
    def one(m: re.Match[str]) -> str:
        name, value = m[1], int(m[2], 16)
        if name in _MASKED:
            return f"{name}=........"
        if name in _PAGE_MASKED:
            return f"{name}=.....{value & 0xfff:03x}"
        if name in _FLAGS:
            return f"{name}={value & ~_ARITHMETIC:08x}"
        return m[0]

    return re.sub(r"((?:pte-after\([^)]*\)|PROBE after cli insn irq_en|[\w.]+))=([0-9a-f]{8})\b",
                  one, text.replace("\r", ""))


class Results:
    """Of one group of tests, to be printed in order"""

    def __init__(self) -> None:
        self.list: list[tuple] = []

    def ok(self, *result) -> None:
        self.list.append(result)


class Tests:
    def __init__(self, build: Path, work: Path) -> None:
        self.build = build
        self.work = work
        work.mkdir()
        self.tap = Results()
        self.disk = work / "disk"
        self.disk.write_bytes(PATTERN)
        # What the real host of the transcripts was given
        self.initrd = work / "initrd"
        self.initrd.write_bytes(b"i" * (0x104000 - 100))

    def guest(self, name: str, pae: bool) -> Path:
        return self.build / ("pae" if pae else "nopae") / "test" / name

    def run(self, name: str, pae: bool, args: str, mem: int = 64, **kw) -> lguesthost.Guest:
        kernel = kw.pop("kernel", None) or self.guest(name, pae)
        options = lguesthost.Options(mem=mem, kernel=kernel, args=args, pae=pae,
                                     folder=self.build, **kw)
        return lguesthost.run(options, SECONDS)

    def transcript(self, pae: bool) -> None:
        kind = "pae" if pae else "nopae"
        want = (HERE / "test" / f"transcript-{kind}.txt").read_text()
        g = self.run("probe", pae, "console=hvc0", initrd=self.initrd,
                     devices=[("block", self.disk), ("rng", None), ("net", None)])
        got = mask(g.text)
        self.tap.ok(got == want, f"{kind}: the probe says what it says on a real host",
                    "\n".join(difflib.unified_diff(want.splitlines(), got.splitlines(),
                                                   "real", "this", "", "", 0)))
        m = re.search(r"cr2=(\w+) hole=(\w+)", g.text)
        self.tap.ok(m and m[1] == m[2], f"{kind}: cr2 is the page that was touched", g.text)

    def probe_ends(self, pae: bool) -> None:
        for args, want in PROBE_ENDS.items():
            g = self.run("probe", pae, args)
            self.tap.ok(re.fullmatch(want, g.last_words or ""),
                        f"{'pae' if pae else 'nopae'}: probe {args}: {want}", g.text[-500:])

    def checks(self, pae: bool, args: str = "", **kw) -> None:
        g = self.run("checks", pae, args, mem=16, **kw)
        self.results(g, f"{'pae' if pae else 'nopae'} {args}".strip())

    def refused(self, pae: bool) -> None:
        """One QEMU for all cases: the host goes on with the next when a guest has ended."""
        kind = "pae" if pae else "nopae"
        g = self.run("refuse", pae, " ".join(REFUSED), mem=REFUSED_MEM, each=True,
                     devices=[("block", self.disk), ("rng", None), ("net", None)])
        said = re.split(r"^lguest: guest (\w+)\n", g.text.replace("\r", ""), flags=re.M)
        got = dict(zip(said[1::2], said[2::2]))
        for case, want in REFUSED.items():
            want = want if isinstance(want, str) else want[not pae]
            want = "".join(f"lguest: {line}\n" for line in want.split("\n"))
            self.tap.ok(re.fullmatch(want.replace("EIP", r"0x1[01][0-9a-f]{4}"), got.get(case, "")),
                        f"{kind}: refused: {case}", f"wanted: {want}got:    {got.get(case)}")
        self.tap.ok(list(got) == list(REFUSED), f"{kind}: one guest for each case", list(got))

    def devices(self, pae: bool) -> None:
        """The devices guest wants something typed, and writes to the disk."""
        kind = "pae" if pae else "nopae"
        args, mac = ("mac", "02:b2:a1:00:78:99") if pae else ("", None)
        random = []
        for _ in range(2):
            self.disk.write_bytes(PATTERN)
            options = lguesthost.Options(
                mem=16, kernel=self.guest("devices", pae), args=args, pae=pae, folder=self.build,
                devices=[("block", self.disk), ("rng", None), ("net", mac)])
            with lguesthost.Guest(options) as g:
                if g.expect(rb"type\r?\n", SECONDS):
                    g.send(b"typed on")
                    g.send(b" the host\r")
                g.wait(SECONDS)
            random += re.findall(r"random (\w+)", g.text)
        self.results(g, kind)
        self.tap.ok("\nby the queue\n" in g.text and "\nin two pieces\n" in g.text,
                    f"{kind}: console output", g.text)
        want = bytearray(PATTERN)
        for i in range(10 * 512, 14 * 512):
            want[i] = (want[i] + 1) & 255
        self.tap.ok(self.disk.read_bytes() == want, f"{kind}: what the disk's file has then")
        self.tap.ok(len(set(random)) == 2, f"{kind}: random numbers differ from run to run", random)

    def restart(self, pae: bool) -> None:
        options = lguesthost.Options(mem=16, kernel=self.guest("devices", pae), args="restart",
                                     pae=pae, folder=self.build)
        with lguesthost.Guest(options) as g:
            starts = [g.expect(rb"devices start", SECONDS) for _ in range(3)]
        self.tap.ok(all(starts), f"{'pae' if pae else 'nopae'}: restarts", g.text)
        self.tap.ok(g.last_words is None, f"{'pae' if pae else 'nopae'}: ... without a word",
                    g.text)

    def loading(self) -> None:
        """Kernel files: a bzImage made of the probe, and those that are none"""
        elf = self.guest("probe", True).read_bytes()
        flat = self.work / "flat"
        subprocess.run(["objcopy", "-O", "binary", str(self.guest("probe", True)), str(flat)],
                       check=True)
        # Four sectors of setup, whatever is in there, and code32_start
        setup = bytearray(5 * 512)
        setup[0x1F1] = 4
        setup[0x202:0x206] = b"HdrS"
        setup[0x214:0x218] = (0x100000).to_bytes(4, "little")
        far = bytearray(setup)
        far[0x214:0x218] = (0x30000000).to_bytes(4, "little")
        wrong_class = bytearray(elf)
        wrong_class[0x10:0x12] = b"\3\0"
        cut = bytearray(elf)
        cut[0x34 + 16:0x34 + 20] = (1 << 24).to_bytes(4, "little")
        high = bytearray(elf)
        high[0x34 + 12:0x34 + 16] = (64 << 20).to_bytes(4, "little")
        cases = [
            ("a bzImage", setup + flat.read_bytes(), r"CRASH: probe finished"),
            ("a bzImage with its entry beyond memory", far + flat.read_bytes(),
             r"bad page table entry"),
            ("a bzImage larger than memory", setup + bytes(64 << 20),
             r"Reading bzImage: no guest memory for it at 0x100000"),
            ("no magic", bytes(4096), r"This doesn't look like a bzImage to me"),
            ("hardly anything", b"x", r"This doesn't look like a bzImage to me"),
            ("a shared object", wrong_class, r"Malformed elf header"),
            ("a cut header", elf[:40], r"Malformed elf header"),
            ("a segment longer than the file", cut,
             r"Reading offset \d+ len 16777216: the kernel file ends at \d+"),
            ("a segment beyond memory", high,
             r"Reading offset \d+ len \d+: no guest memory at 0x4000000"),
        ]
        for name, data, want in cases:
            kernel = self.work / "kernel"
            kernel.write_bytes(data)
            g = self.run("", True, "", kernel=kernel)
            self.tap.ok(re.fullmatch(want, g.last_words or ""), f"load: {name}: {want}",
                        g.text[-500:])
        self.tap.ok(self.run("probe", True, "", mem=16, initrd=self.big_initrd()).last_words ==
                    "Reading initrd: no guest memory for 17825792 bytes",
                    "load: an initrd larger than memory")

    def fuzz(self, pae: bool) -> None:
        kind = "pae" if pae else "nopae"
        g = self.run("fuzz", pae, " ".join(f"seed{i}" for i in range(FUZZ)), mem=REFUSED_MEM,
                     each=True, devices=[("block", self.disk), ("rng", None), ("net", None)])
        self.tap.ok(g.ended and g.text.count("lguest: guest seed") == FUZZ,
                    f"{kind}: {FUZZ} guests at random, to the last", g.text[-500:])
        self.tap.ok("lguest: host:" not in g.text, f"{kind}: ... and the host stands", g.text)
        self.tap.ok("lived" in g.text and "bad stack" in g.text,
                    f"{kind}: ... some of them, too", g.text)

    def command(self) -> None:
        """lguest, as it is typed"""
        def lguest(*argv: str) -> str:
            r = subprocess.run([str(HERE / "lguest"), "--host", str(self.build), *argv],
                               capture_output=True, text=True, stdin=subprocess.DEVNULL,
                               timeout=SECONDS)
            return r.stdout + r.stderr

        trace = self.work / "trace"
        probe = str(self.guest("probe", False))
        said = lguest("--no-pae", "--rng", "--net-mac", "02:00:00:00:00:02",
                      f"--block={self.disk}", f"--initrd={self.initrd}", "--tsc",
                      "--trace-file", str(trace), "64", probe, "a", "--b", "c=d")
        self.tap.ok("PROBE cmdline [a --b c=d]" in said, "lguest: arguments", said)
        self.tap.ok([m for m in re.findall(r"PROBE pci dev=\d+ id=(\w{4})", said)] ==
                    ["0000", "1043", "1044", "1041", "1042"], "lguest: devices in order", said)
        self.tap.ok(said.endswith("lguest: CRASH: probe finished\n"), "lguest: the end", said)
        self.tap.ok("hypercall 4 " in trace.read_text(), "lguest: a trace", trace.read_text())
        said = lguest("--timeout", "60", "16", str(self.guest("refuse", True)), "none")
        self.tap.ok("CRASH: no such case" in said, "lguest: PAE is the default", said)
        said = lguest("16", "/nonexistent")
        self.tap.ok(said == "lguest: no such file: /nonexistent\n", "lguest: no kernel", said)
        said = lguest("--block", probe, "16", probe)
        self.tap.ok(said == f"lguest: {probe}: its size is no multiple of 512\n",
                    "lguest: half a sector", said)
        for word, want in (("--net-mac=02:00", "host: not a MAC address: 02:00"),
                           ("--cpu=qemu32,-pae", "host: this is the PAE host, and the processor has no "
                            "PAE")):
            said = lguest(word, "16", probe)
            self.tap.ok(said.endswith(f"lguest: {want}\n"), f"lguest: {word}: {want}", said)

    def interrupt(self) -> None:
        """Three ^C end the launcher, whatever its guest does."""
        options = lguesthost.Options(mem=16, kernel=self.guest("devices", True), args="",
                                     folder=self.build)
        with lguesthost.Guest(options) as g:
            typed = g.expect(rb"type\r?\n", SECONDS)
            g.send(b"\3\3")
            early = g.wait(2)
            g.send(b"x\3\3\3")
            self.tap.ok(typed and not early and g.wait(SECONDS), "three ^C end it, two do not",
                        g.text)

    def big_initrd(self) -> Path:
        path = self.work / "big"
        with open(path, "wb") as f:
            f.truncate(17 << 20)
        return path

    def results(self, g: lguesthost.Guest, name: str) -> None:
        """What a guest says itself"""
        for good, what in re.findall(r"^(ok|not ok) (.*?)\r?$", g.text, re.M):
            self.tap.ok(good == "ok", f"{name}: {what}", g.text)
        self.tap.ok(g.last_words == "CRASH: all checks done", f"{name}: all checks done",
                    g.text[-1000:])


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--build", type=Path, required=True)
    ap.add_argument("--mask", type=Path, help="print this transcript masked, and that is all")
    args = ap.parse_args()
    if args.mask:
        sys.stdout.write(mask(args.mask.read_text()))
        return
    tap = Tap()

    def group(name: str, tests) -> list[tuple]:
        t = Tests(args.build.resolve(), work / name)
        tests(t)
        return t.tap.list

    def one_kind(pae: bool):
        def tests(t: Tests) -> None:
            t.transcript(pae)
            t.probe_ends(pae)
            t.refused(pae)
            t.checks(pae)
            t.devices(pae)
            t.restart(pae)
            t.fuzz(pae)
        return tests

    def other(t: Tests) -> None:
        t.checks(True, "tsc", tsc=True)
        t.checks(True, "smep", smep=True, cpu="max")
        t.checks(True, "smap", smap=True, cpu="max")
        t.loading()
        t.command()
        t.interrupt()

    groups = {"pae": one_kind(True), "nopae": one_kind(False), "other": other}
    with tempfile.TemporaryDirectory(prefix="lguest-host-") as name:
        work = Path(name)
        with concurrent.futures.ThreadPoolExecutor(len(groups)) as pool:
            for results in pool.map(group, groups, groups.values()):
                for result in results:
                    tap.ok(*result)
    tap.done()


if __name__ == "__main__":
    main()
