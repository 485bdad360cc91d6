#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""One table of what images cost: bytes, instructions, build time; stock beside ours.

    bench.py DESCRIPTION.json [--json | --markdown] [--fail-if-behind]

DESCRIPTION.json, with paths relative to its own folder:

    {
      "defaults": { keys that hold for every build that does not say otherwise },
      "builds": [
        {
          "name": "stock 6.12.117",       what the table calls it
          "side": "stock",                "stock", "ours", or "beside": shown, not compared
          "compressor": "gzip",           builds of one compressor are compared
          "image": "stock/arch/x86/boot/bzImage",
          "seconds": {                    processor seconds, as measured by who built it
            "scratch": 177.0,             either may be left out
            "incremental": 2.8
          },

          either figures from "icount.py --json", inline or as a file,
          "counts": { ... } or "counts.json",

          or what icount.py needs to measure them now:
          "vmlinux": "stock/vmlinux",
          "compressed": "stock/arch/x86/boot/compressed/vmlinux",
          "initrd": "initrd.cpio",        optional; without it nothing is
                                          counted behind start_kernel
          "append": "console=ttyS0",      optional
          "loader": "qemu",               optional: qemu, own-elf, own-bzimage
          "loader_binary": "loader",      with the own loader
          "plugin": "libicount.so"        optional
        }, ...
      ]
    }

Of one compressor there is at most one build of each name and loader. A figure
of ours is behind, and marked with "<", if it is larger than that of the first
stock build with the same compressor; one that is missing on either side ("-")
is not compared. On its way to user space a kernel waits for clocks and measures
them, which ends at another instruction in each build: there, less than a
10,000th is no difference. Neither is less than 15 % of a build's time, as the
same build takes that much more or less on a shared machine.

