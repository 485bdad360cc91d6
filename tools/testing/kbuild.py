# SPDX-License-Identifier: GPL-2.0
"""Kernel builds of tests and measurements: other sources, other options, own objects"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

COMPRESSORS = ("gzip", "bzip2", "lzma", "xz", "lzo", "lz4", "zstd")


class BuildError(Exception):
    pass


def run(cmd, **kw):
    cmd = [str(c) for c in cmd]
    r = subprocess.run(cmd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                       errors="replace", **kw)
    if r.returncode:
        raise BuildError(f"{shlex.join(cmd)}\n{(r.stdout + r.stderr)[-3000:]}")
    return r.stdout


def work_tree(prepared, where):
    """A git repository WHERE that knows the commits of the PREPARED tree; nothing checked out."""
    if not (where / ".git").exists():
        run(["git", "init", "-q", where])
        (where / ".git/objects/info/alternates").write_text(f"{prepared / '.git/objects'}\n")


def commit_of(prepared, name):
    """NAME: base (Linux as it came), tip (with series and overlay), of scripts/linux-tree"""
    return run(["git", "-C", prepared, "rev-parse", f"refs/linux-tree/{name}"]).strip()


def compressor_options(name):
    """What to set for one compressor: it on, all others off."""
    return [f"{'' if c == name else '!'}KERNEL_{c.upper()}" for c in COMPRESSORS]


def line_of(option):
    """An option, "NAME" or "NAME=VALUE", as .config has it"""
    return f"CONFIG_{option}{'' if '=' in option else '=y'}"


def _flags(option):
    """Arguments for scripts/config"""
    name, _, value = option.partition("=")
    if value:
        return ["--set-val", name, value]
    return ["-d", name[1:]] if name.startswith("!") else ["-e", name]


class Kernel:
    """A source tree, and a folder of objects made from it: without one, the tree itself."""

    def __init__(self, linux, obj=None, arch="i386", ccache=True):
        self.linux, self.obj = Path(linux), Path(obj or linux)
        self.make = ["make", "-s", "-C", self.linux, f"ARCH={arch}", f"-j{os.cpu_count()}"]
        if obj:
            self.make += [f"O={self.obj}"]
        if ccache and shutil.which("ccache"):
            self.make += ["CC=ccache gcc", "HOSTCC=ccache gcc"]

    def configure(self, config, options=(), others_off=False):
        """Start from CONFIG, turn OPTIONS on ("NAME") and off ("!NAME"), or set them ("NAME=VALUE").

        OTHERS_OFF: what CONFIG does not know is off, instead of what Kconfig takes for it
        """
        self.obj.mkdir(parents=True, exist_ok=True)
        target = self.obj / ".config"
        target.write_bytes(Path(config).read_bytes())
        flags = [f for o in options for f in _flags(o)]
        if flags:
            run([self.linux / "scripts/config", "--file", target, *flags])
        if others_off:
            wanted = self.obj / "wanted.config"
            shutil.copy(target, wanted)
            self._allnoconfig(wanted)
        else:
            run([*self.make, "olddefconfig"])
        self._taken(options)

    def configure_only(self, options, wanted):
        """Nothing but these OPTIONS ("NAME=VALUE", too), and what they cannot do without.

        WANTED: a file for them
        """
        self.obj.mkdir(parents=True, exist_ok=True)
        wanted.write_text("".join(f"# CONFIG_{o[1:]} is not set\n" if o.startswith("!") else
                                  f"{line_of(o)}\n" for o in options))
        self._allnoconfig(wanted)
        self._taken(options)

    def _allnoconfig(self, wanted):
        """What the file WANTED does not name is off."""
        run([*self.make, "allnoconfig", f"KCONFIG_ALLCONFIG={wanted}"])

    def _taken(self, options):
        got = set((self.obj / ".config").read_text().splitlines())
        for o in options:
            if (line_of(o.lstrip("!")) in got) == o.startswith("!"):
                raise BuildError(f"Kconfig did not take {o}")

    def build(self):
        run([*self.make, "bzImage"])
