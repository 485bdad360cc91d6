# SPDX-License-Identifier: GPL-2.0
"""The table of cases, steps, xl's texts, what is trouble on a console, reports."""

import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(1, str(HERE.parent / "boot"))

import bootparams
import debfetch
import domain
import outcome
import play
import report
import rig
import soaking
import steps
import verdict
import xencases


def load(text: str) -> list[xencases.Case]:
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as handle:
        handle.write(text)
        handle.flush()
        return xencases.load(Path(handle.name))


class Table(unittest.TestCase):
    def test_own_table(self) -> None:
        table = xencases.load(HERE / "cases.toml")
        names = [case.name for case in table]
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual({case.group for case in table}, set(xencases.GROUPS))
        self.assertEqual({case.kernel for case in table}, set(xencases.KERNELS))

    def test_a_case_for_each_kernel(self) -> None:
        table = load('[default]\nmemory = 99\n[a]\ngroup = "boot"\nkernels = ["stock", "grub"]\n')
        self.assertEqual([(case.name, case.kernel, case.memory) for case in table],
                         [("stock-a", "stock", 99), ("grub-a", "grub", 99)])

    def test_mistakes(self) -> None:
        for block, message in (
                ('group = "boot"', "kernels must be a list"),
                ('kernels = ["stock"]', "group must be"),
                ('kernels = ["linux"]\ngroup = "boot"', "kernel must be"),
                ('kernels = ["stock"]\ngroup = "boot"\nmemry = 1', "unknown field 'memry'"),
                ('kernels = ["stock"]\ngroup = "boot"\nmemory = "1"', "must be of type int"),
                ('kernels = ["stock"]\ngroup = "boot"\nend = "off"', "end must be one of"),
                ('kernels = ["stock"]\ngroup = "boot"\nsteps = ["jump"]', "no such step"),
                ('kernels = ["stock"]\ngroup = "boot"\nprograms = ["sh"]', "no such program: sh"),
                ('kernels = ["stock"]\ngroup = "boot"\nloader = "bzimage-xl"', "has a boot_disk"),
                ('kernels = ["stock"]\ngroup = "boot"\nboot_disk = "ext4"', "has a boot_disk"),
                ('kernels = ["stock"]\ngroup = "boot"\nxl_fails = true', "refuses has no steps")):
            with self.subTest(block), self.assertRaisesRegex(xencases.CaseError, message):
                load(f"[a]\n{block}\n")

    def test_every_step_can_be_done(self) -> None:
        for verb in steps.VERBS:
            self.assertTrue(hasattr(play._Play, "_step_" + verb.replace("-", "_")), verb)


class Steps(unittest.TestCase):
    def test_parts(self) -> None:
        self.assertEqual(steps.parse("guest cat /x | wc => ^ *1$"),
                         steps.Step("guest", "cat /x | wc", "^ *1$"))
        self.assertEqual(steps.parse("report"), steps.Step("report"))
        self.assertEqual(steps.parse("save-restore"), steps.Step("save-restore"))
        self.assertEqual(steps.parse("save-restore 20"), steps.Step("save-restore", "20"))

    def test_mistakes(self) -> None:
        for text, message in ((1, "must be a string"), ("jump", "no such step"),
                              ("wait", "takes something"), ("net now", "takes nothing"),
                              ("wait a => b", "has no result"), ("wait (", "unterminated"),
                              ("guest-until nproc", "needs a result"),
                              ("guest a => (", "unterminated"), ("state off", "a state is one"),
                              ("disk-read 2", "must be 0 or 1"),
                              ("save-restore twice", "takes a number")):
            with self.subTest(text), self.assertRaisesRegex(steps.StepError, message):
                steps.parse(text)


LIST = """Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID Reason-Code
Domain-0                                     0   448     1     r-----       5.5 0000-00  -
"""


