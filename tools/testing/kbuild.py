# SPDX-License-Identifier: GPL-2.0
"""Kernel builds of tests and measurements: other sources, other options, own objects"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

# Options for Kernel.configure_only(): little but what booting needs and what the series touches
SMALL = """!64BIT M686 X86_GENERIC HIGHMEM64G SMP PRINTK EXPERT BUG KALLSYMS TTY SERIAL_8250
    SERIAL_8250_CONSOLE EARLY_PRINTK X86_VERBOSE_BOOTUP BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT
    PROC_FS PROC_SYSCTL SYSFS DEVTMPFS SHMEM TMPFS MULTIUSER FUTEX POSIX_TIMERS FILE_LOCKING EPOLL
    PCI ACPI EFI HYPERVISOR_GUEST PARAVIRT PARAVIRT_SPINLOCKS XEN XEN_PV HVC_XEN CPU_MITIGATIONS
    MITIGATION_PAGE_TABLE_ISOLATION MODULES MODIFY_LDT_SYSCALL""".split()
KASLR = ["RELOCATABLE", "RANDOMIZE_BASE"]
# Where "variants" has its objects of a kernel that is SMALL and KASLR, gzip and with the EFI stub:
# check-series, which builds the same in a tree of its own, finds them in ccache under that name.
SMALL_KASLR = "kaslr"

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


def seen_as(*names):
    """Put in front of a command, this makes it see folders under the names of others, which ccache
    knows.  NAMES: (folder, other) ...  Nothing where that cannot be had."""
    mounts = [str(name) for pair in names for name in pair]
    enter = ["unshare", "-m", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-ec",
             "; ".join(['mount --bind "$1" "$2"; shift 2'] * len(names)) + '; exec "$@"', "sh", *mounts]
    if subprocess.run([*enter, "true"], capture_output=True).returncode:
        print("# no mount namespace: building without ccache's help", flush=True)
        return []
    return enter


class Kernel:
    """A source tree, and a folder of objects made from it: without one, the tree itself.

    LIKE: the (tree, objects) under whose names they are to be compiled, both of which exist
    """

    def __init__(self, linux, obj=None, arch="i386", ccache=True, like=None):
        self.linux, self.obj = Path(linux), Path(obj or linux)
        enter = seen_as((self.linux, like[0]), (self.obj, like[1])) if like else []
        at_linux, at_obj = like if enter else (self.linux, self.obj)
        self.make = [*enter, "make", "-s", "-C", at_linux, f"ARCH={arch}", f"-j{os.cpu_count()}"]
        if obj:
            self.make += [f"O={at_obj}"]
        if ccache and shutil.which("ccache"):
            self.make += ["CC=ccache gcc", "HOSTCC=ccache gcc"]

    def configure(self, config, options=(), others_off=False):
        """Start from CONFIG, turn OPTIONS on ("NAME") and off ("!NAME").

        OTHERS_OFF: what CONFIG does not know is off, instead of what Kconfig takes for it
        """
        self.obj.mkdir(parents=True, exist_ok=True)
        target = self.obj / ".config"
        target.write_bytes(Path(config).read_bytes())
        flags = [f for o in options for f in (("-d", o[1:]) if o.startswith("!") else ("-e", o))]
        if flags:
            run([self.linux / "scripts/config", "--file", target, *flags])
        if others_off:
            wanted = self.obj / "wanted.config"
            shutil.copy(target, wanted)
            self._allnoconfig(wanted)
        else:
            self.olddefconfig()
        self._taken(options)

    def configure_only(self, options, wanted):
        """Nothing but these OPTIONS ("NAME=VALUE", too), and what they cannot do without.

        WANTED: a file for them
        """
        self.obj.mkdir(parents=True, exist_ok=True)
        wanted.write_text("".join(f"# CONFIG_{o[1:]} is not set\n" if o.startswith("!") else
                                  f"CONFIG_{o}{'' if '=' in o else '=y'}\n" for o in options))
        self._allnoconfig(wanted)
        self._taken(options)

    def olddefconfig(self):
        """Take .config to a source that has changed."""
        run([*self.make, "olddefconfig"])

    def _allnoconfig(self, wanted):
        """What the file WANTED does not name is off."""
        run([*self.make, "allnoconfig", f"KCONFIG_ALLCONFIG={wanted}"])

    def _taken(self, options):
        got = set((self.obj / ".config").read_text().splitlines())
        for o in options:
            line = f"CONFIG_{o.lstrip('!')}{'' if '=' in o else '=y'}"
            if (line in got) == o.startswith("!"):
                raise BuildError(f"Kconfig did not take {o}")

    def build(self):
        run([*self.make, "bzImage"])
