#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RHEL 3: a 2.4 kernel, modutils, an ext2 image as initrd, nodes in /dev. Tools that are not ours judge:
# gzip, e2fsck, debugfs, nm, diff. A second install changes nothing; uninstall restores every byte.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

may_mknod=''
if mknod "$work/node" b 202 0 2>/dev/null; then
	may_mknod=yes
fi

# Only such files are new or changed
changes_are_planned() # BEFORE AFTER
{
	diff -rq --no-dereference "$1" "$2" 2>/dev/null | grep -Ev \
		-e "^Only in $2/lib/modules/[^/]*: extra$" \
		-e '^Files .*/lib/modules/[^/]*/modules\.(dep|pcimap) and .* differ$' \
		-e '^Files .*/etc/(modules\.conf|fstab|rc\.d/rc\.local) and .* differ$' \
		-e '^Files .*/boot/initrd-[^/]*\.img and .* differ$' \
		-e "^Only in $2/boot: initrd-[^/]*\.img\.xenpv-orig$" \
		-e "^Only in $2/dev: xvd[a-p][0-9]*$" \
		-e '^File .*/dev/hda[0-9]* is a block special file' \
		-e "^Only in $2/var/lib: xenpv$" && return 1
	return 0
}

# The entry of a module in modutils' modules.dep, on one line
entry() # FILE MODULE
{
	sed -e ':a' -e '/\\$/N; s/ *\\\n//; ta' "$1" | grep "/$2\.o:"
}

# Each driver is listed once, by its absolute path, with what exports the symbols that it needs
indexes_are_right() # DIR KERNEL
{
	local m=$1/lib/modules/$2 x=/lib/modules/$2/extra/xenpv/0.1-9 d

	diff - <(entry "$m/modules.dep" 'xen-[a-z-]*' | tr '\t' ' ') <<-EOF || return
		$x/xen-platform-pci.o:
		$x/xen-balloon.o: $x/xen-platform-pci.o
		$x/xen-vbd.o: $x/xen-platform-pci.o
		$x/xen-vnif.o: $x/xen-balloon.o $x/xen-platform-pci.o
	EOF
	for d in balloon vbd; do
		nm "$m/extra/xenpv/0.1-9/xen-$d.o" | sed -n 's/^ *U //p' | sort >"$work/wants"
		nm "$m/extra/xenpv/0.1-9/xen-platform-pci.o" | sed -n 's/^[0-9a-f]* T //p' | sort >"$work/has"
		[[ -n $(comm -12 "$work/wants" "$work/has") ]] || { echo "$d needs nothing"; return 1; }
	done
	grep '^xen' "$m/modules.pcimap" | diff - <(cat <<-'EOF'
		xen-platform-pci     0x00005853 0x00000001 0xffffffff 0xffffffff 0x00000000 0x00000000 0x00000000
		xen-platform-pci     0x0000fffd 0x00000101 0xffffffff 0xffffffff 0x00000000 0x00000000 0x00000000
	EOF
	)
}

# What was in the indexes stays as it was
indexes_keep_the_rest() # BEFORE AFTER KERNEL
{
	local f

	for f in dep pcimap; do
		diff "$1/lib/modules/$3/modules.$f" "$2/lib/modules/$3/modules.$f" | grep '^<' && return 1
	done
	return 0
}

raw() # DIR KERNEL FILE
{
	gzip -t "$1/boot/initrd-$2.img" && gzip -dc "$1/boot/initrd-$2.img" >"$3"
}

dump() # IMAGE FILE: its content
{
	debugfs -R "cat $2" "$1" 2>/dev/null
}

# All names of an image with type, mode, owner and size
names() # IMAGE FOLDER
{
	debugfs -R "ls -p ${2:-/}" "$1" 2>/dev/null | grep . | while IFS=/ read -r _ _ mode uid gid name size; do
		case $name in
		. | .. | lost+found) continue ;;
		esac
		echo "${2:-}/$name $mode $uid:$gid $size"
		[[ $mode != 04* ]] || names "$1" "${2:-}/$name"
	done
}

image_is_sound() # DIR KERNEL
{
	raw "$1" "$2" "$work/raw" && e2fsck -fn "$work/raw" 2>&1
}

image_loads_drivers() # DIR KERNEL
{
	local m

	raw "$1" "$2" "$work/raw" && dump "$work/raw" /linuxrc >"$work/linuxrc" || return
	for m in platform-pci vbd; do
		dump "$work/raw" "/lib/xen-$m.o" | cmp - "$1/lib/modules/$2/extra/xenpv/0.1-9/xen-$m.o" || return
	done
	[[ $(sed -n 's|^insmod /lib/\([^ ]*\)\.o.*|\1|p' "$work/linuxrc" | tr '\n' ' ') = *'xen-platform-pci xen-vbd '* ]] ||
		{ cat "$work/linuxrc"; return 1; }
	# Before nash looks for the devices
	sed '/^mkdevices/q' "$work/linuxrc" | grep -q '^insmod /lib/xen-vbd\.o'
}

