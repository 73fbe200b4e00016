#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The test guests themselves, judged by tools that are not ours: gzip, cpio, modinfo, depmod,
# modprobe, rpm. A test of xenpv on a wrong tree would prove nothing.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Every file that the boot loader names is there, and its links lead to one file
boot_files_exist()
{
	local path prefix=/boot

	grep -q '[[:space:]]/boot[[:space:]]' "$1/etc/fstab" || prefix=''
	while read -r path; do
		[[ -f $1$prefix$path ]] || { echo "no $prefix$path"; return 1; }
	done < <(sed -n 's/^\t\(kernel\|module\|initrd\) \([^ ]*\).*/\2/p' "$1/boot/grub/grub.conf")
	cmp "$1/etc/grub.conf" "$1/boot/grub/menu.lst"
}

# Each line "insmod F" of init: F is in the image, and what it depends on was loaded before
initrd_loads_in_order()
{
	local image=$1/boot/initrd-$2.img dir=$work/image file need loaded=' '

	rm -rf "$dir" && mkdir "$dir" || return
	gzip -t "$image" && (cd "$dir" && gzip -dc "$image" | cpio -id --quiet --no-preserve-owner) || return
	[[ $(head -n 1 "$dir/init") = '#!/bin/nash' && -x $dir/init ]] || { echo 'no nash init'; return 1; }
	while read -r file; do
		[[ -f $dir$file ]] || { echo "no $file"; return 1; }
		for need in $(modinfo -F depends "$dir$file" | tr ',' ' '); do
			[[ $loaded = *" $need "* ]] || { echo "$file needs $need"; return 1; }
		done
		file=${file##*/}
		loaded+="${file%.ko} "
	done < <(sed -n 's/^insmod \([^ ]*\).*/\1/p' "$dir/init")
	[[ $loaded = *' ext3 '* && $loaded = *' ata_piix '* ]] || { echo "loads only $loaded"; return 1; }
}

vermagic_names_kernel()
{
	find "$1/lib/modules/$2" -name '*.ko' -exec modinfo -F vermagic {} + >"$work/vermagic" || return
	(($(wc -l <"$work/vermagic") >= 14)) && ! grep -v "^$2 " "$work/vermagic"
}

drivers_are() # TREE KERNEL yes|no
{
	local found

	found=$(find "$1/lib/modules/$2/kernel" -path '*/xenpv_hvm/*' -name 'xen-*.ko' | wc -l)
	[[ $3 = yes && $found = 4 || $3 = no && $found = 0 ]] || { echo "$found drivers"; return 1; }
}

rpm_query()
{
	rpm --dbpath "$(cd "$1/var/lib/rpm" && pwd)" "${@:2}" 2>/dev/null
}

# The database is Berkeley DB, holds some tens of packages, and the kernels own their modules
packages_are_there()
{
	local k

	file "$1/var/lib/rpm/Packages" | grep 'Berkeley DB (Hash' || return
	(($(rpm_query "$1" -qa | wc -l) > 30)) || { echo 'too few packages'; return 1; }
	for k in $(kernels_of "$1"); do
		rpm_query "$1" -qal | grep -qx "/lib/modules/$k/kernel/drivers/net/8139cp.ko" ||
			{ echo "nobody owns the modules of $k"; return 1; }
	done
	for k in module-init-tools mkinitrd kudzu glibc; do
		rpm_query "$1" -q "$k" || { echo "no $k"; return 1; }
	done
}

same_tree_twice()
{
	TREES_CACHE='' "$tests/trees/mktree" "$1" "$work/again" || return
	# The database holds the time of its making
	diff -r --no-dereference -x rpm "$2" "$work/again"
}

bundle_fits() # TREE KERNEL BUNDLE
{
	copy_modules "$1" "$2" && cp -a "$3"/lib/modules/*/extra "$work/mods/lib/modules/$2/" &&
		depmod_is_content "$2"
}

bundle_loads_in_order()
{
	[[ $(modprobe -d "$work/mods" -S "$1" -D xen:vif | sed 's|.*/||' | tr -d '\n') = \
		'xen-platform-pci.ko xen-balloon.ko xen-vnif.ko ' ]] ||
		{ modprobe -d "$work/mods" -S "$1" -D xen:vif; return 1; }
}

# depmod names the symbol whose version differs
bundle_clashes() # TREE KERNEL BUNDLE SYMBOL
{
	bundle_fits "$1" "$2" "$3" | grep "xen-vnif.ko disagrees about version of symbol $4"
}

# The label of a file survives the cache
labels_are_there()
{
	local label

	label=$(getfattr --only-values -n security.selinux "$1/etc/modprobe.conf") || return
	[[ $label = system_u:object_r:modules_conf_t ]] || { echo "$label"; return 1; }
}

# The modules whose checksum is not theirs are these
sums_fail() # BUNDLE NAME
{
	diff <(cd "$1" && sha256sum -c SHA256SUMS 2>/dev/null | sed -n 's|.*/\(.*\): FAILED$|\1|p') <(echo "$2")
}

# RHEL 3: no tool of today reads its indexes; the image is sound, its drivers are 2.4's
image_is_ext2()
{
	gzip -dc "$1/boot/initrd-$2.img" >"$work/ext2" && e2fsck -fn "$work/ext2" 2>&1 &&
		debugfs -R 'cat /linuxrc' "$work/ext2" 2>/dev/null | grep '^insmod /lib/ext3\.o'
}

modules_are_24()
{
	local f

	while read -r f; do
		cp "$f" "$work/module.ko" && [[ $(modinfo -F kernel_version "$work/module.ko") = "$2" ]] || { echo "$f"; return 1; }
		grep -q "^$f:" <(sed "s|^/lib/modules|$1&|" "$1/lib/modules/$2/modules.dep") || { echo "$f"; return 1; }
		nm -u "$f" | grep -v '_R[0-9a-f]\{8\}$' && return 1
	done < <(find "$1/lib/modules/$2" -name '*.o')
	return 0
}

for t in $("$tests/trees/mktree" --list | grep '^rhel3'); do
	tree=$work/$t
	ok "$t: builds" "$tests/trees/mktree" "$t" "$tree"
	ok "$t: what grub.conf names is there" boot_files_exist "$tree"
	verdict "$t: old times" "$(find "$tree" -newermt 2015-01-01)"
	for k in $(kernels_of "$tree"); do
		ok "$t: $k: initrd" image_is_ext2 "$tree" "$k"
		ok "$t: $k: modules" modules_are_24 "$tree" "$k"
	done
done
ok 'rhel3.9-i686-athlon: the kernel package says athlon' sh -c \
	"rpm --dbpath '$work/rhel3.9-i686-athlon/var/lib/rpm' -q --qf '%{ARCH}' kernel 2>/dev/null | grep -x athlon"

for t in $("$tests/trees/mktree" --list | grep -v '^rhel3'); do
	tree=$work/$t
	ok "$t: builds" "$tests/trees/mktree" "$t" "$tree"
	ok "$t: what grub.conf names is there" boot_files_exist "$tree"
	ok "$t: packages" packages_are_there "$tree"
	verdict "$t: old times" "$(find "$tree" -newermt 2015-01-01)"
	for k in $(kernels_of "$tree"); do
		case $t:$k in
		*xen) drivers=no ;;
		rhel4.8* | rhel5.3* | centos5.11*) drivers=yes ;;
		*) drivers=no ;;
		esac
		ok "$t: $k: drivers in the kernel: $drivers" drivers_are "$tree" "$k" $drivers
		ok "$t: $k: initrd" initrd_loads_in_order "$tree" "$k"
		ok "$t: $k: vermagic" vermagic_names_kernel "$tree" "$k"
		copy_modules "$tree" "$k"
		ok "$t: $k: depmod finds all symbols" depmod_is_content "$k"
		ok "$t: $k: indexes as depmod's" indexes_agree "$tree" "$k"
	done
