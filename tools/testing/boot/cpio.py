# SPDX-License-Identifier: GPL-2.0
"""Write a "newc" cpio archive, the format of Linux's initramfs.

Every time stamp is zero and every owner root, so that the same content gives the same bytes;
device nodes are only described in the archive, so that making them takes no privilege.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import BinaryIO

# "newc": magic, then these 13 fields of eight hexadecimal digits each.
_MAGIC = b"070701"
_ALIGNMENT = 4
_TRAILER = "TRAILER!!!"


@dataclass(frozen=True)
class Entry:
    """One file of a tree. `mode` has the type bits; a symbolic link's content is its target."""

    mode: int
    content: bytes = b""
    device: tuple[int, int] = (0, 0)


def directory() -> Entry:
    return Entry(stat.S_IFDIR | 0o755)


def file(content: bytes, executable: bool = False) -> Entry:
    return Entry(stat.S_IFREG | (0o755 if executable else 0o644), content)


def symbolic_link(target: str) -> Entry:
    return Entry(stat.S_IFLNK | 0o777, target.encode())


def character_device(major: int, minor: int) -> Entry:
    return Entry(stat.S_IFCHR | 0o600, device=(major, minor))


def write(tree: dict[str, Entry], out: BinaryIO) -> None:
    """Write `tree` (path without a leading slash -> entry); parents come before their children."""
    for inode, path in enumerate(sorted(tree), start=1):
        _write_entry(path, tree[path], inode, out)
    _write_entry(_TRAILER, Entry(0), 0, out)


def _write_entry(path: str, entry: Entry, inode: int, out: BinaryIO) -> None:
    name = path.encode() + b"\0"
    links = 2 if stat.S_ISDIR(entry.mode) else 1
    uid = gid = mtime = device_major = device_minor = checksum = 0
    fields = (inode, entry.mode, uid, gid, links, mtime, len(entry.content),
              device_major, device_minor, *entry.device, len(name), checksum)
    header = _MAGIC + b"".join(b"%08x" % field for field in fields)
    out.write(_padded(header + name))
    out.write(_padded(entry.content))


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _ALIGNMENT)
