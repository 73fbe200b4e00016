#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Options of an install: --rename, a bundle that is an RPM, --force, --kernel, --dry-run.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

init_of() # DIR
{
	gzip -dc "$1"/boot/initrd-*.el5.img | cpio -i --quiet --to-stdout init
}

# The words that differ between two texts, as "old new"
words() # BEFORE AFTER
{
	diff <(tr -s ' \t' '\n' <"$1") <(tr -s ' \t' '\n' <"$2") | sed -n 's/^[<>] //p' | tr '\n' ' '
}

words_are() # FILE WORDS
{
	local have

	have=$(words "$work/before/$1" "$work/g/$1")
	[[ $have = "$2 " ]] || { echo "$have"; return 1; }
}

lines_are() # FILE NUMBER: as many as before
{
	diff <(wc -l <"$work/before/$1") <(wc -l <"$work/g/$1")
}

same_init_lines()
{
	init_of "$work/before" | grep -E '^(resume|mkrootdev)' | sed 's/hdb/xvde/' >"$work/want"
	[[ -s $work/want ]] && diff "$work/want" <(init_of "$work/g" | grep -E '^(resume|mkrootdev)') &&
		diff <(init_of "$work/before" | sed 's/hdb/xvde/') <(init_of "$work/g") >"$work/diff"
	grep '^<' "$work/diff" && return 1
	grep '^>' "$work/diff" | grep -v xen- && return 1
	return 0
}

t=rhel5.1-x86_64-twodisks
guest $t before && guest $t g && "$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/bundle" || exit
args=(--host 5.1/x86_64 --bundle "$work/bundle")
listing "$work/g" >"$work/start"

ok 'dry run' exits 0 xenpv-install --root "$work/g" "${args[@]}" --rename hdb=xvde --dry-run
ok 'dry run: changes nothing' unchanged "$work/start" "$work/g"
ok 'dry run: diff of fstab' grep -qx -- '+/dev/xvde1  *.*' "$work/out"
ok 'dry run: diff of modprobe.conf' grep -qx -- '+alias eth0 xen-vnif' "$work/out"
ok 'dry run: diff of grub.conf' grep -q -- '^+.* root=/dev/xvde1 ' "$work/out"
ok 'dry run as JSON' exits 0 xenpv-install --root "$work/g" "${args[@]}" --rename hdb=xvde --dry-run --json
ok 'dry run as JSON: steps are planned' json_is '{s["state"] for s in d["steps"]}' "{'planned'}"
ok 'dry run as JSON: changes nothing' unchanged "$work/start" "$work/g"

ok 'rename' exits 0 xenpv-install --root "$work/g" "${args[@]}" --rename hdb=xvde
ok 'rename: fstab' words_are etc/fstab '/dev/hdb1 /dev/xvde1 /dev/hdb2 /dev/xvde2'
ok 'rename: grub.conf' words_are boot/grub/grub.conf \
	'root=/dev/hdb1 resume=/dev/hdb2 root=/dev/xvde1 resume=/dev/xvde2'
ok 'rename: lines of fstab' lines_are etc/fstab
ok 'rename: lines of grub.conf' lines_are boot/grub/grub.conf
ok 'rename: initrd' same_init_lines
ok 'rename: recorded' grep -q '"hdb=xvde"' "$work/g/var/lib/xenpv/inventory.json"
listing "$work/g" >"$work/after"
ok 'rename: verify' exits 0 xenpv-verify --root "$work/g"
ok 'rename: again' exits 0 xenpv-install --root "$work/g" "${args[@]}" --rename hdb=xvde
ok 'rename: changes nothing' unchanged "$work/after" "$work/g"
ok '… the host command has it' grep -q -- '--keep hda --rename hdb=xvde --write' "$work/out"
ok 'rename: again, unsaid' exits 0 xenpv-install --root "$work/g" "${args[@]}"
ok '… the host command has it still' grep -q -- '--keep hda --rename hdb=xvde --write' "$work/out"
ok '… and the disk is told of' grep -q 'disk: give the guest hdb as xvde$' "$work/out"
ok 'rename: to another name' exits 3 xenpv-install --root "$work/g" "${args[@]}" --rename hdb=xvdf
ok '… says why not' grep -q 'an earlier install has renamed hdb to xvde; uninstall first' "$work/err"
ok '… changes nothing' unchanged "$work/after" "$work/g"
ok 'rename: dry run of uninstall' exits 0 xenpv-install --root "$work/g" --uninstall --dry-run
ok 'rename: changes nothing' unchanged "$work/after" "$work/g"
ok 'rename: uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok 'rename: as at the start' unchanged "$work/start" "$work/g"

