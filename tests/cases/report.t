#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xenpv-verify --report: a page that is well-formed, needs nothing else, has what --json has, and takes
# nothing of a guest for markup; written whole or not at all.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
page=$work/pages/page.html
mkdir "$work/pages"

# page_is EXPRESSION VALUE: over the page's root, its text, and all that has an attribute
page_is()
{
	local have

	have=$(python3 -c 'import sys, xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
text = "".join(root.itertext())
tags = [e.tag.split("}")[1] for e in root.iter()]
attributes = {k for e in root.iter() for k in e.attrib}
style = "".join(e.text for e in root.iter() if e.tag.endswith("}style"))
verdict = ["".join(e.itertext()) for e in root.iter() if "verdict" in e.get("class", "")][0]
print(eval(sys.argv[2]))' "$page" "$1") || return
	[[ $have = "$2" ]] || { echo "$1 is '$have', not '$2'"; return 1; }
}

# Every text of the document in $work/out is in the page
has_all_of_json()
{
	python3 -c 'import json, sys, xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
cells = ["".join(e.itertext()) for e in root.iter() if e.tag.split("}")[1] in ("td", "p")]
# What a page says in words of its own
aside = {"schema", "program", "major", "minor", "result", "kind", "default"}
missing = []
def walk(key, v):
    if isinstance(v, dict):
        for k in v:
            walk(k, v[k])
    elif isinstance(v, list):
        for x in v:
            walk(key, x)
    elif isinstance(v, str) and key not in aside and \
            not any(v.replace("\uffff", "\\xef\\xbf\\xbf") in c for c in cells):
        missing.append(f"{key}: {v}")
walk("", json.load(open(sys.argv[2])))
print("\n".join(missing))
sys.exit(1 if missing else 0)' "$page" "$work/out"
}

stands_alone()
{
	page_is '{"script", "link", "img", "iframe", "object", "base", "a"} & set(tags)' 'set()' &&
		page_is '{a for a in attributes if a.startswith("on")} | {"src", "href", "style"} & attributes' 'set()' &&
		page_is '"url(" in style or "@import" in style' False &&
		page_is '[e.get("content") for e in root.iter() if e.get("http-equiv") == "Content-Security-Policy"]' \
			"[\"default-src 'none'; style-src 'unsafe-inline'\"]"
}

# Each column has a head, each row as many cells
tables_are_whole()
{
	page_is '[t.get("role") for t in root.iter() if t.tag.endswith("}table") and (
		len({len(r) for r in t.iter() if r.tag.endswith("}tr")}) != 1 or t[0].tag.split("}")[1] != "caption" or
		{h.get("scope") for h in t.iter() if h.tag.endswith("}th")} != {"col"})]' '[]'
}

checked() # NAME
{
	ok "$1: all of --json" has_all_of_json
	ok "$1: stands alone" stands_alone
	ok "$1: tables" tables_are_whole
	ok "$1: a head, a verdict, a time" page_is \
		'[tags.count(t) for t in ("title", "h1", "time")] + ["prefers-color-scheme: dark" in style]' '[1, 1, 1, True]'
}

# --- what it says ----------------------------------------------------------------------------
guest rhel5.3-x86_64 g
ok 'before the install' exits 1 xenpv-verify --json --root "$work/g" --report "$page"
checked 'before the install'
ok 'before the install: fails' page_is 'verdict' 'fail. Not verified: see below.'
ok 'installed' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64
# Its last boot found hdb twice, and the NIC emulated
printf '%s\n' 'Linux version 2.6.18-128.el5 (a@b) (gcc) #1 SMP' 'hda: QEMU HARDDISK, ATA DISK drive' \
	'hda: 100 sectors (0 MB)' ' hda: hda1' 'hdb: QEMU HARDDISK, ATA DISK drive' 'hdb: 100 sectors (0 MB)' ' hdb: hdb1' \
	'Registering block device major 202' ' xvdb: xvdb1' >"$work/g/var/log/dmesg"
