# SPDX-License-Identifier: GPL-2.0
"""The forms in which a case wants the kernel: as it is, its ELF part, or spoilt on purpose."""

from __future__ import annotations

import bootparams
from bootparams import SetupHeader

# The page before the protected-mode block is an ELF header, or there is no wrapper.
_WRAPPER_PAGE = 4096
_ELF_MAGIC = b"\x7fELF"
_PE_MAGIC = b"PE\0\0"
_PE_OFFSET_FIELD = 0x3C


class ImageError(Exception):
    """An image has not what a case needs."""


def wrapper_elf(image: bytes) -> bytes:
    """The ELF executable that a bzImage contains: from one page before its 32-bit block on."""
    start = SetupHeader.of_image(image).protected_mode_offset - _WRAPPER_PAGE
    if start < 0 or image[start:start + len(_ELF_MAGIC)] != _ELF_MAGIC:
        raise ImageError("the image has no ELF wrapper: no ELF header "
                         f"{_WRAPPER_PAGE} bytes before its protected-mode block")
    return image[start:]


def has_efi_stub(image: bytes) -> bool:
    if image[:2] != b"MZ":
        return False
    pe = int.from_bytes(image[_PE_OFFSET_FIELD:_PE_OFFSET_FIELD + 4], "little")
    return image[pe:pe + len(_PE_MAGIC)] == _PE_MAGIC


def changed(image: bytes, change: str) -> bytes:
    """Apply a case's `change`: "", "corrupt-payload", or "FIELD=VALUE" of the setup header."""
    if not change:
        return image
    if change == "corrupt-payload":
        return _with_corrupt_payload(image)
    field, _, value = change.partition("=")
    return bootparams.with_field(image, field, int(value, 0))


def _with_corrupt_payload(image: bytes) -> bytes:
    """Invert 16 bytes in the middle of the compressed kernel; every length stays right."""
    header = SetupHeader.of_image(image)
    middle = (header.protected_mode_offset + header.payload_offset + header.payload_length // 2)
    spoilt = bytearray(image)
    for offset in range(middle, middle + 16):
        spoilt[offset] ^= 0xFF
    return bytes(spoilt)
