# SPDX-License-Identifier: GPL-2.0
"""What the rig's machine runs: Xen, Debian's amd64 kernel as dom0, and an initramfs with xl.

All of it comes out of Debian packages that are unpacked into the cache; nothing is installed.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import cpio
import debfetch
import host
from bootparams import SetupHeader
from cpio import Entry

HERE = Path(__file__).resolve().parent
XEN = "4.17"

_HYPERVISOR = f"xen-hypervisor-{XEN}-amd64"
_TOOLS = f"xen-utils-{XEN}"
# Where libraries of the programs below are looked for, in this order.
_LIBRARIES = (
    "libc6", "libgcc-s1", "libxenmisc4.17", "libxenstore4", "libxencall1", "libxenevtchn1",
    "libxenforeignmemory1", "libxengnttab1", "libxentoollog1", "libxendevicemodel1",
    "libxenhypfs1", "libxentoolcore1", "libyajl2", "libuuid1", "libnl-3-200", "libnl-route-3-200",
    "libbz2-1.0", "liblzma5", "liblzo2-2", "zlib1g", "libzstd1", "libaio1",
)
_XEN_BIN = f"usr/lib/xen-{XEN}/bin"
_PROGRAMS = (
    (_TOOLS, f"{_XEN_BIN}/xl"),
    (_TOOLS, f"{_XEN_BIN}/xenstored"),
    (_TOOLS, f"{_XEN_BIN}/xenconsoled"),
    (_TOOLS, f"{_XEN_BIN}/xen-init-dom0"),
    (_TOOLS, f"{_XEN_BIN}/libxl-save-helper"),
    (_TOOLS, f"{_XEN_BIN}/xen-hvmctx"),
    ("xenstore-utils", "usr/bin/xenstore-read"),
    ("xenstore-utils", "usr/bin/xenstore-write"),
    ("xenstore-utils", "usr/bin/xenstore-ls"),
)
# glibc loads it when a thread ends; without it xl aborts.
_DLOPENED = ("libgcc_s.so.1",)
_MODULES = (
    "xen-privcmd", "xenfs", "xen-evtchn", "xen-gntdev", "xen-blkback", "xen-netback", "loop",
    "virtio_pci", "virtio_blk", "virtio_console",
)
_KERNEL_PREFIX, _KERNEL_SUFFIX = "linux-image-6.1.0-", "-amd64"  # not cloud: it has no XEN_DOM0

_NEEDED = re.compile(r"\(NEEDED\).*\[(.*)\]")
_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


@dataclass(frozen=True)
class Stack:
    """What the machine is made of, as the packages have it."""

    xen_gz: bytes
    vmlinuz: bytes
    initramfs: bytes

    def write(self, xen: Path, kernel: Path, initramfs: Path) -> None:
        """For QEMU's multiboot loader, which wants a plain ELF file. Unpacking the kernel here
        saves two seconds of Xen's time under TCG."""
        xen.write_bytes(gzip.decompress(self.xen_gz))
        kernel.write_bytes(_vmlinux(self.vmlinuz))
        host.run("strip", "--strip-unneeded", kernel, directory=kernel.parent)
        initramfs.write_bytes(self.initramfs)


def kernel_package(packages: host.Packages) -> str:
    return debfetch.newest(packages.cache, _KERNEL_PREFIX, _KERNEL_SUFFIX)


def stock_vmlinuz(packages: host.Packages) -> Path:
    """Debian's amd64 kernel: dom0's, and a 64-bit domU to compare with."""
    package = kernel_package(packages)
    return packages.path(package, f"boot/vmlinuz-{package.removeprefix('linux-image-')}")


def make(packages: host.Packages) -> Stack:
    archive = io.BytesIO()
    cpio.write(_tree(packages), archive)
    return Stack(packages.path(_HYPERVISOR, f"boot/xen-{XEN}-amd64.gz").read_bytes(),
                 stock_vmlinuz(packages).read_bytes(), archive.getvalue())


def _vmlinux(image: bytes) -> bytes:
    """The ELF file in a bzImage."""
    header = SetupHeader.of_image(image)
    start = header.protected_mode_offset + header.payload_offset
    payload = image[start:start + header.payload_length]
    if not payload.startswith(b"\xfd7zXZ\0"):
        raise host.HostError("dom0's kernel is not compressed with XZ: is it Debian 12's?")
    return lzma.LZMADecompressor().decompress(payload)


