# SPDX-License-Identifier: GPL-2.0
"""The steps of a case as the table has them: "VERB WHAT => REGEX". play.py does them.

    wait REGEX               until it is on the console, behind what was waited for before
    type TEXT                on the guest's console, and Enter
    report                   judge the report that the guest's init prints
    guest COMMAND => REGEX   the guest runs it: it must end with 0, its output must match
    guest-until C => REGEX   the same again and again, until the output matches
    disk-read N              disk N has what the harness wrote
    disk-write N             what the guest writes to disk N is in the harness's file
    net                      pings of several sizes, and a megabyte to and fro by TCP
    clock                    what the guest takes for two seconds is that to us, too
    wallclock                the guest knows what time it is

"=> REGEX" may be left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

VERBS = ("wait", "type", "report", "guest", "guest-until", "disk-read", "disk-write", "net",
         "clock", "wallclock")
_BARE = ("report", "net", "clock", "wallclock")
_WITH_RESULT = ("guest", "guest-until")


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
    if bool(step.what) == (verb in _BARE):
        raise StepError(f"'{text}': {verb} takes {'nothing' if verb in _BARE else 'something'}")
    if arrow and verb not in _WITH_RESULT:
        raise StepError(f"'{text}': {verb} has no result")
    if verb == "guest-until" and not step.result:
        raise StepError(f"'{text}': {verb} needs a result")
    if verb in ("disk-read", "disk-write") and step.what not in ("0", "1"):
        raise StepError(f"'{text}': the disk must be 0 or 1")
    for pattern in (step.result, step.what if verb == "wait" else ""):
        try:
            re.compile(pattern)
        except re.error as error:
            raise StepError(f"'{text}': {error}") from None
    return step
