# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced by build: the guests. Each is a Debian with its own kernel, made by debootstrap, with our
# commands put there by their own install step, as an MBR disk with an ext4 root.

mirror()
{
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1
}

inside()
{
	chroot "$tree" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# What differs: the init, the maker of the initramfs
declare -A guest_init=([sysv]='sysvinit-core ifupdown' [systemd]='systemd-sysv')
declare -A guest_generator=([sysv]=initramfs-tools [systemd]=dracut)
declare -A guest_root=([sysv]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a01 [systemd]=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0a02)

# The machine's own apt, so that the packages come the same way
lend_apt()
{
	rm -rf "$tree/etc/apt/sources.list" "$tree/etc/apt/sources.list.d"
	cp -a /etc/apt/sources.list.d /etc/apt/apt.conf.d "$tree/etc/apt/"
	[[ ! -e /etc/apt/sources.list ]] || cp -a /etc/apt/sources.list "$tree/etc/apt/"
	cp -L /etc/resolv.conf /etc/hosts "$tree/etc/"
	[[ ! -d /etc/ssl/certs ]] || { mkdir -p "$tree/etc/ssl" && cp -a /etc/ssl/certs "$tree/etc/ssl/"; }
}

lend_kernel_files()
{
	mount -t proc proc "$tree/proc"
	mount --bind /dev "$tree/dev"
}

take_kernel_files()
{
	umount "$tree/dev" "$tree/proc" 2>/dev/null || :
}

# Small images without Xen's drivers: what an administrator does who lists what the guest has
small_images()
{
	case ${guest_generator[$1]} in
	initramfs-tools)
		mkdir -p "$tree/etc/initramfs-tools"
		printf 'MODULES=list\nBUSYBOX=auto\nCOMPRESS=zstd\nCOMPRESSLEVEL=19\nRUNSIZE=10%%\n' \
			>"$tree/etc/initramfs-tools/initramfs.conf"
		printf '%s\n' ata_piix sd_mod ext4 crc32c_generic >"$tree/etc/initramfs-tools/modules"
		# An emulated disk takes its time for each request
		mkdir -p "$tree/etc/initramfs-tools/scripts/local-bottom"
		printf '#!/bin/sh\n[ "$1" != prereqs ] || exit 0\nfor f in /sys/block/sd*/queue/read_ahead_kb; do\n\t[ ! -e "$f" ] || echo 2048 >"$f"\ndone\n' \
			>"$tree/etc/initramfs-tools/scripts/local-bottom/readahead"
		chmod 755 "$tree/etc/initramfs-tools/scripts/local-bottom/readahead"
		;;
	dracut)
		mkdir -p "$tree/etc/dracut.conf.d"
		printf '%s\n' 'hostonly="no"' 'dracutmodules="base bash kernel-modules rootfs-block udev-rules fs-lib"' \
			'drivers="ata_piix sd_mod ext4 crc32c_generic"' 'compress="zstd"' \
			>"$tree/etc/dracut.conf.d/10-small.conf"
		;;
	esac
}

