#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tests of scripts/linux-tree on a tiny tree: prints TAP, exits with 1 if one fails.

Each test gets a project of its own in a temporary folder, with a copy of the script as it is.
Errors are asserted by the words that matter in them and by exit status 1; that a failed command
has left the tree alone, by content, time stamps and refs.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from project import (BASE, FIRST, HEAD_2, MAKEFILE_2, OVERLAY, PATCHES, RESULT, SCRIPTS, SECOND,
                     TIMEOUT, Failed, Project, check, patch, same, tarball, write)

TESTS = []
SAY = "arch/i386/boot/say.c"


def test(name, prepared=True):
    def add(function):
        TESTS.append((name, prepared, function))
        return function
    return add


def unchanged(p, words, *args, **kw):
    """The command fails, and has changed nothing on either side."""
    stamps, refs, mine = p.stamps(), p.refs(), p.mine()
    text = p.fails(words, *args, **kw)
    same(p.changed(stamps), [], "changed in the tree")
    same(p.refs(), refs, "refs of the tree")
    same(p.mine(), mine, "files of the project")
    same(p.temporary(), [], "temporary files left over")
    return text


def no_tree(p, words, **kw):
    text = p.fails(words, "prepare", **kw)
    check(not p.tree.exists(), "a tree was made")
    same(p.temporary(), [], "temporary files left over")
    return text


def edit(path, old, new):
    text = path.read_text()
    check(old in text, f"{path}: test is wrong: no {old!r}")
    path.write_text(text.replace(old, new))


# -- base ---------------------------------------------------------------------------------

@test("prepare from a tarball: base, patches and overlay", prepared=False)
def _(p):
    p.run("prepare")
    same(p.files(), RESULT, "files of the tree")
    same(p.git("log", "--reverse", "--format=%s").splitlines(),
         ["Linux 6.12.7", "x86/build: Let arch/i386 hold sources", "x86/boot: A second one"], "commits")
    same(p.git("log", "-1", "--format=%an <%ae>%n%b"),
         "Some One <some@one.example>\nWhy it is so.\n\nSigned-off-by: Some One <some@one.example>",
         "author and message")
    same(p.git("status", "--porcelain"), "", "status")
    same(p.temporary(), [], "temporary files left over")


@test("each commit has the overlay files that its patch claims, and no others")
def _(p):
    def names(commit):
        return set(p.git("ls-tree", "-r", "--name-only", commit).splitlines())
    same(names("HEAD~1") - names("HEAD~2"), {"arch/i386/boot/say.c", "arch/i386/boot/start.c"}, "first")
    same(names("HEAD") - names("HEAD~1"), {"arch/i386/kernel/subarch.c", "include/uapi/linux/image.h"}, "second")


@test("the longest claim wins", prepared=False)
def _(p):
    edit(p.top / "patches" / SECOND, "---\n", f"---\nOverlay: {SAY}\n")
    p.run("prepare")
    check(SAY not in p.git("ls-tree", "-r", "--name-only", "HEAD~1"), "came in with the folder's claim")


@test("prepare from a tree", prepared=False)
def _(p):
    src = p.home / "linux"
    write(src, BASE)
    p.run("prepare", linux=src)
    same(p.files(), RESULT, "files of the tree")
    same(p.files(src), BASE, "files of the source")


@test("prepare from a git tree: what is committed, not what lies around", prepared=False)
def _(p):
    src = p.home / "linux"
    write(src, BASE)
    p.git("init", "-q", cwd=src)
    p.git("add", "-A", "-f", cwd=src)
    p.git("commit", "-q", "-m", "Linux 6.12.7", cwd=src)
    write(src, {"kernel/main.c": "edited\n", "kernel/stray.c": "stray\n"})
    p.run("prepare", linux=src)
    same(p.files(), RESULT, "files of the tree")


@test("the same commits from the same patches, wherever the base comes from")
def _(p):
    src = p.home / "linux"
    write(src, BASE)
    head = p.git("rev-parse", "HEAD")
    shutil.rmtree(p.tree)
    p.run("prepare", linux=src)
    same(p.git("rev-parse", "HEAD"), head, "HEAD")


@test("wrong base version", prepared=False)
def _(p):
    other = dict(BASE, Makefile=BASE["Makefile"].replace("= 12", "= 13"))
    source = tarball(p.home / "other.tar.xz", other)
    no_tree(p, [source, "Linux 6.13.7", "6.12.y", "LINUX="], linux=source)


@test("missing tarball", prepared=False)
def _(p):
    no_tree(p, [p.home / "none.tar.xz", "no such tarball or tree", "LINUX="], linux=p.home / "none.tar.xz")


@test("not a tarball", prepared=False)
def _(p):
    write(p.home, {"broken.tar.xz": "This is not a tarball.\n"})
    no_tree(p, [p.home / "broken.tar.xz", "tar failed"], linux=p.home / "broken.tar.xz")


