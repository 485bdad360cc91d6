# SPDX-License-Identifier: GPL-2.0
"""The setup header and struct boot_params of the x86 boot protocol, as far as the tests look.

A bzImage begins with the same layout that the kernel later finds in its zero page: the setup
header stands at 0x1f1 in both. Offsets are those of Documentation/arch/x86/boot.rst and
arch/x86/include/uapi/asm/bootparam.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

ZERO_PAGE_SIZE = 4096
HEADER_MAGIC = b"HdrS"

LOADED_HIGH = 0x01
E820_RAM = 1

# Field of the setup header -> (offset, struct format).
_HEADER_FIELDS = {
    "setup_sects": (0x1F1, "<B"),
    "boot_flag": (0x1FE, "<H"),
    "version": (0x206, "<H"),
    "type_of_loader": (0x210, "<B"),
    "loadflags": (0x211, "<B"),
    "code32_start": (0x214, "<I"),
    "ramdisk_image": (0x218, "<I"),
    "ramdisk_size": (0x21C, "<I"),
    "cmd_line_ptr": (0x228, "<I"),
    "cmdline_size": (0x238, "<I"),
    "hardware_subarch": (0x23C, "<I"),
    "payload_offset": (0x248, "<I"),
    "payload_length": (0x24C, "<I"),
    "pref_address": (0x258, "<Q"),
}
_MAGIC_OFFSET = 0x202
_E820_ENTRIES_OFFSET = 0x1E8
_E820_TABLE_OFFSET = 0x2D0
_E820_ENTRY = struct.Struct("<QQI")
_E820_MAX = 128


class HeaderError(Exception):
    """The file is no bzImage."""


def has_magic(data: bytes) -> bool:
    return data[_MAGIC_OFFSET:_MAGIC_OFFSET + len(HEADER_MAGIC)] == HEADER_MAGIC


@dataclass(frozen=True)
class SetupHeader:
    setup_sects: int
    boot_flag: int
    version: int
    type_of_loader: int
    loadflags: int
    code32_start: int
    ramdisk_image: int
    ramdisk_size: int
    cmd_line_ptr: int
    cmdline_size: int
    hardware_subarch: int
    payload_offset: int
    payload_length: int
    pref_address: int

    @classmethod
    def of_image(cls, image: bytes) -> SetupHeader:
        if not has_magic(image):
            raise HeaderError("not a bzImage: 'HdrS' is not at 0x202")
        return cls.parse(image)

    @classmethod
    def parse(cls, data: bytes) -> SetupHeader:
        """Read the fields out of the first bytes of a bzImage, or out of a zero page."""
        return cls(**{name: struct.unpack_from(form, data, offset)[0]
                      for name, (offset, form) in _HEADER_FIELDS.items()})

    @property
    def protected_mode_offset(self) -> int:
        """Where a bzImage's protected-mode block starts in the file; 0 sectors mean 4."""
        return ((self.setup_sects or 4) + 1) * 512


@dataclass(frozen=True)
class E820Entry:
    start: int
    size: int
    kind: int


def e820_table(zero_page: bytes) -> list[E820Entry]:
    count = min(zero_page[_E820_ENTRIES_OFFSET], _E820_MAX)
    offsets = range(_E820_TABLE_OFFSET, _E820_TABLE_OFFSET + count * _E820_ENTRY.size,
                    _E820_ENTRY.size)
    return [E820Entry(*_E820_ENTRY.unpack_from(zero_page, offset)) for offset in offsets]


def with_field(image: bytes, name: str, value: int) -> bytes:
    """A copy of `image` with one field of its setup header changed."""
    offset, form = _HEADER_FIELDS[name]
    changed = bytearray(image)
    struct.pack_into(form, changed, offset, value)
    return bytes(changed)
