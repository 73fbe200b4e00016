# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The plug is pulled while a live install writes, at $cuts instants from its journal's first byte to
# its end; for the first time in scenario rescue. The boot that follows must work, and the next run finish or
# undo what was cut.

host_defaults
interrupted=0
vifs[1]=${vifs[1]/e1000/rtl8139} # which finds itself ten seconds faster
for ((i = 2; i <= cuts; i++)); do
	power_cut "cut$i" "$i" "${settle[@]}" 'watched xenpv-install --verify-at-boot'
	settled "cut$i"
done
boots uncut "${settle[@]}" 'xenpv-verify'
settled uncut
# The later ones come too late on a slow machine
ok 'half of the cuts at least came while it wrote' test "$interrupted" -ge $((cuts / 2))
