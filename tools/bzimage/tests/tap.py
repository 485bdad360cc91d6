# SPDX-License-Identifier: GPL-2.0
"""What the tests share: TAP output, running the tool, a directory of one's own."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(HERE)
sys.path.insert(1, os.path.join(SRC, '../testing'))
from tooltap import diag, main, ok, path, same, skip, tmp, write

OUT = os.environ.get('O', SRC)
TOOL = os.environ.get('BZIMAGE', os.path.join(OUT, 'bzimage'))
TIMEOUT = 60


def run(*args, **kwargs):
    """Run the tool; text in and out unless text=False."""
    kwargs.setdefault('text', True)
    return subprocess.run([TOOL, *args], stdout=kwargs.pop('stdout', subprocess.PIPE),
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=TIMEOUT,
                          **kwargs)


def run_json(*args):
    r = run(*args, '--json')
    try:
        return r, json.loads(r.stdout)
    except ValueError:
        diag(r.stdout + r.stderr)
        return r, {}


def sane(r):
    """No signal, no sanitizer report, at most one line of error."""
    return r.returncode in (0, 1, 2) and r.stderr.count('\n') <= 1
