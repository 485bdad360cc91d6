# SPDX-License-Identifier: GPL-2.0
"""Reads what the measurements need from ELF32 files and from a bzImage."""
import struct
from dataclasses import dataclass
from pathlib import Path

PT_LOAD = 1
SHT_SYMTAB = 2
SHN_UNDEF = 0


class FormatError(Exception):
    """The file is not what it was taken for."""


@dataclass
class Segment:
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int


class Elf:
    """An ELF32 little-endian file: its PT_LOADs and its symbols."""

    def __init__(self, data, name="ELF"):
        self.data = data
        self.name = name
        if data[:6] != b"\x7fELF\x01\x01":
            raise FormatError(f"{name}: not a 32-bit little-endian ELF file")
        try:
            self._read()
        except struct.error as e:
            raise FormatError(f"{name}: cut off ({e})") from e

    @classmethod
    def load(cls, path):
        return cls(Path(path).read_bytes(), str(path))

    def _read(self):
        (self.entry, phoff, shoff) = struct.unpack_from("<III", self.data, 24)
        (phentsize, phnum, shentsize, shnum) = struct.unpack_from("<HHHH", self.data, 42)
        self.segments = []
        for i in range(phnum):
            f = struct.unpack_from("<8I", self.data, phoff + i * phentsize)
            if f[0] == PT_LOAD:
                self.segments.append(Segment(*f[1:6]))
        sections = [struct.unpack_from("<10I", self.data, shoff + i * shentsize)
                    for i in range(shnum)]
        self.symbols = {}
        for s in sections:
            if s[1] == SHT_SYMTAB:
                self._read_symbols(s, sections[s[6]])

    def _read_symbols(self, table, strings):
        """The first of several symbols of one name stays; so do no locals' places."""
        names = self.data[strings[4]:strings[4] + strings[5]]
        for offset in range(table[4], table[4] + table[5], 16):
            name, value, _, _, _, shndx = struct.unpack_from("<IIIBBH", self.data, offset)
            if name and shndx != SHN_UNDEF:
                text = names[name:names.index(b"\0", name)].decode("latin-1")
                self.symbols.setdefault(text, value)

    def code_at(self, addr, length, physical=False):
        """Bytes at a virtual (or physical) address, as many as are in the file."""
        for s in self.segments:
            start = s.paddr if physical else s.vaddr
            if start <= addr < start + s.filesz:
                length = min(length, start + s.filesz - addr)
                return self.data[s.offset + addr - start:][:length]
        return b""


class BzImage:
    """The setup header's fields, and the wrapper ELF where there is one."""

    def __init__(self, data, name="bzImage"):
        self.data = data
        self.name = name
        if len(data) < 0x290 or data[0x202:0x206] != b"HdrS":
            raise FormatError(f"{name}: no setup header")

        def field(offset, form="<I"):
            return struct.unpack_from(form, data, offset)[0]

        self.version = field(0x206, "<H")
        if self.version < 0x20a:
            raise FormatError(f"{name}: boot protocol {self.version:#x} has no init_size")
        # The real-mode part ends, and the loaded block begins, at S.
        self.S = ((field(0x1f1, "B") or 4) + 1) * 512
        self.code32_start = field(0x214)
        self.kernel_alignment = field(0x230)
        self.relocatable = field(0x234, "B")
        self.payload_offset = field(0x248)
        self.payload_length = field(0x24c)
        self.pref_address = field(0x258, "<Q")
        self.init_size = field(0x260)
        page = max(self.S - 4096, 0)
        self.wrapper = None
        if self.S >= 4096 and data[page:page + 4] == b"\x7fELF":
            self.wrapper = Elf(data[page:], f"{name} (wrapper)")

    @classmethod
    def load(cls, path):
        return cls(Path(path).read_bytes(), str(path))

    def run_address(self, load):
        """Where the kernel is decompressed to if the block is loaded there."""
        if not self.relocatable:
            return self.pref_address
        up = -load % self.kernel_alignment
        return max(load + up, self.pref_address)
