# SPDX-License-Identifier: GPL-2.0
"""What a case of a guest's matrix does, step by step: "VERB WHAT => RESULT". Which verbs there are
is the matrix's own."""

from __future__ import annotations

import re
from dataclasses import dataclass


class StepError(Exception):
    """A step that cannot be understood."""


@dataclass(frozen=True)
class Step:
    verb: str
    what: str = ""
    result: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.what, self.result and f"=> {self.result}")))


@dataclass(frozen=True)
class Language:
    verbs: tuple[str, ...]
    bare: tuple[str, ...]
    """take nothing"""
    with_result: tuple[str, ...]
    """may have a result; those named *-until must"""
    patterns: tuple[str, ...]
    """take a regular expression; so is each result"""
    may_be_bare: tuple[str, ...] = ()

    def parse(self, text: object) -> Step:
        if not isinstance(text, str):
            raise StepError(f"a step must be a string, not {text!r}")
        verb, _, rest = text.strip().partition(" ")
        if verb not in self.verbs:
            raise StepError(f"'{text}': no such step; there are {', '.join(self.verbs)}")
        what, arrow, result = rest.strip().partition(" => ")
        step = Step(verb, what.strip(), result.strip())
        if bool(step.what) == (verb in self.bare) and verb not in self.may_be_bare:
            raise StepError(
                f"'{text}': {verb} takes {'nothing' if verb in self.bare else 'something'}")
        if arrow and verb not in self.with_result:
            raise StepError(f"'{text}': {verb} has no result")
        if verb.endswith("-until") and not step.result:
            raise StepError(f"'{text}': {verb} needs a result")
        if verb in ("disk-read", "disk-write") and step.what not in ("0", "1"):
            raise StepError(f"'{text}': the disk must be 0 or 1")
        for pattern in (step.result, step.what if verb in self.patterns else ""):
            try:
                re.compile(pattern)
            except re.error as error:
                raise StepError(f"'{text}': {error}") from None
        return step
