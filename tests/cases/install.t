#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each guest that can be changed: check, install, verify; then tools that are not ours judge what
# was done (gzip, cpio, modinfo, depmod, modprobe, diff); a second install changes nothing, and
# uninstall gives back every byte, mode, owner, time and attribute.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Marks that an edit loses when it is careless: another owner, another mode, an attribute
mark()
{
	local f

	for f in etc/modprobe.conf "boot/initrd-$(kernels_of "$1" | head -n 1).img" \
		"lib/modules/$(kernels_of "$1" | head -n 1)/modules.dep"; do
		chmod 0640 "$1/$f"
		[[ $(id -u) != 0 ]] || chown 3:4 "$1/$f"
		setfattr -n user.mark -v "of $f" "$1/$f" 2>/dev/null
		touch -d '2006-06-06 06:06:06.123456789' "$1/$f"
	done
	return 0
}

# Owner, mode and attributes of what was there before stay
marks_stay() # BEFORE AFTER
{
	local f what='%U:%G %a %y'

	for f in $(cd "$1" && find . -type f); do
		[[ -f $2/$f ]] || { echo "$f is gone"; return 1; }
		if cmp -s "$1/$f" "$2/$f"; then
			what='%U:%G %a %y'
		else
			what='%U:%G %a'
		fi
		diff <(stat -c "$what" "$1/$f"; getfattr -d -m - --absolute-names "$1/$f" | tail -n +2) \
			<(stat -c "$what" "$2/$f"; getfattr -d -m - --absolute-names "$2/$f" | tail -n +2) ||
			{ echo "$f"; return 1; }
	done
}

# Only such files are new or changed
changes_are_planned()
{
	diff -rq --no-dereference "$1" "$2" | grep -Ev \
		-e "^Only in $2/lib/modules/[^/]*(/extra(/xenpv)?)?: " \
		-e '^Files .*/lib/modules/[^/]*/modules\.[a-z]+ and .* differ$' \
		-e '^Files .*/etc/(modprobe\.conf|grub\.conf|fstab) and .* differ$' \
		-e '^Files .*/boot/initrd-[^/]*\.img and .* differ$' \
		-e "^Only in $2/boot: initrd-[^/]*\.img\.xenpv-orig$" \
		-e "^Only in ($1|$2)/etc/rc.d/rc[0-6]\.d: [SK][0-9][0-9]kudzu$" \
		-e "^Only in $2/etc/sysconfig(/mkinitrd)?: (mkinitrd|xenpv)$" \
		-e "^Only in $2/var/lib: xenpv$" && return 1
	return 0
}

# The guest's text indexes say what depmod finds, and have the four drivers
indexes_are_right() # DIR KERNEL
{
	local ours=$1/lib/modules/$2 d

	copy_modules "$1" "$2" && depmod_is_content "$2" && indexes_agree "$1" "$2" || return
	for d in platform-pci balloon vbd vnif; do
		grep -Eqx "/lib/modules/$2/[^ ]*/xen-$d\.ko:.*" "$ours/modules.dep" || { echo "no xen-$d"; return 1; }
	done
	grep -q "^xen-platform-pci *0x00005853 0x00000001 " "$ours/modules.pcimap" || { echo 'no pcimap'; return 1; }
	[[ $(modprobe -d "$work/mods" -S "$2" -D xen:vbd | sed 's|.*/||;s/ *$//' | tr '\n' ' ') = \
		*'xen-platform-pci.ko '*'xen-vbd.ko ' ]]
}

# All but the release: a bundle for one kernel may fit another one
vermagic_words() # MODULE
{
	local release words

	read -r release words < <(modinfo -F vermagic "$1") && [[ $release = 2.6.* ]] && echo "$words"
	readelf -h "$1" | grep Machine:
}

