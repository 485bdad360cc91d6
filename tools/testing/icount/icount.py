#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Counts the instructions a Linux bzImage takes to boot, and where they go.

    icount.py --image bzImage --vmlinux vmlinux \\
        --compressed arch/x86/boot/compressed/vmlinux [--initrd F]

boots it under QEMU with the plugin next to this file and prints the count from
the 32-bit entry to start_kernel, split, and from there to the first
instruction in user mode. Same image, same command line, same QEMU: same
counts, to the instruction.
"""
import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from elfimage import BzImage, Elf, FormatError

# Long enough to tell one function's beginning from another's.
PATTERN_BYTES = 12
PAGE_OFFSET = 0xc0000000
LOADER_DIR = Path(__file__).resolve().parent.parent / "loader"


class Failure(Exception):
    """Something the caller has to mend; the text says what."""


@dataclass
class Mark:
    """An address to count at, or the reason why there is none."""
    name: str
    addr: int = 0
    pattern: bytes = b""
    missing: str = ""

    def argument(self):
        tail = f":{self.pattern.hex()}" if self.pattern else ""
        return f"mark={self.name}@{self.addr:x}{tail}"


def decompressor_base(image, elf, load, shift):
    """What to add to the decompressor's symbols.

    Linked at 0 it moves itself behind the decompressed kernel. Else it is
    linked at the address it runs at if the kernel is not shifted.
    """
    if elf.symbols.get("startup_32") != 0:
        return shift
    if "_end" not in elf.symbols:
        raise Failure(f"{elf.name}: no symbol _end, so no place it moves itself to")
    return image.run_address(load) + image.init_size - elf.symbols["_end"]


def symbol_mark(name, elf, base, *symbols):
    for symbol in symbols:
        if symbol in elf.symbols:
            value = elf.symbols[symbol]
            return Mark(name, base + value, elf.code_at(value, PATTERN_BYTES))
    return Mark(name, missing=f"no symbol {' or '.join(symbols)} in {elf.name}")


def make_marks(image, vmlinux, decompressor, loader, load):
    """All marks, in the order they are passed."""
    if loader == "own-elf":
        if not image.wrapper:
            raise Failure(f"{image.name}: no ELF wrapper to enter")
        entry = image.wrapper.entry
        pattern = image.wrapper.code_at(entry, PATTERN_BYTES, physical=True)
    else:
        entry = load
        pattern = image.data[image.S:image.S + PATTERN_BYTES]
    # How far above its preferred address the kernel runs, physical and virtual.
    shift = 0
    if loader != "own-elf":
        shift = image.run_address(load) - image.pref_address
    base = decompressor_base(image, decompressor, load, shift)

    # .Lrelocated is not in stock Linux's symbol table, but first in .text.
    relocated = symbol_mark("relocated", decompressor, base, "relocated", "_text")
    if loader == "own-elf":
        relocated = Mark("relocated", missing="entered by ELF: already at its final place")
    elif "relocated" not in decompressor.symbols and relocated.addr == entry:
        relocated = Mark("relocated", missing="_text is the entry, and there is no symbol relocated")

    kernel = Mark("startup_32", vmlinux.entry,
                  vmlinux.code_at(vmlinux.entry, PATTERN_BYTES, physical=True))
    if not kernel.pattern:
        kernel = Mark("startup_32", missing=f"entry of {vmlinux.name} is no physical address in it")
    start_kernel = symbol_mark("start_kernel", vmlinux, 0, "start_kernel")
    if shift:
        # Relocation changes addresses in the code, so do without a comparison.
        for mark in kernel, start_kernel:
            mark.addr += shift
            mark.pattern = b""
    return [Mark("entry", entry, pattern), relocated,
            symbol_mark("extract_kernel", decompressor, base, "extract_kernel"),
            kernel, start_kernel]


# What is reported: from one mark to another.
SPLITS = {
    "self_copy": ("entry", "relocated"),
    "before_extract": ("entry", "extract_kernel"),
    "extraction": ("extract_kernel", "startup_32"),
    "rest": ("startup_32", "start_kernel"),
    "to_start_kernel": ("entry", "start_kernel"),
    "to_user": ("start_kernel", "user"),
    "total": ("entry", "user"),
}


def split(counts, reasons):
    """From counts at marks to instructions between them, or None with a reason."""
    result, why = {}, {}
    for name, (start, end) in SPLITS.items():
        absent = [m for m in (start, end) if m not in counts]
        if absent:
            result[name] = None
            why[name] = "; ".join(f"{m}: {reasons[m]}" for m in absent)
        else:
            result[name] = counts[end] - counts[start]
    return result, why


def qemu_command(args, plugin, console):
    cmd = [args.qemu, "-accel", "tcg,thread=single", "-smp", "1", "-m", args.memory,
           "-cpu", args.cpu, "-icount", "shift=0,sleep=off",
           "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1",
           "-nodefaults", "-vga", "none", "-display", "none", "-no-reboot",
           "-serial", f"file:{console}", "-plugin", plugin]
    if args.loader == "qemu":
        cmd += ["-kernel", args.image, "-append", args.append]
        return cmd + (["-initrd", args.initrd] if args.initrd else [])

    options = args.loader_options
    if args.loader == "own-bzimage":
        options += " bzimage" + (f"={args.load:#x}" if args.load is not None else "")
    modules = [args.image] + ([args.initrd] if args.initrd else [])
    return cmd + ["-device", "isa-debug-exit,iobase=0xf4,iosize=4",
                  "-kernel", args.loader_binary, "-append", f"{options} -- {args.append}",
                  "-initrd", ",".join(m.replace(",", ",,") for m in modules)]


def run(args, marks, stop):
    """One boot: the counts at the marks, the first user address, the console."""
    with tempfile.TemporaryDirectory(prefix="icount-") as tmp:
        out, console = Path(tmp, "counts"), Path(tmp, "console")
        parts = [args.plugin, f"out={out}", f"stop={stop}"]
        parts += [m.argument() for m in marks if not m.missing]
        if stop == "user":
            parts += [f"user={args.user_below:x}", "after=start_kernel"]
        cmd = qemu_command(args, ",".join(parts), console)
        try:
            done = subprocess.run(cmd, stdin=subprocess.DEVNULL, timeout=args.timeout,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            said = done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired:
            said = f"no end after {args.timeout} s"
        text = console.read_text(errors="replace") if console.exists() else ""
        if not out.exists():
            raise Failure(f"QEMU did not run the plugin: {said.strip()}\n  {' '.join(cmd)}")
        lines = [json.loads(line) for line in out.read_text().splitlines()]
    hits = {line["mark"]: line for line in lines if "mark" in line}
    return hits, said, text


def measure(args):
    image = BzImage.load(args.image)
    vmlinux = Elf.load(args.vmlinux)
    decompressor = Elf.load(args.compressed)
    load = image.code32_start
    if args.loader == "own-bzimage" and args.load is not None:
        load = args.load
    marks = make_marks(image, vmlinux, decompressor, args.loader, load)
    if marks[-1].missing:
        raise Failure(marks[-1].missing)

    stop = "user" if args.initrd and not args.start_kernel_only else "start_kernel"
    hits, said, console = run(args, marks, stop)
    reasons = {m.name: m.missing or f"never executed at {m.addr:#x} as that code"
               for m in marks}
    reasons["user"] = "not asked for: no --initrd" if stop != "user" else "never got there"
    counts = {name: hit["insns"] for name, hit in hits.items()}
    insns, why = split(counts, reasons)
    result = {
        "image": args.image,
        "loader": args.loader,
        "marks": {m.name: {"addr": m.addr, "insns": counts[m.name]} if m.name in counts
                  else {"addr": None, "insns": None, "reason": reasons[m.name]}
                  for m in marks},
        "insns": insns,
        "missing": why,
    }
    if "user" in hits:
        result["marks"]["user"] = {"addr": int(hits["user"]["addr"], 16),
                                   "insns": counts["user"]}
    if stop not in counts:
        # Whatever was counted, this boot is not one to compare.
        tail = "\n".join("  | " + line for line in console.splitlines()[-15:])
        raise Failure(f"{args.image}: did not get to {stop}: {reasons[stop]}\n"
                      f"  marks passed: {', '.join(counts) or 'none'}\n"
                      f"  QEMU: {said.strip() or 'said nothing'}\n{tail}")
    return result


def text_report(result):
    lines = [f"{result['image']} (loader: {result['loader']})"]
    labels = {
        "before_extract": "entry -> extract_kernel",
        "self_copy": "  of it: self-copy",
        "extraction": "extract_kernel -> startup_32",
        "rest": "startup_32 -> start_kernel",
        "to_start_kernel": "entry -> start_kernel",
        "to_user": "start_kernel -> first user instruction",
        "total": "entry -> first user instruction",
    }
    for name, label in labels.items():
        value = result["insns"][name]
        shown = f"{value:,}" if value is not None else f"- ({result['missing'][name]})"
        lines.append(f"  {label:<40} {shown:>15}")
    return "\n".join(lines)


def need(program, package):
    path = shutil.which(program)
    if not path:
        raise Failure(f"{program} is missing: apt-get install {package} "
                      f"(Debian package {package})")
    return path


def parser():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--image", required=True, help="the bzImage")
    p.add_argument("--vmlinux", required=True, help="the kernel proper, with symbols")
    p.add_argument("--compressed", "--wrapper", required=True, dest="compressed",
                   help="the unstripped link of the decompressor: "
                   "arch/.../boot/compressed/vmlinux")
    p.add_argument("--loader", choices=("qemu", "own-elf", "own-bzimage"), default="qemu",
                   help="who enters it: QEMU's -kernel, or tools/testing/loader")
    p.add_argument("--loader-binary", default=str(LOADER_DIR / "build/loader"))
    p.add_argument("--loader-options", default="", help="further options of ours")
    p.add_argument("--load", type=lambda s: int(s, 0),
                   help="with own-bzimage: where to load the block")
    p.add_argument("--initrd", help="without it the count ends at start_kernel")
    p.add_argument("--start-kernel-only", action="store_true")
    p.add_argument("--append", default="console=ttyS0 quiet")
    p.add_argument("--plugin", default=str(Path(__file__).resolve().parent /
                                           "build/libicount.so"))
    p.add_argument("--qemu", default="qemu-system-i386")
    p.add_argument("--cpu", default="qemu32")
    p.add_argument("--memory", default="512")
    p.add_argument("--user-below", type=lambda s: int(s, 0), default=PAGE_OFFSET)
    p.add_argument("--timeout", type=int, default=300, help="seconds")
    p.add_argument("--json", action="store_true")
    return p


def main():
    args = parser().parse_args()
    try:
        need(args.qemu, "qemu-system-x86")
        if not Path(args.plugin).exists():
            raise Failure(f"{args.plugin} is missing: make -C {Path(__file__).parent}")
        result = measure(args)
    except (Failure, FormatError, OSError) as e:
        print(f"icount.py: {e}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=1) if args.json else text_report(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
