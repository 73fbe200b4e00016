#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# xenpv-check on each guest: the findings that the documentation's tables require.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

k51=2.6.18-53.el5 k52=2.6.18-92.el5

# What a guest says that lacks nothing; the rows below name what differs
plain='guest-release=pass guest-arch=pass kernel-variant=pass host-release=pass host-arch=pass
	xen-hvm=none lib-space=pass boot-space=pass packages=pass drivers=pass module-signature=pass
	boot-disk=warn device-names=pass'

# TREE | bundle: KERNEL and options of mkbundle, - none | other arguments | exit status | what differs
table='
rhel3.9-i686-smp        | -             | --host 5.1/x86_64 | 1 | packages=fail drivers=fail host-arch=warn device-names=warn
rhel3.9-i686-smp        | 2.4.21-50.ELsmp | --host 5.1/i686 --kernel 2.4.21-50.ELsmp | 0 | device-names=warn
rhel3.9-i686-athlon     | 2.4.21-50.EL  | --host 5.1/i686   | 0 |
rhel3.9-i686-athlon     | 2.4.21-47.EL  | --host 5.1/i686   | 1 | packages=fail drivers=fail
rhel3.9-x86_64-ia32e    | 2.4.21-50.EL  | --host 5.1/x86_64 | 0 |
rhel3.9-x86_64-ia32e    | 2.4.21-50.EL  | --host 5.1/i686   | 1 | host-arch=fail
rhel5.0-i686            | -             | --host 5.1/x86_64 | 1 | guest-release=fail packages=fail drivers=fail device-names=warn
rhel5.0-i686            | 2.6.18-8.el5  | --host 5.1/x86_64 | 1 | guest-release=fail device-names=warn
rhel4.6-i686-hugemem    | -             | --host 5.1/x86_64 | 1 | packages=fail+pass drivers=fail
rhel4.6-i686-hugemem    | 2.6.9-67.ELhugemem | --host 5.1/x86_64 | 0 |
rhel4.6-i686-hugemem    | 2.6.9-67.ELhugemem | --host 5.1/i686 | 0 |
rhel4.6-x86_64-largesmp | -             | --host 5.1/x86_64 | 1 | packages=fail+pass drivers=fail device-names=warn
rhel4.6-x86_64-largesmp | 2.6.9-67.ELlargesmp | --host 5.2/x86_64 | 0 | device-names=warn
rhel4.6-i686-bare       | -             | --host 5.1/x86_64 | 1 | packages=fail drivers=fail
rhel4.6-i686-bare       | 2.6.9-67.ELsmp | --host 5.1/x86_64 | 1 | packages=fail
rhel4.8-x86_64-smp      | -             | --host 5.3/x86_64 | 0 |
rhel5.1-i686-PAE        | -             | --host 5.1/x86_64 | 1 | packages=fail drivers=fail device-names=warn
rhel5.1-i686-PAE        | 2.6.18-53.el5PAE | --host 5.1/x86_64 | 0 | device-names=warn
rhel5.1-i686-PAE        | 2.6.18-53.el5PAE | --host 5.0/x86_64 | 1 | host-release=fail device-names=warn
rhel5.1-i686-PAE        | 2.6.18-53.el5PAE | | 0 | host-release=unknown host-arch=unknown device-names=warn
rhel5.1-x86_64-kmod     | -             | --host 5.1/x86_64 | 0 | device-names=warn
rhel5.1-x86_64-lvm      | 2.6.18-53.el5 | --host 5.1/x86_64 | 0 |
rhel5.1-x86_64-onedisk  | 2.6.18-53.el5 | --host 5.1/x86_64 | 0 |
rhel5.1-x86_64-twodisks | 2.6.18-53.el5 | --host 5.1/x86_64 | 0 | device-names=warn
rhel5.2-x86_64          | -             | --host 5.1/x86_64 | 1 | packages=fail drivers=fail
rhel5.2-x86_64          | 2.6.18-53.el5 | --host 5.1/x86_64 | 0 |
rhel5.2-x86_64          | 2.6.18-53.el5 --break-crc register_netdev | --host 5.1/x86_64 | 1 | packages=fail drivers=fail
rhel5.3-x86_64          | -             | --host 5.1/x86_64 | 0 | device-names=warn
rhel5.3-x86_64          | -             | --host 5.1/i686   | 1 | host-arch=fail device-names=warn
rhel5.3-x86_64          | -             | --strict          | 1 | host-release=unknown host-arch=unknown device-names=warn
centos5.11-x86_64-3kernels | -          | --host 5.1/x86_64 | 0 | kernel-variant=pass+skip drivers=pass+skip device-names=warn
'

