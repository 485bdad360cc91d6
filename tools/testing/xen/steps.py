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
from dataclasses import dataclass

VERBS = ("wait", "type", "report", "guest", "guest-until", "dom0", "dom0-until", "silent",
         "state", "disk-read", "disk-write", "net", "save-restore", "tables", "clock",
         "soak-start", "soak-check", "soak-stop")
_BARE = ("report", "net", "tables", "clock", "soak-start", "soak-check", "soak-stop")
_MAY_BE_BARE = ("save-restore",)
_WITH_RESULT = ("guest", "guest-until", "dom0", "dom0-until")
STATES = ("running", "paused", "poweroff", "reboot", "crash", "gone")


class StepError(Exception):
    """A step that cannot be understood."""


@dataclass(frozen=True)
class Step:
    verb: str
    what: str = ""
    result: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.what, self.result and f"=> {self.result}")))


def parse(text: object) -> Step:
    if not isinstance(text, str):
        raise StepError(f"a step must be a string, not {text!r}")
    verb, _, rest = text.strip().partition(" ")
    if verb not in VERBS:
        raise StepError(f"'{text}': no such step; there are {', '.join(VERBS)}")
    what, arrow, result = rest.strip().partition(" => ")
    step = Step(verb, what.strip(), result.strip())
    if bool(step.what) == (verb in _BARE) and verb not in _MAY_BE_BARE:
        raise StepError(f"'{text}': {verb} takes {'nothing' if verb in _BARE else 'something'}")
    if arrow and verb not in _WITH_RESULT:
        raise StepError(f"'{text}': {verb} has no result")
    if verb.endswith("-until") and not step.result:
        raise StepError(f"'{text}': {verb} needs a result")
    if verb == "state" and step.what not in STATES:
        raise StepError(f"'{text}': a state is one of {', '.join(STATES)}")
    if verb == "save-restore" and not re.fullmatch(r"\d*", step.what):
        raise StepError(f"'{text}': {verb} takes a number or nothing")
    if verb in ("disk-read", "disk-write") and step.what not in ("0", "1"):
        raise StepError(f"'{text}': the disk must be 0 or 1")
    for pattern in (step.result, step.what if verb in ("wait", "silent") else ""):
        try:
            re.compile(pattern)
        except re.error as error:
            raise StepError(f"'{text}': {error}") from None
    return step
