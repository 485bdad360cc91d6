# SPDX-License-Identifier: GPL-2.0
"""The steps of a case as the table has them: "VERB WHAT => REGEX". play.py does them.

    wait REGEX               until it is on the console, behind what was waited for before
    type TEXT                on the domU's console, and Enter
    report                   judge the report that the domU's init prints
    guest COMMAND => REGEX   the domU runs it: it must end with 0, its output must match
    guest-until C => REGEX   the same again and again, until the output matches
    dom0 COMMAND => REGEX    the same two in dom0
    dom0-until C => REGEX
    silent REGEX             it does not come to the console for a while
    state WORD               until the domain is running, paused, poweroff, reboot, crash or gone
    disk-read N              disk N has what the harness wrote
    disk-write N             what the domU writes to disk N is in the harness's file
    net                      ping, greeting and a megabyte each way by TCP
    save-restore [N]         xl save, xl restore, N times; the shell on the console goes on, and
                             each worker of soak, if that runs
    tables                   all page tables, GDTs and LDTs of the domU are read-only
    clock                    the domU's wall clock is that of dom0
    soak-start               work that checks itself (../guest/soak) starts, on the first disk and
                             over the network, too, if the case has them
    soak-check               each worker goes on, and has found nothing wrong
    soak-stop                the same, and it ends

"=> REGEX" may be left out.
"""

from __future__ import annotations

import re

from steplang import Language, Step, StepError

__all__ = ["STATES", "Step", "StepError", "VERBS", "parse"]

VERBS = ("wait", "type", "report", "guest", "guest-until", "dom0", "dom0-until", "silent",
         "state", "disk-read", "disk-write", "net", "save-restore", "tables", "clock",
         "soak-start", "soak-check", "soak-stop")
STATES = ("running", "paused", "poweroff", "reboot", "crash", "gone")
_LANGUAGE = Language(
    VERBS, bare=("report", "net", "tables", "clock", "soak-start", "soak-check", "soak-stop"),
    with_result=("guest", "guest-until", "dom0", "dom0-until"), patterns=("wait", "silent"),
    may_be_bare=("save-restore",))


def parse(text: object) -> Step:
    step = _LANGUAGE.parse(text)
    if step.verb == "state" and step.what not in STATES:
        raise StepError(f"'{text}': a state is one of {', '.join(STATES)}")
    if step.verb == "save-restore" and not re.fullmatch(r"\d*", step.what):
        raise StepError(f"'{text}': {step.verb} takes a number or nothing")
    return step
