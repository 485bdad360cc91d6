# SPDX-License-Identifier: GPL-2.0
"""What a guest reported on its second serial port, and whether that is what it had to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import bootparams
from bootparams import SetupHeader
from cases import Case
from loaders import EFI_STUB, KEXEC, Expectation

_KIB, _MIB = 1024, 1024 * 1024
# What the kernel keeps of the memory it was given, at most: its own image; for each page up to the
# highest one, hole or not, its struct page; and beyond 4 GiB the bounce buffers of swiotlb.
_KERNEL_OWN = 40 * _MIB
_PAGE, _KERNEL_PER_PAGE = 4096, 44
# Firmware writes to both serial ports, and a boot loader may leave its last line begun.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# A PV shim has messages of its own on the guest's console, in the middle of lines.
_SHIM = re.compile(r"\(XEN\) [^\n]*\n\r?")
_BOUNCE_BUFFERS, _DMA_LIMIT = 64 * _MIB, 4096 * _MIB


@dataclass(frozen=True)
class Report:
    """One guest's lines: the last value of each key, and all values of those that repeat."""

    values: dict[str, str] = field(default_factory=dict)
    system_ram: list[str] = field(default_factory=list)
    setup_data: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return "end" in self.values

    def __getitem__(self, key: str) -> str:
        return self.values.get(key, "")

    @property
    def system_ram_bytes(self) -> int:
        return sum(end - start for start, end in self._ranges())

    @property
    def system_ram_end(self) -> int:
        return max((end for _, end in self._ranges()), default=0)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        for text in self.system_ram:
            first, _, last = text.partition("-")
            yield int(first, 16), int(last, 16) + 1


def parse(text: str) -> list[Report]:
    """The reports in the order they came; each starts with a line "begin=NONCE"."""
    reports: list[Report] = []
    for line in _SHIM.sub("", text).splitlines():
        key, _, value = _COLOURS.sub("", line).strip("\r").partition("=")
        if key == "begin":
            reports.append(Report())
        if not reports:
            continue
        reports[-1].values[key] = value
        if key == "system_ram":
            reports[-1].system_ram.append(value)
        elif key == "setup_data":
            reports[-1].setup_data.append(value)
    return reports


def problems(reports: list[Report], expected: list[Expectation], case: Case,
             known_file_sha256: str) -> list[str]:
    """Everything about the reports that is not as it must be."""
    found = []
    if len(reports) != len(expected):
        found.append(f"{len(reports)} of {len(expected)} expected reports from userland")
    for report, want in zip(reports, expected):
        try:
            found += _identity_problems(report, want, known_file_sha256)
            found += _machine_problems(report, case)
            found += _zero_page_problems(report, want, case)
            # Only the last kernel of a boot does the case's task.
            if case.nic and want is expected[-1]:
                found += _network_problems(report, case)
        except ValueError as error:
            # A guest that is stopped while it reports leaves half a number.
            found.append(f"the report is garbled: {error}")
    return found


def _differs(what: str, is_value: object, wanted: object) -> Iterator[str]:
    if is_value != wanted:
        yield f"{what} is {is_value!r}, expected {wanted!r}"


def _identity_problems(report: Report, want: Expectation, known_file: str) -> Iterator[str]:
    """Is it the guest that was started, with the command line and the files it was given?"""
    yield from _differs("nonce", report["begin"], want.nonce)
    if not report.complete:
        yield "the report breaks off"
    yield from _differs("command line", report["cmdline"], want.cmdline)
    checksum = report["known_file"].partition(" ")[0]
    yield from _differs("checksum of the known file", checksum, known_file)


def _machine_problems(report: Report, case: Case) -> Iterator[str]:
    is_smp = " SMP " in report["uname"]
    yield from _differs("number of CPUs", report["cpus"], str(case.smp if is_smp else 1))

    given = case.memory * _MIB
    least = given - case.firmware_memory * _MIB
    if not least <= report.system_ram_bytes <= given:
        yield (f"System RAM in /proc/iomem is {report.system_ram_bytes / _MIB:.1f} MiB, "
               f"expected {least / _MIB:.0f} to {given / _MIB:.0f}")
    total = int(report["memtotal_kib"] or 0) * _KIB
    least_total = (report.system_ram_bytes - _KERNEL_OWN
                   - report.system_ram_end // _PAGE * _KERNEL_PER_PAGE
                   - (_BOUNCE_BUFFERS if report.system_ram_end > _DMA_LIMIT else 0))
    if not least_total <= total <= report.system_ram_bytes:
        yield (f"MemTotal is {total / _MIB:.1f} MiB, expected {least_total / _MIB:.0f} "
               f"to {report.system_ram_bytes / _MIB:.0f}")


def _zero_page_problems(report: Report, want: Expectation, case: Case) -> Iterator[str]:
    """boot_params as the kernel kept it: who loaded it, where the command line and initrd are."""
    zero_page = bytes.fromhex(report["boot_params"])
    if len(zero_page) != bootparams.ZERO_PAGE_SIZE:
        yield f"boot_params has {len(zero_page)} bytes"
        return
    header = SetupHeader.parse(zero_page)
    version = int(report["boot_params_version"] or "0", 0)
    yield from _differs("boot_params/version", version, header.version)
    yield from _differs("type_of_loader", f"{header.type_of_loader:#x}", f"{want.loader_type:#x}")
    yield from _differs("bootloader_type", report["bootloader_type"], str(header.type_of_loader))
    # Two loaders make a header of their own instead of copying the image's: kexec-tools leaves out
    # loadflags, and Linux's EFI stub, which needs no protocol with itself, even the magic.
    if header.type_of_loader not in (KEXEC, EFI_STUB):
        if not bootparams.has_magic(zero_page):
            yield "boot_params has no 'HdrS'"
        if not header.loadflags & bootparams.LOADED_HIGH:
            yield f"loadflags is {header.loadflags:#x}: LOADED_HIGH is missing"
    yield from _differs("hardware_subarch", header.hardware_subarch, 0)
    if not header.cmd_line_ptr:
        yield "cmd_line_ptr is 0"
    if bool(header.ramdisk_image and header.ramdisk_size) != case.initrd:
        yield (f"ramdisk_image is {header.ramdisk_image:#x}, ramdisk_size {header.ramdisk_size}, "
               f"but the case has {'an' if case.initrd else 'no'} initrd")
    table = bootparams.e820_table(zero_page)
    ram = sum(entry.size for entry in table if entry.kind == bootparams.E820_RAM)
    # The kernel takes away the first page and rounds to pages, but it finds no more.
    if not 0 <= ram - report.system_ram_bytes <= 1 * _MIB:
        yield (f"the e820 table has {ram / _MIB:.1f} MiB of RAM, "
               f"/proc/iomem {report.system_ram_bytes / _MIB:.1f}")


_NIC_DRIVERS = {"virtio-net-pci": "virtio_net"}


def _network_problems(report: Report, case: Case) -> Iterator[str]:
    yield from _differs("network driver", report["net_driver"],
                        _NIC_DRIVERS.get(case.nic, case.nic))
    yield from _differs("ping", report["net_ping"], "ok")
    yield from _differs("greeting by TCP", report["net_tcp"], report["begin"])
