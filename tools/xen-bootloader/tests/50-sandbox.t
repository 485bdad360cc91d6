#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Who reads the disk, and what is left when it ends early."""

import os
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import mkdisk as d
import tap

KERNEL = d.xen_wrapper(small=True)
SMALL = {'size': 512 << 10, 'options': ('-O', '^has_journal,^metadata_csum')}
DEBUGFS = d.tool('debugfs')


def endless():
    """A disk that takes hours to read: see 40-errors.t."""
    path = tap.write('endless', d.filesystem({'/boot/vmlinuz-1': KERNEL}, 'ext2', 512 << 10))
    for field in ('block[IND] 256', 'block[DIND] 256', 'block[TIND] 256', 'size 17179869184'):
        subprocess.run([DEBUGFS, '-w', '-R', 'set_inode_field /boot ' + field, path], check=True,
                       capture_output=True, timeout=60)
    with open(path, 'r+b') as f:
        f.seek(256 * 1024)
        f.write(struct.pack('<I', 256) * 256)
    return path


def children(pid):
    with open('/proc/%d/task/%d/children' % (pid, pid)) as f:
        return [int(p) for p in f.read().split()]


def status_of(pid):
    with open('/proc/%d/status' % pid) as f:
        return dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)


def wait_until(what):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    return None


def gone(pid):
    try:
        return status_of(pid)['State'].startswith('Z')
    except OSError:
        return True


def start(disk, *own):
    directory = tap.path('run.d')
    os.makedirs(directory, exist_ok=True)
    p = subprocess.Popen([tap.TOOL, '--output=' + tap.path('out'), '--output-directory=' +
                          directory, '--max-reads=1024G', *own, disk], stderr=subprocess.PIPE)
    child = wait_until(lambda: children(p.pid))
    # Its processor time tells that it is past its preparations
    wait_until(lambda: child and sum(map(int, open('/proc/%d/stat' % child[0]).read()
                                         .rpartition(')')[2].split()[11:13])) > 5)
    return p, child[0] if child else 0


def finish(p):
    err = p.communicate(timeout=20)[1].decode()
    return p.returncode, err


def left():
    return os.listdir(tap.path('run.d')) + [f for f in os.listdir(tap.tmp)
                                            if f.startswith('out.')]


def signals(disk):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        p, child = start(disk)
        p.send_signal(number)
        status, err = finish(p)
        tap.ok((status, err) == (2, 'bzimage-xl: ended by signal %d\n' % number) and
               not left() and gone(child), '%s: nothing is left' % number.name,
               (status, err, left()))
    p, child = start(disk)
    p.kill()
    p.communicate(timeout=20)
    tap.ok(wait_until(lambda: gone(child)), 'SIGKILL: the child goes, too')
    for f in left():
        os.unlink(os.path.join(tap.path('run.d'), f))
    p, child = start(disk)
    os.kill(child, signal.SIGSEGV)
    status, err = finish(p)
    tap.ok(status == 1 and 'was ended by signal 11' in err and not left(),
           'a child that crashes', (status, err, left()))


def privileges(disk):
    p, child = start(disk)
    st = status_of(child)
    limits = {l[:26].strip(): l[26:].split()[0] for l in open('/proc/%d/limits' % child)}
    tap.same((st['NoNewPrivs'], limits['Max core file size'], limits['Max processes'],
              limits['Max cpu time']), ('1', '0', '0', '120'), 'the child is restricted')
    tap.ok(int(limits['Max address space']) < 4 << 30 and
           int(limits['Max file size']) <= (512 << 20) + 1, 'in memory and files, too', limits)
    if os.geteuid():
        tap.skip('the child is nobody, in an empty root', 'not root')
    else:
        root = os.readlink('/proc/%d/root' % child)
        tap.same((st['Uid'].split(), st['Gid'].split(), st['Groups'].strip(), st['CapEff'], root),
                 (['65534'] * 4, ['65534'] * 4, '', '0' * 16, tap.path('run.d')),
                 'the child is nobody, in an empty root')
    p.terminate()
    finish(p)
    if os.geteuid():
        tap.skip('--runas', 'not root')
        return
    p, child = start(disk, '--runas=12345', '--quiet')
    tap.same(status_of(child)['Uid'].split(), ['12345'] * 4, '--runas')
    p.terminate()
    finish(p)


def as_user(good):
    """Not root: no user to change to, and no less strict."""
    if os.geteuid():
        tap.skip('as another user', 'not root')
        return
    os.chmod(tap.tmp, 0o755)
    os.chmod(good, 0o644)
    os.makedirs(tap.path('user.d'))
    os.chown(tap.path('user.d'), 12345, 12345)

    def drop():
        os.setgroups([])
        os.setgid(12345)
        os.setuid(12345)
    # The program may lie where that user cannot look
    tool = tap.write('tool', open(tap.TOOL, 'rb').read())
    os.chmod(tool, 0o755)
    r = subprocess.run([tool, '--output-directory=' + tap.path('user.d'), good],
                       capture_output=True, preexec_fn=drop, timeout=60)
    tap.ok(r.returncode == 0 and r.stdout.startswith(b'kernel '), 'as another user', r)
    r = subprocess.run([tool, '--runas=1', '--output-directory=' + tap.path('user.d'), good],
                       capture_output=True, preexec_fn=drop, timeout=60)
    tap.ok(r.returncode == 2 and b'--runas=1: needs root' in r.stderr, '--runas needs root', r)


def main():
    disk = endless()
    signals(disk)
    privileges(disk)
    good = tap.write('good', d.filesystem({'/boot/vmlinuz-1': KERNEL}, **SMALL))
    as_user(good)
    # The disk is not written, whatever is read
    before = open(good, 'rb').read()
    os.chmod(good, 0o444)
    tap.ok(tap.Answer(good).status == 0 and open(good, 'rb').read() == before,
           'the disk stays as it was')
    # No room: the file system says so at once or late, both are seen
    r = subprocess.run(['bash', '-c', 'ulimit -f 4; exec "$@"', 'x', tap.TOOL,
                        '--output-directory=' + tap.path('run.d'), good], capture_output=True,
                       timeout=60)
    tap.ok(r.returncode == 2 and b'cannot write' in r.stderr and not left() and not r.stdout,
           'no room for the kernel', r)


tap.main(main)
