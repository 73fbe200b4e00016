# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Texts for tests/fuzz/seeds: each function prints one.

text_args()
{
	printf '%s' 'ro root=LABEL=/ nopv "xen_emul_unplug=never,ide-disks" ide0=noprobe xen_platform_pci.dev_unplug=nics quiet'
}

text_nash()
{
	cat <<-'EOT'
		#!/bin/nash

		mount -t proc /proc /proc
		setquiet
		mkblkdevs
		insmod /lib/scsi_mod.ko
		insmod /lib/ata_piix.ko force_pcs=1
		modprobe -q xen-vbd
		mkblkdevs
		resume /dev/sda2
		resume LABEL=SWAP-sda2
		mkrootdev -t ext3 -o defaults,ro /dev/sda1
		mkrootdev /dev/root
		mount -o defaults --ro -t ext3 /dev/root /sysroot
		switchroot
	EOT
}

text_policy()
{
	cat <<-'EOT'
		# of this system
		bundle-signature required
		keys /etc/xenpv/keys
	EOT
}

# A signature of version 4 and a public key, of which only the outside is one
text_packets()
{
	printf '\x88\x0a\x04\x00\x01\x08\x00\x00\x00\x00\x12\x34\xc6\x06\x04\x01\x02\x03\x04\x01'
}

text_armour()
{
	printf -- '-----BEGIN PGP SIGNATURE-----\nComment: none\n\n'
	text_packets | base64
	printf -- '=abcd\n-----END PGP SIGNATURE-----\n'
}

text_softdeps()
{
	cat <<-'EOT'
		# before
		softdep ata_piix pre: xen-platform-pci post: sd_mod
		softdep 8139cp	pre: mii xen_platform_pci
		softdep xen-vnif pre: xen-balloon
	EOT
}

text_dep_xen()
{
	cat <<-'EOT'
		/lib/modules/R/kernel/drivers/xenblk/xen-vbd.ko: /lib/modules/R/extra/a.ko \
			/lib/modules/R/extra/b.ko
		kernel/drivers/xenblk/xen-vbd.ko: extra/a.ko
		kernel/fs/ext3/ext3.ko.xz:
	EOT
}

# An index of modutils that ends in the middle of an entry
text_dep_cut()
{
	printf '/lib/modules/R/a.o:\t/lib/modules/R/b.o \\\n\t/lib/modules/R/c.o \\'
}

# The first sum is right for the file that the target puts there
text_sums()
{
	local path=lib/modules/K/extra/xenpv/1

	printf '%s  ./%s/xen-vbd.ko\n' "$(printf x | sha256sum | cut -c -64)" "$path"
	printf '%064d *%s/xen-balloon.ko\n%064d  %s/README\n' 0 "$path" 1 "$path"
	printf '%064d  lib/modules/../extra/xenpv/1/xen-vnif.ko\n' 2
}

text_symvers()
{
	printf '0x1b7d4074\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n'
	printf '0xffffffff\tgnttab_alloc\tdrivers/xen/xen\tEXPORT_SYMBOL_GPL\tNS\n'
}

text_menu_lst()
{
	cat <<-'EOT'
		#boot=/dev/hda
		default saved
		fallback=1
		timeout 5
		title Xen
			root (hd0,0)
			kernel /xen.gz-2.6.18 dom0_mem=512M
			module /vmlinuz-2.6.18-53.el5xen ro root=/dev/VolGroup00/LogVol00 rhgb
			module /initrd-2.6.18-53.el5xen.img
		title Linux
			uuid 1234
			kernel --no-mem-option (hd0,0)/boot/vmlinuz-2.6.18-53.el5 root=LABEL=/
			initrd = /boot/initrd-2.6.18-53.el5.img
			savedefault
		title chain
			chainloader +1
	EOT
}

text_grub_cfg()
{
	cat <<-'EOT'
		set default="1>gnulinux-advanced"
		if [ "${next_entry}" ] ; then
		   set default="${next_entry}"
		else
		   set default="${saved_entry}"
		fi
		menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple' {
			search --no-floppy --fs-uuid --set=root 12-34
			linux	/vmlinuz-6.1.0-18-amd64 root=UUID=12-34 ro "quiet" \
				xen_nopv
			initrd	/initrd.img-6.1.0-18-amd64
		}
		submenu "More" --id gnulinux-advanced {
			menuentry "Debian, with Xen" {
				multiboot2 /xen-4.17.gz placeholder ${xen_rm_opts}
				module2 /vmlinuz-6.1.0-18-amd64 placeholder root=/dev/sda1 ro
				module2 --nounzip /initrd.img-6.1.0-18-amd64
			}
			menuentry "old" { linux16 ($root)/boot/vmlinuz-3.10.0 ro; initrd16 /boot/i; }
		}
	EOT
}

