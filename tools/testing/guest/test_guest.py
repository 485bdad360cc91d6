# SPDX-License-Identifier: GPL-2.0
"""Tests of what judges and counts here, without QEMU: a verdict that cannot fail is none."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "boot"), str(HERE.parent)]
import programs
import ubench
from judge import Judge
from tap import Tap

GOOD = ["# of the kernel", "ok 9 - not of this run", "guest: begin N", "ok 1 - a: works",
        "ok 2 - b # SKIP one CPU", "1..2", "guest: end N status 0"]


def judged(lines, reason="guest-shutdown"):
    """How many tests there were, how many failed, and what was said."""
    tap = Tap()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        judge = Judge(tap, "m", "N")
        for line in lines:
            judge.line(line)
        judge.verdict(reason, "the console's end")
    return tap.n, tap.bad, said.getvalue()


class JudgeTest(unittest.TestCase):
    def test_good(self):
        n, bad, said = judged(GOOD)
        self.assertEqual((n, bad), (2 + 4, 0))
        self.assertIn("ok 2 - m: b # SKIP one CPU", said)

    def test_failed_test(self):
        self.assertEqual(judged(GOOD[:3] + ["not ok 1 - a: works"] + GOOD[4:])[1], 1)

    def test_test_is_missing(self):
        self.assertEqual(judged(GOOD[:3] + GOOD[4:])[1], 1)

    def test_no_plan(self):
        self.assertEqual(judged(GOOD[:5] + GOOD[6:])[1], 1)

    def test_no_test_at_all(self):
        self.assertEqual(judged(GOOD[:3] + ["1..0"] + GOOD[6:])[1], 1)

    def test_end_is_missing(self):
        self.assertEqual(judged(GOOD[:-1])[1], 1)

    def test_another_run(self):
        # Neither a beginning nor any result is taken from it.
        n, bad, _ = judged([line.replace("N", "M") for line in GOOD])
        self.assertEqual((n, bad), (3, 1))

    def test_nothing(self):
        self.assertEqual(judged([], "guest-panicked")[1], 2)

    def test_trouble(self):
        for line in ("[    1.0] BUG: unable to handle page fault", "Kernel panic - not syncing",
                     "rcu: INFO: rcu_sched self-detected stall on CPU"):
            with self.subTest(line):
                self.assertEqual(judged(GOOD[:4] + [line] + GOOD[4:])[1], 1)
        # The name of a test is no trouble.
        self.assertEqual(judged(GOOD[:4] + ["ok 2 - log: no Oops"] + GOOD[5:])[1], 0)

    def test_reset(self):
        self.assertEqual(judged(GOOD, "guest-reset")[1], 1)


def counted(*totals, number=2):
    return "".join(json.dumps({"id": number, "insns": t, "user": 10, "kernel": t - 10}) + "\n"
                   for t in totals)


CONSOLE = "ubench: row 1 empty 100\r\nubench: row 2 fork 10\r\nubench: end\r\n"


class UbenchTest(unittest.TestCase):
    def column(self, *totals):
        return ubench.read(counted(5, 5, 5, number=1) + counted(*totals), CONSOLE)

    def test_median_without_the_first_round(self):
        self.assertEqual(self.column(9999, 100, 300, 200)["fork"].per_operation(), 20)

    def test_split(self):
        row = self.column(1, 100, 100)["fork"]
        self.assertEqual((row.who, row.per_operation("kernel")), (["user", "kernel"], 9))

    def test_least(self):
        row = self.column(1, 300, 100, 200)["fork"]
        row.least = True
        # All parts are those of that round.
        self.assertEqual((row.per_operation(), row.per_operation("kernel")), (10, 9))

    def test_boots_differ(self):
        merged = ubench.merged([self.column(1, 100, 100), self.column(1, 102, 102)])
        self.assertAlmostEqual(merged["fork"].spread, 0.02)
        self.assertEqual(ubench.unsteady({"x": merged}), ["x: fork: boots differ by 2.00%"])
        steady = ubench.merged([self.column(1, 1000, 1000), self.column(1, 1002, 1002)])
        self.assertEqual(ubench.unsteady({"x": steady}), [])

    def test_limit(self):
        columns = {"x": self.column(1, 1025, 1025), "y": self.column(1, 1005, 1005)}
        self.assertEqual(ubench.dearer(columns, 1), ["fork: x costs +1.99% beside y"])
        self.assertEqual(ubench.dearer(columns, 2), [])
        self.assertEqual(ubench.dearer(dict(reversed(columns.items())), 1), [])

    def test_empty_loop_is_subtracted(self):
        text = ubench.table({"x": self.column(1, 100, 100), "y": self.column(1, 200, 200)})
        # 5 instructions in 100 operations
        self.assertRegex(text, r"fork +9\.9 +19\.9? +2\.0")

    def test_refusals(self):
        for what, counts, console in (
                ("no end", counted(1, 2, 3), CONSOLE.replace("ubench: end", "")),
                ("it failed", counted(1, 2, 3), "ubench: failed: pipe"),
                ("nothing counted", "", CONSOLE),
                ("an end without a beginning", '{"lost": 2}\n', CONSOLE),
                ("no row", "", "ubench: end")):
            with self.subTest(what), self.assertRaises(ubench.BenchError):
                ubench.read(counts, console)

    def test_plugin_argument(self):
        text = ubench.plugin_argument(Path("p.so"), Path("o"), "32")
        self.assertTrue(text.startswith("p.so,out=o,range=user@0-bfffffff,range=kernel@c0000000-"))


class ProgramsTest(unittest.TestCase):
    def test_repeats_with_its_seed(self):
        self.assertEqual(programs.work(1), programs.work(1))
        self.assertNotEqual(programs.work(1)["programs/data"], programs.work(2)["programs/data"])

    def test_expectations_are_of_the_data(self):
        files = programs.work(3)
        want = hashlib.sha256(files["programs/data"].content).hexdigest()
        self.assertEqual(files["programs/expected/sha256"].content.decode(), f"{want}  -\n")

    def test_each_expectation_is_used(self):
        script = (HERE / "programs/run").read_text()
        for name in programs.work(4):
            if "/expected/" in name:
                self.assertRegex(script, rf"result {name.rpartition('/')[2]}\n")


if __name__ == "__main__":
    unittest.main()
