#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzz target is built, has seeds, and bears them. tests/faults/fuzz goes on from there.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

replay() # TARGET
{
	local seeds=("$work/seeds/$1"/*)

	[[ -s ${seeds[0]} ]] || { echo "it has no seeds"; return 1; }
	(cd "$work" && TMPDIR=$work timeout 300 "$bin/tests/fuzz/fuzz-$1" "${seeds[@]}")
}

ok 'the seeds are made' "$tests/fuzz/seeds" "$work/seeds"
for f in "$tests"/fuzz/fuzz-*.c; do
	target=${f##*/fuzz-}
	ok "$target" replay "${target%.c}"
done
finish
