# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The consoles that docs/switch.md shows are those of this run, but for what a newer package changes.

# Of a documented session: the lines after "# COMMAND" in the console block that is named before it
documented() # NAME COMMAND
{
	awk -v mark="<!-- console of $1 -->" -v c="# $2" '
		$0 == mark { named = 1; open = 0 }
		/^```$/ { if (open) named = 0; open = !open; on = 0; next }
		named && /^# / { on = $0 == c; next }
		named && on' "$here/../../docs/switch.md"
}

# Kernel and Xen releases and sizes come and go, and move the columns
plain()
{
	sed -E 's/[0-9]+\.[0-9]+\.[0-9]+-[0-9]+-amd64/KERNEL/g; s/[0-9.]+ MB/N MB/g; s/UUID=[0-9a-f-]+/UUID=U/g; s/4\.17\.[0-9]+/4.17.N/g; s/[ \t]+/ /g; s/ $//'
}

# NAME COMMAND [COMMAND-OF-THE-RUN]
as_documented()
{
	diff -B <(documented "$1" "$2" | plain) <(output_of "$1" "${3:-$2}" | grep -v '^rig: ' | plain)
}

ok 'docs/switch.md: xenpv-check before' as_documented before xenpv-check
ok 'docs/switch.md: xenpv-verify before' as_documented before xenpv-verify
ok 'docs/switch.md: xenpv-install' as_documented before 'xenpv-install --verify-at-boot' 'watched xenpv-install --verify-at-boot'
ok 'docs/switch.md: xenpv-verify after' as_documented after xenpv-verify
