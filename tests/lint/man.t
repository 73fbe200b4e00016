#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages: each option of --help has its entry and no other, and mandoc finds nothing wrong.

# The functions are called through ok, which shellcheck does not see.
# shellcheck disable=SC2317
# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"
man=$tests/../man

# "-r, --root=DIR", one a line
help_options()
{
	"$commands/$1" --help | sed -nE 's/^ +((-[a-zA-Z], +)?--[^ ]+) .*/\1/p' | sort
}

page_options()
{
	sed -n '/^# OPTIONS/,/^# [^O]/s/^\(\*-.*\)$/\1/p' "$man/$1.8.scd" | tr -d '*_' | sort
}

same_options()
{
	[[ $(help_options "$1") = *--help* ]] && diff <(help_options "$1") <(page_options "$1")
}

# scdoc puts a .PP behind every heading and blank line; all else counts
clean()
{
	local out

	out=$(mandoc -Tlint -W warning "$1" | grep -v 'skipping paragraph macro')
	[[ -z $out ]] || {
		printf '%s\n' "$out"
		return 1
	}
}

for command in xenpv-check xenpv-install xenpv-verify xenpv-host; do
	[[ $command != xenpv-host || -x $commands/$command ]] || continue # its libraries are not here
	ok "$command: --help and the page have the same options" same_options "$command"
done
for source in "$man"/*.scd; do
	page=$(basename "$source" .scd)
	if ! type -p mandoc scdoc >/dev/null; then
		skip "$page: mandoc" "no mandoc or no scdoc here"
		continue
	fi
	ok "$page: built" test -s "$bin/man/$page"
	ok "$page: mandoc" clean "$bin/man/$page"
done
finish