class Xl(unittest.TestCase):
    def state(self, rest: str) -> domain.State:
        return domain.parse_state(f"{LIST}domu      3   128     2  {rest}\n")

    def test_states(self) -> None:
        for rest, text, ended in (("-b----  1.0 1234-5678  -", "running", False),
                                  ("--p---  1.0 1234-5678  -", "paused", False),
                                  ("---s--  1.0 1234-5678  0", "poweroff", True),
                                  ("---s--  1.0 1234-5678  1", "reboot", True),
                                  ("---sc-  1.0 1234-5678  3", "crash", True),
                                  ("---s--  1.0 1234-5678  7", "shutdown code 7", True)):
            with self.subTest(rest):
                state = self.state(rest)
                self.assertEqual((str(state), state.ended), (text, ended))

    def test_no_domain(self) -> None:
        state = domain.parse_state(LIST)
        self.assertEqual((str(state), state.ended), ("gone", True))

    def test_configuration(self) -> None:
        text = domain.Config(append='a="b" \\c', disks=("phy:/dev/vdb,xvda,w",), vif=True).text()
        self.assertIn('cmdline="a=\\"b\\" \\\\c"\n', text)
        self.assertIn('disk=["phy:/dev/vdb,xvda,w"]\n', text)
        self.assertIn('type="pvh"\n', text)
        self.assertIn("pvshim=1\n", text)
        self.assertNotIn("ramdisk", text)
        self.assertNotIn("pvshim", domain.Config(kind="pv").text())
        self.assertNotIn("kernel=", domain.Config(bootloader="/b").text())


class Trouble(unittest.TestCase):
    def problems(self, text: str, **fields: list[str]) -> list[str]:
        wanted = {"expect": [], "forbid": [], "allow": []} | fields
        return outcome.text_problems("console", text, wanted["expect"], wanted["forbid"],
                                     verdict.TROUBLE, wanted["allow"])

    def test_lines_of_kernels(self) -> None:
        for line in ("[    1.0] BUG: unable to handle", "[    1.0] WARNING: CPU: 0 PID: 1 at",
                     "[    1.0] Call Trace:", "[    1.0] Kernel panic - not syncing",
                     "[    1.0] INFO: rcu_sched self-detected stall on CPU",
                     "[    1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
                     "[    1.0] WARNING: possible recursive locking detected",
                     "[    1.0] watchdog: BUG: soft lockup - CPU#0 stuck",
                     "(XEN) Panic on CPU 0:", "(XEN) d1v0 Unhandled page fault",
                     "(XEN) [   12.3] d1v1 bad thing", "(XEN) emul-priv-op.c:1: d1 something"):
            with self.subTest(line):
                self.assertEqual(self.problems(f"a\r\n{line}\r\nb\r\n"),
                                 [f"in console: {line}"])

    def test_harmless_lines(self) -> None:
        for line in ("(XEN) WARNING: This is experimental software in development.",
                     "SRSO: WARNING: See https://kernel.org/doc/x for mitigation options.",
                     "rcu: Hierarchical SRCU implementation.", "DEBUG: nothing",
                     "(XEN) d1v0 Over-allocation for d1: 32769 > 32768", "(XEN) Dom0 has 1 CPU"):
            self.assertEqual(self.problems(line), [])

    def test_what_a_case_says(self) -> None:
        self.assertEqual(self.problems("Kernel panic", allow=["panic"]), [])
        # What a case itself forbids, it cannot allow.
        self.assertTrue(self.problems("no panic", allow=["panic"], forbid=["panic"]))
        self.assertEqual(self.problems("a\nb\n", expect=["^b$", "c"]), ["no /c/ in console"])


def good_report(**changes: str) -> report.Report:
    page = bytes(0x202) + b"HdrS" + bytes(bootparams.ZERO_PAGE_SIZE - 0x206)
    for name, value in (("type_of_loader", 0x90), ("hardware_subarch", 2),
                        ("ramdisk_image", 0x1000), ("ramdisk_size", 4096)):
        page = bootparams.with_field(page, name, value)
    lines = {"begin": "4711", "uname": "Linux 6.12 SMP i686", "cmdline": "quiet",
             "hypervisor_type": "xen", "hypervisor_guest_type": "PV", "cpus": "2",
             "memtotal_kib": "100000", "known_file": "cafe  -", "boot_params": page.hex(),
             "end": "4711"}
    text = "".join(f"{key}={value}\r\n" for key, value in (lines | changes).items())
    return report.parse("[  1.0] Linux: a=b\r\n" + text)[0]