text_pv_log()
{
	cat <<-'EOT'
		Mar  3 09:00:01 web1 syslogd 1.4.1: restart.
		Mar  3 09:00:01 web1 kernel: Linux version 2.6.18-53.el5PAE (mock@x) #1 SMP
		<5>[    0.000000] Command line: ro root=/dev/hda1 nopv
		Mar  3 09:00:01 web1 kernel: [    1.5] hda: QEMU HARDDISK, ATA DISK drive
		eth0: RealTek RTL8139 at 0xe0a2c100, 00:16:3E:12:34:56, IRQ 11
		Xen version 3.1.
		xen-vbd: registered block device major 202
		 xvda: xvda1 xvda2 < xvda5 >
		netfront: device eth0 has copying receive path.
		vbd vbd-768: 19 xlvbd_add at /local/domain/0/backend/vbd/21/768
		XENBUS: Timeout connecting to device: device/vbd/832 (state 3)
		vif vif-0: 2 parsing device/vif/0/mac
	EOT
}

text_releases()
{
	cat <<-'EOT'
		Red Hat Enterprise Linux AS release 3 (Taroon Update 9)
		Red Hat Enterprise Linux ES release 4 (Nahant Update 6)
		Red Hat Enterprise Linux Server release 5.1 (Tikanga)
		CentOS release 4.8 (Final)
		Scientific Linux SL release 5.3 (Boron)
		Enterprise Linux Enterprise Linux Server release 5.2 (Carthage)
		CentOS Stream release 9
	EOT
}

text_modconf()
{
	cat <<-'EOT'
		# of all kinds
		alias eth0 8139cp
		alias scsi_hostadapter1 off
		options loop max_loop=16 \
			max_part=0
		install sound modprobe --ignore-install sound && { :; }
		remove sound /bin/true
		include /etc/modprobe.d
		blacklist eth1394
		keep
		path[net]=/lib/modules/x
		if `uname -r` = "2.4.21-4.EL"
		  alias eth0 8139too
		elseif -f /etc/x
		  alias eth0 off
		else
		  post-install eth0 /bin/true
		endif
		define X 1
	EOT
}

text_lvm()
{
	cat <<-'EOT'
		# LVM
		devices {
			dir = "/dev"
			scan = [ "/dev", '/dev/disk' ]
			filter = [ "a|^/dev/sda2$|", 'a{/dev/hd[a-z]}', "r/.*/" ]
			global_filter="a|/dev/hdb|"
			use_devicesfile = 0
		}
		backup { retain_min = 10 ratio = 1.5 }
		devices/filter = [ "r|/dev/cdrom|" ]
	EOT
}

text_lvm_backup()
{
	cat <<-'EOT'
		VolGroup00 {
			physical_volumes { pv0 { id = "x-y" device = "/dev/sda2" } }
		}
	EOT
}

text_lvm_devices()
{
	cat <<-'EOT'
		VERSION=1.1.2
		IDTYPE=sys_wwid IDNAME=naa.5000 DEVNAME=/dev/sda2 PVID=abc PART=2
		IDTYPE=devname IDNAME=/dev/hdb DEVNAME=/dev/hdb PVID=def
	EOT
}

text_mdadm()
{
	cat <<-'EOT'
		DEVICE /dev/sda* /dev/hdb1
		  partitions # all
		ARRAY /dev/md0 level=raid1 num-devices=2 devices=/dev/sda1,/dev/hdb1
		DEVICE /dev/sda1,/dev/hdb1 /dev/xsda /dev/sda1,/dev/sd[b-z]
		arr /dev/md1 UUID=3aaa0122:29827cfa:5331ad66:ca767371
	EOT
}

# What crypttab, kdump.conf, conf.d/resume and fstab have on one of their lines
text_disk_files()
{
	cat <<-'EOT'
		secret /dev/sda5 none luks
		raw /dev/hda3
		ext3 UUID=12-34
		RESUME=/dev/cciss/c0d0p2
		LABEL=/data\040two /data ext3 noauto 0 0
		/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part1 swap swap pri=1 0 0
		(hd0)	/dev/hda
		//server/share /mnt cifs x 0 0
	EOT
}

text_nicnames()
{
	cat <<-'EOT'
		auto lo eth0
		iface eth0 inet static
		[connection]
		interface-name=ens3
		[ethernet]
		mac-address=00:16:3E:00:00:0A
		SUBSYSTEM=="net", ATTR{address}=="00:16:3e:00:00:0a", KERNELS=="0000:00:03.0", NAME="eth0"
		[Match]
		MACAddress = 00:16:3e:00:00:0a
		[Link]
		Name="lan0"
		DEVICE='eth1'
	EOT
}

text_netplan()
{
	cat <<-'EOT'
		network:
		  version: 2
		  ethernets:
		    ens3: {dhcp4: true}
		    lan:
		      match: {macaddress: "00:16:3e:00:00:0a", name: "en*"}
		      set-name: eth0
		    &a x: *a
	EOT
}

text_mountinfo()
{
	cat <<-'EOT'
		36 35 3:1 / / rw,noatime shared:1 - ext3 /dev/root rw
		37 36 202:2 / /data\040two rw master:1 - ext3 /dev/xvda2 rw
	EOT
}