@test("tarball cut short", prepared=False)
def _(p):
    short = p.home / "short.tar.xz"
    short.write_bytes(p.linux.read_bytes()[:-100])
    no_tree(p, [short, "tar failed"], linux=short)


@test("not a Linux tree", prepared=False)
def _(p):
    write(p.home / "other", {"Makefile": "all:\n", "main.c": "int main;\n"})
    no_tree(p, [p.home / "other", "not a Linux source tree", "Makefile"], linux=p.home / "other")


@test("not a Linux tree: no Makefile", prepared=False)
def _(p):
    write(p.home / "other", {"main.c": "int main;\n"})
    no_tree(p, [p.home / "other", "not a Linux source tree"], linux=p.home / "other")


@test("tree that was built in", prepared=False)
def _(p):
    write(p.home / "built", dict(BASE, **{"include/config/auto.conf": "CONFIG_X86=y\n"}))
    no_tree(p, [p.home / "built", "has been built in", "make mrproper"], linux=p.home / "built")


@test("LINUX= changed later")
def _(p):
    other = tarball(p.home / "other.tar.xz", BASE)
    unchanged(p, [p.linux, other, "make refresh", f"rm -rf {p.tree}"], "prepare", linux=other)


@test("no LINUX= any more: goes on with the tree that is there")
def _(p):
    stamps = p.stamps()
    p.run("prepare", linux=False)
    same(p.changed(stamps), [], "changed in the tree")


@test("something else stands where the tree should be", prepared=False)
def _(p):
    write(p.tree, {"precious": "mine\n"})
    p.fails([p.tree, "not prepared by this project", "move it away"], "prepare")
    same(p.files(), {"precious": "mine\n"}, "files there")


@test("too little disk", prepared=False)
def _(p):
    no_tree(p, [p.tree.parent, "100 MB free", "4000", "make B=DIR"], env={"FREE_MB": "100"})


@test("too little disk matters only where a tree is to be made")
def _(p):
    p.run("prepare", env={"FREE_MB": "100"})


NAMESPACE = ["unshare", "-m", *([] if os.geteuid() == 0 else ["-r"])]

# A disk of its own for build/, of $1 kB; then as much more as there has to be.  The first command
# may fail, the second may not; what comes out of it is kept in $2.
SMALL_DISK = """
cd "$3"
rm -rf build && mkdir build
mount -t tmpfs -o "size=${1}k" none build
. "$4"
"$5" prepare --linux "$6" || echo "failed with $?"
ls -A build
mount -o remount,size=64m build
rm -f build/fill
echo "-- again" | tee /dev/stderr
"$5" prepare --linux "$6"
git -C build/linux status --porcelain
cp -a build/linux "$2"
"""


def small_disk(p, kilobytes, before=""):
    """Two runs, the second with space: (standard output, messages) of the first, of the second."""
    kept = p.home / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    write(p.home, {"before.sh": before})
    r = subprocess.run([*NAMESPACE, "sh", "-euc", SMALL_DISK, "sh", str(kilobytes), kept, p.top,
                        p.home / "before.sh", p.top / "scripts/linux-tree", p.linux], env=p.env,
                       capture_output=True, text=True, timeout=TIMEOUT)
    check(r.returncode == 0, f"{kilobytes} kB: exit status {r.returncode}\n{r.stdout}{r.stderr}")
    check("Traceback" not in r.stderr, r.stderr)
    outs, errs = (text.split("-- again\n") for text in (r.stdout, r.stderr))
    same(outs[1], "", f"{kilobytes} kB: edits, after there was space")
    return (outs[0], errs[0]), (outs[1], errs[1]), kept


@test("the disk fills up while the tree is made: says so; nothing is left over, and it goes on later",
      prepared=False)
def _(p):
    failed = 0
    for size in range(32, 512, 48):
        (out, err), _, kept = small_disk(p, size)
        same(p.files(kept), RESULT, f"{size} kB: files of the tree")
        if "failed with" in out:
            failed += 1
            check("failed with 1\n" in out and "No space left on device" in err and "make B=DIR" in err,
                  f"{size} kB: says\n{out}{err}")
            check("linux.part" not in out, f"{size} kB: left over\n{out}")
    check(2 <= failed < 10, f"{failed} of 10 sizes failed")


@test("the disk fills up while the tree is moved: says so; later it goes on, and sees no edits",
      prepared=False)
def _(p):
    fails, again = 0, 0
    text = "".join(f"// {n}\n" for n in range(9000))
    write(p.home, {"say.c": text})
    for space in range(0, 336, 24):
        write(p.top, {SAY: OVERLAY[SAY]})
        (out, err), (_, later), kept = small_disk(p, 4096, f"""
"$5" prepare --linux "$6"
cp "$HOME/say.c" {SAY}
dd if=/dev/zero of=build/fill bs=4k 2> /dev/null || true
truncate -s -{space}K build/fill
""")
        same(p.files(kept), dict(RESULT, **{SAY: text}), f"{space} kB: files of the tree")
        if "failed with" in out:
            fails += 1
            check("No space left on device" in err and "make B=DIR" in err, f"{space} kB: says\n{err}")
        again += "made anew" in err + later
    check(2 <= fails < 14, f"{fails} of 14 sizes failed")
    check(again, "none failed in the middle of a file")


