# SPDX-License-Identifier: GPL-2.0
"""The table of cases, the judging of reports, command lines, and the package cache."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

import bootparams
import cases
import debfetch
import host
import loaders
import report
from cases import Case
from guestfs import GuestTree
from loaders import Expectation
from test_files import small_bzimage

HERE = Path(__file__).parent
MIB = 1024 * 1024


def load(text: str) -> list[Case]:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as handle:
        handle.write(text)
        handle.flush()
        return cases.load(Path(handle.name))


class Table(unittest.TestCase):
    def test_own_table(self) -> None:
        table = cases.load(HERE / "cases.toml")
        self.assertLessEqual({case.group for case in table}, set(cases.GROUPS))
        self.assertLessEqual({case.loader for case in table}, set(loaders.LOADERS))

    def test_default_and_block(self) -> None:
        (case,) = load('[default]\ncpu = "max"\nsmp = 2\n[a]\ngroup = "qemu"\nsmp = 4\n')
        self.assertEqual((case.name, case.cpu, case.smp, case.memory), ("a", "max", 4, 512))

    def test_mistakes(self) -> None:
        for block, message in (('group = "none"', "group must be"),
                               ('group = "qemu"\nmemry = 1', "unknown field 'memry'"),
                               ('group = "qemu"\nmemory = "1"', "memory must be of type int"),
                               ('group = "qemu"\ninitrd = false', "root disk")):
            with self.subTest(block), self.assertRaisesRegex(cases.CaseError, message):
                load(f"[a]\n{block}\n")


class CommandLine(unittest.TestCase):
    def job(self, **fields: object) -> loaders.Job:
        case = Case("a", "qemu", cmdline="quiet", **fields)  # type: ignore[arg-type]
        return loaders.Job(case, small_bzimage(), b"", None, "4711", GuestTree({}, ""),
                           host.Packages(HERE), HERE, None)

    def test_words(self) -> None:
        self.assertEqual(self.job(root="virtio", nic="e1000").words(),
                         "quiet matrix.nonce=4711 root=/dev/vda ro init=/init matrix.task=net")

    def test_filled_to_the_last_byte(self) -> None:
        job = self.job(fill_cmdline=True)
        self.assertEqual(len("before " + job.words("before ", " behind") + " behind"), 2047)


def good_report(**changes: str) -> str:
    """A report as a guest with 64 MiB makes it, some of its lines changed."""
    page = bytearray(4096)
    page[:0x250] = small_bzimage()[:0x250]
    page[0x1E8] = 1
    page[0x2D0:0x2E4] = bytes(8) + (64 * MIB).to_bytes(8, "little") + b"\1\0\0\0"
    data = bytes(page)
    for name, value in (("type_of_loader", 0xB0), ("loadflags", 1), ("cmd_line_ptr", 0x20000),
                        ("ramdisk_image", 0x3000000), ("ramdisk_size", 4096)):
        data = bootparams.with_field(data, name, value)
    lines = {"begin": "4711", "uname": "Linux 6.12 SMP i686", "cmdline": "quiet",
             "bootloader_type": "176", "cpus": "1", "memtotal_kib": "50000",
             "system_ram": "00000000-03ffffff", "boot_params_version": "0x020f",
             "boot_params": data.hex(), "known_file": "cafe  -", "end": "4711"}
    return "".join(f"{key}={value}\r\n" for key, value in (lines | changes).items())


class Judging(unittest.TestCase):
    case = Case("a", "qemu", memory=64)
    expected = [Expectation("4711", "quiet", 0xB0)]

    def problems(self, text: str, case: Case = case) -> list[str]:
        return report.problems(report.parse(text), self.expected, case, "cafe")

    def test_good(self) -> None:
        self.assertEqual(self.problems(good_report()), [])

    def test_shim_interrupts(self) -> None:
        said = "(XEN) d1v0 failed to allocate\n\r(XEN) d1v0 Over-allocation\n\r"
        whole = good_report()
        at = whole.index("boot_params=") + 100
        self.assertEqual(self.problems(whole[:at] + said + whole[at:]), [])

    def test_each_lie_is_found(self) -> None:
        no_magic = good_report().partition("boot_params=")[2].partition("\r")[0]
        no_magic = no_magic[:2 * 0x202] + "00" + no_magic[2 * 0x203:]
        for key, value, message in (
                ("begin", "4712", "nonce"), ("cmdline", "quie", "command line"),
                ("known_file", "beef", "known file"), ("cpus", "2", "CPUs"),
                ("system_ram", "00000000-01ffffff", "System RAM"),
                ("memtotal_kib", "70000", "MemTotal"), ("memtotal_kib", "10000", "MemTotal"),
                ("bootloader_type", "1", "bootloader_type"),
                ("boot_params", "00", "1 bytes"), ("boot_params", "0", "garbled"),
                ("boot_params", no_magic, "HdrS"),
                ("boot_params_version", "0x0", "boot_params/version")):
            with self.subTest(key=key, value=value):
                self.assertRegex("\n".join(self.problems(good_report(**{key: value}))), message)

    def test_nothing_is_not_success(self) -> None:
        self.assertEqual(self.problems(""), ["0 of 1 expected reports from userland"])

    def test_behind_what_firmware_left(self) -> None:
        self.assertEqual(self.problems("BdsDxe: starting\r\n\x1b[0m\x1b[37m" + good_report()), [])

    def test_a_report_that_breaks_off(self) -> None:
        self.assertIn("the report breaks off", self.problems(good_report().partition("end=")[0]))

    def test_one_report_too_many(self) -> None:
        self.assertTrue(self.problems(good_report() * 2))

    def test_network(self) -> None:
        case = Case("a", "net", memory=64, nic="e1000")
        good = {"net_driver": "e1000", "net_ping": "ok", "net_tcp": "4711"}
        self.assertEqual(self.problems(good_report(**good), case), [])
        for key in good:
            self.assertEqual(len(self.problems(good_report(**good | {key: "x"}), case)), 1)


class PackageCache(unittest.TestCase):
    def test_what_is_unpacked_is_not_fetched(self) -> None:
        with tempfile.TemporaryDirectory() as cache:
            tree = Path(cache, "deb", "some_i386")
            tree.mkdir(parents=True)
            self.assertEqual(debfetch.fetch(Path(cache), "some:i386"), tree)

    def test_architecture(self) -> None:
        with self.assertRaisesRegex(debfetch.FetchError, "architecture must be"):
            debfetch.fetch(HERE, "some:riscv64")


if __name__ == "__main__":
    unittest.main()
