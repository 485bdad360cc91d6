# SPDX-License-Identifier: GPL-2.0
"""Whether texts and reports of a guest are what they have to be."""

from __future__ import annotations

import bootparams
from bootparams import SetupHeader
from report import Report

_MIB = 1024 * 1024
# What a kernel keeps of a guest's memory at most: itself, struct page, the BIOS's place
_KERNEL_OWN = 40 * _MIB
_LGUEST_LOADER = 0xff
_LGUEST_SUBARCH = 1

# What a kernel says when something is wrong, and the launcher, when it does not like what it sees.
TROUBLE = (r"\b(BUG|WARNING|Oops|INFO: task|INFO: rcu)[: ]"
           # Advice on a mitigation is no kernel's WARNING().
           r"(?! (See https://|kernel not compiled with))",
           r"Call Trace:", r"Kernel panic", r"rcu.*(stall|starved)", r"unchecked MSR",
           r"(possible|inconsistent) .*lock", r"locking bug", r"soft lockup",
           r"^lguest: (?!CRASH)")


def report_problems(report: Report, nonce: str, words: str, known_file: str, memory: int,
                    initrd: bool) -> list[str]:
    """Everything about a guest's report that is not as it must be."""
    found = []

    def compare(what: str, is_value: object, wanted: object) -> None:
        if is_value != wanted:
            found.append(f"{what} is {is_value!r}, expected {wanted!r}")

    try:
        compare("nonce", report["begin"], nonce)
        compare("command line", report["cmdline"], words)
        compare("checksum of the known file", report["known_file"].partition(" ")[0], known_file)
        compare("number of CPUs", report["cpus"], "1")
        total = int(report["memtotal_kib"] or 0) * 1024
        given = memory * _MIB
        if not given - _KERNEL_OWN <= total <= given:
            found.append(f"MemTotal is {total / _MIB:.1f} MiB of {memory}")
        zero_page = bytes.fromhex(report["boot_params"])
        if len(zero_page) != bootparams.ZERO_PAGE_SIZE:
            return [*found, f"boot_params has {len(zero_page)} bytes"]
        header = SetupHeader.parse(zero_page)
        compare("type_of_loader", header.type_of_loader, _LGUEST_LOADER if initrd else 0)
        compare("hardware_subarch", header.hardware_subarch, _LGUEST_SUBARCH)
        compare("having an initrd", bool(header.ramdisk_image and header.ramdisk_size), initrd)
        ram = [(e.start, e.size) for e in bootparams.e820_table(zero_page)
               if e.kind == bootparams.E820_RAM]
        compare("memory map", ram, [(0, given)])
    except ValueError as error:
        found.append(f"the report is garbled: {error}")
    return found


def summary(report: Report) -> str:
    """What a passing case tells of the kernel it saw."""
    return f"{report['uname']}; {int(report['memtotal_kib']) >> 10} MiB"
