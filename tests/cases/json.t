#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the commands print with --json is one document that the published schema takes, whatever comes of
# the run; and the schema takes nothing else.

# shellcheck disable=SC2317 # functions are called through ok
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

schema=$tests/../schema/xenpv-1.json
python=''

# valid [STATEMENT]: the schema takes the document in $work/out, after the statement has changed d
valid()
{
	"$python" -c 'import json, sys
from jsonschema import Draft202012Validator as V
schema, d = (json.load(open(f)) for f in sys.argv[1:3])
V.check_schema(schema)
exec(sys.argv[3])
wrong = list(V(schema).iter_errors(d))
for e in wrong:
    print("/".join(map(str, e.absolute_path)) + ": " + e.message)
sys.exit(1 if wrong else 0)' "$schema" "$work/out" "${1:-}"
}

# refuses WORD STATEMENT: the schema does not take it once the statement has changed it, and names the word
refuses()
{
	local out

	if out=$(valid "$2"); then
		echo "taken after: $2"
		return 1
	fi
	grep -qF -- "$1" <<<"$out" || { echo "refused, but not for $1: $out"; return 1; }
}

# document NAME STATUS RESULT COMMAND...
document()
{
	ok "$1: exit $2" exits "$2" "$4" --json "${@:5}"
	ok "$1: as the schema says" valid
	ok "$1: $3, by $4" json_is '(d["result"], d["program"])' "('$3', '$4')"
}

# life TREE OPTION...: all that happens to a guest
life()
{
	local tree=$1 g=$work/g

	shift
	guest "$tree" g
	document "$tree, check" 0 pass xenpv-check --root "$g" "$@"
	document "$tree, check of a host" 0 pass xenpv-check --root "$g" --host 5.4/x86_64 "$@"
	document "$tree, dry run" 0 pass xenpv-install --dry-run --root "$g" "$@"
	ok "$tree, dry run: steps planned" json_is '{s["state"] for s in d["steps"]}' "{'planned'}"
	document "$tree, verify before" 1 fail xenpv-verify --root "$g" "$@"
	document "$tree, install" 0 pass xenpv-install --root "$g" "$@"
	ok "$tree, install: steps done" json_is '{s["state"] for s in d["steps"]}' "{'done'}"
	document "$tree, second install" 0 pass xenpv-install --root "$g" "$@"
	ok "$tree, second install: no steps" json_is 'd["steps"]' '[]'
	document "$tree, verify" 0 pass xenpv-verify --root "$g" "$@"
	document "$tree, uninstall" 0 pass xenpv-install --uninstall --root "$g"
	document "$tree, second uninstall" 0 pass xenpv-install --uninstall --root "$g"
	document "$tree, nothing to recover" 0 pass xenpv-install --recover --root "$g"
}

# The first python3 of the path may be somebody's own, without the module
for p in python3 /usr/bin/python3; do
	if "$p" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then
		python=$p
		break
	fi
done
if [[ -z $python ]]; then
	skip 'documents against the schema' 'python3-jsonschema is not installed'
	finish
fi

life rhel5.3-x86_64
# The last of a pass: its report cannot be left where it should be
guest rhel5.3-x86_64 g && exits 0 xenpv-install --root "$work/g" || exit
document 'a report that cannot be written' 3 fail xenpv-verify --root "$work/g" --report="$work/nowhere/x.html"
ok 'a report that cannot be written: says so' json_has 'd["error"]' nowhere/x.html
guest rhel5.1-i686-PAE g
document 'refused for its requirements' 1 fail xenpv-install --root "$work/g"
ok 'refused for its requirements: no error' json_is 'd["error"]' None
"$tests/trees/mkbundle" 2.6.18-53.el5PAE i686 "$work/b" || exit
life rhel5.1-i686-PAE --bundle "$work/b"

# What an xl configuration is changed by; the guest's names
"$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/b2" && guest rhel5.1-x86_64-twodisks g || exit
with=(--root "$work/g" --bundle "$work/b2")
document "the host's command" 0 pass xenpv-install --dry-run "${with[@]}"
ok "the host's command: keeps what files name" json_is '" ".join(d["host"]["command"])' \
	'xenpv-host --guest rhel5 --keep hda --keep hdb'
document "the host's command, a rename" 0 pass xenpv-install --dry-run --rename hdb=xvde "${with[@]}"
ok "the host's command, a rename: is its word" json_is 'd["host"]["command"]' \
	"['xenpv-host', '--guest', 'rhel5', '--keep', 'hda', '--rename', 'hdb=xvde']"
ok 'the name is the line of the file' json_is 'd["guest"]["name"]' "$(<"$work/g/etc/redhat-release")"
ok 'and the vendor has a short one' json_is 'd["guest"]["vendor"]' redhat
document "the host's command, of a check" 0 pass xenpv-check "${with[@]}"
ok "the host's command, of a check: none" json_is 'd["host"]["command"]' '[]'
"$tests/trees/mkmodern" debian12-amd64 "$work/debian" || exit
document "the host's command, Debian" 0 pass xenpv-install --dry-run --root "$work/debian"
ok "the host's command, Debian: its kernel unplugs" json_is 'd["host"]["command"]' "['xenpv-host', '--guest', 'debian']"

