#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Text, JSON and SVG on synthetic images, byte by byte.

BZIMAGE_UPDATE=1 writes the golden files anew: look at the difference before you
commit it. Only compressors that mkimage.py has itself are used, so that no
version of a library shows.
"""

import difflib
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mkimage import Image
import tap

GOLDEN = os.path.join(tap.HERE, 'golden')
UPDATE = os.environ.get('BZIMAGE_UPDATE')

IMAGES = {
    'wrapper': Image(wrapper=True, xen=True, compress='zstd'),
    'stock': Image(compress='lz4', relocatable_kernel=2),
    'efi64': Image(bits=64, efi=True, compress='lzo', cert=512),
    'zimage': Image(0x201, high=False),
    'bad': Image(wrapper=True, compress='zstd', payload_length=9, code32_start=0, init_size=0),
}
FORMS = [('info', []), ('info', ['--json']), ('check', []), ('check', ['--json']), ('map', []),
         ('map', ['--json']), ('map', ['--svg'])]


def is_golden(image, options):
    """JSON and SVG are long: one image of each kind will do."""
    return not options or image in ('wrapper', 'bad')


def compare(name, text):
    file = os.path.join(GOLDEN, name)
    if UPDATE:
        os.makedirs(GOLDEN, exist_ok=True)
        with open(file, 'w') as f:
            f.write(text)
    try:
        with open(file) as f:
            want = f.read()
    except OSError as e:
        tap.ok(False, name, e)
        return
    diff = difflib.unified_diff(want.splitlines(), text.splitlines(), 'golden', 'now', lineterm='')
    tap.ok(text == want, name, '\n'.join(diff))


def check_svg(name, text):
    root = ET.fromstring(text)
    width, height = float(root.get('width')), float(root.get('height'))
    outside = [r.attrib for r in root.iter('{http://www.w3.org/2000/svg}rect')
               if '%' not in r.get('width') and
               (float(r.get('x')) + float(r.get('width')) > width or
                float(r.get('y')) + float(r.get('height')) > height)]
    tap.same(outside, [], name + ': well-formed, nothing outside the picture')


def check_map_json(name, text, size):
    stages = json.loads(text)['stages']
    bad = []
    for stage in stages:
        end = 0
        for r in stage['regions']:
            if r['start'] < end or not r['size']:
                bad.append((stage['title'], r))
            end = r['start'] + r['size']
    tap.same(bad, [], name + ': regions ascend and do not overlap')
    regions = stages[0]['regions']
    total = sum(r['size'] for r in regions)
    tap.ok(stages[0]['is_file'] and total == size and regions[0]['start'] == 0,
           name + ': the file is covered without a gap', regions)


def main():
    for image, made in IMAGES.items():
        data = made.build()
        tap.write(image, data)
        for command, options in FORMS:
            r = subprocess.run([tap.TOOL, command, image, *options], cwd=tap.tmp, text=True,
                               capture_output=True, timeout=tap.TIMEOUT)
            name = '.'.join([image, command] + [o.strip('-') for o in options])
            if is_golden(image, options):
                compare(name, r.stdout)
            if options == ['--svg']:
                check_svg(name, r.stdout)
            if (command, options) == ('map', ['--json']):
                check_map_json(name, r.stdout, len(data))
    tap.same(sorted(os.listdir(GOLDEN)),
             sorted('.'.join([i, c] + [o.strip('-') for o in opts])
                    for i in IMAGES for c, opts in FORMS if is_golden(i, opts)), 'no golden file is left over')


tap.main(main)
