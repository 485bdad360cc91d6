# SPDX-License-Identifier: GPL-2.0
"""Formats the harness reads and writes itself: cpio, setup header, images, partitioned disk."""

import io
import struct
import sys
import unittest

sys.dont_write_bytecode = True

import bootparams
import cpio
import images
import legacydisk
from bootparams import SetupHeader

SETUP_SECTS = 15
BLOCK = (SETUP_SECTS + 1) * 512


def small_bzimage(wrapper: bytes = b"") -> bytes:
    """Sixteen sectors of setup, and a page of "payload" 64 bytes into the 32-bit block."""
    image = bytearray(BLOCK + 4096)
    image[0x202:0x206] = b"HdrS"
    image[BLOCK - 4096:BLOCK - 4096 + len(wrapper)] = wrapper
    for name, value in (("setup_sects", SETUP_SECTS), ("version", 0x20F), ("cmdline_size", 2047),
                        ("payload_offset", 64), ("payload_length", 4000)):
        image = bytearray(bootparams.with_field(bytes(image), name, value))
    return bytes(image)


class Cpio(unittest.TestCase):
    def setUp(self) -> None:
        self.tree = {"dev": cpio.directory(), "dev/console": cpio.character_device(5, 1),
                     "init": cpio.file(b"#!/bin/sh\n", executable=True)}

    def archive(self, tree: dict[str, cpio.Entry]) -> bytes:
        out = io.BytesIO()
        cpio.write(tree, out)
        return out.getvalue()

    def test_read_back(self) -> None:
        archive, offset, found = self.archive(self.tree), 0, {}
        while offset < len(archive):
            self.assertEqual(archive[offset:offset + 6], b"070701")
            fields = [int(archive[at:at + 8], 16) for at in range(offset + 6, offset + 110, 8)]
            name_end = offset + 110 + fields[11]
            name = archive[offset + 110:name_end - 1].decode()
            start = (name_end + 3) // 4 * 4
            found[name] = (fields[1], archive[start:start + fields[6]], fields[5], fields[9:11])
            offset = (start + fields[6] + 3) // 4 * 4
        self.assertEqual(list(found), ["dev", "dev/console", "init", "TRAILER!!!"])
        self.assertEqual(found["dev"], (0o040755, b"", 0, [0, 0]))
        self.assertEqual(found["dev/console"], (0o020600, b"", 0, [5, 1]))
        self.assertEqual(found["init"], (0o100755, b"#!/bin/sh\n", 0, [0, 0]))

    def test_same_content_same_bytes(self) -> None:
        self.assertEqual(self.archive(self.tree), self.archive(dict(reversed(self.tree.items()))))


class Header(unittest.TestCase):
    def test_fields(self) -> None:
        header = SetupHeader.of_image(small_bzimage())
        self.assertEqual((header.version, header.cmdline_size), (0x20F, 2047))
        self.assertEqual(header.protected_mode_offset, BLOCK)

    def test_no_setup_sectors_means_four(self) -> None:
        image = bootparams.with_field(small_bzimage(), "setup_sects", 0)
        self.assertEqual(SetupHeader.of_image(image).protected_mode_offset, 5 * 512)

    def test_not_an_image(self) -> None:
        with self.assertRaisesRegex(bootparams.HeaderError, "HdrS"):
            SetupHeader.of_image(bytes(8192))

    def test_e820(self) -> None:
        page = bytearray(4096)
        page[0x1E8] = 2
        struct.pack_into("<QQIQQI", page, 0x2D0, 0, 0x9FC00, 1, 1 << 32, 1 << 30, 2)
        self.assertEqual(bootparams.e820_table(bytes(page)),
                         [bootparams.E820Entry(0, 0x9FC00, 1),
                          bootparams.E820Entry(1 << 32, 1 << 30, 2)])


class Images(unittest.TestCase):
    def test_wrapper_runs_to_the_end(self) -> None:
        image = small_bzimage(b"\x7fELF")
        self.assertEqual(images.wrapper_elf(image), image[BLOCK - 4096:])

    def test_no_wrapper(self) -> None:
        with self.assertRaisesRegex(images.ImageError, "no ELF wrapper"):
            images.wrapper_elf(small_bzimage())

    def test_corruption_is_inside_the_payload(self) -> None:
        image = small_bzimage()
        spoilt = images.changed(image, "corrupt-payload")
        places = [at for at, pair in enumerate(zip(image, spoilt)) if pair[0] != pair[1]]
        self.assertEqual(len(places), 16)
        self.assertTrue(BLOCK + 64 <= places[0] and places[-1] < BLOCK + 64 + 4000)
        self.assertEqual(len(spoilt), len(image))

    def test_header_field(self) -> None:
        image = images.changed(small_bzimage(), "hardware_subarch=0x7")
        self.assertEqual(SetupHeader.of_image(image).hardware_subarch, 7)

    def test_efi_stub(self) -> None:
        image = bytearray(small_bzimage())
        self.assertFalse(images.has_efi_stub(bytes(image)))
        image[:2] = b"MZ"
        struct.pack_into("<I", image, 0x3C, 0x80)
        self.assertFalse(images.has_efi_stub(bytes(image)))
        image[0x80:0x84] = b"PE\0\0"
        self.assertTrue(images.has_efi_stub(bytes(image)))


class LegacyDisk(unittest.TestCase):
    def test_master_boot_record(self) -> None:
        record = legacydisk.master_boot_record(b"\xeb\x48" + bytes(510), 65536)
        self.assertEqual(len(record), 512)
        self.assertEqual(record[:2], b"\xeb\x48")
        self.assertEqual(record[510:], b"\x55\xaa")
        self.assertEqual(struct.unpack_from("<B3xB3xII", record, 446), (0x80, 0x83, 2048, 65536))


if __name__ == "__main__":
    unittest.main()