# New are the two drivers and lines of /linuxrc
image_keeps_the_rest() # BEFORE AFTER KERNEL
{
	local f

	raw "$1" "$3" "$work/raw1" && raw "$2" "$3" "$work/raw2" || return
	names "$work/raw1" | grep -v '^/linuxrc ' >"$work/names1"
	names "$work/raw2" | grep -v '^/linuxrc \|^/lib/xen-' >"$work/names2"
	(($(wc -l <"$work/names1") > 15)) || { cat "$work/names1"; return 1; }
	diff "$work/names1" "$work/names2" || return
	while read -r f _; do
		cmp <(dump "$work/raw1" "$f") <(dump "$work/raw2" "$f") || { echo "$f"; return 1; }
	done < <(grep ' 100' "$work/names1")
	diff <(dump "$work/raw1" /linuxrc) <(dump "$work/raw2" /linuxrc) | grep '^<' && return 1
	return 0
}

aliases_are_set() # BEFORE AFTER
{
	diff "$1/etc/modules.conf" "$2/etc/modules.conf" | grep '^[<>]' |
		grep -Ev '^(< alias eth[0-9] (8139cp|8139too|e1000)|> alias eth[0-9] xen-vnif)$' && return 1
	(($(grep -c '^alias eth[0-9] xen-vnif$' "$2/etc/modules.conf") == \
		$(grep -c '^alias eth' "$1/etc/modules.conf")))
}

nodes_are_there() # DIR DISK MINOR
{
	local i

	for i in '' {1..15}; do
		[[ $(stat -c '%F %t:%T %a' "$1/dev/xvd$2$i") = "block special file ca:$(printf %x $(($3 + ${i:-0}))) 660" ]] ||
			{ stat "$1/dev/xvd$2$i"; return 1; }
		[[ $(stat -c %u:%g "$1/dev/xvd$2$i") = "$(stat -c %u:%g "$1/dev/hda")" ]] || return
	done
}

for t in $("$tests/trees/mktree" --list | grep '^rhel3'); do
	guest "$t" before && guest "$t" g || exit
	listing "$work/g" >"$work/start"
	bundle=$(bundle_for "$t" "$work/g") || exit
	with=(--root "$work/g" --host 5.1/x86_64 --bundle "$bundle")
	ok "$t: check passes" exits 0 xenpv-check "${with[@]}"
	ok "$t: and changes nothing" unchanged "$work/start" "$work/g"
	if [[ -z $may_mknod ]]; then
		ok "$t: without the right to make nodes" exits 3 xenpv-install "${with[@]}"
		ok "$t: nothing changes" unchanged "$work/start" "$work/g"
		skip "$t: the install" 'block devices cannot be made here'
		continue
	fi
	[[ $t != *-smp ]] || with+=(--rename hdb=xvde)
	ok "$t: install" exits 0 xenpv-install "${with[@]}"
	listing "$work/g" >"$work/after"
	ok "$t: verify" exits 0 xenpv-verify --root "$work/g" --host 5.1/x86_64
	ok "$t: nothing changed but what was planned" changes_are_planned "$work/before" "$work/g"
	ok "$t: modules.conf" aliases_are_set "$work/before" "$work/g"
	ok "$t: nodes of xvda" nodes_are_there "$work/g" a 0
	ok "$t: nodes of xvdd" nodes_are_there "$work/g" d 48
	# xenpv-host hands out xvde to xvdp
	ok "$t: nodes of xvde" nodes_are_there "$work/g" e 64
	ok "$t: nodes of xvdp" nodes_are_there "$work/g" p 240
	for k in $(kernels_of "$work/g"); do
		ok "$t: $k: indexes" indexes_are_right "$work/g" "$k"
		ok "$t: $k: indexes keep the rest" indexes_keep_the_rest "$work/before" "$work/g" "$k"
		ok "$t: $k: the image is sound" image_is_sound "$work/g" "$k"
		ok "$t: $k: it loads the drivers" image_loads_drivers "$work/g" "$k"
		ok "$t: $k: it keeps the rest" image_keeps_the_rest "$work/before" "$work/g" "$k"
	done
	case $t in
	*-smp)
		ok "$t: fstab" grep -q '^/dev/xvde1 */data ' "$work/g/etc/fstab"
		ok "$t: rc.local loads nothing" fails grep -q '^[^#]*insmod' "$work/g/etc/rc.d/rc.local"
		;;
	*-ia32e)
		ok "$t: its image grew" test "$(gzip -dc "$work/before/boot/initrd-$k.img" | wc -c)" \
			-lt "$(gzip -dc "$work/g/boot/initrd-$k.img" | wc -c)"
		;;
	esac
	ok "$t: second install" exits 0 xenpv-install "${with[@]}"
	ok "$t: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$t: and changes nothing" unchanged "$work/after" "$work/g"
	ok "$t: uninstall" exits 0 xenpv-install --root "$work/g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$work/g"
