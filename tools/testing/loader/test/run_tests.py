#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of the loader, in TAP.

Every case starts QEMU with the loader and a payload that reports how it was
entered, and judges by what came out of the serial port and by the status that
loader or payload left with. QEMU's status alone proves nothing: a triple fault
ends with 0. Only Linux itself, which resets the machine at its end, may end
so, and is judged by its console.
"""
import argparse
import json
import os
import re
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAYLOAD_BASE = 0x1000000
PROMOTION_POINT = PAYLOAD_BASE + 0x80
LOADER_BASE = 0x4000000
TIMEOUT = 60

DONE = 65
OPTION, MODULE, IMAGE, OVERLAP, MEMORY, FAULT = 33, 35, 37, 39, 41, 43


@dataclass
class Case:
    name: str
    # What stands in front of and behind the "--".
    options: str = ""
    cmdline: str = ""
    # None: no -initrd at all. A callable makes a file from the build folder.
    image: object = "payload.elf"
    initrd: object = None
    memory: int = 128
    status: int = DONE
    # Reported values; a callable gets the whole report.
    expect: dict = field(default_factory=dict)
    # Strings that must stand in the serial log; of a tuple in it, one.
    lines: tuple = ()
    check: object = None


def initrd_bytes(size):
    return bytes(i * 7 % 251 + 1 for i in range(size))


def initrd_file(size):
    def make(build, tmp):
        path = tmp / f"initrd-{size}"
        path.write_bytes(initrd_bytes(size))
        return path
    return make


def changed(base, *patches, cut=None):
    """The payload with (offset, format, value) written over it."""
    def make(build, tmp):
        data = bytearray((build / "test" / base).read_bytes())
        for offset, form, value in patches:
            struct.pack_into(form, data, offset, value)
        path = tmp / f"changed-{base}"
        path.write_bytes(bytes(data[:cut]))
        return path
    return make


def padded(base, size):
    """The payload, so long that its file lies across the given size."""
    def make(build, tmp):
        path = tmp / f"padded-{base}"
        path.write_bytes((build / "test" / base).read_bytes())
        os.truncate(path, size)
        return path
    return make


def reported(log):
    values = {}
    for name, value in re.findall(r"^payload: (\w+)=(.*)$", log, re.M):
        value = value.strip()
        value = int(value, 16) if re.fullmatch("0x[0-9a-f]{8}", value) else value
        if name.startswith("ram_"):
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    return values


# Program header n of the payload ELF stands here; its fields follow in order.
def phdr(n, index):
    return 52 + 32 * n + 4 * index


OFFSET, PADDR, FILESZ, MEMSZ = 1, 3, 4, 5
FLAT = dict(cs=0x10, ss=0x18, ds=0x18, es=0x18, fs=0x18, gs=0x18, cr0=0x11,
            ebx=0, edi=0, ebp=0)
HIDDEN = dict(cs=0xe019, ss=0xe021, ds=0xe021, es=0xe021, fs=0, gs=0)
HIDDEN_0 = dict(cs=0xe018, ss=0xe020, ds=0xe020, es=0xe020, fs=0, gs=0)
LOADED = dict(data_word=0x600dda7a, bss_word=0, window_nonzero=0)


def bit(mask, on):
    return lambda v, r: bool(v & mask) == on


def stack_in_told(v, r):
    return inside_told(v - 4, r)


def inside_told(v, r):
    return any(s <= v < e for s, e in zip(r["ram_start"], r["ram_end"]))


def entries():
    yield Case("elf, flat: the 32-bit boot protocol", "elf flat", "memory",
               expect=FLAT | LOADED | dict(
                   eip_page=PAYLOAD_BASE, eflags=bit(0x200, False),
                   esp=stack_in_told, loadflags=0x01, type_of_loader=0xff))
    yield Case("elf and flat are the defaults", "", "memory", expect=FLAT | LOADED)
    yield Case("elf wrapper found in a bzImage", "", "memory",
               image="payload.bzImage",
               expect=FLAT | LOADED | dict(eip_page=PAYLOAD_BASE, setup_sects=15))
    yield Case("bzimage at code32_start", "bzimage", image="payload.bzImage",
               expect=FLAT | dict(eip_page=0x100000, code32_start=0x100000,
                                  data_word=None))
    yield Case("bzimage without a wrapper", "bzimage", "", image="plain.bzImage",
               expect=FLAT | dict(eip_page=0x100000))
    yield Case("bzimage at its preferred address", "bzimage=0x1000000",
               image="payload.bzImage", expect=dict(eip_page=0x1000000))
    yield Case("bzimage at an odd-aligned address", "bzimage=0x2345010",
               image="payload.bzImage",
               expect=dict(eip_page=0x2345000, code32_start=0x2345010))
    yield Case("bzimage, paged", "bzimage paged", image="payload.bzImage",
               expect=HIDDEN | dict(eip_page=0x100000))
    yield Case("memory of a bzImage's window is not handed over as zeros",
               "bzimage", "memory", image="payload.bzImage",
               expect=dict(window_nonzero=0x40000))
    for kind in "", "=pae", "=all", "=pae,all", "=big", "=pae,big":
        yield Case(f"paged{kind}", f"paged{kind}", "memory",
                   expect=HIDDEN | LOADED | dict(cr0=0x80000011,
                                                 loadflags=bit(0x40, True)))
    yield Case("paged in ring 0", "paged ring=0", "memory",
               expect=HIDDEN_0 | LOADED | dict(cr0=0x80000011))
    yield Case("if=1 in ring 1, with nothing arriving", "paged if=1",
               expect=dict(eflags=bit(0x200, True)))
    yield Case("if=1 flat", "if=1", expect=dict(eflags=bit(0x200, True)))
    yield Case("if=0 paged", "paged if=0", expect=dict(eflags=bit(0x200, False)))
    yield Case("esp=0", "esp=0", expect=FLAT | dict(esp=0))
    yield Case("esp=0 paged", "paged=pae esp=0", expect=HIDDEN | dict(esp=0))
    yield Case("esp=ok", "esp=0 esp=ok", expect=dict(esp=stack_in_told))
    yield Case("promote= gives ring 0 at its address",
               f"paged promote={PROMOTION_POINT:#x}", "act=promote",
               lines=("loader: promoted to ring 0 at 0x1000080",),
               expect=dict(cs=0xe019, promoted_cs=0xe018, promoted_cr0=0x80000011))
    yield Case("promote= keeps the descriptors away",
               f"paged=pae promote={PROMOTION_POINT:#x}", "act=promote then=ds",
               status=FAULT, lines=("the image touched segments: mov",),
               expect=dict(promoted_cs=0xe018))


def header_sum(build, tmp, case):
    """What boot_params must hold of the header, all its bytes added up."""
    data = bytearray((build / "test/payload.bzImage").read_bytes()[:0x290])
    end = 0x202 + data[0x201]
    # vid_mode, type_of_loader, code32_start, cmd_line_ptr
    data[0x1fa:0x1fc] = b"\xff\xff"
    data[0x210] = 0xff
    data[0x214:0x218] = struct.pack("<I", case["code32_start"])
    data[0x228:0x22c] = struct.pack("<I", case["cmd_line_ptr"])
    return sum(data[0x1f1:end])


def zero_pages():
    image = "payload.bzImage"
    rd = initrd_bytes(5000)
    has_rd = dict(ramdisk_size=5000, initrd_sum=sum(rd), ramdisk_image=inside_told)

    yield Case("zeropage=full: the header up to its end, and no more",
               "zeropage=full", image=image,
               expect=dict(magic=0x53726448, version=0x20f, kernel_alignment=0x200000,
                           pref_address=PAYLOAD_BASE, init_size=0x400000),
               check=lambda r, b, t: r["header_sum"] == header_sum(b, t, r))
    yield Case("zeropage=full of a bare ELF: what its headers say", "",
               expect=dict(magic=0x53726448, version=0x20f, pref_address=PAYLOAD_BASE,
                           init_size=0x300000, kernel_alignment=0))
    yield Case("zeropage=sparse: nothing but what old loaders passed",
               "zeropage=sparse subarch=1 keep=1", "hello", image=image,
               initrd=initrd_file(5000),
               expect=has_rd | dict(magic=0, version=0x207, loadflags=0x40,
                                    type_of_loader=0xff, setup_sects=0,
                                    code32_start=0, kernel_alignment=0, init_size=0,
                                    hardware_subarch=1, cmdline="hello"),
               check=lambda r, b, t: r["header_sum"] == sum(struct.pack(
                   "<HBBIIII", 0x207, 0x40, 0xff, 1, r["cmd_line_ptr"],
                   r["ramdisk_image"], r["ramdisk_size"])))
    yield Case("keep=1 flat", "keep=1", expect=dict(loadflags=0x41))
    yield Case("keep=0 paged", "paged keep=0", expect=dict(loadflags=0x01))
    yield Case("subarch= and subdata=", "subarch=2 subdata=0x12345000",
               expect=dict(hardware_subarch=2, hardware_subarch_data=0x12345000))
    yield Case("the command line, and no option after the --",
               "flat", "console=ttyS0 -- paged=nonsense a=b",
               expect=dict(cmdline="console=ttyS0 -- paged=nonsense a=b"))
    yield Case("no command line", "flat", None, expect=dict(cmdline=""))
    yield Case("initrd", "", image=image, initrd=initrd_file(5000), expect=has_rd)
    yield Case("initrd, paged", "paged", image=image, initrd=initrd_file(5000),
               expect=has_rd)
    yield Case("initrd moved below initrd_addr_max", "", image="low-initrd.bzImage",
               initrd=initrd_file(5000),
               expect=has_rd | dict(ramdisk_image=lambda v, r: v + 5000 <= 0x3000000))
    yield Case("initrd moved into memory the image is told of", "mem=clip:48M",
               image=image, initrd=initrd_file(5000), expect=has_rd)
    yield Case("initrd moved out of the image's way",
               f"bzimage={LOADER_BASE + 0x100000:#x}", image=image,
               initrd=initrd_file(5000), expect=has_rd, memory=256)
    yield Case("image file moved out of its own way", "bzimage=0x4800000",
               image=padded("payload.bzImage", 0x900000), memory=256,
               expect=dict(eip_page=0x4800000))
    yield Case("params=0, as lguest has it", "params=0 paged", expect=dict(esi=0))
    yield Case("params= anywhere", "params=0x3456780 paged", expect=dict(esi=0x3456780))
    yield Case("memory map as it is", "",
               expect=dict(ram_end=lambda v, r: v == [0x9fc00, 0x7fe0000]))
    yield Case("mem=clip:", "mem=clip:24M",
               expect=dict(ram_end=lambda v, r: v == [0x9fc00, 0x1800000]))
    yield Case("hole= where the image goes", "hole=0x1000000-0x1400000",
               expect=dict(ram_start=lambda v, r: v == [0, 0x100000, 0x1400000],
                           ram_end=lambda v, r: v == [0x9fc00, 0x1000000, 0x7fe0000]))
    yield Case("several holes, in any order, and a clip",
               "hole=48M-50M hole=2M-3M hole=0x280000-4M mem=clip:64M",
               expect=dict(ram_start=lambda v, r: v == [0, 0x100000, 4 << 20, 50 << 20],
                           ram_end=lambda v, r: v == [0x9fc00, 2 << 20, 48 << 20,
                                                      64 << 20]))


def catches():
    segments = "the image touched segments: "
    tables = "the image touched descriptor tables: "
    flag = "the image touched the interrupt flag: "
    ring0 = "the image did what only ring 0 may: "
    # In every ring, since there is nothing to load
    for ring in 1, 0:
        for act, what in (("ds", segments + "mov to a segment register"),
                          ("own-ds", segments + "mov to a segment register"),
                          ("ss", segments + "mov to a segment register"),
                          ("pop-es", segments + "pop %es"),
                          ("ljmp", segments + "indirect far jump"),
                          ("ljmp-direct", segments + "far jump"),
                          ("lret", segments + "far return"),
                          ("int", "no gate for vector 0x80"),
                          ("ud2", "#UD invalid opcode"),
                          ("divide", "#DE divide error"),
                          ("read-outside", "cr2 0x03000000"),
                          ("read-outside", "the image read memory"),
                          ("write-outside", "the image wrote memory"),
                          ("jump-outside", "the image jumped to memory"),
                          ("read-before", "cr2 0x00fff000"),
                          ("no-stack", "cr2 0xfffffffc")):
            yield Case(f"ring {ring}, {act}: {what}", f"paged ring={ring}",
                       f"act={act}", status=FAULT, lines=(what, "loader: image fault"))
    # Only an outer ring sees these
    for act, what in (("lgdt", tables + "lgdt"), ("lidt", tables + "lidt"),
                      ("lldt", tables + "lldt"), ("cli", flag + "cli"),
                      ("sti", flag + "sti"), ("hlt", ring0 + "hlt"),
                      ("cr3", ring0 + "mov from a control register"),
                      ("rdmsr", ring0 + "rdmsr")):
        yield Case(f"ring 1, {act}: {what}", "paged=pae", f"act={act}", status=FAULT,
                   lines=(what,))
    # The counter-check: what is not forbidden goes through
    for act in "ds", "lldt", "cli", "cr3":
        yield Case(f"flat, {act} is allowed", "flat", f"act={act}")
    yield Case("paged=all does not catch stray reads", "paged=all", "act=read-outside")
    yield Case("flat: faults are reported until the image has its own tables", "flat",
               "act=ud2", status=FAULT, lines=("#UD invalid opcode",))


def refusals():
    bz, elf = "payload.bzImage", "payload.elf"

    def refused(name, status, line, options="", **more):
        return Case("refused: " + name, options, status=status,
                    lines=("loader: refused: " + line,), **more)

    yield refused("unknown option", OPTION, "unknown option: 'bogus'", "bogus")
    yield refused("unknown kind of paging", OPTION, "not a kind of paging", "paged=x")
    yield refused("no number", OPTION, "not a number", "subarch=many")
    yield refused("number too large", OPTION, "not a number", "bzimage=4G")
    yield refused("neither 0 nor 1", OPTION, "neither 0 nor 1", "if=2")
    yield refused("not a hole", OPTION, "not START-END", "hole=5M-4M")
    yield refused("too many holes", OPTION, "more holes", "hole=4M-5M " * 5)
    yield refused("ring 1 without paging", OPTION, "ring=1 needs paged", "ring=1")
    yield refused("promotion in ring 0", OPTION, "promote= needs ring=1",
                  "paged ring=0 promote=1M")
    yield refused("crooked params=", OPTION, "params= needs a multiple", "params=1")
    yield refused("endless command line", OPTION, "kernel command line of",
                  cmdline="x" * 4200)
    yield refused("no module", MODULE, "no image", image=None)
    yield refused("neither bzImage nor ELF", IMAGE, "the image is neither",
                  image=changed(elf, (0, "<I", 0)))
    yield refused("too short a file", IMAGE, "the image is neither",
                  image=changed(bz, cut=0x280))
    yield refused("bzImage without wrapper as ELF", IMAGE, "elf: the bzImage has no ELF",
                  image="plain.bzImage")
    yield refused("bare ELF as bzImage", IMAGE, "bzimage: the image is a bare", "bzimage")
    yield refused("protocol too old", IMAGE, "bzImage of protocol 2.07", "bzimage",
                  image="old.bzImage")
    yield refused("zImage", IMAGE, "zImage", image=changed(bz, (0x211, "B", 0)))
    yield refused("bzImage cut off", IMAGE, "bzImage ends before", "bzimage",
                  image=changed(bz, cut=8192))
    yield refused("crooked alignment", IMAGE, "kernel_alignment", "bzimage",
                  image=changed(bz, (0x230, "<I", 0x300000)))
    yield refused("pref_address above 4 GiB", IMAGE, "pref_address is", "bzimage",
                  image=changed(bz, (0x25c, "<I", 1)))
    yield refused("init_size to the end of the world", IMAGE, "the run window reaches",
                  "bzimage", image=changed(bz, (0x260, "<I", 0xfffff000)))
    yield refused("setup header too long", IMAGE, "setup header ends at",
                  image=changed(bz, (0x201, "B", 0x90)))
    yield refused("ELF64", IMAGE, "ELF file is not for", image=changed(elf, (4, "B", 2)))
    yield refused("big-endian", IMAGE, "ELF file is not for",
                  image=changed(elf, (5, "B", 2)))
    yield refused("other machine", IMAGE, "ELF file is not for",
                  image=changed(elf, (18, "<H", 62)))
    yield refused("shared object", IMAGE, "ELF file is of type 3",
                  image=changed(elf, (16, "<H", 3)))
    yield refused("odd program headers", IMAGE, "ELF program headers of 40",
                  image=changed(elf, (42, "<H", 40)))
    yield refused("program headers outside", IMAGE, "ELF program headers lie",
                  image=changed(elf, (28, "<I", 0xfffffff0)))
    yield refused("ELF header cut off", IMAGE, "ELF header is cut", image=changed(elf, cut=40))
    yield refused("filesz > memsz", IMAGE, "PT_LOAD 1 has more bytes",
                  image=changed(elf, (phdr(1, MEMSZ), "<I", 1)))
    yield refused("segment outside the file", IMAGE, "PT_LOAD 1 lies outside",
                  image=changed(elf, (phdr(1, OFFSET), "<I", 0xffffff00)))
    yield refused("segment at the end of the world", IMAGE, "PT_LOAD 2 reaches",
                  image=changed(elf, (phdr(2, PADDR), "<I", 0xfff80000)))
    yield refused("overlapping segments", OVERLAP, "PT_LOADs at 0x1000000 and",
                  image=changed(elf, (phdr(2, PADDR), "<I", PAYLOAD_BASE - 0x1000)))
    yield refused("entry outside", IMAGE, "ELF entry 0x1200000 is in no",
                  image=changed(elf, (24, "<I", 0x1200000)))
    yield refused("no PT_LOAD", IMAGE, "ELF file has no PT_LOAD",
                  image=changed(elf, (44, "<H", 0)))
    yield refused("segment in the first page", OVERLAP, "the image's PT_LOAD begins at 0x10",
                  image=changed(elf, (phdr(2, PADDR), "<I", 0x10),
                                (phdr(2, MEMSZ), "<I", 0x10)))
    yield refused("ELF over the loader", OVERLAP, "the image's PT_LOAD at 0x4000000",
                  image=changed(elf, (phdr(2, PADDR), "<I", LOADER_BASE)))
    yield refused("bzImage over the loader", OVERLAP, "the image's protected-mode block",
                  f"bzimage={LOADER_BASE:#x}", image=bz)
    yield refused("params= in the image", OVERLAP, "params= 0x1000000 lies in the PT_LOAD",
                  "params=0x1000000")
    yield refused("ELF without memory", MEMORY, "no memory for the PT_LOAD",
                  image=changed(elf, (phdr(2, PADDR), "<I", 0x7fff000)))
    yield refused("bzImage in the hole under 1 MiB", MEMORY, "no memory for the protected",
                  "bzimage=0xa0000", image=bz)
    yield refused("window without memory", MEMORY, "no memory for the run window",
                  "bzimage", image=changed(bz, (0x260, "<I", 0x10000000)))
    yield refused("no room for the initrd", MEMORY, "no free memory for the initrd",
                  "mem=clip:16M hole=1M-16M", initrd=initrd_file(5000))
    yield refused("no room for anything", MEMORY, "no free memory for the boot_params",
                  "mem=clip:64K")


class Runner:
    def __init__(self, build, tmp, qemu):
        self.build = build
        self.tmp = tmp
        self.qemu = qemu

    def path(self, spec):
        if callable(spec):
            return spec(self.build, self.tmp)
        path = Path(spec)
        return path if path.is_absolute() else self.build / "test" / path

    def command(self, options, cmdline, modules, memory, debug_exit=True):
        append = options if cmdline is None else f"{options} -- {cmdline}"
        cmd = [self.qemu, "-accel", "tcg", "-m", str(memory), "-nodefaults",
               "-vga", "std", "-display", "none", "-no-reboot",
               "-kernel", str(self.build / "loader"), "-append", append]
        if debug_exit:
            cmd += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
        if modules:
            # QEMU takes a doubled comma for one that does not separate.
            cmd += ["-initrd", ",".join(str(m).replace(",", ",,") for m in modules)]
        return cmd

    def run(self, case):
        modules = [self.path(m) for m in (case.image, case.initrd) if m is not None]
        cmd = self.command(case.options, case.cmdline, modules, case.memory)
        cmd += ["-serial", "stdio"]
        try:
            done = subprocess.run(cmd, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.TimeoutExpired as e:
            return cmd, None, (e.stdout or b"").decode(errors="replace")
        return cmd, done.returncode, done.stdout.decode(errors="replace").replace("\r", "")

    def problems(self, case, status, log):
        if status is None:
            return [f"no end after {TIMEOUT} s"]
        bad = []
        if status != case.status:
            bad.append(f"status {status}, not {case.status}")
        for line in case.lines:
            forms = line if isinstance(line, tuple) else (line,)
            if not any(form in log for form in forms):
                bad.append(f"not said: {' or '.join(forms)}")
        values = reported(log)
        for name, want in case.expect.items():
            if name not in values and want is not None:
                # A ram_start of nothing is as absent as any other name.
                bad.append(f"{name} was not reported")
            elif callable(want):
                if not want(values[name], values):
                    bad.append(f"{name} is {values[name]}")
            elif want is not None and values[name] != want:
                bad.append(f"{name} is {values[name]!r}, not {want!r}")
        if case.check and not bad and not case.check(values, self.build, self.tmp):
            bad.append("further check failed")
        return bad

    def vga(self):
        """A refusal must also be readable where there is no serial port."""
        path = str(self.tmp / "qmp")
        dump = self.tmp / "vga"
        cmd = self.command("bogus", "", [self.path("payload.elf")], 128, False)
        cmd += ["-qmp", f"unix:{path},server=on,wait=off"]
        with subprocess.Popen(cmd, stdin=subprocess.DEVNULL) as qemu:
            try:
                return cmd, *self.read_vga(path, dump)
            finally:
                qemu.kill()

    @staticmethod
    def read_vga(path, dump):
        end = time.monotonic() + TIMEOUT
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.05)
        text = ""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(TIMEOUT)
            s.connect(path)
            f = s.makefile("rw")
            f.readline()

            def ask(name, **arguments):
                f.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                f.flush()
                while "return" not in json.loads(f.readline()):
                    pass
            ask("qmp_capabilities")
            while time.monotonic() < end and "refused" not in text:
                ask("pmemsave", val=0xb8000, size=80 * 25 * 2, filename=str(dump))
                text = dump.read_bytes()[::2].decode("cp437")
                time.sleep(0.1)
        good = "loader: refused: unknown option: 'bogus'" in text
        return ([] if good else ["not on the screen"]), text


class Tap:
    def __init__(self, only):
        self.count = self.failed = 0
        self.only = only

    def wants(self, name):
        return not self.only or self.only in name

    def result(self, name, bad, cmd=(), log=""):
        self.count += 1
        print(f"{'not ok' if bad else 'ok'} {self.count} - {name}")
        if bad:
            self.failed += 1
            for line in bad:
                print(f"#   {line}")
            print("#   " + " ".join(shlex.quote(str(c)) for c in cmd))
            for line in log.splitlines()[-40:]:
                print("#   | " + line)
        sys.stdout.flush()

    def skip(self, name, why):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {why}")


def documented_statuses():
    """README, the C enum and this file must give the same numbers."""
    names = dict(OPTION=OPTION, MODULE=MODULE, IMAGE=IMAGE, OVERLAP=OVERLAP,
                 MEMORY=MEMORY, FAULT=FAULT, BUG=45)
    enum = (HERE.parent / "loader.h").read_text()
    readme = (HERE.parent / "README").read_text()
    in_c = {n: 2 * int(v, 16) + 1 for n, v, comment in
            re.findall(r"EXIT_(\w+)\s*= (0x\w+),\s*/\* (\d+) \*/", enum)
            if 2 * int(v, 16) + 1 == int(comment)}
    in_readme = {n: int(v) for v, n in re.findall(r"^\s+(\d+)\s+EXIT_(\w+)\s", readme, re.M)}
    return [f"{where}: {found}" for where, found in (("loader.h", in_c), ("README", in_readme))
            if found != names]


# How Linux ends without an initrd, with and without block devices
NO_ROOT = "Unable to mount root fs", "No working init found"


def stock_cases(image):
    """Stock Linux comes as far as looking for its root file system."""
    lines = ("Linux version 6.", NO_ROOT)
    for options in "bzimage", "bzimage=0x1000000", "bzimage=0x2345670":
        yield Case(f"stock Linux, {options}", options,
                   "console=ttyS0 panic=-1", image=image, memory=512, lines=lines,
                   status=0)
    yield Case("stock Linux breaks the contract of paged", "bzimage paged", image=image,
               memory=512, status=FAULT, lines=("the image touched",))


def vmlinux_cases(image):
    """The kernel proper is an ELF file with a physical entry, too."""
    lines = ("Linux version 6.", NO_ROOT)
    for options in "elf", "elf zeropage=full keep=1", "elf paged=pae ring=0":
        yield Case(f"stock vmlinux, {options}", options, "console=ttyS0 panic=-1",
                   image=image, memory=512, lines=lines, status=0)
    yield Case("stock vmlinux breaks the contract of paged", "paged", image=image,
               memory=512, status=FAULT, lines=("descriptor tables: lgdt",))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="make's O=")
    parser.add_argument("--stock", type=lambda p: str(Path(p).resolve()),
                        help="bzImage of stock Linux to boot as well")
    parser.add_argument("--stock-vmlinux", type=lambda p: str(Path(p).resolve()),
                        help="stock Linux as ELF, to boot as well")
    parser.add_argument("--only", help="run the cases that have this in their name")
    args = parser.parse_args()

    tap = Tap(args.only)
    print("TAP version 13")
    with tempfile.TemporaryDirectory(prefix="loader-test-") as tmp:
        runner = Runner(args.build.resolve(), Path(tmp), os.environ.get("QEMU", "qemu-system-i386"))
        for group in entries, zero_pages, catches, refusals:
            for case in group():
                if not tap.wants(case.name):
                    continue
                cmd, status, log = runner.run(case)
                tap.result(case.name, runner.problems(case, status, log), cmd, log)
        if tap.wants("vga"):
            cmd, bad, text = runner.vga()
            tap.result("vga: a refusal is on the screen too", bad, cmd, text)
        if tap.wants("statuses"):
            tap.result("statuses are those of README", documented_statuses())
        for cases, image, variable in ((stock_cases, args.stock, "STOCK"),
                                       (vmlinux_cases, args.stock_vmlinux, "STOCK_VMLINUX")):
            if not image:
                tap.skip(cases.__name__.replace("_", " "), f"no image given (make {variable}=...)")
                continue
            for case in cases(image):
                if tap.wants(case.name):
                    cmd, status, log = runner.run(case)
                    tap.result(case.name, runner.problems(case, status, log), cmd, log)
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
