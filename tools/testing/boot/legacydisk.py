# SPDX-License-Identifier: GPL-2.0
"""A hard disk that GRUB Legacy 0.97 boots from, made without its own 32-bit set-up shell.

    sector 0        stage1, with a partition table
    sector 1...     stage2, in the gap before the first partition
    sector 2048...  the partition: ext2 as GRUB Legacy can read it, with /boot/grub/menu.lst

This is the layout GRUB documents for floppies, and the one stage1 (next sector: 1) and stage2
(its own remainder: from sector 2) are assembled for; nothing but the partition that holds the
menu has to be filled in.
"""

from __future__ import annotations

import struct
from pathlib import Path

import host

_SECTOR = 512
_PARTITION_START = 2048
_PARTITION_MIB = 32

_PARTITION_TABLE = 446
_BOOT_SIGNATURE = b"\x55\xaa"
_TYPE_LINUX = 0x83

# In stage2's second sector, behind a jump: two bytes of version, then the partition as GRUB
# numbers it, 0xffffff being the whole disk and 0x00ffff the first primary partition.
_VERSION_OFFSET = _SECTOR + 6
_VERSION = b"\x03\x02"
_INSTALL_PARTITION_OFFSET = _SECTOR + 8
_FIRST_PARTITION = 0x00FFFF


def make(disk: Path, stage1: bytes, stage2: bytes, root: Path) -> None:
    """Write the image `disk`; the partition holds the files of the directory `root`."""
    if stage2[_VERSION_OFFSET:_VERSION_OFFSET + len(_VERSION)] != _VERSION:
        raise host.HostError("stage2 is not GRUB Legacy 0.97's")
    if _SECTOR + len(stage2) > _PARTITION_START * _SECTOR:
        raise host.HostError("stage2 does not fit before the partition")
    patched = bytearray(stage2)
    struct.pack_into("<I", patched, _INSTALL_PARTITION_OFFSET, _FIRST_PARTITION)
    sectors = _PARTITION_MIB * 1024 * 1024 // _SECTOR
    with open(disk, "wb") as handle:
        handle.write(master_boot_record(stage1, sectors))
        handle.write(patched)
        handle.truncate((_PARTITION_START + sectors) * _SECTOR)
    # Inodes of 128 bytes and no feature younger than GRUB Legacy.
    host.run("mke2fs", "-q", "-t", "ext2", "-I", 128, "-O", "none,filetype,sparse_super",
             "-E", f"offset={_PARTITION_START * _SECTOR},root_owner=0:0", "-d", root,
             disk, f"{_PARTITION_MIB}M", directory=disk.parent)


def master_boot_record(stage1: bytes, sectors: int) -> bytes:
    active, no_chs = 0x80, b"\xfe\xff\xff"
    entry = struct.pack("<B3sB3sII", active, no_chs, _TYPE_LINUX, no_chs, _PARTITION_START, sectors)
    table = entry + bytes(3 * len(entry))
    return stage1[:_PARTITION_TABLE] + table + _BOOT_SIGNATURE