@test("the disk fills up while the kernel is built: disk-full says so, and only then", prepared=False)
def _(p):
    script = """mount -t tmpfs -o size=16m none "$1"
"$2" "$1"; echo enough >&2
dd if=/dev/zero of="$1/fill" bs=1M count=7 2> /dev/null; "$2" "$1"
"""
    disk = p.home / "disk"
    disk.mkdir()
    r = subprocess.run([*NAMESPACE, "sh", "-euc", script, "sh", disk, SCRIPTS / "disk-full"],
                       capture_output=True, text=True, timeout=TIMEOUT)
    check(r.returncode == 0, r.stderr)
    before, after = r.stderr.split("enough\n")
    same(before, "", "said while there was space")
    check(f"{disk} has 9216 kB left" in after and "make B=DIR" in after, after)


# -- Debian's package ---------------------------------------------------------------------

def tools(p, **fakes):
    """A PATH with git, tar, Python and the FAKES (name=shell script), nothing else."""
    path = p.home / "bin"
    path.mkdir()
    for tool in ("git", "tar", "xz", "cp", "sh", "env", "mkdir", "touch", "sleep"):
        (path / tool).symlink_to(shutil.which(tool))
    (path / "python3").symlink_to(sys.executable)
    for name, script in fakes.items():
        fake = path / name.replace("_", "-")
        fake.unlink(missing_ok=True)
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
    return {"PATH": str(path)}


GET = "touch linux-source-6.12_6.12.7-1_all.deb; echo apt-get $* >> $HOME/called"
UNPACK = "mkdir -p $3/usr/src; cp $HOME/base.tar.xz $3/usr/src/linux-source-6.12.tar.xz"


@test("no LINUX= and no apt-get", prepared=False)
def _(p):
    no_tree(p, ["no apt-get", "linux-source-6.12", "make LINUX=PATH"], linux=False, env=tools(p))


@test("no LINUX= and no dpkg-deb", prepared=False)
def _(p):
    no_tree(p, ["no dpkg-deb", "make LINUX=PATH"], linux=False, env=tools(p, apt_get=GET))


@test("Debian's package: fetched once, then taken from the cache", prepared=False)
def _(p):
    shutil.copy(p.linux, p.home / "base.tar.xz")
    env = tools(p, apt_get=GET, dpkg_deb=UNPACK)
    p.run("prepare", linux=False, env=env)
    same(p.files(), RESULT, "files of the tree")
    same((p.home / "called").read_text(), "apt-get -q download linux-source-6.12\n", "calls")
    shutil.rmtree(p.tree)
    p.run("prepare", linux=False, env=env)
    same((p.home / "called").read_text(), "apt-get -q download linux-source-6.12\n", "calls, later")
    same([f.name for f in (p.top / "build" / "cache").iterdir()], ["linux-source-6.12.7-1.tar.xz"], "cache")


@test("apt-get fails", prepared=False)
def _(p):
    env = tools(p, apt_get="echo W: something >&2; echo 'E: Unable to locate package' >&2; exit 100", dpkg_deb=UNPACK)
    no_tree(p, ["apt-get download", "E: Unable to locate package", "apt-get update", "LINUX=PATH"],
            linux=False, env=env)
    same(list((p.top / "build" / "cache").iterdir()), [], "cache")


@test("no git", prepared=False)
def _(p):
    env = tools(p)
    (p.home / "bin" / "git").unlink()
    no_tree(p, ["no git", "apt-get install git"], env=env)


# -- prepare again ------------------------------------------------------------------------

@test("a second prepare does nothing", prepared=False)
def _(p):
    p.run("prepare")
    stamps, refs = p.stamps(), p.refs()
    same(p.run("prepare"), "", "said")
    same(p.changed(stamps), [], "changed in the tree")
    same(p.refs(), refs, "refs")


@test("an edited overlay file changes only that file in the tree")
def _(p):
    stamps = p.stamps()
    write(p.top, {SAY: "// say more\n"})
    p.run("prepare")
    same(p.changed(stamps), [SAY], "changed in the tree")
    same((p.tree / SAY).read_text(), "// say more\n", SAY)
    same(p.git("status", "--porcelain"), "", "status")


@test("a touched overlay file changes nothing in the tree")
def _(p):
    stamps = p.stamps()
    os.utime(p.top / SAY)
    p.run("prepare")
    same(p.changed(stamps), [], "changed in the tree")


@test("an overlay file comes and goes")
def _(p):
    stamps = p.stamps()
    write(p.top, {"arch/i386/boot/new.c": "// new\n"})
    p.run("prepare")
    same(p.changed(stamps), ["arch/i386/boot/new.c"], "changed in the tree")
    (p.top / "arch/i386/boot/new.c").unlink()
    p.run("prepare")
    same(p.changed(stamps), [], "changed in the tree, after all")


