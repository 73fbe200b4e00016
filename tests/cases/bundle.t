#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Guests of today whose kernels know nothing of Xen: the drivers come from a bundle, into indexes and
# images that depmod, modprobe and cpio judge.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

g=$work/g
with=(--root "$g" --host 5.1/x86_64)

image_of()
{
	echo "$g"/boot/init*"$k"*
}

unpack() # IMAGE DIR
{
	local from

	rm -rf "$2" && mkdir "$2" || return
	# The last segment: no other is larger than its microcode
	case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
	28b52ffd) zstd -dcq "$1" >"$work/cpio" ;;
	*)
		from=$(LC_ALL=C grep -aboP '\xfd7zXZ\x00' "$1" | head -n 1 | cut -d : -f 1)
		tail -c +$((from + 1)) "$1" | xz -dc >"$work/cpio"
		;;
	esac || return
	(cd "$2" && cpio -idm --quiet <"$work/cpio")
}

# What modprobe would load for an alias, by names
loads() # DIR ALIAS
{
	modprobe -d "$(base_of "$1")" -S "$k" -D "$2" | sed 's|.*/||; s|\.ko.*||' | tr '\n' ' '
}

loads_are() # DIR ALIAS NAMES
{
	diff <(loads "$1" "$2") <(printf %s "$3")
}

# The same with the configuration that is there: the bus comes before the emulated disks' driver
bus_is_first() # DIR
{
	diff <(modprobe -C "$1/etc/modprobe.d" -d "$(base_of "$1")" -S "$k" -D pci:v00008086d00007010sv0sd0bc0sc0i0 |
		sed 's|.*/||; s|\.ko.*||' | grep -v '^lib' | tr '\n' ' ') <(printf 'xen-platform-pci ata_piix ')
}

# The text indexes are what depmod makes of the modules that are there
indexes_are_right() # DIR
{
	local base index

	rm -rf "$work/dep" && cp -a "$1" "$work/dep" && base=$(base_of "$work/dep") &&
		depmod -b "$base" "$k" 2>/dev/null || return
	for index in dep alias symbols; do
		diff <(grep -v '^#' "$(base_of "$1")/lib/modules/$k/modules.$index" | sort) \
			<(grep -v '^#' "$base/lib/modules/$k/modules.$index" | sort) || return
	done
}

guest_is_right() # CONFIGURATION
{
	local modules=$g/lib/modules/$k/extra/xenpv/0.1-9

	(cd "$modules" && diff <(ls) <(printf '%s.ko\n' xen-balloon xen-platform-pci xen-vbd xen-vnif)) &&
		(cd "$work/bundle" && grep "/$k/" SHA256SUMS | sed "s| .*/| $modules/|" | sed 's|^\([0-9a-f]*\) |\1  |' |
			sha256sum --quiet -c) &&
		diff <(grep -o 'xen-[a-z-]*' "$g/$1" | tr '\n' ' ') <(printf 'xen-platform-pci xen-vbd ') &&
		indexes_are_right "$g" &&
		loads_are "$g" xen:vbd 'xen-platform-pci xen-vbd ' &&
		loads_are "$g" xen:vif 'xen-platform-pci xen-balloon xen-vnif ' &&
		loads_are "$g" pci:v00005853d00000001sv0sd0bc0sc0i0 'xen-platform-pci ' &&
		bus_is_first "$g" && { [[ $1 != *dracut* ]] || grep -q ' /etc/modprobe.d/xenpv.conf ' "$g/$1"; }
}

image_is_right()
{
	unpack "$(image_of | tr ' ' '\n' | grep -v xenpv-orig)" "$work/image" && indexes_are_right "$work/image" &&
		loads_are "$work/image" xen:vbd 'xen-platform-pci xen-vbd ' &&
		loads_are "$work/image" pci:v00008086d00007010sv0sd0bc0sc0i0 'libata ata_piix ' &&
		bus_is_first "$work/image" && cmp {"$g","$work/image"}/etc/modprobe.d/xenpv.conf &&
		[[ -z $(cpio -t --quiet <"$work/cpio" | sort | uniq -d) ]] &&
		diff <(cd "$work/image" && find . -name 'xen-*' -printf '%f\n' | sort) \
			<(printf '%s.ko\n' xen-platform-pci xen-vbd)
}

hooks_are() # FILE...
{
	diff <(cd "$g" && find etc/kernel -name '*xenpv*' | sort) <(printf '%s\n' "$@" | sort)
}

# A kernel that had drivers of its own, built without
take_drivers()
{
	find "$g/" -name 'xen-blkfront.ko*' -delete -o -name 'xen-netfront.ko*' -delete
	depmod -b "$(base_of "$g")" "$k" 2>/dev/null
	sed -i '/CONFIG_XEN/d' "$g/boot/config-$k"
}