findings_are() # PLAIN... DIFFERENCE...: the later of an id wins
{
	local pair
	declare -A want

	for pair; do
		want[${pair%%=*}]=${pair#*=}
	done
	# All in one document and one process: there are hundreds
	diff <(for pair in "${!want[@]}"; do echo "$pair=${want[$pair]}"; done | sort) \
		<(json '"\n".join(i + "=" + status(i) for i in "'"${!want[*]}"'".split())' | sort)
}

bundle() # KERNEL ARCH [OPTION...]
{
	local dir=$work/bundles/${*// /_}

	[[ -d $dir ]] || "$tests/trees/mkbundle" "$1" "$2" "$dir" "${@:3}" || return
	echo "$dir"
}

tree() # NAME: made once
{
	[[ -d $work/trees/$1 ]] || "$tests/trees/mktree" "$1" "$work/trees/$1"
}

mkdir "$work/bundles" "$work/trees"
seen=' '
while IFS='|' read -r t b args status differs; do
	t=${t// /}
	[[ -n $t ]] || continue
	# shellcheck disable=SC2086 # words
	set -- $b
	what="$t, bundle $*,${args%"${args##*[! ]}"}"
	tree "$t" || exit
	if [[ $seen != *" $t "* ]]; then
		listing "$work/trees/$t" >"$work/start-$t"
		seen+="$t "
	fi
	dir=''
	if [[ $1 != - ]]; then
		dir=$(bundle "$1" "$(arch_of "$t")" "${@:2}") || exit
	fi
	# shellcheck disable=SC2086
	ok "$what: exit status" exits $status xenpv-check --json --root "$work/trees/$t" ${dir:+--bundle "$dir"} $args
	# shellcheck disable=SC2086
	ok "$what: findings" findings_are $plain $differs
done <<<"$table"

ok 'every guest is in the table' diff <("$tests/trees/mktree" --list) <(tr ' ' '\n' <<<"$seen" | grep . | sort)
for t in $seen; do
	ok "$t: nothing changed" unchanged "$work/start-$t" "$work/trees/$t"
done

# check_guest TREE ARGUMENT...: for what the table does not say
check_guest()
{
	run xenpv-check --json --host 5.1/x86_64 --root "$work/trees/$1" "${@:2}"
	((status <= 1))
}

ok 'drivers of 5.1 on 5.2' check_guest rhel5.2-x86_64 --bundle "$(bundle $k51 x86_64)"
ok '… are compatible' json_is "drivers('$k52')" compatible
ok 'with a wrong version' check_guest rhel5.2-x86_64 \
	--bundle "$(bundle $k51 x86_64 --break-crc register_netdev)"
ok '… there are none' json_is "drivers('$k52')" none
ok '… and the symbol is named' json_has 'text("drivers")' register_netdev
ok 'drivers in the kernel: 5.3' check_guest rhel5.3-x86_64
ok '… in-kernel' json_is "drivers('2.6.18-128.el5')" in-kernel
ok '4.8' check_guest rhel4.8-x86_64-smp
ok '… in-kernel' json_is "drivers('2.6.9-89.ELsmp')" in-kernel
ok '5.11' check_guest centos5.11-x86_64-3kernels
ok '… in-kernel' json_is "drivers('2.6.18-398.el5')" in-kernel
ok '… its -xen kernel is skipped' json_is 'status("drivers", "2.6.18-398.el5xen")' skip
ok '… in both checks' json_is 'status("kernel-variant", "2.6.18-398.el5xen")' skip
ok '… one default' json_is '[k["release"] for k in d["guest"]["kernels"] if k["default"]]' "['2.6.18-400.1.1.el5']"
ok 'a package has the drivers' check_guest rhel5.1-x86_64-kmod
ok '… package' json_is "drivers('$k51')" package
ok 'a bundle for the kernel' check_guest rhel5.1-i686-PAE --bundle "$(bundle ${k51}PAE i686)"
ok '… bundle' json_is "drivers('${k51}PAE')" bundle
ok '… the guest' json_is '[d["guest"][k] for k in ("family", "major", "minor", "arch")]' "['rhel', 5, 1, 'i686']"
ok 'two disks by name' check_guest rhel5.1-x86_64-twodisks
ok '… files and lines are named' json_has 'text("device-names")' '/dev/hdb1 in /etc/fstab:1' \
	'/dev/hdb2 in /etc/fstab:3' '/boot/grub/grub.conf:10 (root=)' '/boot/grub/grub.conf:10 (resume=)' \
	"/boot/initrd-$k51.img:" '--rename hdb='
guest rhel5.1-x86_64-twodisks cd && printf '%s\n' '/dev/hdc /media/cdrom udf,iso9660 noauto,ro 0 0' \
	'/dev/disk/by-id/ata-QEMU_HARDDISK_QM00002-part3 /srv ext3 defaults 0 0' >>"$work/cd/etc/fstab" || exit
with=(--root "$work/cd" --host 5.1/x86_64 --bundle "$(bundle "$k51" x86_64)")
ok 'a CD-ROM in fstab' exits 0 xenpv-check --json "${with[@]}"
ok '… is no disk that switches' json_is '"hdc" in text("device-names") + text("boot-disk")' False
ok '… a name by serial number is broken' json_has 'text("device-names")' \
	'/dev/disk/by-id/ata-QEMU_HARDDISK_QM00002-part3 in /etc/fstab:'
ok '… what to do on the host' exits 0 xenpv-install --dry-run "${with[@]}"
ok '… leaves the CD-ROM out' fails grep -w hdc "$work/out"
ok 'RHEL 4 as released' check_guest rhel4.6-i686-bare
ok '… packages are named' json_has 'text("packages")' 'modversions is not installed' \
	'3.1-0.pre5.3.4.el4_6.1' 'is too old'

if [[ -d $data/fedora8-root ]]; then
	cp -r "$data/fedora8-root" "$work/f8"
	listing "$work/f8" >"$work/start"
	ok "somebody's Fedora 8" exits 1 xenpv-check --json --root "$work/f8"
	ok '… is no guest that we know' json_is 'status("guest-release")' fail
	ok '… nothing changed' unchanged "$work/start" "$work/f8"
else
	skip "somebody's Fedora 8" "no $data/fedora8-root"
fi

t=rhel4.6-i686-hugemem
for db in bdb9/Packages=fail sqlite/rpmdb.sqlite=fail ndb/Packages.db=unknown; do
	file=$data/rpmdb-${db%=*}
	if [[ ! -f $file ]]; then
		skip "database $db" "no $file"
		continue
	fi
	rm -f "$work/trees/$t/var/lib/rpm/"*
	cp "$file" "$work/trees/$t/var/lib/rpm/"
	listing "$work/trees/$t" >"$work/start"
	ok "database $db" exits 1 xenpv-check --json --root "$work/trees/$t" --host 5.1/x86_64
	ok "database $db: packages" json_has 'status("packages")' "${db#*=}"
	ok "database $db: names the packages" json_has 'text("packages")' kmod-xenpv modversions
	ok "database $db: nothing changed" unchanged "$work/start" "$work/trees/$t"
done
finish
