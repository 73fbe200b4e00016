# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: the guests. Each is a Debian with its own kernel, made by debootstrap, with our
# commands put there by their own install step, as an MBR disk with an ext4 root.

# shellcheck source-path=SCRIPTDIR source=../debian.sh
. "$here/../debian.sh"

# What differs: the init, the maker of the initramfs, the kernel; those of "plain" and "plain64" know nothing of Xen
declare -A guest_init=([sysv]=sysvinit-core [systemd]=systemd-sysv [plain]=sysvinit-core [plain64]=sysvinit-core)
declare -A init_packages=([sysvinit-core]='sysvinit-core ifupdown' [systemd-sysv]=systemd-sysv)
declare -A guest_generator=([sysv]=initramfs-tools [systemd]=dracut [plain]=initramfs-tools [plain64]=initramfs-tools)
declare -A guest_arch=([sysv]=amd64 [systemd]=amd64 [plain]=i386 [plain64]=amd64)
# a package, or a kernel of without-xen.sh
declare -A guest_kernel=([sysv]=linux-image-amd64 [systemd]=linux-image-amd64 [plain]=linux-image-686 [plain64]=without-xen)
declare -A guest_bundle=([plain]=bundle [plain64]=without-xen/bundle)
# and what of the arguments of lib.sh it has for itself, for the boot by its own GRUB
declare -A guest_arguments=([sysv]='console=ttyS0,115200 xen_emul_unplug=never' [plain]='console=ttyS0,115200'
	[plain64]='console=ttyS0,115200' [systemd]='console=hvc0 mitigations=off tsc=reliable norandmaps xen_emul_unplug=never')
declare -A guest_root=([sysv]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a01 [systemd]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a02
	[plain]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a03 [plain64]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a04)

# What no scenario needs: each module takes a guest half a second to load, or to probe for
few_modules()
{
	printf 'blacklist %s\n' floppy psmouse pcspkr i2c_piix4 parport_pc serio_raw joydev evdev sg button ata_generic \
		intel_rapl_msr crc32_pclmul ghash_clmulni_intel sha512_ssse3 sha256_ssse3 sha1_ssse3 aesni_intel 8139too \
		>"$deb/etc/modprobe.d/few.conf"
}

# Small images without Xen's drivers: what an administrator does who lists what the guest has
small_images()
{
	case ${guest_generator[$1]} in
	initramfs-tools)
		mkdir -p "$deb/etc/initramfs-tools"
		printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=zstd\nCOMPRESSLEVEL=9\nRUNSIZE=10%%\n' \
			>"$deb/etc/initramfs-tools/initramfs.conf"
		# Were the disks found before their driver is there, they would race for the names
		printf '%s\n' sd_mod ata_piix ext4 crc32c_generic >"$deb/etc/initramfs-tools/modules"
		# An emulated disk takes its time for each request
		mkdir -p "$deb/etc/initramfs-tools/scripts/local-bottom"
		printf '#!/bin/sh\n[ "$1" != prereqs ] || exit 0\nfor f in /sys/block/sd*/queue/read_ahead_kb; do\n\t[ ! -e "$f" ] || echo 2048 >"$f"\ndone\n' \
			>"$deb/etc/initramfs-tools/scripts/local-bottom/readahead"
		chmod 755 "$deb/etc/initramfs-tools/scripts/local-bottom/readahead"
		;;
	dracut)
		mkdir -p "$deb/etc/dracut.conf.d"
		printf '%s\n' 'hostonly="no"' 'dracutmodules="base bash kernel-modules rootfs-block udev-rules fs-lib"' \
			'drivers="ata_piix sd_mod ext4 crc32c_generic"' 'compress="zstd"' \
			>"$deb/etc/dracut.conf.d/10-small.conf"
		;;
	esac
}

# A Debian in $deb
new_debian() # ARCHITECTURE LOG
{
	# A run that was cut off may have left the machine's /dev in it
	take_kernel_files
	rm -rf --one-file-system "$deb"
	mkdir -p "$cache/debs/guest"
	debian_base --arch="$1" --cache-dir="$cache/debs/guest" >"$2" || { tail "$2"; return 1; }
}

# What a kernel's package does
install_own_kernel() # NAME
{
	local release

	release=$(ls "$cache/$1/lib/modules")
	cp "$cache/$1/vmlinuz" "$deb/boot/vmlinuz-$release"
	cp "$cache/$1-build/.config" "$deb/boot/config-$release"
	cp "$cache/$1-build/System.map" "$deb/boot/System.map-$release"
	cp -a "$cache/$1/lib/modules/." "$deb/lib/modules"
	inside update-initramfs -c -k "$release"
}

