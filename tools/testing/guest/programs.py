# SPDX-License-Identifier: GPL-2.0
"""Debian's programs for the guest, data for them to work on, and what has to come out."""

from __future__ import annotations

import collections
import hashlib
import math
import os
import random
import re
import stat
from pathlib import Path

import cpio
import debfetch

# With the libraries that they are linked with
PACKAGES = ("libc6", "dash", "coreutils", "libselinux1", "libacl1", "libattr1", "libgmp10",
            "libpcre2-8-0", "perl-base", "libcrypt1", "grep", "sed", "gzip", "diffutils")
_UNUSED = ("usr/share", "usr/lib/i386-linux-gnu/gconv", "lib/i386-linux-gnu/gconv", "var", "etc")
_HERE = Path(__file__).resolve().parent / "programs"


def packages(cache: Path) -> dict[str, cpio.Entry]:
    """The files of all packages, without what only people read."""
    files: dict[str, cpio.Entry] = {}
    for name in PACKAGES:
        root = debfetch.fetch(cache, f"{name}:i386")
        for folder, folders, names in os.walk(root):
            inside = Path(folder).relative_to(root)
            folders[:] = [d for d in folders if not str(inside / d).startswith(_UNUSED)]
            for item in folders + names:
                path = Path(folder, item)
                files[str(inside / item)] = _entry(path)
    return files


def _entry(path: Path) -> cpio.Entry:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return cpio.Entry(stat.S_IFLNK | 0o777, os.readlink(path).encode())
    if stat.S_ISDIR(mode):
        return cpio.directory()
    return cpio.file(path.read_bytes(), bool(mode & 0o111))


def work(seed: int) -> dict[str, cpio.Entry]:
    """The scripts, their input, and expected/NAME for each result."""
    rng = random.Random(seed)
    data = rng.randbytes(300_000)
    numbers = [rng.randrange(1, 1_000_000) for _ in range(1500)]
    words = ["".join(rng.choice("abcdefiou") for _ in range(rng.randrange(2, 7)))
             for _ in range(20_000)]
    files = {"data": data, "numbers": _lines(numbers), "words": _lines(words)}
    files |= {f"expected/{name}": text if isinstance(text, bytes) else text.encode()
              for name, text in _expected(data, numbers, words).items()}
    files |= {path.name: path.read_bytes() for path in _HERE.iterdir()}
    return {"programs": cpio.directory(), "programs/expected": cpio.directory(),
            **{f"programs/{name}": cpio.file(content) for name, content in files.items()}}


def _lines(items: list) -> bytes:
    return "".join(f"{item}\n" for item in items).encode()


def _sum(content: bytes, kind: str = "sha256") -> str:
    return f"{hashlib.new(kind, content).hexdigest()}  -\n"


def _factors(n: int) -> str:
    found = []
    p = 2
    while p * p <= n:
        while n % p == 0:
            found.append(p)
            n //= p
        p += 1
    return "".join(f" {f}" for f in found + ([n] if n > 1 else []))


def _expected(data: bytes, numbers: list[int], words: list[str]) -> dict[str, str | bytes]:
    text = _lines(words)
    frequency = sorted(collections.Counter(words).items(), key=lambda item: (-item[1], item[0]))
    shell = 0
    for n in numbers:
        shell = (shell * 31 + n) % 1000003
    return {
        "sha256": _sum(data), "md5": _sum(data, "md5"), "sha512": _sum(data, "sha512"),
        "sha256-eight-times": _sum(data) * 8,
        "sorted": _sum(_lines(sorted(words))),
        "sorted-numbers": _lines(sorted(numbers)),
        "most-frequent": _lines([f"{n} {w}" for w, n in frequency[:20]]),
        "sha256-of-numbers": _sum(_lines(numbers)),
        "counted": f"{len(words)} {len(words)} {len(text)}\n",
        "first-letters": _lines(sorted({w[:2].upper() for w in words})),
        "lines-found": f"{sum('e' in w[w.find('a') + 1:] for w in words if 'a' in w)}\n",
        "letters-moved": _sum(_lines([w[1:] + w[0] for w in words])),
        "factors": _sum(_lines([f"{n}:{_factors(n)}" for n in range(1, 2001)])),
        "shell-sum": f"{shell}\n",
        "fibonacci": "89\n",
        "traps": "trapped\nhere\n",
        "perl-arithmetic": _perl_arithmetic(numbers),
        "perl-matches": _perl_matches(words),
        "perl-hash": f"{sum(map(len, words))}\n",
        "perl-processes": f"{500500 * sum(range(1, 21))}\n"
                          f"{sum(len(f'line {i};') for i in range(1, 101))} LINE 1;LINE 2;\n",
    }


def _perl_arithmetic(numbers: list[int]) -> str:
    xor, roots, product = 0, 0.0, 1
    for n in numbers:
        xor ^= n
        roots += math.sqrt(n)
        product = product * (n % 997 + 1) % 65521
    return (f"{sum(numbers)} {xor} {roots:.6f} {product}\n"
            f"{math.sin(1):.12f} {math.exp(1):.12f} {math.pi:.12f}\n")


def _perl_matches(words: list[str]) -> str:
    found: collections.Counter = collections.Counter()
    for w in words:
        for m in re.finditer(r"([bcdf])([aeiou])\1", w):
            found[m.group(1) + m.group(2)] += 1
    return "".join(f"{k} {n}\n" for k, n in sorted(found.items()))