Bytes: "other" is all of the file that is not payload, which is "setup" (the
first S bytes, ELF header page included) and "decomp" (what is loaded around
the payload). "pad" is how much of other is nothing but zeros, 64 or more in
a row: where something has to begin on a page, mostly. It tells why other is
what it is, and is not compared.
"""
import argparse
import json
import re
import sys
from pathlib import Path

import icount
from elfimage import BzImage, FormatError

BYTE_COLUMNS = ("image", "other", "pad", "setup", "decomp")
COUNT_COLUMNS = ("before_extract", "extraction", "rest", "to_start_kernel", "to_user")
TIME_COLUMNS = ("scratch", "incremental")
COLUMNS = BYTE_COLUMNS + COUNT_COLUMNS + TIME_COLUMNS

HEADINGS = {
    "image": "image B", "other": "other B", "pad": "of it pad", "setup": "setup B", "decomp": "decomp B",
    "before_extract": "self-copy i", "extraction": "decompress i", "rest": "rest i",
    "to_start_kernel": "start_kernel i", "to_user": "-> user i",
    "scratch": "scratch CPU s", "incremental": "incr. CPU s",
}

# In the order of the table
SIDES = ("stock", "ours", "beside")
REQUIRED = ("name", "side", "compressor", "image")
# Each of these is the icount.py option of the same name.
TO_MEASURE = ("vmlinux", "compressed", "initrd", "append", "loader", "loader_binary",
              "plugin")
FILES = ("vmlinux", "compressed", "initrd", "loader_binary", "plugin")
KNOWN = REQUIRED + TO_MEASURE + ("seconds", "counts")


class BadDescription(Exception):
    """The description file says something else than its schema."""


def check_build(build, where):
    for key in build:
        if key not in KNOWN:
            raise BadDescription(f"{where}: unknown key '{key}'")
    for key in REQUIRED:
        if key not in build:
            raise BadDescription(f"{where}: no '{key}'")
    if build["side"] not in SIDES:
        raise BadDescription(f"{where}: 'side' is none of {', '.join(SIDES)}")
    if "counts" not in build:
        for key in "vmlinux", "compressed":
            if key not in build:
                raise BadDescription(f"{where}: without 'counts' it needs '{key}'")
    for key in build.get("seconds", {}):
        if key not in TIME_COLUMNS:
            raise BadDescription(f"{where}: unknown key 'seconds.{key}'")


def read_description(path):
    """The builds, defaults filled in and paths made absolute."""
    path = Path(path)
    try:
        text = json.loads(path.read_text())
    except ValueError as e:
        raise BadDescription(f"{path}: {e}") from e
    if not isinstance(text, dict) or not isinstance(text.get("builds"), list):
        raise BadDescription(f"{path}: no list 'builds'")

    builds, seen = [], set()
    for i, given in enumerate(text["builds"]):
        build = {**text.get("defaults", {}), **given}
        where = f"{path}: build {i}"
        check_build(build, where)
        key = (build["name"], build["compressor"], build.get("loader", "qemu"))
        if key in seen:
            raise BadDescription(f"{where}: {' '.join(key)} is there twice")
        seen.add(key)
        for name in ("image",) + FILES:
            if name in build:
                build[name] = str(path.parent / build[name])
        if isinstance(build.get("counts"), str):
            build["counts"] = json.loads((path.parent / build["counts"]).read_text())
        builds.append(build)
    return builds


def padding(image):
    payload = image.S + image.payload_offset
    around = image.data[:payload], image.data[payload + image.payload_length:]
    return sum(len(m.group()) for part in around for m in re.finditer(rb"\0{64,}", part))


def sizes(build):
    image = BzImage.load(build["image"])
    total = len(image.data)
    return {
        "image": total,
        "other": total - image.payload_length,
        "pad": padding(image),
        "setup": image.S,
        "decomp": total - image.S - image.payload_length,
    }


def counts(build):
    if "counts" in build:
        return build["counts"]
    arguments = ["--image", build["image"]]
    for key in TO_MEASURE:
        if key in build:
            arguments += ["--" + key.replace("_", "-"), build[key]]
    args = icount.parser().parse_args(arguments)
    icount.need(args.qemu, "qemu-system-x86")
    return icount.measure(args)


def make_row(build):
    measured = counts(build)
    row = {k: build[k] for k in ("name", "side", "compressor")}
    row["loader"] = build.get("loader", "qemu")
    row.update(sizes(build))
    row.update({k: measured["insns"].get(k) for k in COUNT_COLUMNS})
    row.update({k: build.get("seconds", {}).get(k) for k in TIME_COLUMNS})
    row["missing"] = measured.get("missing", {})
    return row


# By how much a column may be larger and still be the same
NO_DIFFERENCE = {"to_user": 1e-4, "scratch": .15, "incremental": .15}


def mark_behind(rows):
    """Adds to each row the list of columns in which it is behind stock."""
    for row in rows:
        row["behind"] = []
        stock = next((r for r in rows if r["side"] == "stock" and
                      r["compressor"] == row["compressor"]), None)
        if row["side"] != "ours" or not stock:
            continue
        row["behind"] = [c for c in COLUMNS if c != "pad" and row[c] is not None and
                         stock[c] is not None and
                         row[c] > stock[c] * (1 + NO_DIFFERENCE.get(c, 0))]


def cell(row, column):
    value = row[column]
    if value is None:
        return "-"
    shown = f"{value:,.1f}" if column in TIME_COLUMNS else f"{value:,}"
    return shown + (" <" if column in row["behind"] else "")


def table(rows):
    yield ["compressor", "image of", "loader"] + [HEADINGS[c] for c in COLUMNS]
    # Stock beside ours, compressors in the order in which they were given.
    order = list(dict.fromkeys(r["compressor"] for r in rows))
    for row in sorted(rows, key=lambda r: (order.index(r["compressor"]), SIDES.index(r["side"]))):
        yield ([row["compressor"], row["name"], row["loader"]] +
               [cell(row, c) for c in COLUMNS])


def as_text(rows):
    lines = list(table(rows))
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        left = [c.ljust(w) for c, w in zip(line[:3], widths)]
        # The marker stands in a column of its own, so that digits line up.
        right = [(c if c.endswith(" <") else c + "  ").rjust(w + 2)
                 for c, w in zip(line[3:], widths[3:])]
        yield "  ".join(left + right).rstrip()


def as_markdown(rows):
    for i, line in enumerate(table(rows)):
        yield "| " + " | ".join(line) + " |"
        if not i:
            yield "|" + " --- |" * 3 + " ---: |" * (len(line) - 3)


def main(argv=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("description")
    p.add_argument("--json", action="store_true")
    p.add_argument("--markdown", action="store_true")
    p.add_argument("--fail-if-behind", action="store_true", help="status 2 then")
    args = p.parse_args(argv)
    try:
        rows = [make_row(b) for b in read_description(args.description)]
    except (BadDescription, FormatError, icount.Failure, OSError) as e:
        print(f"bench.py: {e}", file=sys.stderr)
        return 1
    mark_behind(rows)
    if args.json:
        print(json.dumps({"rows": rows}, indent=1))
    else:
        for line in (as_markdown if args.markdown else as_text)(rows):
            print(line)
        if any(row["behind"] for row in rows):
            print("\n< behind stock with the same compressor")
    return 2 if args.fail_if_behind and any(r["behind"] for r in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