make_guest_tree() # NAME
{
	local kernel=${guest_kernel[$1]} package=

	[[ $kernel != linux-image-* ]] || package=$kernel
	deb=$cache/guest-$1
	new_debian "${guest_arch[$1]}" "$cache/debootstrap-$1.log"
	mkdir -p "$deb/etc/modprobe.d"
	few_modules
	small_images "$1"
	# shellcheck disable=SC2086 # lists
	inside_with_kernel_files "$cache/guest-$1.log" sh -c "apt-get update -qq && apt-get install -y -qq -o Dpkg::Options::=--force-confold \
		--no-install-recommends $(echo $guest_packages ${arch_packages[${guest_arch[$1]}]} $xenpv_packages ${init_packages[${guest_init[$1]}]} ${guest_generator[$1]}) &&
		apt-get install -y -qq --no-install-recommends $package && apt-get clean"
	[[ -n $package ]] || install_own_kernel "$kernel" >>"$cache/guest-$1.log" 2>&1
	rm -rf "$deb"/usr/share/{doc,man,locale,info} "$deb"/var/lib/apt/lists/*
	configure_guest "$1"
}

# Asked for facts about disks that are not there yet, GRUB's own scripts get the answers of the guest
grub_config() # NAME
{
	local probe=$deb/usr/sbin/grub-probe

	mv "$probe" "$probe.kept"
	cat >"$probe" <<-PROBE
		#!/bin/sh
		case "\$*" in
		*--target=device*) echo /dev/sda1 ;;
		*--target=fs_uuid*) echo ${guest_root[$1]} ;;
		*--target=fs*) echo ext2 ;;
		*--target=partmap*) echo msdos ;;
		*--target=abstraction*) ;;
		*--target=compatibility_hint*) echo hd0,msdos1 ;;
		*--target=hints_string*) echo --hint=hd0,msdos1 ;;
		*) exit 1 ;;
		esac
	PROBE
	chmod 755 "$probe"
	# root= is by UUID only where the link is there
	mkdir -p "$deb/dev/disk/by-uuid"
	: >"$deb/dev/disk/by-uuid/${guest_root[$1]}"
	inside grub-mkconfig -o /boot/grub/grub.cfg >>"$cache/guest-$1.log" 2>&1
	rm -r "$deb/dev/disk"
	mv "$probe.kept" "$probe"
}

# The two NICs are told apart by their MACs, as an administrator does who must not mistake them
name_nics()
{
	local i

	for i in 0 1; do
		printf '[Match]\nMACAddress=00:16:3e:00:00:0%d\n\n[Link]\nName=lan%d\n' $((i + 1)) $i \
			>"$deb/etc/systemd/network/10-lan$i.link"
	done
}

network() # NAME
{
	local i

	for i in 0 1; do
		case ${guest_init[$1]} in
		sysvinit-core)
			printf 'auto lan%d\niface lan%d inet static\n\taddress 192.168.77.%d/24\n' $i $i $((i + 2)) \
				>>"$deb/etc/network/interfaces"
			;;
		systemd-sysv)
			printf '[Match]\nName=lan%d\n\n[Network]\nAddress=192.168.77.%d/24\n' $i $((i + 2)) \
				>"$deb/etc/systemd/network/20-lan$i.network"
			;;
		esac
	done
	[[ ${guest_init[$1]} != systemd-sysv ]] || inside systemctl -q enable systemd-networkd
}

# What the scenarios ask for is done at the end of the boot
steps() # NAME
{
	case ${guest_init[$1]} in
	sysvinit-core) echo 'rg:2:wait:/usr/local/lib/rig/steps' >>"$deb/etc/inittab" ;;
	systemd-sysv)
		printf '[Unit]\nAfter=multi-user.target xenpv-verify.service\n\n[Service]\nType=oneshot\nExecStart=/usr/local/lib/rig/steps\n\n[Install]\nWantedBy=default.target\n' \
			>"$deb/etc/systemd/system/rig.service"
		inside systemctl -q enable rig
		inside systemctl -q mask serial-getty@hvc0 # its prompt would stand before a line of the steps
		;;
	esac
}

# A boot takes a minute here, and these are no part of what is proven
few_services()
{
	local s

	for s in hwclock.sh kmod mount-configfs brightness urandom mountnfs.sh mountnfs-bootclean.sh \
		mountall-bootclean.sh checkroot-bootclean.sh bootmisc.sh bootlogs rmnologin rc.local; do
		rm -f "$deb"/etc/rc[S2].d/S??"$s"
	done
}

configure_guest() # NAME
{
	mkdir -p "$deb/etc/systemd/network" "$deb/srv/data" "$deb/boot/grub"
	printf 'UUID=%s / ext4 errors=remount-ro 0 1\n/dev/sdb1 /srv/data ext4 defaults,nofail 0 2\n' \
		"${guest_root[$1]}" >"$deb/etc/fstab"
	echo "$1" >"$deb/etc/hostname"
	cat >"$deb/etc/default/grub" <<-GRUB
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=0
		GRUB_DISTRIBUTOR=Debian
		GRUB_CMDLINE_LINUX_DEFAULT="quiet"
		GRUB_CMDLINE_LINUX="${guest_arguments[$1]}"
		GRUB_TERMINAL=serial
		GRUB_DISABLE_OS_PROBER=true
	GRUB
	[[ ${guest_init[$1]} != sysvinit-core ]] || few_services
	name_nics
	network "$1"
	steps "$1"
	grub_config "$1"
}

# An MBR with one Linux partition, from 1 MiB to the end
disk_with() # FILE MIB MKE2FS-ARGUMENT...
{
	local file=$1 size=$2 sectors=$((($2 - 1) * 2048)) le

	shift 2
	rm -f "$file"
	truncate -s "${size}M" "$file"
	printf -v le '\\x%02x\\x%02x\\x%02x\\x%02x' $((sectors & 255)) $((sectors >> 8 & 255)) \
		$((sectors >> 16 & 255)) $((sectors >> 24))
	printf '\x80\0\0\0\x83\0\0\0\0\x08\0\0'"$le" | dd of="$file" bs=1 seek=446 conv=notrunc status=none
	printf '\x55\xaa' | dd of="$file" bs=1 seek=510 conv=notrunc status=none
	mke2fs -q -F -t ext4 -E offset=1048576 "$@" "$file" "$((size - 1))M" 2>/dev/null
}

# What grub-install would do, had it the disk: its modules into /boot, its image behind the MBR
install_grub()
{
	mkdir -p "$deb/boot/grub/i386-pc"
	cp "$deb"/usr/lib/grub/i386-pc/*.{mod,lst} "$deb/boot/grub/i386-pc/"
	inside grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /boot/grub/i386-pc/core.img biosdisk part_msdos ext2
}

put_grub() # FILE
{
	dd if="$deb/usr/lib/grub/i386-pc/boot.img" of="$1" bs=440 count=1 conv=notrunc status=none
	dd if="$deb/boot/grub/i386-pc/core.img" of="$1" bs=512 seek=1 conv=notrunc status=none
}

make_guest_disk() # NAME
{
	deb=$cache/guest-$1
	install -D -m 755 -t "$deb/usr/local/lib/rig" "$here"/guest/*
	case ${guest_arch[$1]} in
	amd64) make -s -C "$bin" install DESTDIR="$deb" >/dev/null ;;
	i386) cp -a commands-i386/. "$deb" ;;
	esac
	if [[ -n ${guest_bundle[$1]:-} ]]; then
		mkdir -p "$deb/usr/local/share/xenpv"
		rm -rf "$deb/usr/local/share/xenpv/bundle"
		cp -a "${guest_bundle[$1]}" "$deb/usr/local/share/xenpv/bundle"
	fi
	[[ $1 != systemd ]] || install_grub
	disk_with "$cache/$1.disk" 1600 -L root -U "${guest_root[$1]}" -d "$deb"
	[[ $1 != systemd ]] || put_grub "$cache/$1.disk"
	say "disk of $1 made"
}

# The same guest again, with a root of another name, so that both may be in one machine
make_twin_disk() # NAME
{
	local of=${guest_root[$1]} uuid=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0aff files

	deb=$cache/guest-$1
	files=("$deb/etc/fstab" "$deb/boot/grub/grub.cfg")
	sed -i "s/$of/$uuid/g" "${files[@]}"
	disk_with "$cache/$1-twin.disk" 1600 -L twin -U "$uuid" -d "$deb"
	sed -i "s/$uuid/$of/g" "${files[@]}"
}

make_data_disk()
{
	rm -rf "$cache/data"
	mkdir "$cache/data"
	echo 'the data disk' >"$cache/data/marker"
	disk_with "$cache/data.disk" 33 -L data -d "$cache/data"
}
