#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/troubleshooting.md: what `make readme` writes, and on it whatever a check can print that is not well.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
page=$tests/../docs/troubleshooting.md

# on_page FILE...: the texts in the calls that add a finding. "%s" is … there; what has no two words of its
# own says nothing that could be looked for.
on_page()
{
	python3 - "$page" "$@" <<'END'
import re, sys

def calls(source):
    for m in re.finditer(r'\b(?:finding_add|say)\(', source):
        args, depth, i = [''], 1, m.end()
        while depth:
            token = re.compile(r'"(?:[^"\\]|\\.)*"|.', re.S).match(source, i).group()
            depth += {'(': 1, ')': -1}.get(token, 0)
            if token == ',' and depth == 1:
                args.append('')
            elif depth:
                args[-1] += token
            i += len(token)
        yield m.group(), [' '.join(a.split()) for a in args]

def texts(arg):
    for m in re.findall(r'(?:"(?:[^"\\]|\\.)*"|\b[A-Z_]{3,}\b|\s)+', arg):
        text = re.sub(r'" *"', '', m.strip()).replace('" LVM_CONF "', '/etc/lvm/lvm.conf')
        yield re.sub(r'(%[.0-9]*(?:zu|[a-z]))+', '…', text.strip('"'))

# Of findings that are well, or instead of what is not known
aside = {'no evidence', 'holds the driver of disks', '/boot file system'}
page = open(sys.argv[1]).read()
found = bad = 0
for file in sys.argv[2:]:
    source = re.sub(r'/\*.*?\*/', '', open(file).read(), flags=re.S)
    for name, a in calls(source):
        said = a[3:] if name == 'say(' else a[4:5] + a[6:]
        if len(a) != 7 and name != 'say(' or a[3] in ('STATUS_PASS', 'STATUS_SKIP') or 'enum status' in a[3]:
            continue
        for text in (t for s in said for t in texts(s)):
            pieces = [p for p in text.split('…') if re.search(r'[a-z]{2,}[^a-z]+[a-z]{2,}', p)]
            found += 1
            for p in pieces:
                p = p.replace('\\"', '"').strip()
                if p not in page and p not in aside:
                    bad = 1
                    print(f'{file}: not on the page: {p}')
if found < 80:
    bad = 1
    print(f'only {found} texts found')
sys.exit(bad)
END
}

ok 'it is what `make readme` writes' diff "$page" <("$bin/tools/troubleshooting")
ok 'it has each text of a finding' on_page "$tests"/../checks/*.c
finish