for p in check install verify; do
	document "no such root, $p" 3 fail "xenpv-$p" --root "$work/nowhere"
	ok "no such root, $p: says so" json_has 'd["error"]' nowhere
done
# A run that was interrupted is finished or undone by the next one, which may then have nothing to do
for words in 'xenpv-install' 'xenpv-install --recover'; do
	guest rhel5.3-x86_64 g || exit
	ok "$words, one was interrupted before" interrupted 2 "$work/g"
	# shellcheck disable=SC2086 # a command and its options
	document "$words, one was interrupted before" 0 pass $words --root "$work/g"
	ok "$words, one was interrupted before: says so" json_has 'd["settled"]' interrupted
	document "$words, none was" 0 pass xenpv-install --root "$work/g"
	ok "$words, none was: says nothing" json_is 'd["settled"]' None
done

guest rhel5.3-x86_64 g
printf 'a\0b\n' >>"$work/g/etc/modprobe.conf"
document 'modprobe.conf with a NUL' 3 fail xenpv-install --root "$work/g"
guest rhel5.3-x86_64 g
printf 'alias eth7 \xff\x1b[31m"\\\n' >>"$work/g/etc/modprobe.conf"
run xenpv-check --json --root "$work/g"
ok 'bytes that are not UTF-8: as the schema says' valid

# A device as the schema wants one, since no tree has booted
device='d["devices"] = [{"kind": "disk", "before": "hdb", "after": None, "identity": "UUID 1", "driver": None,
	"state": "missing", "cause": None}]; '
guest rhel5.3-x86_64 g
run xenpv-install --json --dry-run --root "$work/g" --bundle "$work/b"
ok 'a device' valid "$device"
for o in d 'd["guest"]' 'd["guest"]["kernels"][0]' 'd["host"]' 'd["bundles"][0]' 'd["findings"][0]' \
	'd["steps"][0]' 'd["devices"][0]'; do
	ok "an unknown field in $o is refused" refuses surplus "$device${o}['surplus'] = None"
	ok "a field that is missing in $o is refused" refuses required "$device$o.popitem()"
done
while read -r o value; do
	ok "$o = $value is refused" refuses "$value" "$device$o = $value"
done <<'END'
d["program"] 'xenpv-remove'
d["result"] 'unknown'
d["error"] True
d["guest"]["major"] '5'
d["guest"]["vendor"] 5
d["host"]["command"][0] 5
d["host"]["command"] 'xenpv-host'
d["guest"]["kernels"][0]["default"] 'yes'
d["guest"]["kernels"][0]["drivers"] 'installed'
d["bundles"][0]["signature"] None
d["findings"][0]["stage"] 'before'
d["findings"][0]["status"] 'forced'
d["findings"][0]["seen"] None
d["steps"][0]["state"] 'new'
d["devices"][0]["cause"] 'none'
d["steps"][0]["path"] 'etc/fstab'
d["devices"][0]["kind"] 'cdrom'
d["devices"][0]["state"] 'gone'
END
ok 'another number of the schema is refused' refuses schema 'd["schema"] = 2'
ok 'an error in a document that passes is refused' refuses fail 'd["error"] = "no"'

# --- xenpv-host has a document of its own ------------------------------------------------------
if [[ ! -x $commands/xenpv-host ]]; then
	skip 'documents of xenpv-host' 'it is not built'
	finish
fi
schema=$tests/../schema/xenpv-host-1.json
cp "$tests/host/xl-today.cfg" "$work/c"
document 'host, dry run' 1 fail xenpv-host "$work/c"
ok 'host, dry run: changes' json_is 'sum(x["changes"] for x in d["devices"])' 6
document 'host, options' 1 fail xenpv-host --guest rhel5 --host 5.6/x86_64 "$work/c"
document 'host, change' 0 pass xenpv-host --write "$work/c"
ok 'host, change: the original' json_is 'd["backup"]' "$work/c.orig"
document 'host, second change' 0 pass xenpv-host --write "$work/c"
ok 'host, second change: none' json_is '(d["backup"], any(x["changes"] for x in d["devices"]))' '(None, False)'
document 'host, libvirt' 1 fail xenpv-host "$tests/host/libvirt-xen.xml"
document 'host, no such file' 3 fail xenpv-host "$work/nowhere"
printf 'type = "hvm"\nname = "\xff\x1b[31m"\nvif = [ "bridge=\x1b" ]\n' >"$work/c"
document 'host, bytes that are no text' 1 fail xenpv-host "$work/c"
for o in d 'd["devices"][0]'; do
	ok "host: an unknown field in $o is refused" refuses surplus "${o}['surplus'] = None"
	ok "host: a field that is missing in $o is refused" refuses required "$o.popitem()"
done
while read -r o value; do
	ok "host: $o = $value is refused" refuses "$value" "$o = $value"
done <<'END'
d["format"] 'toml'
d["host"] 'Xen'
d["backup"] 1
d["devices"][0]["kind"] 'cdrom'
d["devices"][0]["line"] 0
END
finish