@test("the mode of an overlay file is kept")
def _(p):
    (p.top / SAY).chmod(0o755)
    p.run("prepare")
    check(os.access(p.tree / SAY, os.X_OK), "not executable in the tree")


@test("a changed patch is applied anew, other files keep their time stamps")
def _(p):
    stamps = p.stamps()
    edit(p.top / "patches" / SECOND, "+long b", "+short b")
    p.run("prepare")
    same(p.changed(stamps), ["arch/x86/kernel/head.c"], "changed in the tree")
    check("short b" in (p.tree / "arch/x86/kernel/head.c").read_text(), "patch not applied")
    same(len(p.git("rev-list", "HEAD").splitlines()), 3, "commits")


@test("a changelog that changes makes another commit, and no file newer")
def _(p):
    stamps = p.stamps()
    edit(p.top / "patches" / SECOND, "Why it is so.", "Because.")
    p.run("prepare")
    same(p.changed(stamps), [], "changed in the tree")
    check("Because." in p.git("log", "-1", "--format=%b"), "old changelog")


@test("a patch that is dropped from the series is undone")
def _(p):
    stamps = p.stamps()
    (p.top / "patches" / SECOND).unlink()
    edit(p.top / "patches" / "series", SECOND + "\n", "")
    edit(p.top / "patches" / FIRST, "---\n", "---\nOverlay: arch/i386/\nOverlay: include/\n")
    p.run("prepare")
    same(p.changed(stamps), ["arch/x86/Makefile", "arch/x86/kernel/head.c"], "changed in the tree")


@test("a patch that does not apply: named with its file, tree untouched")
def _(p):
    edit(p.top / "patches" / SECOND, "-int b;", "-int c;")
    write(p.top, {SAY: "// say more\n"})
    unchanged(p, [f"patches/{SECOND} does not apply", "Linux 6.12.7", "arch/x86/kernel/head.c",
                  "make refresh"], "prepare")
    edit(p.top / "patches" / SECOND, "-int c;", "-int b;")
    p.run("prepare")
    same(p.files(), dict(RESULT, **{SAY: "// say more\n"}), "files after it was mended")


@test("a patch that is not a patch")
def _(p):
    whole = PATCHES[SECOND]
    for words, text in (([SECOND, "no From: header"], whole.replace("From: ", "Form: ")),
                        ([SECOND, "no Subject: header"], whole.replace("Subject: ", "Sub: ")),
                        ([SECOND, "no line '---'"], whole.replace("\n---\n", "\n--\n")),
                        ([SECOND, "From: is not"], whole.replace("From: Some One <some@one.example>",
                                                                 "From: Some One"))):
        write(p.top / "patches", {SECOND: text})
        unchanged(p, words, "prepare")


@test("stray patch that is not in the series")
def _(p):
    write(p.top / "patches", {"0003-stray.patch": patch("x86: Stray", [], [])})
    unchanged(p, ["patches/0003-stray.patch", "not in patches/series", "add it there or delete it"], "prepare")


@test("series names a patch that is not there")
def _(p):
    (p.top / "patches" / SECOND).unlink()
    unchanged(p, ["patches/series", SECOND, "not there"], "prepare")


@test("no series at all")
def _(p):
    (p.top / "patches" / "series").unlink()
    unchanged(p, ["patches/series", "No such file"], "prepare")


@test("overlay file that no patch claims")
def _(p):
    write(p.top, {"arch/i386/xen/start.c": "// xen\n"})
    unchanged(p, ["arch/i386/xen/start.c", "comes in with no patch", "Overlay: arch/i386/xen/start.c"], "prepare")


@test("overlay file that Linux already has")
def _(p):
    write(p.top, {"arch/x86/kernel/head.c": "// mine\n"})
    edit(p.top / "patches" / FIRST, "---\n", "---\nOverlay: arch/x86/\n")
    unchanged(p, ["arch/x86/kernel/head.c", "Linux has", "by a patch"], "prepare")


@test("files outside of the overlay and ignored ones stay outside")
def _(p):
    write(p.top, {"tools/testing/some.c": "// no\n", "arch/i386/boot/built.o": "built\n"})
    stamps = p.stamps()
    p.run("prepare")
    same(p.changed(stamps), [], "changed in the tree")


@test("called from a git hook, with GIT_DIR and GIT_INDEX_FILE set")
def _(p):
    write(p.top, {SAY: "// say more\n"})
    p.run("prepare", env={"GIT_DIR": ".git", "GIT_INDEX_FILE": ".git/index.hook"})
    same((p.tree / SAY).read_text(), "// say more\n", SAY)
    check(not (p.top / ".git" / "index.hook").exists(), "wrote to the caller's index")


# -- edits in the tree --------------------------------------------------------------------

