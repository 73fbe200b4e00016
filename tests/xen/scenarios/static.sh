# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# From emulated to PV and back by the static commands, which the administrator brings on the data disk. Those of i686
# and the guest's own, which are dynamic, say the same of it.

for arch in x86_64:ELF64 i686:ELF32; do
	for file in "$cache/static/${arch%:*}"/*; do
		is "$(readelf -hlW "$file" | grep -oE 'ELF(32|64)|INTERP')" "${arch#*:}" "${arch%:*}/${file##*/}: static, ${arch#*:}"
	done
done

all='/usr/sbin /usr/local/dynamic /srv/data/i686'

# Of the same boot: documents by each of the three builds
say_the_same() # NAME STATUS COMMAND
{
	is "$(output_of "$1" "same $all -- $3")" "ends with $2" "$3: static, dynamic and i686 say the same"
}

host_defaults
LIMIT=600
disks[1]=${disks[1]/vdb/vdh}
disks+=('vdev=hdb,devtype=cdrom,format=raw,target=') # no disk in it
boots static-before 'mv /usr/local/sbin /usr/local/dynamic && install -t /usr/sbin /srv/data/x86_64/* && sync' \
	'xenpv-check' 'xenpv-verify' "same $all -- xenpv-check --json" "same $all -- xenpv-verify --json" \
	"same $all -- xenpv-install --dry-run --json" "$MANIFEST" '/srv/data/i686/xenpv-install' 'xenpv-install --uninstall' \
	"$MANIFEST # i686" 'xenpv-install --verify-at-boot'
is_ready static-before
say_the_same static-before 0 'xenpv-check --json'
say_the_same static-before 1 'xenpv-verify --json'
say_the_same static-before 0 'xenpv-install --dry-run --json'
manifest=$(output_of static-before "$MANIFEST")
is "$(status_of static-before /srv/data/i686/xenpv-install)" 0 'xenpv-install of i686'
is "$(status_of static-before 'xenpv-install --uninstall')" 0 'what it did, that of x86_64 undoes'
is "$(output_of static-before "$MANIFEST # i686")" "$manifest" 'every file as before'
is "$(status_of static-before 'xenpv-install --verify-at-boot')" 0 'xenpv-install'

boots static-after "${switched[@]}" "same $all -- xenpv-check --json" "same $all -- xenpv-verify --json" \
	'xenpv-install --uninstall' "$MANIFEST" 'rm /usr/sbin/xenpv-* && mv /usr/local/dynamic /usr/local/sbin'
is_switched static-after
say_the_same static-after 0 'xenpv-check --json'
say_the_same static-after 0 'xenpv-verify --json'
is "$(status_of static-after 'xenpv-install --uninstall')" 0 'uninstalled'
is "$(output_of static-after "$MANIFEST")" "$manifest" 'every file as before'
