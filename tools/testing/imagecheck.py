#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""imagecheck.py --tool BZIMAGE [--elf FILE] IMAGE: what others make of image and wrapper.  TAP."""

import argparse
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
        r = run("eu-elflint", "--gnu-ld", elf)
        tap.ok(r.returncode == 0 and r.stdout.strip() == "No errors", f"{name}eu-elflint --gnu-ld",
               r.stdout + r.stderr)
        r = run("file", "-b", elf)
        tap.ok("ELF 32-bit LSB executable, Intel 80386" in r.stdout, f"{name}file, of the ELF file", r.stdout)
        r = run("file", "-b", image)
        tap.ok("Linux kernel x86 boot executable bzImage, version 6.12" in r.stdout, f"{name}file, of the image",
               r.stdout)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--tool", type=Path, required=True)
    ap.add_argument("--elf", type=Path)
    ap.add_argument("image", type=Path)
    args = ap.parse_args()
    tap = Tap()
    check(tap, args.tool, args.image)
    if args.elf:
        data = args.image.read_bytes()
        tap.ok(data.endswith(args.elf.read_bytes()) and args.elf.read_bytes()[:4] == b"\x7fELF",
               f"{args.elf.name} is that file, too")
    tap.done()


if __name__ == "__main__":
    main()