class Stuck(unittest.TestCase):
    """Whose fault it was"""

    def test_dom0(self):
        self.assertEqual(verdict.rig_stuck("[ 1.0] fine\n"
                                           "[ 128.9] watchdog: BUG: soft lockup - CPU#0 stuck for 56s!\r\n"),
                         ["[ 128.9] watchdog: BUG: soft lockup - CPU#0 stuck for 56s!"])

    def test_what_a_domain_does_is_none(self):
        for line in ("(XEN) d1v0 refused", "(XEN) domain_crash called", "[ 1.0] BUG: something",
                     "(XEN) d1: [ 3.0] watchdog: BUG: soft lockup"):
            self.assertEqual(verdict.rig_stuck(line), [], line)


class Reports(unittest.TestCase):
    def problems(self, **changes: str) -> list[str]:
        return verdict.report_problems(good_report(**changes), "4711", "quiet", "cafe", 2, 128)

    def test_good(self) -> None:
        self.assertEqual(self.problems(), [])

    def test_bad(self) -> None:
        for changes, message in (({"begin": "1"}, "nonce"), ({"cmdline": "loud"}, "command line"),
                                 ({"known_file": "beef  -"}, "known file"),
                                 ({"hypervisor_guest_type": "PVH"}, "guest_type"),
                                 ({"hypervisor_type": ""}, "hypervisor/type"),
                                 ({"cpus": "1"}, "number of CPUs"),
                                 ({"memtotal_kib": "200000"}, "MemTotal"),
                                 ({"memtotal_kib": "x"}, "garbled"),
                                 ({"boot_params": "00"}, "boot_params has 1 bytes")):
            with self.subTest(changes):
                found = self.problems(**changes)
                self.assertEqual(len(found), 1)
                self.assertRegex(found[0], message)

    def test_native_boot_params(self) -> None:
        native = bytes(bootparams.ZERO_PAGE_SIZE).hex()
        self.assertEqual(len(self.problems(boot_params=native)), 3)


class Guest:
    """A domU's shell, with what soak has in its status from one look to the next."""

    def __init__(self, *looks: str, log: str = "", final: tuple[int, str] = (0, "")) -> None:
        self.looks, self.log, self.final = list(looks), log, final

    def __call__(self, command: str) -> tuple[int, str]:
        if "/stop" in command:
            return self.final
        if "/log" in command:
            return 0, self.log
        return 0, self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


class Soaking(unittest.TestCase):
    def soak(self, *looks: str, **kw: object) -> soaking.Soak:
        return soaking.Soak(Guest(*looks, **kw), lambda seconds: None)

    def test_counts(self) -> None:
        self.assertEqual(soaking.counts("x\nsleep 12 0\nclocks-0 7 1\n[ 1.0] a b 3\n"),
                         {"sleep": (12, 0), "clocks-0": (7, 1)})

    def test_goes_on(self) -> None:
        soak = self.soak("a 1 0\nb 9 0\n", "a 2 0\nb 9 0\n", "a 3 0\nb 10 0\n",
                         "a 4 0\nb 11 0\n")
        self.assertEqual(soak.check(10), {"a": (2, 0), "b": (9, 0)})
        self.assertEqual(soak.check(10), {"a": (4, 0), "b": (11, 0)})

    def test_trouble(self) -> None:
        for looks, kw, message in ((("a 5 0\nb 0 0\n",), {}, "no round in .*: b"),
                                   (("",), {}, "no round in .*: all"),
                                   (("a 5 1\n",), {"log": "a, round 4: no"}, "failed: a: .*no")):
            with self.subTest(looks), self.assertRaisesRegex(soaking.SoakError, message):
                self.soak(*looks, **kw).check(0)

    def test_end(self) -> None:
        for final, message in (((1, "a 6 0\n"), "ended with 1"), ((0, "a 6 2\n"), "failed: a"),
                               ((0, ""), "ended with 0")):
            soak = self.soak("a 5 0\n", final=final)
            soak.check(1)
            with self.subTest(final), self.assertRaisesRegex(soaking.SoakError, message):
                soak.stop()
        soak = self.soak("a 5 0\n", final=(0, "a 6 0\n"))
        soak.check(1)
        self.assertEqual(soak.stop(), "soak: a 6")


class Packages(unittest.TestCase):
    def test_newest_in_the_cache(self) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            cache = Path(scratch)
            for name in ("x-9-amd64_amd64", "x-10-amd64_amd64", "x-11-cloud-amd64_amd64",
                         "x-12-amd64_i386"):
                (cache / "deb" / name).mkdir(parents=True)
            self.assertEqual(debfetch.newest(cache, "x-", "-amd64"), "x-10-amd64")


