# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# TAP for test scripts: ok or verdict for each fact, finish at the end.
n=0 failed=0

# The verdict in $1 (0: good) on NAME; TEXT is shown when it is bad
tap() # STATUS NAME TEXT
{
	n=$((n + 1))
	if (($1 == 0)); then
		echo "ok $n - $2"
	else
		failed=$((failed + 1))
		echo "not ok $n - $2"
		echo "#   ${3//$'\n'/$'\n'#   }"
	fi
}

# ok NAME COMMAND...: what the command prints is shown when it fails
ok()
{
	local name=$1 out status=0

	shift
	out=$("$@" 2>&1) || status=1
	tap "$status" "$name" "$out"
}

verdict() # NAME LINES: the lines are what is wrong
{
	tap "$([[ -z $2 ]] && echo 0 || echo 1)" "$1" "$2"
}

fails()
{
	! "$@"
}

skip() # NAME WHY
{
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

# The plan, and the status: a test that looked at nothing is none that passed
finish()
{
	echo "1..$n"
	((n > 0 && failed == 0))
	exit
}