def _tree(packages: host.Packages) -> dict[str, Entry]:
    names = ("bin", "dev", "etc/xen/scripts", "guest", "lib64", "mod", "proc", "run", "sys", "tmp",
             "lib", f"usr/lib/xen-{XEN}/boot", f"usr/lib/xen-{XEN}/bin", "var/lib/xen",
             "var/lib/xenstored", "var/log")
    tree = {str(parent): cpio.directory() for name in names
            for parent in (Path(name), *Path(name).parents) if parent != Path(".")}
    busybox = packages.path("busybox-static", "bin/busybox").read_bytes()
    shim = packages.path(_TOOLS, f"usr/lib/xen-{XEN}/boot/xen-shim").read_bytes()
    tree |= {
        "bin/busybox": cpio.file(busybox, executable=True),
        "dev/console": cpio.character_device(5, 1),
        "etc/xen/xl.conf": cpio.file(b'autoballoon="off"\nlockfile="/run/xl.lock"\n'),
        f"usr/lib/xen-{XEN}/boot/xen-shim": cpio.file(shim),
        "var/run": cpio.symbolic_link("/run"),
        "var/lock": cpio.symbolic_link("/run/lock"),
        "init": cpio.file((HERE / "dom0/init").read_bytes(), executable=True),
    }
    for name in ("block", "vif"):
        script = (HERE / "dom0" / name).read_bytes()
        tree[f"etc/xen/scripts/{name}"] = cpio.file(script, executable=True)
    tree |= {f"mod/{name}": entry for name, entry in modules(packages, _MODULES).items()}
    return tree | _programs(packages)


def _programs(packages: host.Packages) -> dict[str, Entry]:
    tree = {}
    wanted = list(_DLOPENED)
    for package, inside in _PROGRAMS:
        path = packages.path(package, inside)
        where = f"usr/lib/xen-{XEN}/bin" if package == _TOOLS else "bin"
        tree[f"{where}/{path.name}"] = cpio.file(path.read_bytes(), executable=True)
        wanted += _needed(path)
    while wanted:
        name = wanted.pop()
        where = f"lib64/{name}" if name.startswith("ld-linux") else f"lib/{name}"
        if where in tree:
            continue
        path = _library(packages, name)
        tree[where] = cpio.file(path.read_bytes(), executable=True)
        wanted += _needed(path)
    # Programs of Xen have an RPATH to its own folder; the loader's own are behind it.
    tree["lib/x86_64-linux-gnu"] = cpio.symbolic_link("/lib")
    tree["usr/lib/x86_64-linux-gnu"] = cpio.symbolic_link("/lib")
    tree[f"usr/lib/xen-{XEN}/lib"] = cpio.symbolic_link("/lib")
    return tree


def _needed(path: Path) -> list[str]:
    done = subprocess.run([host.program("readelf"), "-d", path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise host.HostError(f"readelf {path}: {done.stderr.strip()}")
    return _NEEDED.findall(done.stdout)


def _library(packages: host.Packages, name: str) -> Path:
    for package in (*_LIBRARIES, _TOOLS):
        root = debfetch.fetch(packages.cache, package)
        for folder in ("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64",
                       f"usr/lib/xen-{XEN}/lib/x86_64-linux-gnu"):
            if (path := root / folder / name).exists():
                return path
    raise host.HostError(f"no package listed in dom0.py has the library {name}")


def modules(packages: host.Packages, wanted: tuple[str, ...]) -> dict[str, Entry]:
    """Modules of Debian's kernel, and "order": their names, what others need first."""
    package = kernel_package(packages)
    root = packages.path(package, f"lib/modules/{package.removeprefix('linux-image-')}/kernel")
    known = {path.stem.replace("-", "_"): path for path in root.rglob("*.ko")}
    order: list[Path] = []

    def add(name: str) -> None:
        if (path := known.get(name)) is None:
            raise host.HostError(f"Debian's {package} has no module {name}")
        if path in order:
            return
        depends = _DEPENDS.search(path.read_bytes())
        for other in (depends[1].decode() if depends else "").split(","):
            if other:
                add(other.replace("-", "_"))
        order.append(path)

    for name in wanted:
        add(name.replace("-", "_"))
    files = {path.name: cpio.file(path.read_bytes()) for path in order}
    return files | {"order": cpio.file("".join(f"{path.stem}\n" for path in order).encode())}
