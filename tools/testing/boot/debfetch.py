#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Fetch a Debian package of any architecture and unpack it below a cache directory.

    debfetch.py --cache DIR busybox-static:i386 grub-pc-bin ...

prints one line per package: the directory it was unpacked to. Nothing is installed: the host's
dpkg and apt databases are not touched, foreign architectures need not be enabled, root is not
needed. apt keeps its lists in DIR/apt; a package that has been unpacked once is never asked for
again, so a filled cache works offline. A directory DIR/deb/NAME_ARCH exists only if it is
complete: unpacking happens next to it and ends in a rename, so that an interrupted run is simply
started again.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

# Architectures the private package lists cover. The first one is what a name without ":arch" means.
ARCHITECTURES = ("amd64", "i386")

# Used where the host's apt names no Debian archive, e.g. on another distribution.
FALLBACK_SOURCES = ("http://deb.debian.org/debian/ bookworm main",)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class FetchError(Exception):
    """A package could not be had; the text says which one and why."""


def fetch(cache: Path, package: str) -> Path:
    """Directory with the unpacked `package` ("name" or "name:arch"); fetches it if need be."""
    name, _, arch = package.partition(":")
    arch = arch or ARCHITECTURES[0]
    if arch not in ARCHITECTURES:
        raise FetchError(f"{package}: architecture must be one of {', '.join(ARCHITECTURES)}")
    cache = cache.absolute()
    target = cache / "deb" / f"{name}_{arch}"
    if target.is_dir():
        return target
    for program in ("apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise FetchError(f"{package}: {program} is missing: this needs a Debian host, "
                             f"or a cache filled elsewhere ({target})")
    target.parent.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        if not target.is_dir():
            _download_and_unpack(cache, name, arch, target)
    return target


def newest(cache: Path, prefix: str, suffix: str, arch: str = ARCHITECTURES[0]) -> str:
    """The package whose name is `prefix`, a number, `suffix`, with the highest number.

    One that the cache already has is preferred, so that a filled cache works offline and what is
    made of it stays the same.
    """
    pattern = re.compile(re.escape(prefix) + r"(\d+)" + re.escape(suffix))

    def best(names: Iterable[str]) -> str:
        numbers = [int(match[1]) for name in names if (match := pattern.fullmatch(name))]
        return f"{prefix}{max(numbers)}{suffix}" if numbers else ""

    cache = cache.absolute()
    (cache / "deb").mkdir(parents=True, exist_ok=True)
    if found := best(path.name.removesuffix(f"_{arch}") for path in (cache / "deb").iterdir()):
        return found
    apt = _apt_command(cache)
    with _locked(cache / "lock"):
        found = best(_names(apt, prefix))
        problem = "" if found else _update(cache, apt)
        found = found or best(_names(apt, prefix))
    if not found:
        raise FetchError("\n".join(filter(None, (f"{prefix}N{suffix}: no such package", problem))))
    return found


def _names(apt: list[str], prefix: str) -> list[str]:
    answer = subprocess.run(["apt-cache", *apt[1:], "pkgnames", prefix], stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    return answer.stdout.split()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two programs may share a cache; apt's own locks would make the second one fail, not wait."""
    with open(path, "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _download_and_unpack(cache: Path, name: str, arch: str, target: Path) -> None:
    apt = _apt_command(cache)
    download = [*apt, "download", f"{name}:{arch}"]
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{name}_{arch}.") as scratch:
        if _run(download, scratch):
            # No lists yet, or old ones: the archive drops a version when the next one comes.
            # One index out of several may be broken on a mirror, so that what counts is not
            # whether the update did well but whether the package can be had afterwards.
            update_problem = _update(cache, apt)
            if problem := _run(download, scratch):
                raise FetchError("\n".join(filter(None, (
                    f"{name}:{arch}: cannot be downloaded: {problem}", update_problem))))
        archive = next(Path(scratch).glob("*.deb"))
        tree = Path(scratch) / "tree"
        if problem := _run(["dpkg-deb", "-x", str(archive), str(tree)], scratch):
            raise FetchError(f"{name}:{arch}: {archive.name} cannot be unpacked: {problem}")
        tree.rename(target)


def _apt_command(cache: Path) -> list[str]:
    """apt-get with every path that it writes to, or takes package states from, in the cache."""
    root = cache / "apt"
    for directory in ("lists/partial", "archives/partial", "sources.d"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    options = {
        "Dir::State": root,
        "Dir::State::Lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root,
        "Dir::Cache::archives": root / "archives",
        "Dir::Etc::SourceList": root / "sources.list",
        "Dir::Etc::SourceParts": root / "sources.d",
        "APT::Architecture": ARCHITECTURES[0],
        "APT::Architectures": ",".join(ARCHITECTURES),
        "APT::Sandbox::User": "root",  # no privilege to drop, and "_apt" cannot write here
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    return ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]


def _update(cache: Path, apt: list[str]) -> str:
    sources = "".join(f"deb [signed-by={KEYRING}] {line}\n" for line in _debian_sources())
    (cache / "apt" / "sources.list").write_text(sources)
    return _run([*apt, "update"], str(cache))


def _debian_sources() -> list[str]:
    """The Debian archives (and mirrors) that the host itself uses, without third parties'."""
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT)",
         "Created-By: Packages", "Origin: Debian"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return sorted(set(answer.stdout.splitlines())) or list(FALLBACK_SOURCES)


def _run(argv: list[str], directory: str) -> str:
    """Run a program; an empty string if it did well, else what it complained about."""
    done = subprocess.run(argv, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False, env={**os.environ, "LC_ALL": "C"})
    if done.returncode == 0:
        return ""
    return (done.stderr or done.stdout).strip() or f"{argv[0]} exit status {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description="fetch and unpack Debian packages")
    parser.add_argument("--cache", type=Path, required=True, help="where everything is kept")
    parser.add_argument("package", nargs="+", help="NAME or NAME:ARCH")
    arguments = parser.parse_args()
    try:
        for package in arguments.package:
            print(fetch(arguments.cache, package))
    except FetchError as error:
        print(f"debfetch: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
