#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# README's table of guests is what the table of generations says; `make readme` writes it.

# shellcheck source-path=SCRIPTDIR source=../cases/lib.sh
. "$(dirname "$0")/../cases/lib.sh"

table_is_current()
{
	diff <(sed -n '/^<!-- guests -->$/,/^<!-- end of guests -->$/p' "$tests/../README.md" | sed '1d;$d') \
		<("$bin/tools/guest-table")
}

ok 'the table of guests' table_is_current
finish
