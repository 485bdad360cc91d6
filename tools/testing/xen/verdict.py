# SPDX-License-Identifier: GPL-2.0
"""Whether texts and reports of a domU are what they have to be."""

from __future__ import annotations

import re

import bootparams
from bootparams import SetupHeader
from report import Report

_MIB = 1024 * 1024
# What a kernel and the shim keep of a domain's memory at most: themselves and bounce buffers, and
# what each has for a page (struct page, page_info).
_KERNEL_OWN, _FOR_PAGES = 100 * _MIB, 1 / 64
_XEN_LOADER = 0x90
_XEN_SUBARCH = 2

# What a Xen says of a domain (d1) or of one of its vCPUs (d1v0) is a refusal, or an access that it
# did not know what to do with; but for what it tells of each that is built, and of Linux's balloon.
_OF_DOMAIN = (r"\(XEN\)(?!.*(HVM d\d+(v\d+)? save:|: upcall vector|Over-allocation for d\d|for onlining))"
              r".*\bd[1-9]\d*(v\d+)?\b")

_STALL = r"rcu.*(stall|starved)"
# What a kernel says when something is wrong. The shim's lines begin with "(XEN)"; it warns of
# itself at every start.
TROUBLE = (r"^(?!\(XEN\)).*\b(BUG|WARNING|Oops|INFO: task|INFO: rcu)[: ]"
           # Advice on a mitigation is no kernel's WARNING().
           r"(?! (See https://|kernel not compiled with))",
           r"Call Trace:", r"Kernel panic", _STALL,
           r"(possible|inconsistent) .*lock", r"locking bug", r"soft lockup",
           r"\(XEN\).*(Panic on CPU|domain_crash|[Uu]nhandled)",
           _OF_DOMAIN)
XEN_TROUBLE = (r"Panic on CPU", r"\bBUG\b", r"Assertion", r"domain_crash", r"[Uu]nhandled",
               r"WARN", _OF_DOMAIN)


# What the 64-bit kernel of dom0, which is none of ours, says when the outer Xen gave it no time or
# lost a timer: nothing that a domU can bring about, and no verdict on one.
_STUCK = re.compile(rf"watchdog: BUG: soft lockup|{_STALL}")


def rig_stuck(log: str) -> list[str]:
    """Lines of the log of Xen and dom0 that tell of a rig that did not work."""
    return [line.strip() for line in log.splitlines()
            if _STUCK.search(line) and "(XEN)" not in line]


def report_problems(report: Report, nonce: str, words: str, known_file: str, vcpus: int,
                    memory: int) -> list[str]:
    """Everything about a domU's report that is not as it must be."""
    found = []

    def compare(what: str, is_value: object, wanted: object) -> None:
        if is_value != wanted:
            found.append(f"{what} is {is_value!r}, expected {wanted!r}")

    try:
        compare("nonce", report["begin"], nonce)
        compare("command line", report["cmdline"], words)
        compare("checksum of the known file", report["known_file"].partition(" ")[0], known_file)
        compare("/sys/hypervisor/type", report["hypervisor_type"], "xen")
        compare("/sys/hypervisor/guest_type", report["hypervisor_guest_type"], "PV")
        smp = " SMP " in report["uname"]
        compare("number of CPUs", report["cpus"], str(vcpus if smp else 1))
        total = int(report["memtotal_kib"] or 0) * 1024
        given = memory * _MIB
        if not given - _KERNEL_OWN - given * _FOR_PAGES <= total <= given:
            found.append(f"MemTotal is {total / _MIB:.1f} MiB of {memory}")
        found += _zero_page_problems(report)
    except ValueError as error:
        found.append(f"the report is garbled: {error}")
    return found


def _zero_page_problems(report: Report) -> list[str]:
    zero_page = bytes.fromhex(report["boot_params"])
    if len(zero_page) != bootparams.ZERO_PAGE_SIZE:
        return [f"boot_params has {len(zero_page)} bytes"]
    header = SetupHeader.parse(zero_page)
    found = []
    for what, is_value, wanted in (("type_of_loader", header.type_of_loader, _XEN_LOADER),
                                   ("hardware_subarch", header.hardware_subarch, _XEN_SUBARCH)):
        if is_value != wanted:
            found.append(f"{what} is {is_value:#x}, expected {wanted:#x}")
    if not (header.ramdisk_image and header.ramdisk_size):
        found.append("boot_params has no initrd")
    return found


def summary(report: Report) -> str:
    """What a passing case tells of the kernel it saw."""
    return (f"{report['uname']}; {report['hypervisor_type']} {report['hypervisor_guest_type']}, "
            f"CPUs {report['cpus']}, {int(report['memtotal_kib']) >> 10} MiB")