# The RPM gives the guest what the folder gives; times are those of the bundle
contents() # DIR: but the state, which holds the time; the initrd unpacked, for the same reason
{
	listing "$1" | grep -v -e '^\./var/lib' -e '  \./var/lib/' -e '\./boot/initrd-[^ ]*img ' \
		-e '\./boot/initrd-[^ ]*img$' | sed 's/^\(\.[^ ]* [fdl] [^.]*\) [0-9.]* /\1 TIME /'
	rm -rf "$work/unpacked" && mkdir "$work/unpacked" &&
		(cd "$work/unpacked" && gzip -dc "$1"/boot/initrd-*.el5.img | cpio -id --quiet &&
			find . -type f | sort | xargs sha256sum)
}
ok 'the RPM' "$tests/trees/mkkmodrpm" "$work/bundle" "$work/kmod-xenpv.rpm"
ok 'install from the folder' exits 0 xenpv-install --root "$work/g" "${args[@]}"
contents "$work/g" >"$work/by-folder"
exits 0 xenpv-install --root "$work/g" --uninstall >/dev/null
ok 'install from the RPM' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$work/kmod-xenpv.rpm"
ok '… is the same' diff "$work/by-folder" <(contents "$work/g")
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"

ok 'a host that is too old' exits 1 xenpv-install --root "$work/g" --host 5.0/x86_64 --bundle "$work/bundle"
ok '… changes nothing' unchanged "$work/start" "$work/g"
ok '… another check forced' exits 1 xenpv-install --root "$work/g" --host 5.0/x86_64 \
	--bundle "$work/bundle" --force guest-release
ok '… changes nothing' unchanged "$work/start" "$work/g"
ok '… forced' exits 0 xenpv-install --root "$work/g" --host 5.0/x86_64 --bundle "$work/bundle" --force host-release
ok '… is recorded' sh -c "python3 -c 'import json, sys
sys.exit(json.load(open(sys.argv[1]))[\"forced\"] != [\"host-release\"])' '$work/g/var/lib/xenpv/inventory.json'"
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"

t=centos5.11-x86_64-3kernels default=2.6.18-400.1.1.el5 other=2.6.18-398.el5
guest $t before && guest $t g || exit
listing "$work/g" >"$work/start"
ok 'the default kernel only' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 --kernel default
ok '… its initrd changed' fails cmp -s "$work/before/boot/initrd-$default.img" "$work/g/boot/initrd-$default.img"
ok '… no other' cmp "$work/before/boot/initrd-$other.img" "$work/g/boot/initrd-$other.img"
ok '… nor the -xen one' cmp "$work/before/boot/initrd-${other}xen.img" "$work/g/boot/initrd-${other}xen.img"
ok '… nor modules' diff -r --no-dereference "$work/before/lib" "$work/g/lib"
ok '… verify it' exits 0 xenpv-verify --root "$work/g" --kernel default
ok '… the other is not done' exits 1 xenpv-verify --root "$work/g" --kernel $other
ok '… now all' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64
ok '… verify all' exits 0 xenpv-verify --root "$work/g"
ok '… uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
ok '… as at the start' unchanged "$work/start" "$work/g"
ok 'no such kernel' exits 3 xenpv-install --root "$work/g" --kernel 2.6.18-1.el5
finish
