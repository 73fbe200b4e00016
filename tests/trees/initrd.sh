# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # tree, major, … : of mktree and NAME.tree
# The initial RAM disk of one kernel, as mkinitrd of RHEL 4 and 5 lays it out: nash, the modules
# of the root disk in order of need, and a script of nash commands.

initrd_modules()
{
	local lvm=''

	[[ -z ${volume_group:-} ]] || lvm='dm-mod dm-mirror dm-zero dm-snapshot'
	case $major in
	4) echo "scsi_mod sd_mod libata ata_piix $lvm jbd ext3" ;;
	*) echo "jbd ext3 scsi_mod sd_mod libata ata_piix $lvm" ;;
	esac
}

load_lines()
{
	local m

	for m in $(initrd_modules); do
		echo "echo \"Loading $m.ko module\""
		if [[ $m = ext3 || $major = 5 ]]; then
			echo "insmod /lib/$m.ko "
		else
			echo "insmod /lib/$m.ko"
		fi
	done
}

lvm_lines()
{
	[[ -n ${volume_group:-} ]] || return 0
	cat <<-EOF
		echo Looking for volume groups
		lvm vgscan --ignorelockingfailure
		echo Starting volume group $volume_group
		lvm vgchange -ay --ignorelockingfailure $volume_group
	EOF
}

# RHEL 4: udev makes the nodes, /dev/root stands for the device of root=
init_rhel4()
{
	cat <<-EOF
		#!/bin/nash

		mount -t proc /proc /proc
		setquiet
		echo /proc is mounted
		echo Mounting sysfs on /sys
		mount -t sysfs none /sys
		echo Making a /dev in memory
		mount -o mode=0755 -t tmpfs none /dev
		mknod /dev/console c 5 1
		mknod /dev/null c 1 3
		mknod /dev/zero c 1 5
		mkdir /dev/pts
		mkdir /dev/shm
		echo Running udev
		/sbin/udevstart
		echo -n "/sbin/hotplug" > /proc/sys/kernel/hotplug
		$(load_lines)
		/sbin/udevstart
		$(lvm_lines)
		echo Making the root device
		mkrootdev /dev/root
		umount /sys
		echo Mounting the root file system
		mount -o defaults --ro -t ext3 /dev/root /sysroot
		mount -t tmpfs --bind /dev /sysroot/dev
		echo Going over to the new root
		switchroot /sysroot
		umount /initrd/dev
	EOF
}

# RHEL 5: nash makes the nodes itself; mkrootdev and resume name their devices
init_rhel5()
{
	local i

	cat <<-EOF
		#!/bin/nash

		mount -t proc /proc /proc
		setquiet
		echo /proc is mounted
		echo Mounting sysfs on /sys
		mount -t sysfs /sys /sys
		echo Making a /dev in memory
		mount -o mode=0755 -t tmpfs /dev /dev
		mkdir /dev/pts
		mount -t devpts -o gid=5,mode=620 /dev/pts /dev/pts
		mkdir /dev/shm
		mkdir /dev/mapper
		echo Making the first nodes
		mknod /dev/null c 1 3
		mknod /dev/zero c 1 5
		mknod /dev/systty c 4 0
		mknod /dev/tty c 5 0
		mknod /dev/console c 5 1
		mknod /dev/ptmx c 5 2
		$(for i in 0 1 2 3; do echo "mknod /dev/tty$i c 4 $i"; done)
		mknod /dev/ttyS0 c 4 64
		echo Listening for hotplug events
		hotplug
		echo Making nodes of block devices
		mkblkdevs
		$(load_lines)
		mkblkdevs
		$(lvm_lines)
		${resume:+resume $resume}
		echo Making the root device
		mkrootdev -t ext3 -o defaults,ro $root
		echo Mounting the root file system
		mount /sysroot
		echo Preparing the other file systems
		setuproot
		echo Going over to the new root and its init
		switchroot
	EOF
}

# RHEL 3: a kernel without sysfs; modules are .o; the old root comes to lie under the new one
init_rhel3()
{
	local m

	cat <<-EOF
		#!/bin/nash

		$(for m in $(initrd_modules_rhel3); do
			echo "echo \"Loading $m.o module\""
			echo "insmod /lib/$m.o "
		done)
		echo Mounting proc
		mount -t proc /proc /proc
		echo Making nodes of block devices
		mkdevices /dev
		echo Making the root device
		mkrootdev /dev/root
		echo 0x0100 > /proc/sys/kernel/real-root-dev
		umount /proc
		echo Mounting the root file system
		mount -o defaults --ro -t ext3 /dev/root /sysroot
		echo Going over to the new root
		pivot_root /sysroot /sysroot/initrd
		umount /initrd/proc
	EOF
}

# IDE is built in; a disk on the emulated SCSI card needs three modules.
initrd_modules_rhel3()
{
	[[ ${boot_disk:-} != sd* ]] || echo scsi_mod sd_mod sym53c8xx
	echo jbd ext3
}

