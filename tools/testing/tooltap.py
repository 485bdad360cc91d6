# SPDX-License-Identifier: GPL-2.0
"""What the tests of a host tool share: TAP output, and a directory of one's own.

Each tool's tests/tap.py adds to it how the tool is run.
"""

import atexit
import os
import shutil
import sys
import tempfile
import traceback

tmp = tempfile.mkdtemp(prefix='tool-test.')
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
    sys.exit(1 if _failed or not _count else 0)


def main(function):
    try:
        function()
    except Exception:
        ok(False, 'the test itself', traceback.format_exc())
    done()
