# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # work, builddir: of run
# Sourced by run: measure two ways of doing the same in turn, and print what comes of it as a row.

# The middle one of the numbers in a column of standard input
median() # COLUMN
{
	cut -d ' ' -f "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# "WALL CPU" of a command or function, in seconds; what it prints is in $work/out
seconds() # COMMAND...
{
	local TIMEFORMAT='%R %U %S'

	{ time "$@" >"$work/out" 2>&1; } 2>"$work/time" || return
	awk '{ printf "%.3f %.3f\n", $1, $2 + $3 }' "$work/time"
}

nothing()
{
	:
}

# Run two commands N times each, in turn, so that what else the machine does meets both; "1,3": theirs once,
# ours three times. Medians are left in $their_wall $their_cpu $our_wall $our_cpu. BEFORE is run before each
# of ours and is not measured.
compare() # N THEIRS OURS [BEFORE]
{
	local i

	: >"$work/theirs" && : >"$work/ours"
	for ((i = 0; i < ${1#*,}; i++)); do
		((i >= ${1%,*})) || seconds "$2" >>"$work/theirs" || return
		"${4:-nothing}" >"$work/out" || return
		seconds "$3" >>"$work/ours" || return
	done
	their_wall=$(median 1 <"$work/theirs") their_cpu=$(median 2 <"$work/theirs")
	our_wall=$(median 1 <"$work/ours") our_cpu=$(median 2 <"$work/ours")
}

table() # COLUMN...
{
	printf '\n'
	printf '| %s ' "$@"
	printf '|\n'
	printf '| --- %.0s' "$@"
	printf '|\n'
}

row() # CELL...
{
	printf '| %s ' "$@"
	printf '|\n'
}

quotient() # A B
{
	awk -v a="$1" -v b="$2" 'BEGIN { q = b > 0 ? a / b : 0; printf(q >= 10 ? "%.0f" : "%.2f", q) }'
}

met() # VALUE GOAL
{
	awk -v v="$1" -v g="$2" 'BEGIN { print(v >= g ? "met" : "not met") }'
}

# One row: times as fast by the clock and by CPU time, against the goal
faster() # WHAT AGAINST GOAL N THEIRS OURS [BEFORE]
{
	local ratio

	if ! compare "$4" "$5" "$6" "${7:-}"; then
		row "$1" "$2" '' '' '' '' "$3" "not measured: $(tail -n 1 "$work/out")"
		return
	fi
	ratio=$(quotient "$their_wall" "$our_wall")
	row "$1" "$2" "$their_wall" "$our_wall" "$ratio" "$(quotient "$their_cpu" "$our_cpu")" "$3" \
		"$([[ -z $3 ]] || met "$ratio" "$3")"
}

# The memory that a command had at most; for the table of memory
peak() # WHAT COMMAND...
{
	local kib

	kib=$("$builddir/tests/bench/peak" "${@:2}" 2>/dev/null | tail -n 1)
	memory+=("$1|$(awk -v k="$kib" 'BEGIN { printf "%.1f", k / 1024 }')")
}
