# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # tree, major, … : of mktree and NAME.tree
# /etc, /var and the boot loader of a guest.

fstab_has() # MOUNT POINT
{
	[[ $'\n'$fstab =~ $'\n'[^[:space:]]+[[:space:]]+"$1"[[:space:]] ]]
}

build_release()
{
	echo "$release" | put /etc/redhat-release
	printf '%s\nKernel \\r on an \\m\n\n' "$release" | put /etc/issue
}

build_fstab()
{
	{
		local spec dir type rest

		while read -r spec dir type rest; do
			[[ -n $spec ]] && printf '%-23s %-23s %-7s %s\n' "$spec" "$dir" "$type" "$rest"
		done <<<"$fstab"
		cat <<-'EOF'
			tmpfs                   /dev/shm                tmpfs   defaults        0 0
			devpts                  /dev/pts                devpts  gid=5,mode=620  0 0
			proc                    /proc                   proc    defaults        0 0
		EOF
		[[ $major = 3 ]] || echo 'sysfs                   /sys                    sysfs   defaults        0 0'
	} | put /etc/fstab
	printf '%s\n' "$fstab" | while read -r spec dir rest; do
		[[ $dir != /* ]] || mkdir -p "$tree$dir"
	done
}

build_modconf_24()
{
	local name driver mac

	{
		for nic in "${nics[@]}"; do
			read -r name driver mac <<<"$nic"
			echo "alias $name $driver"
		done
		printf 'alias usb-controller usb-uhci\n'
		# shellcheck disable=SC2016 # of the guest's
		printf 'if `uname -r` = 2.4.21-4.EL\n  options 8139too debug=1\nendif\n'
		printf 'post-install sound-slot-0 /bin/aumix-minimal -f /etc/.aumixrc -L \\\n\t>/dev/null 2>&1 || :\n'
	} | put /etc/modules.conf
}

build_modconf()
{
	local name driver mac

	if [[ $major = 3 ]]; then
		build_modconf_24
		return
	fi

	{
		echo '# Network cards, as found at installation'
		for nic in "${nics[@]}"; do
			read -r name driver mac <<<"$nic"
			echo "alias $name $driver"
		done
		printf '\n# Emulated disks\nalias scsi_hostadapter ata_piix\n'
		printf 'options ata_piix  force_pcs=1\t# needed by some hosts\n'
		printf '#options e1000 debug=1\n'
		printf 'alias net-pf-10 off\n'
		printf 'options loop max_loop=16 \\\n\tmax_part=0\n'
	} | put /etc/modprobe.conf
	printf '# Distribution defaults\ninclude /etc/modprobe.conf\nalias block-major-8-* sd_mod\n' |
		put /etc/modprobe.conf.dist
	mkdir -p "$tree/etc/modprobe.d"
	echo 'blacklist eth1394' | put /etc/modprobe.d/blacklist
}

build_network()
{
	local nic name driver mac i=10

	for nic in "${nics[@]}"; do
		read -r name driver mac <<<"$nic"
		put "/etc/sysconfig/network-scripts/ifcfg-$name" <<-EOF
			DEVICE=$name
			BOOTPROTO=static
			IPADDR=192.168.122.$((i++))
			NETMASK=255.255.255.0
			HWADDR=${mac^^}
			ONBOOT=yes
			TYPE=Ethernet
		EOF
	done
	put /etc/sysconfig/network-scripts/ifcfg-lo <<-'EOF'
		DEVICE=lo
		IPADDR=127.0.0.1
		NETMASK=255.0.0.0
		ONBOOT=yes
	EOF
	printf 'NETWORKING=yes\nHOSTNAME=guest.example\n' | put /etc/sysconfig/network
}

declare -A pci_of=([8139cp]='10ec 8139 Realtek Semiconductor Co., Ltd. RTL-8139/8139C/8139C+'
	[8139too]='10ec 8139 Realtek Semiconductor Co., Ltd. RTL-8139/8139C/8139C+'
	[e1000]='8086 100e Intel Corporation 82540EM Gigabit Ethernet Controller')

# What kudzu knows of the hardware
build_hwconf()
{
	local nic name driver mac vendor device desc slot=4 disk

	{
		for nic in "${nics[@]}"; do
			read -r name driver mac <<<"$nic"
			read -r vendor device desc <<<"${pci_of[$driver]}"
			cat <<-EOF
				-
				class: NETWORK
				bus: PCI
				detached: 0
				device: $name
				driver: $driver
				desc: "$desc"
				network.hwaddr: $mac
				vendorId: $vendor
				deviceId: $device
				subVendorId: 5853
				subDeviceId: 0001
				pciType: 1
				pcidom:    0
				pcibus:  0
				pcidev:  $((slot++))
				pcifn:  0
			EOF
		done
		cat <<-'EOF'
			-
			class: OTHER
			bus: PCI
			detached: 0
			desc: "XenSource, Inc. Xen Platform Device"
			vendorId: 5853
			deviceId: 0001
			subVendorId: 5853
			subDeviceId: 0001
			pciType: 1
			pcidom:    0
			pcibus:  0
			pcidev:  3
			pcifn:  0
		EOF
		for disk in $disks; do
			cat <<-EOF
				-
				class: HD
				bus: IDE
				detached: 0
				device: $disk
				desc: "QEMU HARDDISK"
				physical: 16644/16/63
				logical: 16644/16/63
			EOF
		done
	} | put /etc/sysconfig/hwconf
}

# service NAME LEVELS START STOP [off]: a script, and its links in every run level
service()
{
	local name=$1 levels=$2 start=$3 stop=$4 off=${5:-} l

	put "/etc/rc.d/init.d/$name" 0755 <<-EOF
		#!/bin/bash
		#
		# $name         Stub of the guest's own service
		#
		# chkconfig: $levels $start $stop
		# description: Does nothing; what counts is the line above.
		#
		exit 0
	EOF
	for l in 0 1 2 3 4 5 6; do
		if [[ $levels = *$l* && -z $off ]]; then
			ln -s "../init.d/$name" "$tree/etc/rc.d/rc$l.d/S$start$name"
		else
			ln -s "../init.d/$name" "$tree/etc/rc.d/rc$l.d/K$stop$name"
		fi
	done
}

build_services()
{
	local l

	mkdir -p "$tree"/etc/rc.d/rc{0,1,2,3,4,5,6}.d
	service kudzu 345 05 95
	service network 2345 10 90
	service sshd 2345 55 25
	service netfs 345 25 75 off
	ln -s rc.d/init.d "$tree/etc/init.d"
	for l in 0 1 2 3 4 5 6; do
		ln -s "rc.d/rc$l.d" "$tree/etc/rc$l.d"
	done
	printf '#!/bin/sh\n# Runs after all other services\ntouch /var/lock/subsys/local\n%s' \
		"${rc_local:+$rc_local$'\n'}" | put /etc/rc.d/rc.local 0755
	ln -s rc.d/rc.local "$tree/etc/rc.local"
	echo 'SAFE=no' | put /etc/sysconfig/kudzu
}

# Package name of a kernel: kernel, kernel-PAE, …
kernel_package()
{
	local v

	v=$(kernel_variant "$1")
	echo "kernel${v:+-$v}"
}

grub_entry() # RELEASE PREFIX
{
	local args="ro root=$root${kernel_args:+ $kernel_args}" base=${1%xen}

	echo "title ${release%% release*} ($1)"
	printf '\troot (hd0,0)\n'
	if [[ $1 = *xen ]]; then
		printf '\tkernel %s/xen.gz-%s\n' "$2" "$base"
		printf '\tmodule %s/vmlinuz-%s %s\n\tmodule %s/initrd-%s.img\n' "$2" "$1" "$args" "$2" "$1"
	else
		printf '\tkernel %s/vmlinuz-%s %s\n\tinitrd %s/initrd-%s.img\n' "$2" "$1" "$args" "$2" "$1"
	fi
}

build_grub()
{
	local prefix=/boot disk n=0 k

	if fstab_has /boot; then
		prefix=''
	fi
	{
		echo '# Written by the installer'
		[[ -n $prefix ]] || echo '# /boot is a file system of its own: paths below begin there'
		echo "#boot=/dev/${disks%% *}"
		printf 'default=0\ntimeout=5\nsplashimage=(hd0,0)%s/grub/splash.xpm.gz\nhiddenmenu\n' "$prefix"
		for k in "${kernels[@]}"; do
			grub_entry "$k" "$prefix"
		done
	} | put /boot/grub/grub.conf 0600
	ln -s ./grub.conf "$tree/boot/grub/menu.lst"
	ln -s ../boot/grub/grub.conf "$tree/etc/grub.conf"
	{
		echo '# this device map was generated by anaconda'
		for disk in $disks; do
			printf '(hd%d)     /dev/%s\n' "$((n++))" "$disk"
		done
	} | put /boot/grub/device.map
	for k in "${kernels[@]}"; do
		[[ $k != *xen ]] || echo 'stub of a hypervisor' | gzip -n | put "/boot/xen.gz-${k%xen}"
	done
	head -c 512 /dev/zero | put /boot/grub/stage1
	head -c 4096 /dev/zero | put /boot/grub/stage2
	printf 'boot=/dev/%s\nforcelba=0\n' "${disks%% *}" | put /etc/sysconfig/grub
	printf '# New kernels become the default\nUPDATEDEFAULT=yes\n\nDEFAULTKERNEL=%s\n' \
		"$(kernel_package "${kernels[0]}")" | put /etc/sysconfig/kernel
	[[ -z ${snippets:-} ]] || mkdir -p "$tree/etc/sysconfig/mkinitrd"
}

# The last boot before xenpv, emulated, as syslog keeps it
build_logs()
{
	local stamp='Nov  7 10:15:0' nic name driver mac disk

	{
		echo "${stamp}1 guest syslogd 1.4.1: restart."
		echo "${stamp}1 guest kernel: klogd 1.4.1, log source = /proc/kmsg started."
		echo "${stamp}1 guest kernel: Linux version ${kernels[0]} (mockbuild@localhost) #1 SMP"
		echo "${stamp}1 guest kernel: Command line: ro root=$root${kernel_args:+ $kernel_args}"
		for disk in $disks; do
			echo "${stamp}2 guest kernel: $disk: QEMU HARDDISK, ATA DISK drive"
			echo "${stamp}2 guest kernel:  $disk: ${disk}1"
		done
		for nic in "${nics[@]}"; do
			read -r name driver mac <<<"$nic"
			case $driver in
			8139*) echo "${stamp}3 guest kernel: $name: RTL-8139C+ at 0xffffc20000038100, $mac, IRQ 5" ;;
			e1000) echo "${stamp}3 guest kernel: e1000: $name: e1000_probe: Intel(R) PRO/1000 Network Connection" ;;
			esac
		done
	} | put /var/log/messages 0600
	sed -n 's/^.* kernel: //p' "$tree/var/log/messages" | put /var/log/dmesg
}

build_folders()
{
	mkdir -p "$tree"/{bin,dev,home,lib,mnt,opt,proc,root,sbin,selinux,sys,tmp,usr/{bin,lib,sbin},var/{lib,lock/subsys,run,tmp}}
	chmod 1777 "$tree/tmp" "$tree/var/tmp"
	chmod 0750 "$tree/root"
	printf '#!/bin/sh\n# stub\nexit 1\n' | put /sbin/mkinitrd 0755
	printf '#!/bin/sh\n# stub\nexit 1\n' | put /sbin/depmod 0755
	[[ $major != 3 ]] || build_dev
}

# Without udev the nodes are files of the guest, where they may be made
build_dev()
{
	local i

	mknod -m 0660 "$tree/dev/hda" b 3 0 2>/dev/null || return 0
	for i in 1 2 3; do
		mknod -m 0660 "$tree/dev/hda$i" b 3 "$i"
	done
	chown 0:6 "$tree"/dev/hda*
}

# SELinux labels, the general before the particular; where they cannot be set, the guest has none
label_tree()
{
	local path type

	while read -r path type; do
		find "$tree/$path" -exec setfattr -h -n security.selinux -v "system_u:object_r:$type" {} + \
			2>/dev/null || return 0
	done <<-'EOF'
		. default_t
		boot boot_t
		etc etc_t
		etc/modprobe.conf modules_conf_t
		etc/rc.d/init.d initrc_exec_t
		etc/sysconfig/network-scripts net_conf_t
		lib lib_t
		lib/modules modules_object_t
		sbin bin_t
		var/lib var_lib_t
		var/lib/rpm rpm_var_lib_t
		var/log var_log_t
	EOF
}