# TREE | architecture | what tells the next image | hook
while IFS='|' read -r t arch configuration hook; do
	t=${t// /} arch=${arch// /} configuration=${configuration// /} hook=${hook// /}
	[[ -n $t ]] || continue
	rm -rf "$g" "$work/bundle"
	"$tests/trees/mkmodern" "$t" "$g" || exit
	k=$(ls "$g/lib/modules")
	[[ $t = *-686 ]] || take_drivers
	case $hook in
	*/postinst.d/*) mkdir -p "$g/etc/kernel/postinst.d" ;;
	*) mkdir -p "$g/usr/bin" && : >"$g/usr/bin/kernel-install" ;;
	esac
	listing "$g" >"$work/start"
	ok "$t: without a bundle: check" exits 1 xenpv-check --json "${with[@]}"
	ok "$t: … the drivers are missing" json_is 'status("drivers")' fail
	ok "$t: … install refuses" exits 1 xenpv-install "${with[@]}"
	ok "$t: … and changes nothing" unchanged "$work/start" "$g"
	"$tests/trees/mkbundle" "$k" "$arch" "$work/bundle" || exit
	ok "$t: with a bundle: check" exits 0 xenpv-check --json "${with[@]}" --bundle "$work/bundle"
	ok "$t: install" exits 0 xenpv-install "${with[@]}" --bundle "$work/bundle"
	listing "$g" >"$work/after"
	ok "$t: its modules, indexes and configuration" guest_is_right "$configuration"
	ok "$t: its image" image_is_right
	ok "$t: the hook for later kernels" hooks_are "$hook"
	ok "$t: verify, without the bundle" exits 0 xenpv-verify "${with[@]}"
	ok "$t: second install, without the bundle" exits 0 xenpv-install "${with[@]}"
	ok "$t: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$t: second install, with it" exits 0 xenpv-install "${with[@]}" --bundle "$work/bundle"
	ok "$t: and changes nothing" unchanged "$work/after" "$g"
	ok "$t: uninstall" exits 0 xenpv-install --root "$g" --uninstall
	ok "$t: as at the start" unchanged "$work/start" "$g"
done <<'EOF'
debian12-686   | i686   | etc/initramfs-tools/modules  | etc/kernel/postinst.d/xenpv
rhel9.2-x86_64 | x86_64 | etc/dracut.conf.d/xenpv.conf | etc/kernel/install.d/95-xenpv.install
EOF

# The order of loading, lost again: in the image, which somebody made anew, and in the guest
rm -rf "$g" "$work/bundle" && "$tests/trees/mkmodern" debian12-686 "$g" || exit
k=$(ls "$g/lib/modules")
"$tests/trees/mkbundle" "$k" i686 "$work/bundle" && run xenpv-install "${with[@]}" --bundle "$work/bundle" || exit
unpack "$g/boot/initrd.img-$k" "$work/image" && rm "$work/image/etc/modprobe.d/xenpv.conf" &&
	(cd "$work/image" && find . | cpio -o -H newc --quiet | zstd -q) >"$g/boot/initrd.img-$k" || exit
ok 'an image without the order: verify' exits 1 xenpv-verify --json "${with[@]}"
ok '… says so' json_has 'text("initrd-drivers")' 'does not load xen-platform-pci before ata_piix'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… verify' exits 0 xenpv-verify "${with[@]}"
sed -i 's/^softdep ata_piix .*/softdep ata_piix pre: libata/' "$g/etc/modprobe.d/xenpv.conf"
ok 'a guest without the order: verify' exits 1 xenpv-verify --json "${with[@]}"
ok '… says so' json_has 'text("modules-installed")' 'xenpv.conf does not put xen-platform-pci before ata_piix'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… verify' exits 0 xenpv-verify "${with[@]}"

# What keeps such a module from unplugging: its own parameter, and no argument of a kernel with Xen
new_guest()
{
	rm -rf "$g" && "$tests/trees/mkmodern" debian12-686 "$g" && sed -i "s/quiet/& $1/" "$g/boot/grub/grub.cfg" "$g/etc/default/grub"
}

with+=(--bundle "$work/bundle")
new_guest 'nopv xen_emul_unplug=never' || exit
ok 'arguments of a kernel with Xen: check' exits 0 xenpv-check --json "${with[@]}"
ok '… concern it not' json_is 'status("kernel-args")' pass
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… leaves them' grep -q 'quiet nopv xen_emul_unplug=never$' "$g/boot/grub/grub.cfg"
new_guest 'xen-platform-pci.unplug=never' || exit
listing "$g" >"$work/start"
ok 'its own parameter: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_has 'text("kernel-args")' 'xen_platform_pci.unplug=never keeps the emulated devices'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… takes it out' test -z "$(grep -r unplug "$g/boot/grub" "$g/etc/default")"
ok '… second install' exits 0 xenpv-install "${with[@]}"
ok '… finds nothing to do' grep -q '^Nothing to do' "$work/out"
ok '… uninstall' exits 0 xenpv-install --root "$g" --uninstall
ok '… as at the start' unchanged "$work/start" "$g"
new_guest ro && mkdir -p "$g/etc/modprobe.d" &&
	printf 'options xen-platform-pci suspend=0 unplug=nics\n' >"$g/etc/modprobe.d/local.conf" || exit
ok 'an option of modprobe.d: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_has 'text("kernel-args")' 'unplug=nics of xen-platform-pci in /etc/modprobe.d/local.conf:1 leaves the emulated disks in use'

# The emulated disks' driver is built in: no module comes before it
new_guest ro && printf 'kernel/drivers/ata/%s.ko\n' libata ata_piix >>"$g/lib/modules/$k/modules.builtin" || exit
ok 'ata_piix built in: check' exits 0 xenpv-check --json "${with[@]}"
ok '… warns' json_is 'status("boot-disk")' warn
ok '… says so' json_has 'text("boot-disk")' 'stays emulated: ata_piix is built into the kernel'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… tells the host' grep -q 'stays emulated, by ata_piix .* as xvde or later' "$work/out"
unset 'with[-1]' 'with[-1]'

# A kernel with drivers of its own wants no others
rm -rf "$g" "$work/bundle" && "$tests/trees/mkmodern" debian12-amd64 "$g" || exit
k=$(ls "$g/lib/modules")
"$tests/trees/mkbundle" "$k" x86_64 "$work/bundle" || exit
ok 'drivers of its own: install' exits 0 xenpv-install "${with[@]}" --bundle "$work/bundle"
ok '… and no others' test ! -e "$g/lib/modules/$k/extra"
# One for many kernels: each module is an open file
few_files() # COMMAND...: of which this shell allows less, and the system more
(
	ulimit -Sn 256 && "$@"
)

many() # DIR
{
	local i at=$1/lib/modules

	for i in {1..80}; do
		cp -al "$at/$k" "$at/$k.$i" || return
	done
	(cd "$1" && find lib -type f | sort | xargs sha256sum >SHA256SUMS)
}
ok 'a bundle for 81 kernels' many "$work/bundle"
if [[ ${UNDER:-} ]]; then
	skip '… where a shell allows 256 open files' "$UNDER lets no limit be raised"
else
	ok '… where a shell allows 256 open files: check' few_files exits 0 xenpv-check "${with[@]}" --bundle "$work/bundle"
fi
# A bundle for another kernel, without symbol versions to compare
rm -rf "$g" && "$tests/trees/mkmodern" debian12-686 "$g" || exit
ok 'a bundle for another kernel: check' exits 1 xenpv-check --json "${with[@]}" --bundle "$work/bundle"
ok '… says why' json_is '"no bundle fits" in text("drivers")' True
# depmod never ran
rm -rf "$work/bundle" && "$tests/trees/mkbundle" 6.1.0-18-686 i686 "$work/bundle" && rm "$g"/lib/modules/*/modules.dep || exit
listing "$g" >"$work/start"
ok 'no modules.dep: install refuses' exits 1 xenpv-install "${with[@]}" --bundle "$work/bundle"
ok '… says what to run' grep -q 'run depmod -a 6\.1\.0-18-686' "$work/out"
ok '… forced' exits 3 xenpv-install "${with[@]}" --bundle "$work/bundle" --force module-index
ok '… says so, too' grep -q 'run depmod -a 6\.1\.0-18-686' "$work/err"
ok '… and changes nothing' unchanged "$work/start" "$g"

# DKMS is to try 5.10 to 6.12, and no other kernel
dkms_takes() # RELEASE...
{
	local taken release

	taken=$(sed -n 's/^BUILD_EXCLUSIVE_KERNEL="\(.*\)"$/\1/p' "$tests/../drivers/modules/dkms.conf.in")
	for release; do
		[[ ! $release =~ $taken ]] || echo "$release"
	done
}
is_taken=(5.10.0-33-686 5.19.0 6.0.1 6.1.0-28-amd64 6.9-rc1 6.12 6.12.38+deb13-686)
ok 'DKMS: the kernels that it builds for' diff <(dkms_takes 5.4.0-150-generic 5.9.16 "${is_taken[@]}" 6.13.0 6.20.1 7.0.1 10.1) \
	<(printf '%s\n' "${is_taken[@]}")
finish
