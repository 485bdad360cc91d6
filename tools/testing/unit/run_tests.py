#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Unit tests of the boot code: runs what the Makefile has built, prints TAP.

Programs that hold their tests in themselves print TAP, too; it is passed on.  The others get
tables, payloads and broken files from here.
"""

import argparse
import random
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

TIMEOUT = 120
RETURNED, STOPPED = 0, 3		# enum outcome of harness.h

LOAD_PHYSICAL_ADDR = 0x1000000
PAGE_OFFSET = 0xc0000000

# Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"
FIELDS = """
01F1/1 setup_sects		01F2/2 root_flags		01F4/4 syssize
01F8/2 ram_size			01FA/2 vid_mode			01FC/2 root_dev
01FE/2 boot_flag		0200/2 jump			0202/4 header
0206/2 version			0208/4 realmode_swtch		020C/2 start_sys_seg
020E/2 kernel_version		0210/1 type_of_loader		0211/1 loadflags
0212/2 setup_move_size		0214/4 code32_start		0218/4 ramdisk_image
021C/4 ramdisk_size		0220/4 bootsect_kludge		0224/2 heap_end_ptr
0226/1 ext_loader_ver		0227/1 ext_loader_type		0228/4 cmd_line_ptr
022C/4 initrd_addr_max		0230/4 kernel_alignment		0234/1 relocatable_kernel
0235/1 min_alignment		0236/2 xloadflags		0238/4 cmdline_size
023C/4 hardware_subarch		0240/8 hardware_subarch_data	0248/4 payload_offset
024C/4 payload_length		0250/8 setup_data		0258/8 pref_address
0260/4 init_size		0264/4 handover_offset		0268/4 kernel_info_offset
"""
FIELDS = {name: (int(offset, 16), int(size))
          for offset, size, name in re.findall(r"([0-9A-F]{4})/(\d)\s+(\w+)", FIELDS)}
HEADER_END = 0x26c

# What both copies of the header say, and what only one of them does (see link.c, setup_symbols.S)
COMMON = {
    "root_flags": 1, "ram_size": 0, "vid_mode": 0xffff, "root_dev": 0, "boot_flag": 0xaa55,
    "header": 0x53726448, "version": 0x20f, "realmode_swtch": 0, "start_sys_seg": 0x1000,
    "type_of_loader": 0, "loadflags": 1, "setup_move_size": 0x8000, "code32_start": 0x100000,
    "ramdisk_image": 0, "ramdisk_size": 0, "bootsect_kludge": 0, "ext_loader_ver": 0,
    "ext_loader_type": 0, "cmd_line_ptr": 0, "initrd_addr_max": 0x7fffffff,
    "kernel_alignment": 0x200000, "relocatable_kernel": 1, "min_alignment": 13, "xloadflags": 0,
    "cmdline_size": 2047, "hardware_subarch": 0, "hardware_subarch_data": 0, "setup_data": 0,
    "pref_address": LOAD_PHYSICAL_ADDR,
}
LINKED = dict(COMMON, setup_sects=0, syssize=0, kernel_version=0, heap_end_ptr=0, payload_offset=0,
              payload_length=0, init_size=0, handover_offset=0, kernel_info_offset=0)
SETUP = dict(COMMON, syssize=0x123456, payload_offset=0x1000, payload_length=0x2345678,
             init_size=0x3456000, handover_offset=0x4567, kernel_info_offset=0x5678)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, why=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if not good:
            for line in str(why).splitlines():
                print(f"# {line}")
        return good


def run(cmd, data=b""):
    return subprocess.run([str(c) for c in cmd], input=data, capture_output=True, timeout=TIMEOUT)


def command(cmd):
    return shlex.join(str(c) for c in cmd)


# -- Programs that print TAP --------------------------------------------------------------

def pass_on(tap, program):
    """All tests that it planned have to be there, and the exit status has to agree."""
    out = run([program])
    lines = out.stdout.decode(errors="replace").splitlines()
    seen = failed = 0
    plan = None
    for line in lines:
        m = re.fullmatch(r"(not )?ok (\d+) - (.*)", line)
        if m:
            seen += 1
            failed += bool(m.group(1))
            tap.ok(not m.group(1), f"{program.name}: {m.group(3)}")
        elif line.startswith("1.."):
            plan = int(line[3:])
        else:
            # Notes come in front of the test that fails.
            print(line if line.startswith("#") else f"# {line}")
    tap.ok(seen and plan == seen and out.returncode == (1 if failed else 0),
           f"{program.name}: ran to its end",
           f"{program}: exit status {out.returncode}, {seen} tests of {plan}\n{out.stderr.decode()}")


# -- Relocations --------------------------------------------------------------------------

def table(addresses):
    """As arch/x86/tools/relocs writes it."""
    return struct.pack(f"<{len(addresses) + 1}I", 0, *addresses)


def leb(n):
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    return bytes(out + bytes([n]))


def packed(addresses):
    data = b"".join(leb(b - a) for a, b in zip([0, *addresses], addresses))
    return data + struct.pack("<2I", len(addresses), len(data))


def apply_job(output, kernel, bss, relocs):
    """Run relocs.c: how it ended, what it said, the kernel afterwards."""
    data = kernel + relocs
    return struct.pack("<3I", output, bss, len(data)) + data


def apply_answers(build, jobs):
    out = run([build / "apply"], b"".join(jobs))
    if out.returncode:
        raise RuntimeError(f"apply: exit status {out.returncode}: {out.stdout[-200:]}")
    answers, at = [], 0
    for job in jobs:
        size = len(job) - 12
        how, length = struct.unpack_from("<2I", out.stdout, at)
        at += 8
        answers.append((how, out.stdout[at:at + length].decode(), out.stdout[at + length:at + length + size]))
        at += length + size
    return answers


def straightforward(kernel, offsets, delta):
    data = bytearray(kernel)
    for o in offsets:
        word = struct.unpack_from("<I", data, o)[0]
        struct.pack_into("<I", data, o, (word + delta) & 0xffffffff)
    return bytes(data)


def random_offsets(rng, size, count):
    """Of words that do not overlap, aligned or not, of all distances that fit."""
    offsets, at = [], 0
    while len(offsets) < count:
        at += rng.choice((0, 0, 1, 3, 60, 123, 124, 16379, 16380, 40000))
        if at > size - 4:
            break
        offsets.append(at)
        at += 4
    return offsets


def virtual(offsets):
    return [PAGE_OFFSET + LOAD_PHYSICAL_ADDR + o for o in offsets]


def test_relocs(tap, build, tmp, rng):
    cases = [("none", 4096, []), ("one at the start", 4096, [0]), ("one at the end", 4096, [4092]),
             ("all words", 4096, list(range(0, 4096, 4)))]
    for n in range(24):
        size = rng.randrange(1, 60) * 4096
        cases.append((f"random {n}", size, random_offsets(rng, size, rng.choice((1, 10, 1000, 5000)))))

    jobs, wanted = [], []
    path = tmp / "vmlinux.relocs"
    for n, (name, size, offsets) in enumerate(cases):
        path.write_bytes(table(virtual(offsets)))
        program = build / ("pack-relocs.asan" if n < 10 else "pack-relocs")
        out = run([program, path])
        tap.ok(out.returncode == 0 and out.stdout == packed(virtual(offsets)),
               f"pack-relocs: {name}, {len(offsets)} relocations",
               f"{command([program, path])}: exit status {out.returncode}\n{out.stderr.decode()}")
        kernel = rng.randbytes(size)
        # Moved up, far up and not at all; below is where this process is.
        output = (0x1000000, 0x1200000, 0x40000000, 0xa0000000)[n % 4]
        jobs.append(apply_job(output, kernel, size, out.stdout))
        wanted.append((output, straightforward(kernel, offsets, output - LOAD_PHYSICAL_ADDR) + out.stdout))
    for (name, size, offsets), (output, want), (how, message, data) in zip(cases, wanted, apply_answers(build, jobs)):
        wrong = next((i for i, (a, b) in enumerate(zip(data, want)) if a != b), None)
        tap.ok(how == RETURNED and data == want, f"apply_relocs: {name}, at {output:#x}",
               f"ended with {how} {message!r}, first wrong byte {wrong} of {size}")


def test_broken_tables(tap, build, tmp):
    """Each of them has to end in one error line and exit status 1."""
    good = virtual([0, 4, 100])
    broken = [
        ("an empty file", b"", "does not begin with the word 0"),
        ("no leading 0", table(good)[4:], "does not begin with the word 0"),
        ("cut short in the first word", b"\0\0", "does not end on a word"),
        ("cut short in the last word", table(good)[:-1], "does not end on a word"),
        ("descending", table(good[::-1]), "not ascending"),
        ("an address twice", table([good[0], good[0]]), "not ascending"),
        ("another 0 at the start", table([0, *good]), "not ascending"),
        ("64-bit and 32-bit tables", table([*good, 0, *good]), "not ascending"),
    ]
    for program in ("pack-relocs", "pack-relocs.asan"):
        for name, data, words in broken:
            path = tmp / "broken.relocs"
            path.write_bytes(data)
            expect_error(tap, [build / program, path], f"pack-relocs: {path}: ", words, f"{program}: {name}")
        missing = tmp / "none.relocs"
        expect_error(tap, [build / program, missing], f"pack-relocs: {missing}: ", "No such file",
                     f"{program}: missing file")
        expect_error(tap, [build / program, tmp], f"pack-relocs: {tmp}: ", "Is a directory", f"{program}: a folder")
        expect_error(tap, [build / program], "usage: pack-relocs ", "vmlinux.relocs", f"{program}: no argument", 2)
    path = tmp / "good.relocs"
    path.write_bytes(table(good))
    with open("/dev/full", "wb") as full:
        out = subprocess.run([build / "pack-relocs", path], stdout=full, stderr=subprocess.PIPE, timeout=TIMEOUT)
    tap.ok(out.returncode == 1 and out.stderr == b"pack-relocs: standard output: No space left on device\n",
           "pack-relocs: full disk", f"exit status {out.returncode}: {out.stderr.decode()}")


def expect_error(tap, cmd, start, words, name, status=1):
    out = run(cmd)
    text = out.stderr.decode()
    tap.ok(out.returncode == status and text.startswith(start) and words in text and text.count("\n") == 1,
           name, f"{command(cmd)}: exit status {out.returncode}:\n{text}")


def test_broken_packed(tap, build, rng):
    size = 8192
    kernel = rng.randbytes(size)
    good = packed(virtual([0, 200, 8000]))
    count, length = struct.unpack("<2I", good[-8:])
    body = good[:-8]
    base = PAGE_OFFSET + LOAD_PHYSICAL_ADDR

    def tail(count, length):
        return struct.pack("<2I", count, length)

    short, outside = "the kernel's relocation table is cut short", "a relocation lies outside of the kernel"
    cases = [
        ("as it should be", good, None),
        ("more relocations than there are bytes", body + tail(count + 1, length), short),
        ("very many relocations", body + tail(0xffffffff, length), short),
        ("a relocation that goes on", body[:-1] + bytes([body[-1] | 0x80]) + tail(count, length), short),
        ("no bytes, but a relocation", tail(1, 0), short),
        ("all zero but the count", bytes(100) + tail(10, 100), outside),
        ("a byte below the kernel", packed([base - 1]), outside),
        ("far below the kernel", packed([0x1000]), outside),
        ("behind .bss", packed([base + size + 1]), outside),
        ("far above the kernel", packed([0xfffffff0]), outside),
        ("wraps around", leb(base) + leb(0xffffffff) + leb(0xffffffff) +
         tail(3, len(leb(base)) + 2 * len(leb(0xffffffff))), outside),
        ("a distance of six bytes", leb(base) + b"\x80\x80\x80\x80\x80\x01" + tail(2, len(leb(base)) + 6), "relocation"),
        ("more bytes than there are in all", body + tail(count, 0x10000000), "relocation"),
    ]
    jobs = [apply_job(0x40000000, kernel, size, relocs) for _, relocs, _ in cases]
    for (name, relocs, message), (how, said, data) in zip(cases, apply_answers(build, jobs)):
        if message is None:
            good = how == RETURNED
        else:
            good = how == STOPPED and message in said
        tap.ok(good and data[size:] == relocs, f"apply_relocs: {name}: {message or 'no error'}",
               f"ended with {how} (enum outcome), said {said!r}")

    at_home = apply_job(LOAD_PHYSICAL_ADDR, kernel, size, b"\x80" * 8 + tail(100, 0xffffff))
    how, said, data = apply_answers(build, [at_home])[0]
    tap.ok(how == RETURNED and data[:size] == kernel, "apply_relocs: not moved: the table is not looked at", said)


# -- Payload ------------------------------------------------------------------------------

def checksum(data):
    data += bytes(-len(data) % 4)
    total = sum(struct.unpack(f"<{len(data) // 4}I", data))
    while total >> 32:
        total = (total & 0xffffffff) + (total >> 32)
    return total


def test_payload(tap, build, tmp, rng):
    def data_of(length):
        return (rng.randbytes, bytes, lambda n: b"\xff" * n)[rng.choice((0, 0, 0, 1, 2))](length)

    small = [data_of(n) for n in range(601)]
    big = [data_of(n) for n in (4095, 4096, 65536, 1 << 20, *(rng.randrange(601, 3 << 20) for _ in range(4)))]
    sums, wrong = [], []
    path = tmp / "payload"
    for n, data in enumerate(small + big):
        path.write_bytes(data)
        out = run([build / ("payload-sum.asan" if n % 40 == 0 else "payload-sum"), path])
        text = out.stdout.decode()
        if out.returncode or not re.fullmatch(r"0x[0-9a-f]{8}\n", text) or int(text, 16) != checksum(data):
            wrong.append(f"{len(data)} bytes: exit status {out.returncode}, {text!r}, not {checksum(data):#x}")
            text = "0"
        sums.append(int(text, 16))
    tap.ok(not wrong, f"payload-sum: lengths 0 to 600 and {len(big)} others: the sum of all words",
           "\n".join(wrong[:5]))

    flips = [0xffffffff if len(d) <= 600 else 64 for d in small + big]
    jobs = b"".join(struct.pack("<3I", len(d), s, f) + d for d, s, f in zip(small + big, sums, flips))
    out = run([build / "verify"], jobs)
    answers = list(struct.iter_unpack("<2I", out.stdout[:len(out.stdout) // 8 * 8]))
    tap.ok(out.returncode == 0 and len(answers) == len(sums), "payload_is_intact: all payloads tried",
           f"exit status {out.returncode}, {len(answers)} answers of {len(sums)}: {out.stdout[-200:]}")
    for name, part in (("lengths 0 to 600", slice(0, 601)), ("random long ones", slice(601, None))):
        lengths = [len(d) for d in (small + big)[part]]
        bad = [n for n, (how, _) in zip(lengths, answers[part]) if how != RETURNED]
        tap.ok(not bad, f"payload_is_intact: {name}: what payload-sum says is accepted", f"refused: lengths {bad[:9]}")
        bad = [n for n, (_, missed) in zip(lengths, answers[part]) if missed]
        tap.ok(not bad, f"payload_is_intact: {name}: a flipped bit is refused", f"not seen: lengths {bad[:9]}")

    for program in ("payload-sum", "payload-sum.asan"):
        missing = tmp / "none"
        expect_error(tap, [build / program, missing], f"payload-sum: {missing}: ", "No such file", f"{program}: missing file")
        expect_error(tap, [build / program, tmp], f"payload-sum: {tmp}: ", "Is a directory", f"{program}: a folder")
        expect_error(tap, [build / program], "usage: payload-sum ", "FILE", f"{program}: no argument", 2)


# -- Setup header -------------------------------------------------------------------------

def field(data, name, start):
    offset, size = FIELDS[name]
    return int.from_bytes(data[offset - start:offset - start + size], "little")


def test_header(tap, build):
    at = 0x1f1
    gaps = []
    for name, (offset, size) in FIELDS.items():
        if offset != at:
            gaps.append(name)
        at = offset + size
    tap.ok(not gaps and at == HEADER_END and len(FIELDS) == 39, "the table of boot.rst has no gaps", gaps)

    offsets = dict(re.findall(r"#define (\w+) (\d+)", (build / "hdr-offsets.h").read_text()))
    wanted = {f"HDR_{n}": str(o - 0x1f1) for n, (o, _) in FIELDS.items()}
    wanted.update(HDR_END=str(HEADER_END - 0x1f1), BP_hdr=str(0x1f1))
    tap.ok(offsets == wanted, "hdr-offsets.c: all fields of boot.rst, at its offsets",
           sorted(set(offsets.items()) ^ set(wanted.items())))

    linked = (build / "linked-header.bin").read_bytes()
    tap.ok(len(linked) == HEADER_END - 0x1f1, "compressed/header.S: size of the header", len(linked))
    setup = (build / "setup.bin").read_bytes()
    for source, data, start, values in (("compressed/header.S", linked, 0x1f1, LINKED),
                                        ("header.S", setup, 0, SETUP)):
        for name, value in values.items():
            got = field(data, name, start)
            tap.ok(got == value, f"{source}: {name} is {value:#x} at {FIELDS[name][0]:#x}", f"{got:#x}")
        jump = field(data, "jump", start)
        tap.ok(jump & 0xff == 0xeb, f"{source}: jump is a short one", f"{jump:#x}")
        target = 0x202 + (jump >> 8)
        tap.ok(target == HEADER_END, f"{source}: jumps to the end of the header: that is its length", f"{target:#x}")

    # setup.bin ends where the header page begins: at S - 4096.
    s = (field(setup, "setup_sects", 0) + 1) * 512
    tap.ok(s == len(setup) + 4096 and s % 4096 == 0, "setup_sects: S, with the ELF header page",
           f"{s:#x} for {len(setup):#x} bytes")
    version = field(setup, "kernel_version", 0) + 512
    tap.ok(setup[version:].startswith(b"6.12.7-test\0"), "kernel_version: where the string is, less 512", f"{version:#x}")
    tap.ok(setup[0x1ef:0x1f1] == b"\xff\xff", "sentinel")
    symbols = run(["nm", build / "setup.elf"]).stdout.decode()
    end = int(re.search(r"^(\w+) \w _end$", symbols, re.M).group(1), 16)
    tap.ok(field(setup, "heap_end_ptr", 0) == end + 1024 - 512, "heap_end_ptr: end of .bss and stack, less 512",
           f"{field(setup, 'heap_end_ptr', 0):#x}, _end is {end:#x}")

    log = (build / "moved-field.log").read_text()
    tap.ok("setup header: pref_address lies at the wrong offset" in log and "exit status 0" not in log,
           "a field at another offset than in struct setup_header does not assemble", log)


def main():
    ap = argparse.ArgumentParser(description="unit tests of the boot code; prints TAP")
    ap.add_argument("--build", type=Path, required=True, help="where the Makefile has built")
    ap.add_argument("--seed", type=int, default=612, help="for tables and payloads")
    args = ap.parse_args()
    tap = Tap()
    print("TAP version 13")
    print(f"# seed {args.seed}", flush=True)

    with tempfile.TemporaryDirectory(prefix="unit-test-") as tmp:
        tmp = Path(tmp)
        for name, test in (
                ("say", lambda: pass_on(tap, args.build / "say")),
                ("printf", lambda: pass_on(tap, args.build / "printf")),
                ("xen", lambda: pass_on(tap, args.build / "xen")),
                ("start", lambda: pass_on(tap, args.build / "start")),
                ("start-fixed", lambda: pass_on(tap, args.build / "start-fixed")),
                ("relocs", lambda: test_relocs(tap, args.build, tmp, random.Random(args.seed))),
                ("broken tables", lambda: test_broken_tables(tap, args.build, tmp)),
                ("broken packed tables", lambda: test_broken_packed(tap, args.build, random.Random(args.seed))),
                ("payload", lambda: test_payload(tap, args.build, tmp, random.Random(args.seed))),
                ("header", lambda: test_header(tap, args.build))):
            try:
                test()
            except Exception:
                tap.ok(False, f"{name}: ran to its end", traceback.format_exc())
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