# Device nodes only for those who may make them; the kernel's own /dev/console does for the rest.
initrd_nodes()
{
	local n

	[[ $(id -u) = 0 ]] || return 0
	while read -r n; do
		# shellcheck disable=SC2086
		mknod "$1"/dev/$n 2>/dev/null || return 0
	done <<-EOF
		console c 5 1
		null c 1 3
		ram b 1 1
		systty c 4 0
		tty1 c 4 1
	EOF
}

build_initrd() # RELEASE
{
	local image=$scratch/initrd m

	rm -rf "$image"
	mkdir -p "$image"/{bin,dev,etc,lib,loopfs,proc,sbin,sys,sysroot}
	for m in nash insmod $([[ -z ${volume_group:-} ]] || echo lvm); do
		{
			printf '\177ELF stub of %s\n' "$m"
			seq -f 'nothing to see in line %g' 2000
		} >"$image/bin/$m"
		chmod 0755 "$image/bin/$m"
	done
	ln -s /sbin/nash "$image/sbin/modprobe"
	ln -s bin/nash "$image/sbin/hotplug"
	if [[ $major = 4 ]]; then
		cp -p "$image/bin/nash" "$image/sbin/udev"
		ln -s udev "$image/sbin/udevstart"
		mkdir -p "$image/etc/udev/rules.d"
		echo 'udev_root="/dev/"' >"$image/etc/udev/udev.conf"
	fi
	for m in $(initrd_modules); do
		cp "$(find "$tree/lib/modules/$1/kernel" -name "$m.ko")" "$image/lib/"
		chmod 0600 "$image/lib/$m.ko"
	done
	"init_rhel$major" | sed '/^$/{2!d}' >"$image/init"
	chmod 0755 "$image/init"
	initrd_nodes "$image"
	find "$image" -exec touch -h -d "$date" {} +
	(cd "$image" && find . | sort | cpio --quiet -o -H newc --reproducible -R 0:0) |
		gzip -n -9 | put "/boot/initrd-$1.img" 0600
}

# nodes_ext2 FOLDER: commands for debugfs, which needs no rights: all is root's; device nodes
nodes_ext2()
{
	local f

	# ctime is no time that touch can set
	(cd "$1" && find . -printf '/%P\n') | sort | while read -r f; do
		printf "sif $f %s\n" 'uid 0' 'gid 0' "ctime @$E2FSPROGS_FAKE_TIME"
	done
	cat <<-EOF
		rmdir lost+found
		cd dev
		mknod console c 5 1
		mknod null c 1 3
		mknod ram b 1 1
		mknod systty c 4 0
		$(for f in 1 2 3 4; do echo "mknod tty$f c 4 $f"; done)
	EOF
}

# build_initrd_ext2 RELEASE: as mkinitrd of RHEL 3 makes it, a gzip-compressed ext2 image with
# /linuxrc. initrd_blocks=N: its size in KiB; unset: with room for some drivers. initrd_room=N: the
# KiB that are left.
build_initrd_ext2()
{
	local image=$scratch/initrd raw=$scratch/initrd.raw m

	rm -rf "$image" "$raw"
	mkdir -p "$image"/{bin,dev,etc,lib,loopfs,proc,sysroot}
	for m in nash insmod; do
		{
			printf '\177ELF stub of %s\n' "$m"
			seq -f 'nothing to see in line %g' 2000
		} >"$image/bin/$m"
		chmod 0755 "$image/bin/$m"
	done
	ln -s bin "$image/sbin"
	ln -s /bin/nash "$image/bin/modprobe"
	for m in $(initrd_modules_rhel3); do
		cp "$(find "$tree/lib/modules/$1/kernel" -name "$m.o")" "$image/lib/"
		chmod 0644 "$image/lib/$m.o"
	done
	init_rhel3 | sed '/^$/{2!d}' >"$image/linuxrc"
	chmod 0755 "$image/linuxrc"
	find "$image" -exec touch -h -d "$date" {} +
	E2FSPROGS_FAKE_TIME=$(date -d "$date" +%s)
	export E2FSPROGS_FAKE_TIME
	mke2fs -q -F -t ext2 -b 1024 -m 0 -N 400 -O none,filetype,sparse_super -I 128 \
		-U 3e1f0a5c-0000-4000-8000-000000000003 \
		-E hash_seed=3e1f0a5c-0000-4000-8000-000000000003 -d "$image" "$raw" \
		"${initrd_blocks:-2400}" >"$scratch/mke2fs.log" 2>&1
	nodes_ext2 "$image" | debugfs -w -f - "$raw" >"$scratch/debugfs.log" 2>&1
	if [[ -n $initrd_room ]]; then
		m=$(dumpe2fs -h "$raw" 2>/dev/null | sed -n 's/^Free blocks: *//p')
		head -c "$(((m - initrd_room - 2) * 1024))" /dev/zero | tr '\0' x >"$scratch/rest"
		printf '%s\n' "write $scratch/rest etc/rest" "sif etc/rest ctime @$E2FSPROGS_FAKE_TIME" |
			debugfs -w -f - "$raw" >>"$scratch/debugfs.log" 2>&1
	fi
	unset E2FSPROGS_FAKE_TIME
	gzip -n -9 <"$raw" | put "/boot/initrd-$1.img" 0600
}