# modinfo reads each driver; it is for the architecture of the kernel's own modules
drivers_are_modules()
{
	local f own=$1/lib/modules/$2/kernel/drivers/net/8139cp.ko count=0

	while read -r f; do
		count=$((count + 1))
		diff <(vermagic_words "$own") <(vermagic_words "$f") || return
		[[ $(stat -c '%a %u:%g' "$f") = "$(stat -c '%a %u:%g' "$own")" ]] ||
			{ stat "$f"; return 1; }
	done < <(find "$1/lib/modules/$2" -name 'xen-*.ko' -type f)
	((count == 4)) || { echo "$count drivers"; return 1; }
}

unpack() # IMAGE DIR
{
	rm -rf "$2" && mkdir "$2" && gzip -t "$1" &&
		(cd "$2" && gzip -dc "$1" | cpio -idm --quiet)
}

# The image holds the drivers that /init loads, in order, before those of the disks
image_loads_drivers() # DIR KERNEL
{
	local image=$1/boot/initrd-$2.img line=' ' m

	gzip -dc "$image" | cpio -it --quiet >"$work/names" || return
	gzip -dc "$image" | cpio -i --quiet --to-stdout init >"$work/init" || return
	while read -r m; do
		grep -qx "lib/$m.ko" "$work/names" || { echo "no $m in the image"; return 1; }
		line+="$m "
	done < <(sed -n 's|^insmod /lib/\([^ ]*\)\.ko.*|\1|p' "$work/init")
	echo "loads $line"
	[[ $line = *' xen-platform-pci '*'xen-vbd '*'scsi_mod '*'libata ata_piix '* ]] || return
	[[ $line != *' dm-mod '* || $line = *' xen-vbd '*'dm-mod '* ]]
}