@test("an edit in the tree survives what is unrelated, and is told of")
def _(p):
    write(p.tree, {"kernel/main.c": "// edited\n", "arch/x86/kernel/head.c": HEAD_2 + "int c;\n"})
    stamps = p.stamps()
    write(p.top, {SAY: "// say more\n"})
    text = p.run("prepare")
    same(p.changed(stamps), [SAY], "changed in the tree")
    for word in ("2 file(s) edited", "head.c", "make refresh"):
        check(word in text, f"does not say: {word}\n{text}")


@test("an edit in the tree of a file that changes: refused, nothing lost")
def _(p):
    write(p.tree, {SAY: "// edited there\n"})
    write(p.top, {SAY: "// edited here\n", "arch/i386/boot/start.c": "// this, too\n"})
    unchanged(p, [f"{p.tree}/{SAY}", "was edited there and changes here", "make refresh",
                  f"checkout -- {SAY}"], "prepare")
    p.git("checkout", "--", SAY)
    p.run("prepare")
    same((p.tree / SAY).read_text(), "// edited here\n", SAY)


@test("an edit in the tree of a file that a patch changes: refused, nothing lost")
def _(p):
    write(p.tree, {"arch/x86/Makefile": MAKEFILE_2 + "# edited\n"})
    edit(p.top / "patches" / SECOND, "+line-3 := three", "+line-3 := drei")
    unchanged(p, ["arch/x86/Makefile", "was edited there and changes here", "make refresh"], "prepare")


@test("a new file in the tree where one comes in: refused, nothing lost")
def _(p):
    write(p.tree, {"arch/i386/boot/new.c": "// made there\n"})
    write(p.top, {"arch/i386/boot/new.c": "// made here\n"})
    unchanged(p, ["arch/i386/boot/new.c", "make refresh"], "prepare")


@test("a file that was only touched in the tree is no edit")
def _(p):
    os.utime(p.tree / SAY, (0, 0))
    write(p.top, {SAY: "// say more\n"})
    p.run("prepare")
    same((p.tree / SAY).read_text(), "// say more\n", SAY)


@test("git at work in the tree: says so, and nothing of edits")
def _(p):
    write(p.tree / ".git", {"index.lock": ""})
    write(p.top, {SAY: "// say more\n"})
    stamps = p.stamps()
    text = p.fails(["index.lock"], "prepare")
    check("was edited there" not in text, text)
    same(p.changed(stamps), [], "changed in the tree")


@test("commits of its own: prepare refuses")
def _(p):
    p.commit("kernel: A third one", {"kernel/main.c": "// third\n"})
    unchanged(p, [f"{p.tree} has commits of its own", "make refresh", "reset --hard"], "prepare")


@test("commits of its own: dropped as the message says")
def _(p):
    p.commit("kernel: A third one", {"kernel/main.c": "// third\n"})
    text = p.fails([], "prepare")
    command = text.split("'git ")[1].split("'")[0]
    check("reset --hard" in command, text)
    p.git(*command.split(), cwd="/")
    p.run("prepare")
    same(p.files(), RESULT, "files of the tree")


# -- refresh ------------------------------------------------------------------------------

def refreshed(p):
    """After a refresh: what prepare makes of patches/ is the tree as it is, file by file."""
    stamps, tree = p.stamps(), p.git("rev-parse", "HEAD^{tree}")
    same(p.git("status", "--porcelain"), "", "status of the tree")
    p.run("prepare")
    same(p.changed(stamps), [], "changed by prepare after refresh")
    shutil.rmtree(p.tree)
    p.run("prepare")
    same(p.git("rev-parse", "HEAD^{tree}"), tree, "tree made anew from patches/ and the overlay")
    same(p.temporary(), [], "temporary files left over")


def differing(p, mine):
    now = p.mine()
    return sorted(n for n in now.keys() | mine.keys() if now.get(n) != mine.get(n))


@test("refresh before prepare", prepared=False)
def _(p):
    p.fails([p.tree, "not prepared yet", "run make"], "refresh")


@test("refresh without any edit changes nothing")
def _(p):
    mine, stamps = p.mine(), p.stamps()
    p.run("refresh")
    same(differing(p, mine), [], "changed in the project")
    same(p.changed(stamps), [], "changed in the tree")
    refreshed(p)


@test("refresh takes a commit in")
def _(p):
    mine = p.mine()
    p.commit("kernel: A third one", {"kernel/main.c": "// third\nint main;\n"})
    p.run("refresh")
    same(differing(p, mine), ["patches/0003-kernel-a-third-one.patch", "patches/series"], "changed in the project")
    text = (p.top / "patches/0003-kernel-a-third-one.patch").read_text()
    for word in ("From: A User <user@example.org>\nSubject: kernel: A third one\n\nThe reason.\n---\n",
                 "\n-// main\n+// third\n"):
        check(word in text, f"patch does not hold: {word}\n{text}")
    refreshed(p)


@test("refresh takes in a commit with a new overlay file")
def _(p):
    mine = p.mine()
    p.commit("x86/xen: Start", {"arch/i386/xen/start.c": "// xen\n", "kernel/main.c": "// xen\n"})
    p.run("refresh")
    same(differing(p, mine), ["arch/i386/xen/start.c", "patches/0003-x86-xen-start.patch", "patches/series"],
         "changed in the project")
    check("\n---\nOverlay: arch/i386/xen/start.c\n" in (p.top / "patches/0003-x86-xen-start.patch").read_text(),
          "no claim")
    refreshed(p)


