# SPDX-License-Identifier: GPL-2.0
"""A tiny "Linux 6.12.7" and a tiny project on top of it, for the tests of linux-tree."""

import difflib
import hashlib
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
SCRIPT = Path(os.environ.get("LINUX_TREE") or SCRIPTS / "linux-tree")
TIMEOUT = 60

BASE = {
    "Makefile": "# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\n"
                "EXTRAVERSION =\nNAME = Tiny\n",
    ".gitignore": ".*\n*.o\n!.gitignore\n",
    "arch/.gitignore": "/i386/\n/x86_64/\n",
    "arch/x86/Makefile": "".join(f"line-{n} := {n}\n" for n in range(1, 8)),
    "arch/x86/kernel/head.c": "// head\nint a;\nint b;\n",
    "kernel/main.c": "// main\nint main;\n",
    "drivers/one.c": "// one\nint one;\n",
    "forced.o": "tracked, though ignored\n",
}

OVERLAY = {
    "arch/i386/boot/start.c": "// start\n",
    "arch/i386/boot/say.c": "// say\n",
    "arch/i386/kernel/subarch.c": "// subarch\n",
    "include/uapi/linux/image.h": "/* image */\n",
}

AUTHOR = "Some One <some@one.example>"
FIRST = "0001-x86-build-let-arch-i386-hold-sources.patch"
SECOND = "0002-x86-boot-a-second-one.patch"


def blob(text):
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def diff(name, old, new):
    """As git writes it, for a change near the top of a file."""
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"a/{name}", f"b/{name}")
    return (f"diff --git a/{name} b/{name}\nindex {blob(old)[:12]}..{blob(new)[:12]} 100644\n" +
            "".join(lines))


def patch(subject, claims, diffs, author=AUTHOR):
    claims = "".join(f"Overlay: {c}\n" for c in claims)
    text = f"From: {author}\nSubject: {subject}\n\nWhy it is so.\n\nSigned-off-by: {author}\n---\n{claims}"
    return text + ("\n" if claims and diffs else "") + "".join(diffs)


MAKEFILE = BASE["arch/x86/Makefile"]
MAKEFILE_1 = MAKEFILE.replace("line-2 := 2", "line-2 := two")
MAKEFILE_2 = MAKEFILE_1.replace("line-3 := 3", "line-3 := three")
HEAD = BASE["arch/x86/kernel/head.c"]
HEAD_2 = HEAD.replace("int b", "long b")

PATCHES = {
    "series": f"# in the order of application; 'make refresh' writes this file\n{FIRST}\n{SECOND}\n",
    "cover-letter": "Tiny: a series of two\n\nIt does nothing.\n",
    FIRST: patch("x86/build: Let arch/i386 hold sources", ["arch/i386/boot/"],
                 [diff("arch/.gitignore", BASE["arch/.gitignore"], "/x86_64/\n"),
                  diff("arch/x86/Makefile", MAKEFILE, MAKEFILE_1)]),
    SECOND: patch("x86/boot: A second one", ["arch/i386/kernel/", "include/uapi/linux/image.h"],
                  [diff("arch/x86/Makefile", MAKEFILE_1, MAKEFILE_2),
                   diff("arch/x86/kernel/head.c", HEAD, HEAD_2)]),
}

RESULT = dict(BASE, **OVERLAY)
RESULT.update({"arch/.gitignore": "/x86_64/\n", "arch/x86/Makefile": MAKEFILE_2,
               "arch/x86/kernel/head.c": HEAD_2})


def write(top, files):
    for name, text in files.items():
        path = Path(top) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def environment(home):
    """Nothing of the user's or the caller's git, and a fake amount of free disk space."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env.update(HOME=str(home), XDG_CONFIG_HOME=str(home), GIT_CONFIG_NOSYSTEM="1", LC_ALL="C",
               PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=str(home / "python"), FREE_MB="9999")
    return env


def sitecustomize(home):
    """Preset shutil.disk_usage() in the script, which itself is run as it is."""
    write(home / "python", {"sitecustomize.py":
          "import os, shutil\n"
          "from types import SimpleNamespace\n"
          "free = int(os.environ['FREE_MB']) << 20\n"
          "shutil.disk_usage = lambda path: SimpleNamespace(total=free, used=0, free=free)\n"})


def tarball(path, files, folder="linux-6.12.7"):
    src = path.parent / (path.name + ".src")
    write(src / folder, files)
    with tarfile.open(path, "w:xz") as tar:
        tar.add(src / folder, folder)
    shutil.rmtree(src)
    return path


class Failed(Exception):
    """What was expected, and what came."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def same(got, want, what):
    check(got == want, f"{what}\ngot:  {got!r}\nwant: {want!r}")


