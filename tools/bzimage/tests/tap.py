# SPDX-License-Identifier: GPL-2.0
"""What the tests share: TAP output, running the tool, a directory of one's own."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(HERE)
OUT = os.environ.get('O', SRC)
TOOL = os.environ.get('BZIMAGE', os.path.join(OUT, 'bzimage'))
TIMEOUT = 60

tmp = tempfile.mkdtemp(prefix='bzimage-test.')
atexit.register(shutil.rmtree, tmp, ignore_errors=True)

_count = 0
_failed = 0


def path(name):
    return os.path.join(tmp, name)


def write(name, data):
    with open(path(name), 'wb') as f:
        f.write(data)
    return path(name)


def diag(text):
    for line in str(text).splitlines():
        print('# ' + line)


def ok(condition, name, why=''):
    global _count, _failed
    _count += 1
    name = name.replace('#', '')
    print('%s %d - %s' % ('ok' if condition else 'not ok', _count, name), flush=True)
    if not condition:
        _failed += 1
        diag(why)
    return condition


def skip(name, reason):
    global _count
    _count += 1
    print('ok %d - %s # SKIP %s' % (_count, name, reason), flush=True)


def same(got, want, name):
    return ok(got == want, name, 'got:  %r\nwant: %r' % (got, want))


def done():
    print('1..%d' % _count)
    sys.exit(1 if _failed else 0)


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


def main(function):
    try:
        function()
    except Exception:
        ok(False, 'the test itself', traceback.format_exc())
    done()