@test("refresh takes in a commit that deletes a file of Linux")
def _(p):
    p.commit("drivers: Without one", {"drivers/one.c": None})
    p.run("refresh")
    check("deleted file mode" in (p.top / "patches/0003-drivers-without-one.patch").read_text(), "not deleted")
    refreshed(p)


@test("refresh folds an edit into the last patch that touches the file")
def _(p):
    mine = p.mine()
    edit(p.tree / "arch/x86/Makefile", "line-3 := three", "line-3 := drei")
    stamps = p.stamps()
    p.run("refresh")
    same(differing(p, mine), [f"patches/{SECOND}"], "changed in the project")
    check("+line-3 := drei" in (p.top / "patches" / SECOND).read_text(), "edit not in the patch")
    same(p.changed(stamps), [], "changed in the tree")
    refreshed(p)


@test("refresh: an edit of a file that belongs to no patch")
def _(p):
    write(p.tree, {"kernel/main.c": "// edited\n"})
    unchanged(p, ["kernel/main.c", "belongs to no patch", "commit it"], "refresh")


@test("refresh: an overlay file edited in the tree")
def _(p):
    mine = p.mine()
    write(p.tree, {SAY: "// edited there\n"})
    p.run("refresh")
    same(differing(p, mine), [SAY], "changed in the project")
    same((p.top / SAY).read_text(), "// edited there\n", SAY)
    refreshed(p)


@test("refresh: an overlay file edited on both sides")
def _(p):
    write(p.tree, {SAY: "// edited there\n"})
    write(p.top, {SAY: "// edited here\n"})
    unchanged(p, [SAY, "was changed here and in", "make them equal", "make refresh"], "refresh")


@test("refresh: an overlay file edited alike on both sides")
def _(p):
    write(p.tree, {SAY: "// edited\n"})
    write(p.top, {SAY: "// edited\n"})
    p.run("refresh")
    refreshed(p)


@test("refresh: one overlay file edited in the tree, another one here")
def _(p):
    write(p.tree, {SAY: "// edited there\n"})
    write(p.top, {"arch/i386/boot/start.c": "// edited here\n"})
    p.run("refresh")
    same((p.top / SAY).read_text(), "// edited there\n", SAY)
    same((p.top / "arch/i386/boot/start.c").read_text(), "// edited here\n", "start.c in the project")
    same((p.tree / "arch/i386/boot/start.c").read_text(), "// edited here\n", "start.c in the tree")
    refreshed(p)


@test("refresh: a new file in a claimed folder")
def _(p):
    mine = p.mine()
    write(p.tree, {"arch/i386/boot/new.c": "// new\n"})
    p.run("refresh")
    same(differing(p, mine), ["arch/i386/boot/new.c"], "changed in the project")
    refreshed(p)


@test("refresh: a new executable file")
def _(p):
    write(p.tree, {"arch/i386/boot/new.sh": "#!/bin/sh\n"})
    (p.tree / "arch/i386/boot/new.sh").chmod(0o755)
    p.run("refresh")
    check(os.access(p.top / "arch/i386/boot/new.sh", os.X_OK), "not executable in the project")
    refreshed(p)


@test("refresh: a new file that no patch claims")
def _(p):
    write(p.tree, {"arch/i386/xen/start.c": "// xen\n"})
    unchanged(p, ["arch/i386/xen/start.c", "belongs to no patch", "Overlay:"], "refresh")


@test("refresh: an overlay file deleted in the tree")
def _(p):
    mine = p.mine()
    (p.tree / SAY).unlink()
    p.run("refresh")
    same(differing(p, mine), [SAY], "changed in the project")
    check(not (p.top / SAY).exists(), "still there")
    refreshed(p)


@test("refresh: an overlay file deleted in the tree and edited here")
def _(p):
    (p.tree / SAY).unlink()
    write(p.top, {SAY: "// edited here\n"})
    unchanged(p, [SAY, "was changed here and in", "make them equal"], "refresh")


@test("refresh: a commit that only changes an overlay file leaves no empty patch")
def _(p):
    mine = p.mine()
    p.commit("x86/boot: Say more", {SAY: "// say more\n"})
    p.run("refresh")
    same(differing(p, mine), [SAY], "changed in the project")
    refreshed(p)


@test("refresh: a commit with a new file outside of the overlay does not lose it")
def _(p):
    p.commit("drivers: Another", {"drivers/two.c": "// two\n"})
    r = p.call("refresh")
    same((p.tree / "drivers/two.c").exists() and (p.tree / "drivers/two.c").read_text(), "// two\n",
         f"drivers/two.c in the tree, after: {r.stderr}")
    if r.returncode:
        check("linux-tree: " in r.stderr and "drivers/two.c" in r.stderr, r.stderr)
    else:
        refreshed(p)
        check((p.tree / "drivers/two.c").exists(), "gone from the tree made anew")


