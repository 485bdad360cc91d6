# SPDX-License-Identifier: GPL-2.0
"""Disks that bzimage-xl, as xl's bootloader=, finds a kernel on."""

from __future__ import annotations

import shutil
from pathlib import Path

import host
import legacydisk

# ext4 and partitioned: /boot with a configuration that names kernel, initrd and arguments.
# image: the bzImage itself is the disk.
FORMS = ("ext4", "partitioned", "image")

_SIZE_MIB = 24
_SECTOR = 512
_START = 2048
_GRUB = """menuentry "Another" {{
	linux /boot/not-there wrong=words
}}
menuentry "Linux" {{
	linux /boot/vmlinuz {words}
	initrd /boot/initrd
}}
set default=1
"""
_EXTLINUX = """DEFAULT linux
LABEL linux
	KERNEL ../vmlinuz
	INITRD ../initrd
	APPEND {words}
"""


def make(directory: Path, form: str, image: bytes, initrd: bytes, words: str) -> bytes:
    if form == "image":
        return image
    root = directory / "bootdisk.root"
    boot = root / "boot"
    name, text = (("grub/grub.cfg", _GRUB) if form == "ext4" else
                  ("extlinux/extlinux.conf", _EXTLINUX))
    (boot / name).parent.mkdir(parents=True)
    (boot / name).write_text(text.format(words=words))
    (boot / "vmlinuz").write_bytes(image)
    (boot / "initrd").write_bytes(initrd)
    disk = directory / "bootdisk"
    offset = _START * _SECTOR if form == "partitioned" else 0
    with open(disk, "wb") as handle:
        if offset:
            handle.write(legacydisk.master_boot_record(bytes(_SECTOR), _SIZE_MIB * 2048))
        handle.truncate(offset + (_SIZE_MIB << 20))
    host.run("mke2fs", "-q", "-t", "ext4", "-E", f"offset={offset},root_owner=0:0", "-d", root,
             disk, f"{_SIZE_MIB}M", directory=directory)
    content = disk.read_bytes()
    disk.unlink()
    shutil.rmtree(root)
    return content
