#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Real images: Debian's kernels and memtest86+, a stock build in BZIMAGE_STOCK.

Packages are fetched once, by apt with a state of its own, into BZIMAGE_CACHE
(default: cache/ in the output directory). The host's dpkg is not touched.
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import tap

CACHE = os.environ.get('BZIMAGE_CACHE') or os.path.join(tap.OUT, 'cache')
STATE = os.path.join(CACHE, 'apt')
APT_TIMEOUT = 600

# package that depends on the kernel, architecture, the file's pattern
PACKAGES = [
    ('linux-image-686-pae', 'i386', 'boot/vmlinuz-*'),
    ('linux-image-amd64', 'amd64', 'boot/vmlinuz-*'),
    ('memtest86+', 'amd64', 'boot/memtest86+*.bin'),
]


class Unavailable(Exception):
    pass


def apt(tool, *args, cwd=None):
    options = ['-o', 'Dir::State=' + STATE, '-o', 'Dir::State::status=' + STATE + '/status',
               '-o', 'Dir::Cache=' + STATE + '/cache', '-o', 'Dir::Etc::sourceparts=' +
               ('/etc/apt/sources.list.d'), '-o', 'APT::Architecture=amd64',
               '-o', 'APT::Architectures::=amd64', '-o', 'APT::Architectures::=i386',
               '-o', 'APT::Sandbox::User=root', '-o', 'Acquire::http::Timeout=20',
               '-o', 'Acquire::Retries=1', '-q']
    try:
        r = subprocess.run([tool, *options, *args], capture_output=True, text=True, cwd=cwd,
                           timeout=APT_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Unavailable('%s: %s' % (tool, e.__class__.__name__))
    if r.returncode:
        lines = (r.stderr or r.stdout).strip().splitlines() or ['no reason given']
        raise Unavailable('%s %s: %s' % (tool, args[0], lines[-1]))
    return r.stdout


def prepare():
    """An apt state of our own. Returns what went wrong with the package lists, if anything.

    A list that cannot be fetched is no harm in itself: what counts is whether the package is
    found in the others.
    """
    for d in ('lists/partial', 'cache/archives/partial'):
        os.makedirs(os.path.join(STATE, d), exist_ok=True)
    with open(os.path.join(STATE, 'status'), 'a'):
        pass
    stamp = os.path.join(STATE, 'updated')
    if not os.path.exists(stamp):
        try:
            apt('apt-get', 'update')
        except Unavailable as e:
            return str(e)
        # It succeeds with no network at all, too
        if not glob.glob(os.path.join(STATE, 'lists', '*Packages*')):
            return 'apt-get update: no package list could be fetched'
        open(stamp, 'w').close()
    return ''


def real_package(name, arch):
    """The package that a metapackage depends on."""
    if not name.startswith('linux-image'):
        return name
    out = apt('apt-cache', 'depends', '--important', '%s:%s' % (name, arch))
    m = re.search(r'Depends: (linux-image-[0-9][^ :\n]*)', out)
    if not m:
        raise Unavailable('no dependency of %s:%s is known' % (name, arch))
    return m.group(1)


def fetch(name, arch, pattern):
    """The files of a package that match, from the cache or the network."""
    where = os.path.join(CACHE, '%s_%s' % (name, arch))
    found = sorted(glob.glob(os.path.join(where, pattern)))
    if found:
        return found
    trouble = prepare()
    os.makedirs(where, exist_ok=True)
    try:
        apt('apt-get', 'download', '%s:%s' % (real_package(name, arch), arch), cwd=where)
    except Unavailable as e:
        raise Unavailable(trouble or str(e))
    debs = glob.glob(os.path.join(where, '*.deb'))
    if not debs:
        raise Unavailable('apt-get download left no package')
    # Only what is looked at: the modules are a hundred times as large
    dpkg = subprocess.Popen(['dpkg-deb', '--fsys-tarfile', debs[0]], stdout=subprocess.PIPE)
    tar = subprocess.run(['tar', '-x', '-C', where, '--wildcards', './' + pattern],
                         stdin=dpkg.stdout, capture_output=True, timeout=APT_TIMEOUT)
    dpkg.stdout.close()
    dpkg.wait()
    os.unlink(debs[0])
    found = sorted(glob.glob(os.path.join(where, pattern)))
    if not found:
        raise Unavailable('%s holds no %s: %s' % (name, pattern, tar.stderr.decode().strip()))
    return found


def inspect(name, file, want_kernel, bits):
    r, info = tap.run_json('info', file)
    tap.same((r.returncode, r.stderr), (0, ''), name + ': info')
    tap.ok(info.get('protocol', 0) >= 0x200, name + ': protocol', info.get('protocol'))
    tap.ok('setup header' in tap.run('info', file).stdout, name + ': info as text')
    r, check = tap.run_json('check', file)
    tap.ok(r.returncode == 0 and not check.get('errors'), name + ': check',
           '\n'.join(map(str, check.get('findings', []))))
    for f in check.get('findings', []):
        tap.diag('%s: %s: %s: %s' % (name, f['severity'], f['field'], f['what']))
    r = tap.run('map', file)
    tap.ok(r.returncode == 0, name + ': map', r.stderr)
    r = tap.run('map', '--svg', file)
    tap.ok(r.returncode == 0 and ET.fromstring(r.stdout) is not None, name + ': map --svg')
    if not want_kernel:
        return
    tap.same(info.get('vmlinux', {}).get('class'), bits, name + ': vmlinux of %d bits' % bits)
    r = tap.run('extract', 'vmlinux', file, '-o', tap.path('vmlinux'))
    tap.same((r.returncode, r.stderr), (0, ''), name + ': extract vmlinux')
    tap.same(os.stat(tap.path('vmlinux')).st_size, info['vmlinux']['size'],
             name + ': vmlinux has the size that info tells')
    if shutil.which('readelf'):
        r = subprocess.run(['readelf', '-W', '-h', '-l', '-n', tap.path('vmlinux')], text=True,
                           capture_output=True, timeout=tap.TIMEOUT)
        build_id = [n['text'] for n in info['vmlinux']['notes'] if n['name'] == 'build-id']
        tap.ok(r.returncode == 0 and not r.stderr and build_id and build_id[0] in r.stdout,
               name + ': readelf reads vmlinux, and the same build-id', r.stderr)
    else:
        tap.skip(name + ': readelf reads vmlinux', 'no readelf')
    # Any error at all in the payload must show
    with open(file, 'rb') as f:
        data = bytearray(f.read())
    data[info['payload']['offset'] + info['payload']['length'] // 2] ^= 1
    r = tap.run('extract', 'vmlinux', tap.write('flipped', data), '-o', tap.path('no'))
    tap.ok(r.returncode == 1 and not os.path.exists(tap.path('no')),
           name + ': one bit flipped in the payload is found', r.stderr)


def main():
    for package, arch, pattern in PACKAGES:
        name = '%s:%s' % (package, arch)
        try:
            files = fetch(package, arch, pattern)
        except Unavailable as e:
            tap.skip(name, str(e))
            continue
        for file in files:
            inspect('%s %s' % (name, os.path.basename(file)), file,
                    package.startswith('linux'), 32 if arch == 'i386' else 64)
    stock = os.environ.get('BZIMAGE_STOCK')
    if not stock:
        tap.skip('stock image', 'BZIMAGE_STOCK is not set')
    else:
        bits = tap.run_json('info', stock)[1].get('vmlinux', {}).get('class')
        inspect('BZIMAGE_STOCK', stock, True, bits)


tap.main(main)