@test("refresh: HEAD is not on the base")
def _(p):
    p.git("checkout", "-q", "--orphan", "elsewhere")
    p.git("commit", "-q", "-m", "elsewhere")
    unchanged(p, [p.tree, "not built on the base commit"], "refresh")


# -- series -------------------------------------------------------------------------------

@test("series: git am on a clean base gives back the same tree")
def _(p):
    out = p.home / "out"
    write(out, {"0009-old.patch": "left over\n"})
    text = p.run("series", "-o", out)
    check("2 patches and a cover letter" in text, text)
    same(sorted(f.name.lower() for f in out.iterdir()), ["0000-cover-letter.patch", FIRST, SECOND], "files")
    cover = (out / "0000-cover-letter.patch").read_text()
    for word in ("Subject: [PATCH 0/2] Tiny: a series of two\n", "\nIt does nothing.\n"):
        check(word in cover, f"cover letter does not say: {word}\n{cover}")
    check("***" not in cover, cover)

    clean = p.home / "clean"
    write(clean, BASE)
    p.git("init", "-q", cwd=clean)
    p.git("add", "-A", "-f", cwd=clean)
    p.git("commit", "-q", "-m", "base", cwd=clean)
    p.git("am", "-q", *sorted(out.glob("0*[1-9]*.patch")), cwd=clean)
    same(p.git("rev-parse", "HEAD^{tree}", cwd=clean), p.git("rev-parse", "HEAD^{tree}"), "tree")
    same(p.git("log", "-2", "--format=%an %ae %s%n%b", cwd=clean), p.git("log", "-2", "--format=%an %ae %s%n%b"),
         "authors and messages")


@test("series: commits of its own are not exported unseen")
def _(p):
    p.commit("kernel: A third one", {"kernel/main.c": "// third\n"})
    unchanged(p, ["has commits of its own", "make refresh"], "series", "-o", p.home / "out")


@test("series before prepare", prepared=False)
def _(p):
    p.fails([p.tree, "not prepared yet", "run make"], "series")


# -- discard ------------------------------------------------------------------------------

@test("discard: a tree that has nothing of its own goes")
def _(p):
    p.run("discard")
    check(not p.tree.exists(), "still there")


@test("discard: no tree, or one that is not ours", prepared=False)
def _(p):
    p.run("discard")
    write(p.tree, {"precious": "mine\n"})
    p.run("discard")
    same(p.files(), {"precious": "mine\n"}, "files there")


@test("discard: edits are not lost")
def _(p):
    write(p.tree, {SAY: "// edited there\n"})
    unchanged(p, [p.tree, "edits", SAY, "make refresh", f"rm -rf {p.tree}"], "discard")


@test("discard: a new file is not lost")
def _(p):
    write(p.tree, {"arch/i386/boot/new.c": "// new\n"})
    unchanged(p, [p.tree, "edits", "arch/i386/boot/new.c", "make refresh"], "discard")


@test("discard: commits are not lost")
def _(p):
    p.commit("kernel: A third one", {"kernel/main.c": "// third\n"})
    unchanged(p, [p.tree, "commits of its own", "make refresh"], "discard")


# -- interrupted --------------------------------------------------------------------------

def interrupted(p, number):
    """Prepare, stopped while the base is being unpacked."""
    env = tools(p, tar="mkdir -p $3/arch; touch $3/Makefile $HOME/unpacking; sleep 30")
    child = p.start("prepare", env=env)
    try:
        end = time.monotonic() + TIMEOUT
        while not (p.home / "unpacking").exists():
            check(time.monotonic() < end and child.poll() is None, "did not come to unpack")
            time.sleep(0.02)
        os.killpg(child.pid, number)
        child.communicate(timeout=TIMEOUT)
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
    check(child.returncode != 0, "exit status 0")
    check(not p.tree.exists(), "there is a tree")


@test("interrupted with ^C: nothing is left over", prepared=False)
def _(p):
    interrupted(p, signal.SIGINT)
    same(p.temporary(), [], "left over")
    p.run("prepare")
    same(p.files(), RESULT, "files of the tree")


@test("killed: what is left over does not disturb", prepared=False)
def _(p):
    interrupted(p, signal.SIGKILL)
    same(len(p.temporary()), 1, "folders left over: the test expects one")
    p.run("prepare")
    same(p.files(), RESULT, "files of the tree")
    p.run("prepare")
    p.run("refresh")


@test("killed between moving the tree and noting so: the next prepare goes on")
def _(p):
    old = p.git("rev-parse", "HEAD")
    state = (p.tree / ".git" / "linux-tree.json").read_text()
    write(p.top, {SAY: "// say more\n"})
    p.run("prepare")
    for ref in ("refs/heads/i386", "refs/linux-tree/tip"):
        p.git("update-ref", ref, old)
    (p.tree / ".git" / "linux-tree.json").write_text(state)
    p.run("prepare")
    same(p.files(), dict(RESULT, **{SAY: "// say more\n"}), "files of the tree")
    same(p.git("status", "--porcelain"), "", "status")


