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

from steplang import Language, Step, StepError

__all__ = ["Step", "StepError", "VERBS", "parse"]

VERBS = ("wait", "type", "report", "guest", "guest-until", "disk-read", "disk-write", "net",
         "clock", "wallclock")
_LANGUAGE = Language(VERBS, bare=("report", "net", "clock", "wallclock"),
                     with_result=("guest", "guest-until"), patterns=("wait",))


def parse(text: object) -> Step:
    return _LANGUAGE.parse(text)
