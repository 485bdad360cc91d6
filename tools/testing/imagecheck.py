#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""imagecheck.py --tool BZIMAGE [--elf FILE] IMAGE: what others make of image and wrapper.  TAP."""

import argparse
import json
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from tap import Tap


def run(*cmd):
    try:
        return subprocess.run([str(c) for c in cmd], capture_output=True, text=True, errors="replace")
    except FileNotFoundError as e:
        return subprocess.CompletedProcess(cmd, 127, "", f"{e.filename}: not installed")


# elflint knows of no notes but the toolchain's own.
XEN_NOTE = re.compile(r"phdr\[\d+\]: unknown object file note type \d+ with owner name 'Xen' at offset \d+")


def lint(elf):
    """What eu-elflint has to say but that it does not know Xen's notes; and of how many it says that."""
    r = run("eu-elflint", "--gnu-ld", elf)
    lines = r.stdout.splitlines() + r.stderr.splitlines()
    unknown = [x for x in lines if XEN_NOTE.fullmatch(x.strip())]
    rest = [x for x in lines if x not in unknown and x.strip() != "No errors"]
    if r.returncode and not lines:
        rest.append(f"exit status {r.returncode}")
    return rest, len(unknown)


def check(tap, tool, image, name=""):
    """IMAGE must be content with everybody; NAME goes in front of the tests' names."""
    with tempfile.TemporaryDirectory() as tmp:
        elf = Path(tmp) / "elf"
        r = run(tool, "check", "--wrapper", image)
        tap.ok(r.returncode == 0, f"{name}bzimage check --wrapper", r.stdout + r.stderr)
        r = run(tool, "extract", "elf", "-o", elf, image)
        tap.ok(r.returncode == 0, f"{name}bzimage extract elf", r.stderr)
        data = image.read_bytes()
        offset = (data[0x1f1] + 1) * 512 - 4096
        tap.ok(elf.is_file() and elf.read_bytes() == data[offset:],
               f"{name}the ELF file is what follows S - 4096")
        r = run("readelf", "-aW", elf)
        tap.ok(r.returncode == 0 and not r.stderr and "EXEC (Executable file)" in r.stdout,
               f"{name}readelf -a has nothing to say", r.stderr or r.stdout[:300])
        tap.ok("NT_GNU_BUILD_ID" in r.stdout, f"{name}there is a build ID")
        xen_notes = len(re.findall(r"^\s+Xen\s+0x", r.stdout, re.M))
        rest, unknown = lint(elf)
        tap.ok(not rest and unknown == xen_notes, f"{name}eu-elflint --gnu-ld",
               "\n".join(rest) or f"{unknown} of {xen_notes} Xen notes reported as unknown")
        r = run("file", "-b", elf)
        tap.ok("ELF 32-bit LSB executable, Intel 80386" in r.stdout, f"{name}file, of the ELF file", r.stdout)
        r = run("file", "-b", image)
        tap.ok("Linux kernel x86 boot executable bzImage, version 6.12" in r.stdout, f"{name}file, of the image",
               r.stdout)


def check_xen_notes(tap, tool, image, name=""):
    """Whoever loads wrapper or payload is told the same, and each thing once."""
    info = json.loads(run(tool, "info", "--json", image).stdout)
    notes = {}
    for part in "wrapper", "vmlinux":
        xen = [n for n in info[part]["notes"] if n["owner"] == "Xen"]
        notes[part] = {n["name"]: n["text"] for n in xen if not n["name"].startswith("PHYS32_")}
        types = [n["type"] for n in xen]
        tap.ok(len(types) == len(set(types)), f"{name}{part}: each Xen note is there once", types)
    entries = [notes[part].pop("ENTRY", None) for part in ("wrapper", "vmlinux")]
    if not notes["wrapper"]:
        tap.ok(entries == [None, None], f"{name}without Xen's entry, nobody is told of one", entries)
        return
    tap.ok(notes["wrapper"] == notes["vmlinux"] and None not in entries and entries[0] != entries[1],
           f"{name}Xen notes of wrapper and payload differ in ENTRY only", f"{notes}\n{entries}")


PAGE_OFFSET = 0xc0000000


def absolute_words(obj):
    """Offset and contents of all words in code of OBJ (ELF32, i386) that get an absolute address."""
    data = obj.read_bytes()
    shoff, = struct.unpack_from("<I", data, 32)
    shentsize, shnum = struct.unpack_from("<HH", data, 46)
    sections = [struct.unpack_from("<10I", data, shoff + i * shentsize) for i in range(shnum)]
    for _, kind, _, _, offset, size, _, target, _, entsize in sections:
        SHT_REL, SHF_EXECINSTR, R_386_32 = 9, 4, 1
        if kind != SHT_REL or not sections[target][2] & SHF_EXECINSTR:
            continue
        for at in range(offset, offset + size, entsize):
            where, info = struct.unpack_from("<II", data, at)
            if info & 0xff == R_386_32:
                yield where, struct.unpack_from("<I", data, sections[target][4] + where)[0]


def check_physical(tap, obj):
    """Code that runs at its physical address may use no other: each has PAGE_OFFSET subtracted."""
    bad = [f"0x{where:x}: {word:x}" for where, word in absolute_words(obj)
           if not 0 <= (word + PAGE_OFFSET) % (1 << 32) < 1 << 28]
    tap.ok(not bad, f"{obj.parent.name}/{obj.name} uses physical addresses only", "\n".join(bad))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--tool", type=Path, required=True)
    ap.add_argument("--elf", type=Path)
    ap.add_argument("--physical", type=Path, nargs="*", default=[], metavar="OBJECT",
                    help="objects of the kernel that run at their physical address")
    ap.add_argument("image", type=Path)
    args = ap.parse_args()
    tap = Tap()
    check(tap, args.tool, args.image)
    check_xen_notes(tap, args.tool, args.image)
    if args.elf:
        data = args.image.read_bytes()
        tap.ok(data.endswith(args.elf.read_bytes()) and args.elf.read_bytes()[:4] == b"\x7fELF",
               f"{args.elf.name} is that file, too")
    for obj in args.physical:
        check_physical(tap, obj)
    tap.done()


if __name__ == "__main__":
    main()
