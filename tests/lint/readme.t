#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# README's table of guests is what the table of generations says; `make readme` writes it. The pictures
# that it shows say in words what they show, and need no other file.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"

table_is_current()
{
	diff <(sed -n '/^<!-- guests -->$/,/^<!-- end of guests -->$/p' "$tests/../README.md" | sed '1d;$d') \
		<("$bin/tools/guest-table")
}

# picture FILE
picture()
{
	python3 - "$1" <<'END'
import re, sys, xml.etree.ElementTree as ET
text = open(sys.argv[1]).read()
root = ET.fromstring(text)
tag = {e.tag.split('}')[1]: e for e in root.iter()}
ids = {e.get('id') for e in root.iter()}
wrong = [t for t in ('title', 'desc') if not (t in tag and (tag[t].text or '').strip())]
wrong += [f'no id {i}' for i in root.get('aria-labelledby', 'none').split() if i not in ids]
wrong += [f'no id {i}' for i in re.findall(r'url\(#([^)]*)\)', text) if i not in ids]
wrong += [t for t in ('script', 'image', 'use', 'foreignObject') if t in tag]
wrong += re.findall(r'(?:xlink:)?href=|@import|url\((?!#)', text)
wrong += [] if 'prefers-color-scheme: dark' in text else ['nothing for a dark background']
print('\n'.join(wrong))
sys.exit(bool(wrong))
END
}

ok 'the table of guests' table_is_current
mapfile -t pictures < <(grep -oE 'docs/[^)]*\.svg' "$tests/../README.md")
ok 'there are pictures' test ${#pictures[@]} -gt 0
for p in "${pictures[@]}"; do
	ok "$p" picture "$tests/../$p"
done
finish
