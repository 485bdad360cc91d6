#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of plugin, icount.py and bench.py, in TAP. Offline; the counts of a
real kernel only with --stock or --own."""
import argparse
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
# pylint: disable=wrong-import-position
import bench
import icount
from elfimage import BzImage, Elf, FormatError

QEMU = os.environ.get("QEMU", "qemu-system-i386")
TIMEOUT = 60

# guest.S, instruction by instruction, from guest_start.
# 2 to set up, the loop 2 * 1000.
LOOP_DONE = 2 + 2 * 1000
# 2 to set up. 64 iterations, and one more round that finds %ecx at 0: that is
# how TCG runs a repeated instruction.
STRING_DONE = LOOP_DONE + 2 + 64 + 1
# Two calls and returns; a call.
SWAPPED_FIRST = STRING_DONE + 4 + 1
# cld, ret, movb, call; the second time it is nop, ret.
SWAPPED_SECOND = SWAPPED_FIRST + 4
# nop, ret, call, ret.
MARKED = SWAPPED_SECOND + 4
# nop, jmp.
USER = MARKED + 2


class Tap:
    def __init__(self):
        self.count = self.failed = 0
        print("TAP version 13")

    def ok(self, name, good, detail=""):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.failed += 1
            for line in str(detail).splitlines():
                print(f"#   {line}")
        sys.stdout.flush()

    def equal(self, name, got, want):
        self.ok(name, got == want, f"got  {got}\nwant {want}")

    def raises(self, name, kind, text, function, *args):
        try:
            got = function(*args)
        except kind as e:
            self.ok(name, text in str(e), f"said: {e}")
        else:
            self.ok(name, False, f"returned {got}")

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")


class Guest:
    def __init__(self, build, tmp):
        self.build, self.tmp = build, tmp
        self.elf = Elf.load(build / "guest")
        self.sym = self.elf.symbols

    def run(self, *arguments):
        out = self.tmp / "counts"
        out.unlink(missing_ok=True)
        plugin = ",".join([str(self.build / "libicount.so"), f"out={out}", *arguments])
        cmd = [QEMU, "-accel", "tcg,thread=single", "-m", "16", "-nodefaults", "-vga",
               "none", "-display", "none", "-no-reboot", "-icount", "shift=0,sleep=off",
               "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
               "-kernel", str(self.build / "guest"), "-plugin", plugin]
        done = subprocess.run(cmd, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lines = []
        if out.exists():
            lines = [json.loads(line) for line in out.read_text().splitlines()]
        return lines, done.returncode, done.stdout.decode(errors="replace")

    def mark(self, name, pattern=""):
        return f"mark={name}@{self.sym[name]:x}{pattern and ':' + pattern}"

    def counts(self, *arguments):
        """Counts at first hits, from guest_start on."""
        lines, _, _ = self.run(self.mark("guest_start", "bc"), *arguments)
        start = lines[0]["insns"] if lines else 0
        return {line["mark"]: line["insns"] - start for line in lines if "mark" in line}


def test_plugin(tap, guest):
    marks = [guest.mark(m) for m in ("loop_done", "string_done", "marked")]
    counts = guest.counts(*marks, "user=400000", "after=marked")
    tap.equal("a loop is counted", counts.get("loop_done"), LOOP_DONE)
    tap.equal("a string instruction counts each iteration", counts.get("string_done"), STRING_DONE)
    tap.equal("calls and returns are counted", counts.get("marked"), MARKED)
    tap.equal("the first low instruction after the mark is the user's",
              counts.get("user"), USER)
    again = guest.counts(*marks, "user=400000", "after=marked")
    tap.equal("two runs count the same", again, counts)

    lines, status, _ = guest.run(guest.mark("marked"), "user=400000", "after=marked")
    user = [line for line in lines if line.get("mark") == "user"]
    tap.equal("the user mark says where", int(user[0]["addr"], 16) if user else None,
              guest.sym["low_user"])
    tap.ok("an orderly end is counted too", status == 0x20 * 2 + 1 and
           lines and lines[-1].get("end") and lines[-1]["insns"] > user[0]["insns"], lines)

    lines, _, _ = guest.run(guest.mark("twice"))
    tap.equal("by default one hit is noted", [line.get("hit") for line in lines], [1, None])
    lines, _, _ = guest.run(guest.mark("twice"), "first=5")
    tap.equal("first=N notes what hits there are", [line.get("hit") for line in lines],
              [1, 2, None])

    tap.equal("a pattern takes the code it is of",
              guest.counts(guest.mark("swapped", "fcc3")).get("swapped"), SWAPPED_FIRST)
    tap.equal("a pattern leaves other code at the address",
              guest.counts(guest.mark("swapped", "90c3")).get("swapped"), SWAPPED_SECOND)
    tap.equal("a pattern longer than the translated block",
              guest.counts(guest.mark("swapped", "fcc30000")).get("swapped"), SWAPPED_FIRST)
    tap.equal("a pattern that is nowhere",
              guest.counts(guest.mark("swapped", "fcc2")).get("swapped"), None)

    lines, _, _ = guest.run(guest.mark("marked"), guest.mark("twice"), "stop=marked")
    tap.equal("stop= ends the machine there", [line.get("mark") for line in lines],
              ["twice", "marked"])

    for name, arguments, text in (
            ("unknown argument", ["bogus=1"], "unknown argument"),
            ("mark without address", ["mark=a"], "not NAME@ADDR"),
            ("mark without hex", ["mark=a@xyz"], "not NAME@ADDR"),
            ("odd pattern", ["mark=a@1:fcc"], "not a pattern"),
            ("something behind", ["mark=a@1!"], "something behind"),
            ("too many marks", [f"mark=m{i}@{i}" for i in range(65)], "too many marks"),
            ("stop at nothing", ["stop=x"], "no such mark"),
            ("after nothing", ["user=1", "after=x"], "no such mark"),
            ("user without after", ["user=1"], "go together"),
            ("out in no folder", ["out=/nonexistent/x"], "cannot be written")):
        _, status, said = guest.run(*arguments)
        tap.ok(f"plugin refuses: {name}", status == 1 and text in said, said)


def bzimage_bytes(setup_sects=7, wrapper=True, size=16384):
    """Just enough of a bzImage for what reads its header."""
    data = bytearray(size)
    data[0x202:0x206] = b"HdrS"
    for offset, form, value in (
            (0x1f1, "B", setup_sects), (0x206, "<H", 0x20f), (0x214, "<I", 0x100000),
            (0x230, "<I", 0x200000), (0x234, "B", 1), (0x248, "<I", 0x400),
            (0x24c, "<I", 0x2000), (0x258, "<Q", 0x1000000), (0x260, "<I", 0x700000)):
        struct.pack_into(form, data, offset, value)
    S = ((setup_sects or 4) + 1) * 512
    if wrapper:
        data[S - 4096:S - 4096 + 84] = elf_bytes(entry=0x1600000, paddr=0x1600000)
    return bytes(data)


def elf_bytes(entry, paddr):
    head = b"\x7fELF\x01\x01\x01" + bytes(9)
    head += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, entry, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    return head + struct.pack("<8I", 1, 0x1000, paddr, paddr, 0x100, 0x100, 5, 4096)


class FakeElf:
    """Symbols without a file."""
    name = "fake"

    def __init__(self, entry=0, **symbols):
        self.entry = entry
        self.symbols = symbols

    def code_at(self, addr, length, physical=False):
        return bytes([addr & 0xff]) * length if addr else b""


def test_markcount(tap, build, tmp):
    out = tmp / "marked"

    def run(*arguments):
        out.unlink(missing_ok=True)
        done = subprocess.run(
            [QEMU, "-accel", "tcg,thread=single", "-m", "16", "-nodefaults", "-vga", "none",
             "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
             "-kernel", str(build / "guest"), "-plugin",
             ",".join([str(build / "libmarkcount.so"), *arguments])],
            stdin=subprocess.DEVNULL, timeout=TIMEOUT, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        lines = out.read_text().splitlines() if out.exists() else []
        return [json.loads(line) for line in lines], done.stdout.decode(errors="replace")

    # movl, 4 * (decl, jnz), nopl, 2 calls; 2 returns above.
    low, high = 1 + 4 * 2 + 1 + 2, 2
    lines, _ = run(f"out={out}")
    tap.equal("markcount: all between two markers", lines[:1],
              [{"id": 7, "insns": low + high, "other": low + high}])
    tap.equal("markcount: an end without a beginning", lines[1:], [{"lost": 8}])
    lines, _ = run(f"out={out}", "range=low@0-3fffff", "range=high@400000-ffffffff")
    tap.equal("markcount: split by address", lines[:1],
              [{"id": 7, "insns": low + high, "low": low, "high": high, "other": 0}])
    lines, _ = run(f"out={out}", "range=a@0-3fffff", "range=b@1-2", "range=a@400000-ffffffff")
    tap.equal("markcount: ranges of one name add up", lines[:1],
              [{"id": 7, "insns": low + high, "a": low + high, "b": 0, "other": 0}])
    for name, arguments, text in (
            ("no file", [], "missing argument"), ("what it does not know", ["x=1"], "unknown"),
            ("a range without name", [f"out={out}", "range=1-2"], "not NAME@LOW-HIGH"),
            ("a range backwards", [f"out={out}", "range=a@2-1"], "not NAME@LOW-HIGH")):
        lines, said = run(*arguments)
        tap.ok(f"markcount refuses: {name}", text in said and not lines, said)


def test_files(tap, build):
    elf = Elf.load(build / "guest")
    tap.equal("ELF: entry and symbols", elf.entry, elf.symbols["guest_start"])
    tap.equal("ELF: segments", [(s.vaddr, s.filesz > 0) for s in elf.segments],
              [(0x100000, True), (0x400000, True)])
    tap.equal("ELF: code at a symbol", elf.code_at(elf.symbols["swapped"], 2), b"\xfc\xc3")
    tap.equal("ELF: no code outside", elf.code_at(0x300000, 4), b"")
    tap.raises("ELF: something else", FormatError, "not a 32-bit", Elf, b"MZ" * 50)
    tap.raises("ELF: cut off", FormatError, "cut off", Elf,
               (build / "guest").read_bytes()[:60])

    image = BzImage(bzimage_bytes())
    tap.equal("bzImage: fields", (image.S, image.code32_start, image.payload_length),
              (4096, 0x100000, 0x2000))
    tap.equal("bzImage: wrapper", image.wrapper and image.wrapper.entry, 0x1600000)
    tap.equal("bzImage: no wrapper", BzImage(bzimage_bytes(wrapper=False)).wrapper, None)
    tap.equal("bzImage: setup_sects 0 means 4",
              BzImage(bzimage_bytes(setup_sects=0, wrapper=False)).S, 5 * 512)
    tap.equal("bzImage: runs at its preferred address", image.run_address(0x100000), 0x1000000)
    tap.equal("bzImage: or above it", image.run_address(0x1000010), 0x1200000)
    tap.raises("bzImage: something else", FormatError, "no setup header", BzImage, b"MZ" * 999)


def test_marks(tap):
    image = BzImage(bzimage_bytes())
    vmlinux = FakeElf(entry=0x1000000, start_kernel=0xc1234567)
    stock = FakeElf(startup_32=0, _text=0x2000, extract_kernel=0x3000, _end=0x400000)
    ours = FakeElf(startup_32=0x1600000, relocated=0x1600080, extract_kernel=0x1603000)

    def addresses(decompressor, loader, load):
        return {m.name: m.addr or m.missing for m in
                icount.make_marks(image, vmlinux, decompressor, loader, load)}

    base = 0x1000000 + 0x700000 - 0x400000
    tap.equal("marks: stock, which moves itself", addresses(stock, "qemu", 0x100000), dict(
        entry=0x100000, relocated=base + 0x2000, extract_kernel=base + 0x3000,
        startup_32=0x1000000, start_kernel=0xc1234567))
    tap.equal("marks: stock, loaded higher", addresses(stock, "own-bzimage", 0x1000010), dict(
        entry=0x1000010, relocated=base + 0x202000, extract_kernel=base + 0x203000,
        startup_32=0x1200000, start_kernel=0xc1434567))
    tap.equal("marks: linked where it runs", addresses(ours, "qemu", 0x100000), dict(
        entry=0x100000, relocated=0x1600080, extract_kernel=0x1603000,
        startup_32=0x1000000, start_kernel=0xc1234567))
    tap.equal("marks: linked where it runs, loaded higher",
              addresses(ours, "own-bzimage", 0x1000010), dict(
                  entry=0x1000010, relocated=0x1800080, extract_kernel=0x1803000,
                  startup_32=0x1200000, start_kernel=0xc1434567))
    elf = addresses(ours, "own-elf", 0x100000)
    tap.ok("marks: by ELF there is no self-copy", elf["entry"] == 0x1600000 and
           "already at its final place" in elf["relocated"], elf)
    bare = addresses(FakeElf(startup_32=0x1600000), "qemu", 0x100000)
    tap.ok("marks: a missing symbol is named",
           "no symbol relocated or _text" in bare["relocated"] and
           "no symbol extract_kernel" in bare["extract_kernel"], bare)
    tap.raises("marks: stock without _end", icount.Failure, "no symbol _end",
               addresses, FakeElf(startup_32=0), "qemu", 0x100000)
    plain = BzImage(bzimage_bytes(wrapper=False))
    tap.raises("marks: no wrapper to enter", icount.Failure, "no ELF wrapper",
               icount.make_marks, plain, vmlinux, ours, "own-elf", 0x100000)

    insns, why = icount.split(dict(entry=10, extract_kernel=25, startup_32=125,
                                   start_kernel=130), dict(relocated="R", user="U"))
    tap.equal("split: counts and nulls", insns, dict(
        self_copy=None, before_extract=15, extraction=100, rest=5, to_start_kernel=120,
        to_user=None, total=None))
    tap.equal("split: each null has its reason", why, dict(
        self_copy="relocated: R", to_user="user: U", total="user: U"))


def bench_description(tmp):
    (tmp / "stock.bz").write_bytes(bzimage_bytes(wrapper=False))
    (tmp / "ours.bz").write_bytes(bzimage_bytes(size=15000))

    def counts(scale):
        insns = dict(self_copy=10, before_extract=20, extraction=1000, rest=30,
                     to_start_kernel=1050, to_user=500, total=1550)
        return {"insns": {k: v * scale for k, v in insns.items()}, "missing": {}}
    (tmp / "measured.json").write_text(json.dumps(counts(2)))
    text = {"builds": [
        {"name": "stock", "side": "stock", "compressor": "gzip", "image": "stock.bz",
         "counts": counts(1), "seconds": {"scratch": 100, "incremental": 3.5}},
        {"name": "ours", "side": "ours", "compressor": "gzip", "image": "ours.bz",
         "counts": "measured.json", "seconds": {"scratch": 90}},
        {"name": "ours", "side": "ours", "compressor": "xz", "image": "ours.bz",
         "counts": counts(1)}]}
    path = tmp / "bench.json"
    path.write_text(json.dumps(text))
    return path


def bench_output(*arguments):
    text = io.StringIO()
    with redirect_stdout(text):
        status = bench.main([str(a) for a in arguments])
    return status, text.getvalue()


def test_bench(tap, tmp):
    path = bench_description(tmp)
    status, text = bench_output(path, "--json")
    rows = json.loads(text)["rows"]
    tap.equal("bench: a row a build", [(r["compressor"], r["side"]) for r in rows],
              [("gzip", "stock"), ("gzip", "ours"), ("xz", "ours")])
    stock, ours, alone = rows
    byte_columns = ("image", "other", "setup", "decomp")
    tap.equal("bench: bytes of stock", [stock[k] for k in byte_columns],
              [16384, 16384 - 0x2000, 4096, 16384 - 4096 - 0x2000])
    tap.equal("bench: bytes of ours", [ours[k] for k in byte_columns],
              [15000, 15000 - 0x2000, 4096, 15000 - 4096 - 0x2000])
    image = BzImage(bzimage_bytes(wrapper=False))
    image.data = bytearray(b"\xff" * len(image.data))
    payload = image.S + image.payload_offset
    for start, zeros in (600, 100), (1000, 63), (payload - 64, 64), (payload + 100, 1000), \
            (len(image.data) - 70, 70):
        image.data[start:start + zeros] = bytes(zeros)
    tap.equal("bench: padding, outside of the payload", bench.padding(image), 100 + 64 + 70)
    tap.equal("bench: what is behind", ours["behind"],
              ["before_extract", "extraction", "rest", "to_start_kernel", "to_user"])
    tap.equal("bench: nothing to compare with", alone["behind"], [])
    nearly = [stock | {"to_user": 50000, "rest": 50000},
              stock | {"side": "ours", "to_user": 50005, "rest": 50005},
              stock | {"side": "ours", "to_user": 50006}]
    bench.mark_behind(nearly)
    tap.equal("bench: clocks make no difference", [r["behind"] for r in nearly],
              [[], ["rest"], ["to_user"]])
    tap.equal("bench: times, and none", (ours["scratch"], ours["incremental"]), (90, None))
    tap.equal("bench: behind is no error", status, 0)
    status, text = bench_output(path, "--fail-if-behind")
    tap.equal("bench: unless asked", status, 2)
    tap.ok("bench: text marks it", "2,000 <" in text and "15,000 <" not in text, text)
    _, text = bench_output(path, "--markdown")
    tap.ok("bench: markdown", "| 2,000 < |" in text and text.startswith("| "), text)

    for name, change, message in (
            ("no builds", lambda d: d.pop("builds"), "no list 'builds'"),
            ("unknown key", lambda d: d["builds"][0].update(colour=1), "unknown key 'colour'"),
            ("missing key", lambda d: d["builds"][0].pop("image"), "no 'image'"),
            ("odd side", lambda d: d["builds"][0].update(side="x"), "'side' is none of"),
            ("twice the same", lambda d: d["builds"].append(d["builds"][0]), "twice"),
            ("no counts and no way to them", lambda d: d["builds"][0].pop("counts"),
             "needs 'vmlinux'")):
        description = json.loads(path.read_text())
        change(description)
        broken = tmp / "broken.json"
        broken.write_text(json.dumps(description))
        tap.raises(f"bench refuses: {name}", bench.BadDescription, message,
                   bench.read_description, broken)


def cpio_member(name, mode, data):
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def make_initrd(build, tmp):
    path = tmp / "initrd.cpio"
    path.write_bytes(cpio_member("init", 0o100755, (build / "init").read_bytes()) +
                     cpio_member("TRAILER!!!", 0, b""))
    return path


def find(folder, *names):
    for name in names:
        if (folder / name).exists():
            return str(folder / name)
    raise SystemExit(f"{folder}: has none of {', '.join(names)}")


def kernel_arguments(build, folder, initrd, *more):
    return icount.parser().parse_args([
        "--plugin", str(build / "libicount.so"), "--qemu", QEMU,
        "--image", find(folder, "arch/i386/boot/bzImage", "arch/x86/boot/bzImage"),
        "--vmlinux", find(folder, "vmlinux"),
        "--compressed", find(folder, "arch/i386/boot/compressed/vmlinux",
                             "arch/x86/boot/compressed/vmlinux"),
        "--initrd", str(initrd), *more])


def test_kernel(tap, build, tmp, name, folder, *more):
    args = kernel_arguments(build, folder, make_initrd(build, tmp), *more)
    try:
        first, second = icount.measure(args), icount.measure(args)
    except icount.Failure as e:
        tap.ok(f"{name}: boots to user space", False, e)
        return
    print("\n".join("# " + line for line in icount.text_report(first).splitlines()))
    tap.equal(f"{name}: two boots count the same", second["marks"], first["marks"])
    tap.equal(f"{name}: the first user instruction is init's first",
              first["marks"]["user"]["addr"], Elf.load(build / "init").entry)
    insns = first["insns"]
    tap.equal(f"{name}: the parts add up", insns["to_start_kernel"],
              insns["before_extract"] + insns["extraction"] + insns["rest"])
    if "own-elf" not in more:
        tap.ok(f"{name}: it copies itself", insns["self_copy"] and
               insns["self_copy"] < insns["before_extract"], first)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--build", type=Path, required=True, help="make's O=")
    p.add_argument("--stock", type=Path, help="build folder of a stock kernel")
    p.add_argument("--own", type=Path, help="build folder of our kernel")
    p.add_argument("--loader", help="binary of ../loader")
    args = p.parse_args()
    build = args.build.resolve()
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="icount-test-") as name:
        tmp = Path(name)
        test_plugin(tap, Guest(build, tmp))
        test_markcount(tap, build, tmp)
        test_files(tap, build)
        test_marks(tap)
        test_bench(tap, tmp)
        ours = ["--loader-binary", args.loader] if args.loader else []
        for side, folder in ("stock", args.stock), ("own", args.own):
            if not folder:
                tap.skip(f"{side} kernel", f"no folder given (make {side.upper()}=...)")
                continue
            test_kernel(tap, build, tmp, side, folder)
            if not ours:
                tap.skip(f"{side} kernel by our loader", "no LOADER=")
                continue
            test_kernel(tap, build, tmp, f"{side}, our loader", folder,
                        "--loader", "own-bzimage", *ours)
            test_kernel(tap, build, tmp, f"{side}, loaded high", folder,
                        "--loader", "own-bzimage", "--load", "0x2345670", *ours)
            if side == "own":
                test_kernel(tap, build, tmp, "own, by ELF", folder,
                            "--loader", "own-elf", *ours)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