make_guest_tree() # NAME
{
	local status=0

	tree=$cache/guest-$1
	rm -rf "$tree"
	mkdir -p "$cache/debs/guest"
	debootstrap --variant=minbase --cache-dir="$cache/debs/guest" --include=ca-certificates \
		bookworm "$tree" "$(mirror)" >"$cache/debootstrap.log" || { tail "$cache/debootstrap.log"; return 1; }
	lend_apt
	small_images "$1"
	lend_kernel_files
	# shellcheck disable=SC2086 # lists
	inside sh -c "apt-get update -qq && apt-get install -y -qq -o Dpkg::Options::=--force-confold \
		--no-install-recommends $(echo $guest_packages $xenpv_packages ${guest_init[$1]} ${guest_generator[$1]}) &&
		apt-get install -y -qq --no-install-recommends linux-image-amd64 && apt-get clean" \
		>"$cache/guest-$1.log" 2>&1 || status=$?
	take_kernel_files
	((status == 0)) || { tail -n 20 "$cache/guest-$1.log"; return 1; }
	rm -rf "$tree"/usr/share/{doc,man,locale,info} "$tree"/var/lib/apt/lists/*
	configure_guest "$1"
}

# Asked for facts about disks that are not there yet, GRUB's own scripts get the answers of the guest
grub_config() # NAME
{
	local probe=$tree/usr/sbin/grub-probe

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
	mkdir -p "$tree/dev/disk/by-uuid"
	: >"$tree/dev/disk/by-uuid/${guest_root[$1]}"
	inside grub-mkconfig -o /boot/grub/grub.cfg >>"$cache/guest-$1.log" 2>&1
	rm -r "$tree/dev/disk"
	mv "$probe.kept" "$probe"
}

# The two NICs are told apart by their MACs, as an administrator does who must not mistake them
name_nics()
{
	local i

	for i in 0 1; do
		printf '[Match]\nMACAddress=00:16:3e:00:00:0%d\n\n[Link]\nName=lan%d\n' $((i + 1)) $i \
			>"$tree/etc/systemd/network/10-lan$i.link"
	done
}

network() # NAME
{
	local i

	for i in 0 1; do
		case $1 in
		sysv)
			printf 'auto lan%d\niface lan%d inet static\n\taddress 192.168.77.%d/24\n' $i $i $((i + 2)) \
				>>"$tree/etc/network/interfaces"
			;;
		systemd)
			printf '[Match]\nName=lan%d\n\n[Network]\nAddress=192.168.77.%d/24\n' $i $((i + 2)) \
				>"$tree/etc/systemd/network/20-lan$i.network"
			;;
		esac
	done
	[[ $1 != systemd ]] || inside systemctl -q enable systemd-networkd
}

# What the scenarios ask for is done at the end of the boot
steps() # NAME
{
	case $1 in
	sysv) echo 'rg:2:wait:/usr/local/lib/rig/steps' >>"$tree/etc/inittab" ;;
	systemd)
		printf '[Unit]\nAfter=multi-user.target xenpv-verify.service\n\n[Service]\nType=oneshot\nExecStart=/usr/local/lib/rig/steps\n\n[Install]\nWantedBy=default.target\n' \
			>"$tree/etc/systemd/system/rig.service"
		inside systemctl -q enable rig
		;;
	esac
}

# A boot takes a minute here, and these are no part of what is proven
few_services()
{
	local s

	printf 'blacklist %s\n' floppy psmouse pcspkr i2c_piix4 parport_pc serio_raw joydev evdev \
		>"$tree/etc/modprobe.d/few.conf"

	for s in hwclock.sh kmod mount-configfs brightness urandom mountnfs.sh mountnfs-bootclean.sh \
		mountall-bootclean.sh checkroot-bootclean.sh bootmisc.sh bootlogs rmnologin rc.local; do
		rm -f "$tree"/etc/rc[S2].d/S??"$s"
	done
}

configure_guest() # NAME
{
	mkdir -p "$tree/etc/systemd/network" "$tree/srv/data" "$tree/boot/grub"
	printf 'UUID=%s / ext4 errors=remount-ro 0 1\n/dev/sdb1 /srv/data ext4 defaults,nofail 0 2\n' \
		"${guest_root[$1]}" >"$tree/etc/fstab"
	echo "$1" >"$tree/etc/hostname"
	cat >"$tree/etc/default/grub" <<-'GRUB'
		GRUB_DEFAULT=0
		GRUB_TIMEOUT=0
		GRUB_DISTRIBUTOR=Debian
		GRUB_CMDLINE_LINUX_DEFAULT="quiet"
		GRUB_CMDLINE_LINUX="console=ttyS0,115200 xen_emul_unplug=never"
		GRUB_TERMINAL=serial
		GRUB_DISABLE_OS_PROBER=true
	GRUB
	[[ $1 != sysv ]] || few_services
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

make_guest_disk() # NAME
{
	tree=$cache/guest-$1
	install -D -m 755 -t "$tree/usr/local/lib/rig" "$here"/guest/*
	make -s -C "$bin" install DESTDIR="$tree" >/dev/null
	disk_with "$cache/$1.disk" 1600 -L root -U "${guest_root[$1]}" -d "$tree"
	say "disk of $1 made"
}

# The same guest again, with a root of another name, so that both may be in one machine
make_twin_disk() # NAME
{
	local of=${guest_root[$1]} uuid=7a1f5a60-0d11-4c37-9c1a-5b1d3c2e0aff files

	tree=$cache/guest-$1
	files=("$tree/etc/fstab" "$tree/boot/grub/grub.cfg")
	sed -i "s/$of/$uuid/g" "${files[@]}"
	disk_with "$cache/$1-twin.disk" 1600 -L twin -U "$uuid" -d "$tree"
	sed -i "s/$uuid/$of/g" "${files[@]}"
}

make_data_disk()
{
	rm -rf "$cache/data"
	mkdir "$cache/data"
	echo 'the data disk' >"$cache/data/marker"
	disk_with "$cache/data.disk" 33 -L data -d "$cache/data"
}
