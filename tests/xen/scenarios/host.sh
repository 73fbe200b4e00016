# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What xenpv-host says of a configuration and makes of it is what xl understands of the original and of the result.
# No guest is started.

host_defaults
mkdir "$share/host"
configuration rig '' >"$share/host/rig.cfg"
cp "$here"/../host/*.cfg "$share/host/"
for f in "$share/host/"*.cfg; do
	# Of a comment at the end xl wants the newline; and what has no UUID gets another each time
	echo >>"$f"
	grep -q '^uuid' "$f" || echo 'uuid = "0b7d1d0c-64a6-4d0f-8b26-2d0a4c3f1a12"' >>"$f"
done
judged=('rig --guest rhel5' 'xl-today --guest rhel5' 'xl-today --guest rhel7' 'xm-ioemu --rename hdb=xvdk --keep sda'
	'xm-rhel5' 'xm-rhel5 --host 5.6/x86_64')
for i in "${!judged[@]}"; do
	read -r name options <<<"${judged[i]}"
	cat <<-DOM0
		cd /share/host && cp $name.cfg $i.cfg && exec 2>$i.err
		xl create -n $i.cfg >$i.before
		s=\$?
		$xenpv_host $options --json /share/host/$i.cfg >$i.json
		s="\$s \$?"
		$xenpv_host $options --write /share/host/$i.cfg >$i.out
		s="\$s \$?"
		xl create -n $i.cfg >$i.after
		echo "\$s \$?" >$i.status
	DOM0
done >"$share/judged.sh"
ok 'xl and xenpv-host: run in dom0' ask 120 run judged
for i in "${!judged[@]}"; do
	file=$share/host/$i
	tap "$([[ $(<"$file.status") = '0 1 0 0' ]]; echo $?)" "xl reads it, xenpv-host ${judged[i]} changes it, xl reads it" \
		"$(cat "$file".{status,err})"
	ok 'it is for xl as xenpv-host says, and nothing else changed' python3 "$here/host/understood" "$file".{before,json,after}
done

# dom0 of a RHEL
in_dom0 60 "echo 'CentOS release 5.6 (Final)' >/host/etc/redhat-release; $xenpv_host; rm /host/etc/redhat-release"
is "$printed" '--host=5.6/x86_64' 'xenpv-host without a configuration says what this host is'
