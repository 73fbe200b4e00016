# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The plug is pulled while a live install writes, at $cuts instants from its journal's first byte to
# its end. The boot that follows must work, and the next run finish or undo what was cut.

# After a cut: the guest is up, and the next run has settled it; then it is as if nothing had been
settled() # NAME
{
	is "$(status_of "$1" 'xenpv-install --recover')" 0 "$1: --recover"
	echo "#   $(output_of "$1" 'xenpv-install --recover' | tail -n 1)"
	is "$(status_of "$1" 'xenpv-install --uninstall')" 0 "$1: --uninstall"
	is "$(output_of "$1" "$MANIFEST")" "$manifest" "$1: every file as before the first install"
}

host_defaults
settle=('xenpv-install --recover' 'xenpv-install --uninstall' "$MANIFEST")
for ((i = 2; i <= cuts; i++)); do
	pull_plug "cut$i" "$(instant $i)" "${settle[@]}" 'watched xenpv-install'
	tap $? "cut$i: boots; cut $i, $(instant $i) s after it began to write" "$(tail -n 15 "$logs/cut$i.log")"
	settled "cut$i"
done
boots uncut "${settle[@]}" 'xenpv-verify'
settled uncut
