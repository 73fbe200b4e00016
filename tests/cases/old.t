#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The commands on kernels of RHEL 4 and 5, for which tests/old/as-of stands in; and docs/kernels.md, which lists what
# they ask of a kernel. All cases on such kernels: make check-old.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [[ $("${CC:-cc}" -dumpmachine) != x86_64-* ]]; then
	skip 'kernels of old' 'their stand-in is for x86-64'
	finish
fi
export AS_OF=2.6.9 fraction=6
new=$commands
cc=("${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -I "$tests/..")
ok 'the probe is built' "${cc[@]}" -o "$work/probe" "$tests/old/probe.c"

# A program of ours, all of whose tests pass
passes() # PROGRAM ARGUMENT...
{
	"$commands/as-of" --new-libc "$@" >"$work/tap" 2>&1 && tail -n 1 "$work/tap" | grep -q '^1\.\.[0-9]' ||
		{ grep -A 2 -v '^ok' "$work/tap"; return 1; }
}

for release in 2.6.18 2.6.9; do
	commands=$work/$release
	ok "$release: the stand-in is built" "$tests/old/wrap" "$release" "$new" "$commands"
	ok "$release: it is as that kernel" passes "$release" "$work/probe" "$release"
	for unit in test-at test-lib; do
		ok "$release: $unit" passes "$release" "$bin/tests/unit/$unit"
	done

	# There and back again
	guest rhel5.1-x86_64-twodisks g
	bundle=$(bundle_for rhel5.1-x86_64-twodisks "$work/g")
	listing "$work/g" >"$work/before"
	ok "$release: checked" exits 0 xenpv-check --root "$work/g" --bundle "$bundle"
	ok "$release: installed" exits 0 xenpv-install --root "$work/g" --bundle "$bundle"
	ok "$release: verified" exits 0 xenpv-verify --root "$work/g" --bundle "$bundle"
	ok "$release: uninstalled" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$release: to the byte" unchanged "$work/before" "$work/g"
done

# Without openat() names are looked up by way of /proc
if ((UID == 0)) && unshare --mount true 2>/dev/null; then
	unshare --mount sh -c 'mount -t tmpfs none /proc && exec "$@"' sh "$commands/xenpv-check" --root "$work/g" \
		>"$work/out" 2>&1
	ok 'it is said that /proc is needed' grep -qx \
		'xenpv-check: /proc: is not mounted, and this kernel (before 2.6.16) needs it' "$work/out"
else
	skip 'it is said that /proc is needed' 'mounting takes root'
fi

# --- docs/kernels.md --------------------------------------------------------------------------
# "NAME SINCE" for each call of its table
table()
{
	awk -F '|' '/^\| `/ { n = split($2, name, "`"); gsub(" ", "", $3)
		for (i = 2; i <= n; i += 2) print name[i], $3 }' "$tests/../docs/kernels.md"
}

calls() # COMMAND ARGUMENT...
{
	strace -f -c -o "$work/counts" "$new/$1" "${@:2}" >/dev/null 2>&1 </dev/null
	awk '$1 ~ /^[0-9.]+$/ && $NF != "total" { print $NF }' "$work/counts" >>"$work/calls"
}

table >"$work/table"
: >"$work/calls"
guest rhel5.1-x86_64-twodisks g
calls xenpv-check
for words in xenpv-check 'xenpv-install --dry-run' xenpv-install xenpv-verify 'xenpv-install --uninstall'; do
	# shellcheck disable=SC2086 # a command and its options
	calls $words --root "$work/g" --bundle "$bundle"
done
ok 'runs are traced' test "$(sort -u "$work/calls" | wc -l)" -gt 50
verdict 'each call of a run is in the table' \
	"$(comm -23 <(sort -u "$work/calls") <(cut -d ' ' -f 1 "$work/table" | sort -u))"

# A call that is numbered after the last one of a release is younger than it, and the other way round
misplaced()
{
	printf '#include <asm/unistd_64.h>\n' | "${CC:-cc}" -E -dM - | sed -n 's/^#define __NR_//p' | sort >"$work/numbers"
	sort "$work/table" | join "$work/numbers" - | while read -r name number since; do
		for last in 2.6.9:245 2.6.18:279; do
			newest=$(printf '%s\n' "$since" "${last%:*}" | sort -V | tail -n 1)
			[[ $([[ $newest = "${last%:*}" ]] && echo old) = $( ((number <= ${last#*:})) && echo old) ]] ||
				echo "$name ($number) is not of $since"
		done
	done
}
verdict 'its versions are in the order of the numbers' "$(misplaced)"
finish