class Project:
    """A project in a folder of its own."""

    def __init__(self, folder, linux):
        self.folder = folder
        self.home = folder / "home"
        self.top = folder / "top"
        self.tree = self.top / "build" / "linux"
        self.linux = linux
        self.env = environment(self.home)

    def make(self):
        """Fill the folder, without preparing."""
        sitecustomize(self.home)
        write(self.top, OVERLAY)
        write(self.top / "patches", PATCHES)
        write(self.top, {".gitignore": "/build/\n*.o\n"})
        (self.top / "scripts").mkdir()
        shutil.copy(SCRIPT, self.top / "scripts" / "linux-tree")
        self.git("init", "-q", "-b", "main", cwd=self.top)
        self.git("add", "-A", cwd=self.top)
        self.git("commit", "-q", "-m", "start", cwd=self.top)

    def save(self, to):
        shutil.copytree(self.folder, to, symlinks=True)

    def restore(self, saved):
        """As it was when saved; at the same path, as linux-tree's signature holds paths."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(saved, self.folder, symlinks=True)
        for top in (self.top, self.tree):
            if (top / ".git").is_dir():
                self.git("update-index", "-q", "--refresh", cwd=top)

    # -- running --------------------------------------------------------------------------

    def command(self, *args, linux=None):
        cmd = [str(self.top / "scripts" / "linux-tree"), *map(str, args)]
        if args[0] == "prepare" and linux is not False:
            cmd += ["--linux", str(linux or self.linux)]
        return cmd

    def start(self, *args, env=None, linux=None):
        return subprocess.Popen(self.command(*args, linux=linux), env=dict(self.env, **(env or {})),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.top,
                                start_new_session=True)

    def call(self, *args, env=None, linux=None):
        return subprocess.run(self.command(*args, linux=linux), env=dict(self.env, **(env or {})),
                              capture_output=True, text=True, cwd=self.top, timeout=TIMEOUT)

    def run(self, *args, **kw):
        """Has to succeed.  What it said."""
        r = self.call(*args, **kw)
        check(r.returncode == 0, f"{' '.join(r.args)}: exit status {r.returncode}\n{r.stderr}")
        check(not r.stdout, f"{' '.join(r.args)}: wrote to standard output:\n{r.stdout}")
        return r.stderr

    def fails(self, words, *args, **kw):
        """Has to fail with exit status 1, in words that hold all of WORDS."""
        r = self.call(*args, **kw)
        text = f"{' '.join(r.args)}:\n{r.stderr}"
        check(r.returncode == 1, f"exit status {r.returncode}, not 1\n{text}")
        check("\nlinux-tree: " in "\n" + r.stderr, f"no line begins with 'linux-tree: '\n{text}")
        check("Traceback" not in r.stderr, text)
        for word in words:
            check(str(word) in r.stderr, f"does not say: {word}\n{text}")
        return r.stderr

    def git(self, *args, cwd=None, ok=True, **kw):
        ident = ("-c", "user.name=A User", "-c", "user.email=user@example.org")
        r = subprocess.run(["git", *ident, *map(str, args)], cwd=cwd or self.tree, env=self.env,
                           capture_output=True, text=True, timeout=TIMEOUT, **kw)
        check(not ok or r.returncode == 0, f"git {' '.join(map(str, args))}: {r.stderr}")
        return r.stdout.strip()

    def commit(self, subject, files):
        """Write FILES (None: delete) in the tree and commit them there."""
        for name, text in files.items():
            if text is None:
                (self.tree / name).unlink()
            else:
                write(self.tree, {name: text})
        self.git("add", "-A", "-f", "--", *files)
        self.git("commit", "-q", "-m", f"{subject}\n\nThe reason.\n")

    # -- looking --------------------------------------------------------------------------

    def files(self, top=None):
        """Name -> text of all files of the tree."""
        top = top or self.tree
        return {str(p.relative_to(top)): p.read_text() for p in sorted(top.rglob("*"))
                if p.is_file() and ".git" not in p.relative_to(top).parts}

    def stamps(self, top=None):
        """Name -> what changes when a file is written, even with the same content."""
        top = top or self.tree
        return {n: ((top / n).stat().st_mtime_ns, (top / n).stat().st_ino) for n in self.files(top)}

    def changed(self, before):
        now = self.stamps()
        return sorted(n for n in now.keys() | before.keys() if now.get(n) != before.get(n))

    def refs(self):
        return self.git("for-each-ref")

    def mine(self):
        """Name -> text of all that the project has under version control, or would have."""
        out = self.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=self.top)
        return {n: (self.top / n).read_text() for n in out.split("\0")
                if n and (self.top / n).exists() and not n.startswith("scripts/")}

    def temporary(self):
        """Leftovers of a preparation: they have to be gone."""
        found = [p.name for p in self.tree.parent.glob("linux.part-*")] if self.tree.parent.is_dir() else []
        if (self.tree / ".git").is_dir():
            found += [p.name for p in (self.tree / ".git").glob("linux-tree-*")]
            found += [p.name for p in (self.tree / ".git").glob("*.lock")]
        return found