# -- kernel-config ------------------------------------------------------------------------

# A Kconfig that knows all options but CONFIG_GONE
KCONFIG = """allnoconfig:
	grep -v GONE $(KCONFIG_ALLCONFIG) > $(O)/.config
olddefconfig:
	grep -v GONE $(O)/.config > $(O)/.config.new; mv $(O)/.config.new $(O)/.config
	test ! -e $(O)/broken || { echo "Kconfig says why" >&2; false; }
"""


class Config:
    def __init__(self, p):
        self.linux, self.obj, self.own = p.home / "linux", p.home / "obj", p.home / "my.config"
        self.universal = self.linux / "arch/i386/configs/universal.config"
        write(self.linux, {"Makefile": KCONFIG})
        write(self.universal.parent, {"universal.config": "CONFIG_ONE=y\n"})
        write(p.home, {"my.config": "CONFIG_MINE=y\n"})

    def call(self, *args):
        return subprocess.run([SCRIPTS / "kernel-config", self.linux, self.obj, *args],
                              capture_output=True, text=True, timeout=TIMEOUT)

    def gives(self, text, *args):
        r = self.call(*args)
        check(r.returncode == 0, r.stderr)
        same((self.obj / ".config").read_text(), text, ".config")
        return r.stderr


@test("configuration: the universal one, made again only when it changes", prepared=False)
def _(p):
    c = Config(p)
    c.gives("CONFIG_ONE=y\n")
    stamp = (c.obj / ".config").stat().st_mtime_ns
    same(c.gives("CONFIG_ONE=y\n"), "", "said")
    same((c.obj / ".config").stat().st_mtime_ns, stamp, "time of .config")
    c.universal.write_text("CONFIG_TWO=y\n")
    c.gives("CONFIG_TWO=y\n")


@test("configuration: CONFIG= is another one, and leaving it out the universal one again",
      prepared=False)
def _(p):
    c = Config(p)
    c.gives("CONFIG_ONE=y\n")
    c.gives("CONFIG_MINE=y\n", "--config", c.own)
    c.gives("CONFIG_ONE=y\n")


@test("configuration: one that was edited (menuconfig) stays, and that is told", prepared=False)
def _(p):
    c = Config(p)
    c.gives("CONFIG_ONE=y\n")
    (c.obj / ".config").write_text("CONFIG_EDITED=y\n")
    c.gives("CONFIG_EDITED=y\n")
    c.universal.write_text("CONFIG_TWO=y\n")
    check("was edited: kept" in c.gives("CONFIG_EDITED=y\n"), "does not say that it was kept")


@test("configuration: what Kconfig does not take is named", prepared=False)
def _(p):
    c = Config(p)
    c.own.write_text("CONFIG_MINE=y\nCONFIG_GONE=y\n")
    check("CONFIG_GONE=y" in c.gives("CONFIG_MINE=y\n", "--config", c.own), "does not name it")


@test("configuration: no such file, and a Kconfig that fails: said, and nothing half done",
      prepared=False)
def _(p):
    c = Config(p)
    r = c.call("--config", p.home / "none")
    check(r.returncode == 1 and f"{p.home / 'none'}: no such file" in r.stderr, r.stderr)
    write(c.obj, {"broken": ""})
    r = c.call("--config", c.own)
    check(r.returncode == 1 and "Kconfig says why" in r.stderr, r.stderr)
    check(not (c.obj / ".config").exists(), "there is a .config")


# -- all of them --------------------------------------------------------------------------

def diagnose(text):
    for line in str(text).splitlines():
        print(f"# {line}")


def main():
    ap = argparse.ArgumentParser(description="test scripts/linux-tree; prints TAP")
    ap.add_argument("--only", default="", help="only tests whose names have these words")
    only = ap.parse_args().only
    if not shutil.which("git"):
        print("Bail out! git is missing: apt-get install git")
        return 1
    chosen = [t for t in TESTS if only in t[0]]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="linux-tree-test-") as tmp:
        tmp = Path(tmp).resolve()
        print(f"TAP version 13\n1..{len(chosen)}", flush=True)
        p = Project(tmp / "t", tarball(tmp / "linux-6.12.7.tar.xz", BASE))
        p.make()
        p.save(tmp / "fresh")
        p.run("prepare")
        p.save(tmp / "prepared")
        for n, (name, prepared, function) in enumerate(chosen, 1):
            why = None
            try:
                p.restore(tmp / ("prepared" if prepared else "fresh"))
                function(p)
            except Failed as e:
                why = e
            except subprocess.TimeoutExpired as e:
                why = f"took longer than {e.timeout} s: {' '.join(map(str, e.cmd))}"
            except Exception:
                why = traceback.format_exc()
            print(f"{'not ok' if why else 'ok'} {n} - {name.replace('#', '')}", flush=True)
            if why:
                failed += 1
                diagnose(why)
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