# Nothing else in the image differs: new entries are the drivers, /init has more lines, and all
# other entries keep content, mode, owner, time, device number and their order.
image_keeps_the_rest() # BEFORE AFTER KERNEL
{
	local old=$1/boot/initrd-$3.img new=$2/boot/initrd-$3.img i

	unpack "$old" "$work/i1" && unpack "$new" "$work/i2" || return
	for i in 1 2; do
		gzip -dc "$([[ $i = 1 ]] && echo "$old" || echo "$new")" | cpio -itvn --quiet |
			grep -v ' lib/xen-[a-z-]*\.ko$' >"$work/list$i" || return
		# cpio gives folders and links the time of now; the list above has theirs
		listing "$work/i$i" | grep -v '\./lib/xen-[a-z-]*\.ko' |
			sed 's/^\([^ ]* [dl] [^.]*\) [^ ]*/\1/' >"$work/full$i"
	done
	diff <(grep -v ' init$' "$work/list1") <(grep -v ' init$' "$work/list2") || return
	diff <(grep -v '\./init\b' "$work/full1") <(grep -v '\./init\b' "$work/full2") || return
	[[ $(stat -c '%a %u:%g %Y' "$work/i1/init") = "$(stat -c '%a %u:%g %Y' "$work/i2/init")" ]] ||
		{ stat "$work/i1/init" "$work/i2/init"; return 1; }
	diff "$work/i1/init" "$work/i2/init" | grep '^<' && { echo 'a line of init is lost'; return 1; }
	diff "$work/i1/init" "$work/i2/init" | grep '^>' |
		grep -Ev '^> (insmod /lib/xen-(platform-pci|balloon|vbd|vnif)\.ko ?|echo "?Loading xen-.*)$' && return 1
	for i in "$work"/i2/lib/xen-*.ko; do
		cmp "$i" "$(find "$2/lib/modules/$3" -name "${i##*/}" -type f)" || return
	done
	return 0
}

# Each NIC has its alias, and no other line of the file changed
aliases_are_set() # BEFORE AFTER
{
	diff "$1/etc/modprobe.conf" "$2/etc/modprobe.conf" >"$work/diff"
	grep '^alias eth' "$2/etc/modprobe.conf" | grep -v ' xen-vnif$' && return 1
	(($(grep -c '^alias eth[0-9]* xen-vnif$' "$2/etc/modprobe.conf") == \
		$(find "$1/etc/sysconfig/network-scripts" -name 'ifcfg-eth*' | wc -l))) || return
	grep '^[<>]' "$work/diff" | grep -Ev '^([<>] alias eth[0-9]+ |> alias scsi_hostadapter[0-9]* xen-vbd$)' &&
		return 1
	return 0
}

# As chkconfig --list would say: off in all levels, by the stop number of the script
kudzu_is_off()
{
	local l

	for l in 0 1 2 3 4 5 6; do
		[[ $(cd "$1/etc/rc.d/rc$l.d" && echo [SK]??kudzu) = K95kudzu ]] || { ls "$1/etc/rc.d/rc$l.d"; return 1; }
		[[ $(readlink "$1/etc/rc.d/rc$l.d/K95kudzu") = ../init.d/kudzu ]] || return
	done
}

# What a later mkinitrd reads is there: mkinitrd.t tries what comes of it
next_kernel_is_safe() # DIR
{
	local s=$1/etc/sysconfig/mkinitrd/xenpv

	if [[ -f $s ]]; then
		[[ -x $s ]] && bash -n "$s"
	else
		grep 'scsi_hostadapter[0-9]* xen-vbd$' "$1/etc/modprobe.conf" >/dev/null || return 0
		for s in "$1"/lib/modules/*; do
			[[ $s = *xen ]] || find "$s" -name xen-vbd.ko -type f | grep -q . || return
		done
	fi
}

for t in ${ONLY:-$("$tests/trees/mktree" --list)}; do
	case $t in
	rhel3* | rhel5.0-* | *-bare) continue ;; # rhel3.t
	esac
	guest "$t" before && mark "$work/before" && guest "$t" g && mark "$work/g" || exit
	listing "$work/g" >"$work/start"
	bundle=$(bundle_for "$t" "$work/g") || exit
	with=(--root "$work/g" --host 5.1/x86_64 ${bundle:+--bundle "$bundle"})
	ok "$t: check passes" exits 0 xenpv-check "${with[@]}"
	ok "$t: and changes nothing" unchanged "$work/start" "$work/g"
	ok "$t: install" exits 0 xenpv-install "${with[@]}"
	listing "$work/g" >"$work/after"
	ok "$t: verify" exits 0 xenpv-verify --root "$work/g" --host 5.1/x86_64
	ok "$t: verify changes nothing" unchanged "$work/after" "$work/g"
	ok "$t: nothing changed but what was planned" changes_are_planned "$work/before" "$work/g"
	ok "$t: owners, modes and attributes stay" marks_stay "$work/before" "$work/g"
	ok "$t: modprobe.conf" aliases_are_set "$work/before" "$work/g"
	ok "$t: kudzu" kudzu_is_off "$work/g"
	ok "$t: the next kernel" next_kernel_is_safe "$work/g"
	for k in $(kernels_of "$work/g"); do
		if [[ $k = *xen ]]; then
			ok "$t: $k: left alone" diff -r --no-dereference \
				"$work/before/lib/modules/$k" "$work/g/lib/modules/$k"
			ok "$t: $k: its initrd too" cmp "$work/before/boot/initrd-$k.img" "$work/g/boot/initrd-$k.img"
			continue
		fi
		ok "$t: $k: modules" drivers_are_modules "$work/g" "$k"
		ok "$t: $k: indexes" indexes_are_right "$work/g" "$k"
		ok "$t: $k: initrd loads the drivers" image_loads_drivers "$work/g" "$k"
		ok "$t: $k: initrd keeps the rest" image_keeps_the_rest "$work/before" "$work/g" "$k"
	done
	ok "$t: second install" exits 0 xenpv-install "${with[@]}"
	ok "$t: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$t: and changes nothing" unchanged "$work/after" "$work/g"
	ok "$t: without the bundle the same" exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64
	ok "$t: nothing changed" unchanged "$work/after" "$work/g"
	ok "$t: uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$work/g"
	ok "$t: second uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$work/g"
done
finish
