# SPDX-License-Identifier: GPL-2.0
"""What the tests share: TAP output, running the program, a directory of one's own."""

import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.dirname(HERE)
sys.path.insert(1, os.path.join(SRC, '../testing'))
from tooltap import diag, main, ok, path, same, skip, tmp, write

OUT = os.environ.get('O', SRC)
TOOL = os.environ.get('BZIMAGE_XL', os.path.join(OUT, 'bzimage-xl'))
TIMEOUT = 60

_disks = 0


def run(*args, **kwargs):
    kwargs.setdefault('timeout', TIMEOUT)
    return subprocess.run([TOOL, *args], stdout=kwargs.pop('stdout', subprocess.PIPE),
                          stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, **kwargs)


class Answer:
    """What xl would see of one run: status, items, and the files' contents."""

    def __init__(self, disk, *own, before=(), output_format='simple0', **kwargs):
        """own are bootloader_args=, before is what xl puts there itself."""
        global _disks
        _disks += 1
        self.dir = path('bootloader.%d.d' % _disks)
        self.out = path('bootloader.%d.out' % _disks)
        # As libxl makes them
        os.mkdir(self.dir, 0o700 if os.geteuid() else 0o600)
        open(self.out, 'wb').close()
        r = run(*before, '--output=' + self.out, '--output-format=' + output_format,
                '--output-directory=' + self.dir, *own, disk, **kwargs)
        self.status = r.returncode
        self.err = r.stderr.decode(errors='replace')
        self.stdout = r.stdout
        with open(self.out, 'rb') as f:
            self.raw = f.read()
        self.items = {}
        if output_format == 'simple0':
            for item in self.raw.split(b'\0')[:-1]:
                key, _, value = item.decode().partition(' ')
                self.items[key] = value
        self.args = self.items.get('args')
        self.kernel = self.contents('kernel')
        self.ramdisk = self.contents('ramdisk')
        # What is there that the answer does not name, beside the answer too
        named = {os.path.basename(self.items[k]) for k in ('kernel', 'ramdisk')
                 if k in self.items}
        self.left_over = sorted(set(os.listdir(self.dir)) - named) + \
            [f for f in os.listdir(tmp) if f.startswith(os.path.basename(self.out) + '.')]
        shutil.rmtree(self.dir)

    def contents(self, key):
        name = self.items.get(key)
        if name is None:
            return None
        with open(name, 'rb') as f:
            return f.read()

    def __repr__(self):
        return 'status %d, err %r, raw %r, kernel %r, ramdisk %r, left over %r' % (
            self.status, self.err, self.raw, self.kernel and len(self.kernel),
            self.ramdisk and len(self.ramdisk), self.left_over)