done

t=rhel3.9-i686-smp k=2.4.21-50.ELsmp
guest $t g && bundle=$(bundle_for $t "$work/g") || exit
ok 'a kernel that is left out' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$bundle" \
	--kernel $k --dry-run
ok '… needs its line of rc.local' grep -q 'rc.local: line .* though not of every kernel' "$work/out"
ok '… and nodes of a disk are one line' test "$(grep -c ' make-node ' "$work/out")" = 16
ok 'the boot disk cannot be on PV' exits 1 xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$bundle" \
	--boot-disk=pv
"$tests/trees/mkbundle" 2.4.21-40.ELsmp i686 "$work/other" || exit
ok 'drivers of another kernel' exits 1 xenpv-check --root "$work/g" --host 5.1/x86_64 --bundle "$work/other"
ok '… and why not' grep -q 'built for 2.4.21-40.ELsmp; the guest has no symbol versions' "$work/out"
if [[ -n $may_mknod ]]; then
	rc=etc/rc.d/rc.local
	# shellcheck disable=SC2016
	printf '%s\n' '#!/bin/sh' 'if [ -f /x/xen-vbd.o ]; then' '  insmod /x/xen-vbd.o' 'fi' 'echo "$?" and on' >"$work/g/$rc"
	listing "$work/g" >"$work/start"
	ok 'a line of rc.local that is all of an if' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$bundle"
	ok '… is a comment' fails grep -q '^[^#]*insmod' "$work/g/$rc"
	ok '… in a script that is valid' grep -qx '0 and on' <(sh "$work/g/$rc" 2>&1)
	ok 'uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
	ok '… as at the start' unchanged "$work/start" "$work/g"

	# The label cannot be read of a copy; no name of a PV disk is in the kernel's list
	grub=boot/grub/grub.conf
	sed -i 's|root=LABEL=/|root=/dev/hdb2|' "$work/g/$grub" && sed -i 's|^LABEL=/ |/dev/hdb2 |' "$work/g/etc/fstab" || exit
	listing "$work/g" >"$work/start"
	touch -r "$work/g/boot/grub" "$work/time"
	with=(--root "$work/g" --host 5.1/x86_64 --bundle "$bundle")
	ok 'the root by name' exits 0 xenpv-install "${with[@]}" --rename hdb=xvde
	ok '… is in root= by number' test "$(grep -o 'root=[^ ]*' "$work/g/$grub" | sort -u)" = root=ca42
	ok '… in fstab by its new name' grep -q '^/dev/xvde2 */ ' "$work/g/etc/fstab"
	ok '… which is said, with why' grep -q 'root=ca42 (/dev/xvde2, which its kernel knows by number alone)' "$work/out"
	ok '… and of later kernels, what to do' grep -q 'may get root=/dev/xvde2 from fstab' "$work/out"
	ok '… verify' exits 0 xenpv-verify --root "$work/g" --host 5.1/x86_64
	ok '… again' exits 0 xenpv-install "${with[@]}" --rename hdb=xvde
	ok '… finds nothing to do' grep -q '^Nothing to do' "$work/out"
	sed '0,/root=ca42/s||root=/dev/xvde2|' "$work/g/$grub" >"$work/grub" && cat "$work/grub" >"$work/g/$grub"
	ok '… a later kernel with its name' exits 0 xenpv-install "${with[@]}"
	ok '… gets the number too' test "$(grep -o 'root=[^ ]*' "$work/g/$grub" | sort -u)" = root=ca42
	ok 'uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
	ok '… gives back what was written between two installs' cmp "$work/grub" "$work/g/$grub"
	ok '… and the original beside it' mv "$work/g/$grub.xenpv.orig" "$work/g/$grub"
	touch -r "$work/time" "$work/g/boot/grub"
	ok '… the rest as at the start' unchanged "$work/start" "$work/g"
	ok 'a disk that has no number' exits 3 xenpv-install "${with[@]}" --rename hdb=xvdq
	echo file >"$work/g/dev/xvda1"
	listing "$work/g" >"$work/start"
	ok 'a file where a node belongs' exits 0 xenpv-install --root "$work/g" --host 5.1/x86_64 --bundle "$bundle"
	ok '… is left, and said so' grep -q '/dev/xvda1 is no block device 202:1' "$work/out"
	ok '… by its content' grep -qx file "$work/g/dev/xvda1"
	ok 'uninstall' exits 0 xenpv-install --root "$work/g" --uninstall
	ok '… as at the start' unchanged "$work/start" "$work/g"
fi
finish
