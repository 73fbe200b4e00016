#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every fuzz target is built, has seeds, and bears them; also a seed that is repeated to 2 MB, in a time that a
# parser whose work grows with the square of its input does not keep. tests/faults/fuzz goes on from there.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

target() # TARGET FILE...
(
	cd "$work" || exit
	export TMPDIR=$work
	ulimit -t 20
	"$bin/tests/fuzz/fuzz-$1" "${@:2}"
)

replay() # TARGET
{
	local seeds=("$work/seeds/$1"/*)

	[[ -s ${seeds[0]} ]] || { echo "it has no seeds"; return 1; }
	target "$1" "${seeds[@]}"
}

long() # TARGET
{
	local seeds=("$work/seeds/$1"/*)

	yes "$(tr -d '\0' <"${seeds[0]}")" | head -c 2000000 >"$work/long"
	target "$1" "$work/long"
}

ok 'the seeds are made' "$tests/fuzz/seeds" "$work/seeds"
for f in "$tests"/fuzz/fuzz-*.c; do
	name=${f##*/fuzz-}
	name=${name%.c}
	# Those of xenpv-host, which is built where its libraries are
	if [[ $name = @(domxml|xlcfg) && ! -x $bin/xenpv-host ]]; then
		skip "$name" 'xenpv-host is not built'
		continue
	fi
	ok "$name" replay "$name"
	ok "$name, a long one" long "$name"
done
finish