text_mounts()
{
	cat <<-'EOT'
		/dev/root / ext3 rw 0 0
		/dev/hda1 /boot\011x ext3 rw 0 0
		Filename				Type		Size	Used	Priority
		/dev/hda2                               partition	1048568	0	-1
		proc /proc proc rw 0 0
	EOT
}

text_partitions()
{
	printf 'major minor  #blocks  name\n\n   3     0   10485760 hda\n   3     1     104391 hda1\n 104     1  1 cciss/c0d0p1\n'
}

text_pci_devices()
{
	printf '0018\t58530001\tb\t        c001\t        f2000008\t xen-platform-pci\n0020\t10ec8139\t5\n'
}

text_name_kernel() { printf 2.6.18-53.1.4.el5PAE; }
text_name_module() { printf xen-platform-pci.ko.xz; }
text_name_disk() { printf /dev/cciss/c0d0p12; }
text_name_node() { printf vbd-51712; }

text_rpm_answer()
{
	printf '%s\0' Nkernel V2.6.18 R53.el5 Ai686 E0 F/boot/vmlinuz-2.6.18-53.el5 \
		F/lib/modules/2.6.18-53.el5/kernel/x.ko Nkernel-PAE V2.6.18 R53.el5 Ai686 \
		Ngpg-pubkey Vx Ry A Nkernel-module-xen V1 R1 Aathlon F/lib/modules/K/kernel/y.ko .
}

text_rpm_lines()
{
	printf '%s\n' Nkernel V2.6.18 R53.el5 Ai686 'E(none)' F/boot/vmlinuz-2.6.18-53.el5 F/usr/bin/x \
		F/usr/lib/modules/2.6.18-53.el5/kernel/x.ko Ngpg-pubkey Vx Ry 'A(none)' E1
}

text_rpm_complaint()
{
	printf '%s\0' Nkernel V1 R1 Ai686 '!rpmdb: damaged header #3 retrieved'
}

# Kernels that are nowhere below /lib/modules
text_rpm_paths()
{
	printf '%s\0' Nkernel V../../x R1 Ai686 Nkernel-smp V1 R1 Ai686 F/lib/modules/../kernel/x.ko \
		Nkernel-PAE V1 R1 Ai686 F/boot/vmlinuz-. .
}

text_two_texts()
{
	seq 12
	printf 'last\0'
	seq 2 14 | sed 's/^7$/seven/'
}

text_inventory()
{
	cat <<-'EOT'
		{"schema": 1, "time": 1194393600, "live": true, "release": "2.6.18-53.el5",
		"logs": [{"path": "/var/log/messages", "size": 12345, "tail_sha256": "00ff"}],
		"boot_disks": ["hda"], "renames": ["hdb=xvdb"], "forced": ["host-release"],
		"devices": [
		{"kind": "disk", "name": "hdb", "driver": "ide-disk", "bus": "ide", "node": "0.1", "pv": false,
		"mac": null, "place": "hdb", "size": 3298534883328, "removable": false, "ptuuid": "1234abcd",
		"fs": [{"name": "hdb1", "type": "ext3", "label": "a \"b\" \u00e4", "uuid": null, "size": 41943040,
		"mounts": ["/data", "swap"]}]},
		{"kind": "nic", "name": "eth0", "driver": null, "bus": null, "node": null, "pv": false,
		"mac": "00:16:3e:00:00:0a", "size": 0, "removable": false, "ptuuid": null, "fs": []}]}
	EOT
}

# A life: an install with two operations, and its undoing
text_journal()
{
	local time='"atime":[1,2],"mtime":[1194393600,123456789]' attrs
	local file='"type":"file","size":3,"sha256":"%064d"'

	attrs='"mode":420,"uid":0,"gid":4294967295,'$time',"xattrs":{"security.selinux":"73797300","user.x":""}'
	# shellcheck disable=SC2059 # the format is above
	file=$(printf "$file" 7)
	cat <<-EOT
		{"record":"begin","format":1,"generation":1,"made":"/var/lib/xenpv"}
		{"record":"dir","path":"/etc","mtime":[1194393600,0]}
		{"record":"op","kind":"write","action":"edit","path":"/etc/modprobe.conf","detail":"alias","backup":"/var/lib/xenpv/backup/1","old":{$file,$attrs}}
		{"record":"op","kind":"rename","action":"move","path":"/a","to":"/b","kept":true,"boot":true,"config":true,"old":{"type":"link","link":"x",$attrs}}
		{"record":"op","kind":"mknod","action":"node","path":"/dev/xvda","old":{"type":"none"}}
		{"record":"new","op":0,"new":{$file,$attrs}}
		{"record":"new","op":2,"new":{"type":"block","major":202,"minor":0,$attrs}}
		{"record":"commit"}
		{"record":"drop","op":1}
		{"record":"after","dir":0,"mtime":[1194393601,5]}
		{"record":"done"}
		{"record":"time","path":"/etc","mtime":[1194393600,0]}
		{"record":"uninstall"}
		{"record":"restoring"}
		{"record":"restored"}
	EOT
}