done
t=rhel5.1-i686-PAE k=2.6.18-53.el5PAE
ok "$t: the same when built again" same_tree_twice "$t" "$work/$t"
touch "$work/label"
if setfattr -n security.selinux -v system_u:object_r:tmp_t "$work/label" 2>/dev/null; then
	ok "$t: labels" labels_are_there "$work/$t"
else
	skip "$t: labels" 'none can be set here'
fi
ok 'a package owns the drivers of the kmod tree' sh -c \
	"rpm --dbpath '$work/rhel5.1-x86_64-kmod/var/lib/rpm' -ql kmod-xenpv 2>/dev/null |
	grep -x /lib/modules/2.6.18-53.el5/extra/xenpv/0.1-9/xen-vbd.ko"

ok 'bundle for the PAE kernel' "$tests/trees/mkbundle" "$k" i686 "$work/bundle"
ok 'its checksums' sh -c "cd '$work/bundle' && sha256sum -c SHA256SUMS"
ok 'it fits the tree' bundle_fits "$work/$t" "$k" "$work/bundle"
ok 'its modules load in order' bundle_loads_in_order "$k"
ok 'its RPM' "$tests/trees/mkkmodrpm" "$work/bundle" "$work/kmod.rpm"
ok 'the RPM holds it' sh -c "cd '$work/bundle' &&
	rpm -qlp '$work/kmod.rpm' | sort >'$work/have' && find lib -type f | sed 's|^|/|' | sort | diff - '$work/have'"
ok 'bundle for 5.1, x86-64' "$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/bundle51"
ok 'it fits 5.2 by symbol versions' bundle_fits "$work/rhel5.2-x86_64" 2.6.18-92.el5 "$work/bundle51"
ok 'bundle with one version wrong' \
	"$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/broken" --break-crc register_netdev
ok 'it does not fit 5.2' bundle_clashes "$work/rhel5.2-x86_64" 2.6.18-92.el5 "$work/broken" \
	register_netdev
ok 'bundle with versions of a tree' "$tests/trees/mkbundle" 2.6.18-8.el5 i686 "$work/of" \
	--symbols-of "$work/$t"
ok 'it fits that tree' bundle_fits "$work/$t" "$k" "$work/of"
"$tests/trees/mkbundle" "$k" i686 "$work/cut" --truncate xen-vbd.ko || exit
ok 'a cut module is no module' fails modinfo "$work/cut/lib/modules/$k/extra/xenpv/0.1-9/xen-vbd.ko"
"$tests/trees/mkbundle" "$k" i686 "$work/bad" --corrupt xen-vbd.ko || exit
ok 'a changed module fails its checksum, and it alone' sums_fail "$work/bad" xen-vbd.ko
"$tests/trees/mkbundle" "$k" i686 "$work/arch" --arch-mismatch || exit
ok 'a module of the other architecture' sh -c \
	"file '$work/arch/lib/modules/$k/extra/xenpv/0.1-9/xen-vbd.ko' | grep x86-64"

finish