cp "$work/g/var/log/dmesg" "$work/g/var/log/messages"
touch "$work/g/var/log/dmesg" "$work/g/var/log/messages"
ok 'after a boot' exits 1 xenpv-verify --json --root "$work/g" --host 5.4/x86_64 --report "$page"
ok 'after a boot: there are devices' json_is 'len(d["devices"]) > 1' True
checked 'after a boot'
ok 'after a boot: what to do' page_is '"on the host give it as xvde or later" in text' True
ok 'no guest there' exits 3 xenpv-verify --json --root "$work/nowhere" --report "$page"
checked 'no guest there'
ok 'no guest there: why' page_is 'verdict' "fail. $work/nowhere: No such file or directory"

# --- what a guest may not say ----------------------------------------------------------------
nasty=$'<script>alert(1)</script><!-- & "\' ]]> \xff\xfe \xef\xbf\xbf \e[31m'
shown='<script>alert(1)</script><!-- & "'"' ]]> \\xff\\xfe \\xef\\xbf\\xbf \\x1b[31m"
printf 'Red Hat Enterprise Linux Server release 5.3 (%s)\n' "$nasty" >"$work/g/etc/redhat-release"
sed -i 's/^default=.*/default=0/; s/^title.*/title <i>/' "$work/g/boot/grub/grub.conf"
name=$'2.6.18-128.el5<b onclick="x">\xc3'
cp -r "$work/g/lib/modules/2.6.18-128.el5" "$work/g/lib/modules/$name"
sed -i 's/"name": *"hdb"/"name":"hdb<u>\\"\x27\&amp;"/' "$work/g/var/lib/xenpv/inventory.json"
run xenpv-verify --json --root "$work/g" --report "$page"
ok 'a hostile guest: it is read' test "$status" = 1
checked 'a hostile guest'
ok 'a hostile guest: its name is text' page_is '[e.text for e in root.iter() if e.tag.endswith("}h1")][0]' \
	"Red Hat Enterprise Linux Server release 5.3 ($shown)"
ok 'a hostile guest: its kernel is text' page_is "'2.6.18-128.el5<b onclick=\"x\">\\\\xc3' in text" True
ok 'a hostile guest: its device is text' page_is "'hdb<u>\"\\'&amp;' in text" True
ok 'a hostile guest: no more markup' page_is '{"b", "i", "u", "script"} & set(tags)' 'set()'
rm "$page"
ok 'a hostile path: is not there' eval '(cd "${page%/*}" && exits 3 xenpv-verify --root "$nasty" --report=page.html)'
ok 'a hostile path: is text' page_is 'text.count("<script>") > 0' True

# --- where it is written ---------------------------------------------------------------------
guest rhel5.3-x86_64 g
ok 'on standard output' exits 1 xenpv-verify --root "$work/g" --report -
cp "$work/out" "$page"
ok '… and nothing else' page_is 'root.tag' '{http://www.w3.org/1999/xhtml}html'
ok 'not with --json' exits 2 xenpv-verify --json --root "$work/g" --report=-
echo old >"$page"
chmod 600 "$page"
(umask 027 && run xenpv-verify --root "$work/g" --report "$page")
ok 'an old one is replaced' page_is 'root.tag' '{http://www.w3.org/1999/xhtml}html'
ok '… with a mode as the umask says' test "$(stat -c %a "$page")" = 640
ok '… and no other file stays' test "$(ls -A "$work/pages")" = page.html
for kind in link pipe folder; do
	path=$work/pages/$kind
	case $kind in
	link) ln -s "$page" "$path" ;;
	pipe) mkfifo "$path" ;;
	folder) mkdir "$path" ;;
	esac
	inode=$(stat -c %i "$path")
	ok "a $kind is refused" exits 1 xenpv-verify --root "$work/g" --report "$path"
	ok "… and said" grep -qx "xenpv-verify: $path: is there, and is no regular file" "$work/err"
	ok "… and stays" test "$(stat -c %i "$path")" = "$inode"
done
guest rhel5.3-x86_64 g && run xenpv-install --root "$work/g" --host 5.1/x86_64
ok 'no such folder fails a run that passes' exits 3 xenpv-verify --root "$work/g" --report "$work/none/page.html"
ok '… and is named' grep -q "$work/none/" "$work/err"
for file in '' x/; do
	ok "--report '$file' is wrong usage" exits 2 xenpv-verify --root "$work/g" --report "$file"
done
finish