class LostTimer(unittest.TestCase):
    """Of blocked vCPUs of which the first has no timer of Xen's, and does nothing, only"""

    LINE = "domu  1  0  0  {}  {}  all / all"
    TIMER = "(XEN)   ex={:12}us timer={} cb=arch/x86/hvm/vpt.c#pt_timer_fn(ffff83007fc0f490)"

    def woken(self, samples: list[tuple[object, ...]]) -> bool:
        """Of each sample the timers, as {name: microseconds}; then state and seconds of each vCPU"""
        sent = []

        class Machine:
            def run(self, script: str, seconds: float = 60) -> rig.Answer:
                return rig.Answer(0, "".join(
                    "\n".join(["=", *(LostTimer.TIMER.format(us, name) for name, us in timers.items()),
                               *(LostTimer.LINE.format(*vcpu)
                                 for vcpu in zip(vcpus[::2], vcpus[1::2])), ""])
                    for timers, *vcpus in samples))

            def check(self, script: str) -> None:
                sent.append(script)

        lost = domain.Domain(Machine()).wake_shim()
        self.assertEqual(lost, bool(sent))
        return lost

    def test_lost(self) -> None:
        self.assertTrue(self.woken([({}, "-b-", "2.7")] * domain.SAMPLES))

    def test_several_vcpus(self) -> None:
        n = domain.SAMPLES
        self.assertTrue(self.woken([({}, "-b-", "2.7", "-b-", "1.1")] * n))
        self.assertTrue(self.woken([({}, "-b-", "2.7", "--p", "1.1")] * n))
        self.assertFalse(self.woken([({}, "-b-", "2.7", "r--", "1.1")] * n))
        self.assertFalse(self.woken([({}, "--p", "2.7")] * n))

    def test_timer_of_another_vcpu(self) -> None:
        """The first one's is never more than a second ahead."""
        def samples(*microseconds: int) -> list[tuple[object, ...]]:
            return [({"a": us} if us else {}, "-b-", "2.7", "-b-", f"{n}") for n, us in
                    enumerate((*microseconds, *[900_000] * (domain.SAMPLES - len(microseconds))))]

        self.assertTrue(self.woken(samples(500_000, 2_100_000)))
        self.assertFalse(self.woken(samples(500_000, 999_000, 0)))
        both = [({"a": 900_000, "b": 2_000_000}, "-b-", "2.7", "-b-", "1")] * domain.SAMPLES
        self.assertFalse(self.woken(both))

    def test_not_lost(self) -> None:
        for other in ({"a": 1000}, "-b-", "2.7"), ({}, "---", "2.7"), ({}, "-b-", "2.8"):
            self.assertFalse(self.woken([({}, "-b-", "2.7")] * (domain.SAMPLES - 1) + [other]), other)
        self.assertFalse(self.woken([({}, "---", "2.7")] * domain.SAMPLES))
        self.assertFalse(self.woken([({}, "-b-", "2.7")] * (domain.SAMPLES - 1)))
        self.assertFalse(self.woken([]))

    def test_log_is_kept(self) -> None:
        """Looking for it empties Xen's log, which cases judge."""
        class Machine:
            log = "(XEN) before\n"

            def run(self, script: str, seconds: float = 60) -> rig.Answer:
                if "dmesg -c" in script:
                    self.log = ""
                return rig.Answer(0, self.log)

        machine = Machine()
        watched = domain.Domain(machine)
        watched.wake_shim()
        machine.log = "(XEN) after\n"
        self.assertEqual(watched.dmesg(), "(XEN) before\n(XEN) after\n")


class Silence(unittest.TestCase):
    """A domain is looked after when it has said nothing for a while, and not before"""

    def test_silence(self) -> None:
        asked = []

        class Domain:
            def wake_shim(self) -> bool:
                asked.append(1)
                return True

        watch = domain.Watch(Domain(), 0.05)
        self.assertFalse(watch.look(""))
        time.sleep(0.06)
        self.assertFalse(watch.look("a word"))
        time.sleep(0.06)
        self.assertTrue(watch.look("a word"))
        self.assertFalse(watch.look("a word"))
        self.assertEqual(len(asked), 1)


if __name__ == "__main__":
    unittest.main()
