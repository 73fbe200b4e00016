#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How many instructions the commands take for fixed runs on fixed trees, against instructions.tab: 5 % more
# is a failure. `make bench-baseline` writes the table anew, by --write.
#
# Counted by callgrind, and only within the commands themselves: libraries differ between machines, and
# choose their code by the CPU. Nothing in the runs depends on the time; folders are sorted when they are read;
# valgrind gives each run the same addresses. What remains is some thousandths: the order in which a file
# system lists a folder, the length of the work folder's path. Another compiler or other flags give other
# counts: then there is nothing to compare with, and the test says so.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
table=$tests/bench/instructions.tab

compiler()
{
	echo "# $(readelf -p .comment "$bin/xenpv-check" | sed -n 's/^ *\[.*\]  *//p' | head -n 1)," \
		"$(sed -n 's/^CFLAGS = //p' "$bin/Makefile")"
}

# The cost lines of a profile whose names are not compressed: those within an object that is ours, without the
# line behind "calls=", which is the cost of what was called
own_instructions() # PROFILE...
{
	awk '
	/^ob=/ { ours = /\/xenpv-[a-z]*$/ }
	/^calls=/ { skip = 1; next }
	/^[0-9+*-]/ {
		if (ours && !skip)
			sum += $2
		skip = 0
	}
	END { print sum + 0 }' "$@"
}

# A line of the table for one run
count() # NAME COMMAND ARGUMENT...
{
	local name=$1

	shift
	rm -f "$work"/profile.*
	valgrind -q --tool=callgrind --compress-strings=no --compress-pos=no \
		--callgrind-out-file="$work/profile.%p" "$bin/$1" "${@:2}" >"$work/out" 2>&1 ||
		{ echo "$* exits $?"; cat "$work/out"; return 1; } >&2
	echo "$name $(own_instructions "$work"/profile.*)"
}

# One guest through all commands
life() # NAME [OPTION...]
{
	local name=$1 g=$work/g

	shift
	count "$name:check" xenpv-check --root "$g" --host 5.1/x86_64 "$@" &&
		count "$name:install" xenpv-install --root "$g" --host 5.1/x86_64 "$@" &&
		count "$name:again" xenpv-install --root "$g" --host 5.1/x86_64 "$@" &&
		count "$name:verify" xenpv-verify --root "$g" &&
		count "$name:uninstall" xenpv-install --root "$g" --uninstall
}

counts() # FILE
{
	lives >"$1"
}

lives()
{
	guest rhel5.1-i686-PAE g && life rhel5.1 --bundle "$(bundle_for rhel5.1-i686-PAE "$work/g")" || return
	rm -rf "$work/g" && "$tests/trees/mkmodern" debian12-amd64 "$work/g" && life debian12
}

# Where there are 5 % more, name it
compare() # NAME NOW BEFORE
{
	(($2 * 100 <= $3 * 105)) || { echo "$1: $2 instructions, $3 before"; return 1; }
	(($2 * 100 >= $3 * 95)) || echo "# $1: $2 instructions, $3 before: make bench-baseline"
}

if [[ ${1:-} = --write ]]; then
	counts "$work/counts" || exit
	{
		sed '/^# Made by:$/q' "$table"
		compiler
		cat "$work/counts"
	} >"$work/table" && cp "$work/table" "$table"
	exit
fi
if ! command -v valgrind >/dev/null || [[ $(compiler) != "$(sed '1,/^# Made by:$/d; q' "$table")" ]]; then
	skip 'instructions' "no valgrind, or built by another compiler than the table: $(compiler)"
	finish
fi
ok 'the runs are counted' counts "$work/counts"
while read -r name now; do
	before=$(sed -n "s/^$name //p" "$table")
	ok "$name" compare "$name" "$now" "${before:-0}"
done <"$work/counts"
finish
