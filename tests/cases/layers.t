#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What stands between the disks and the file systems, when sda becomes xvda: LVM's filters, in the
# guest and in its image, and its devices file; mdadm's devices; kdump's target and image; names by
# serial number. Each follows, or is warned of.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

g=$work/g
with=(--root "$g" --host 5.1/x86_64)

# layered ROW: the guest, with a volume group on sda2 and the lvm.conf on standard input
layered()
{
	rm -rf "$g" && "$tests/trees/mkmodern" "$1" "$g" && mkdir -p "$g/etc/lvm/backup" "$g/etc/mdadm" || return
	cat >"$g/etc/lvm/backup/vg0" <<-'EOF'
		contents = "Text Format Volume Group"
		version = 1
		vg0 { # the group
			physical_volumes {
				pv0 {
					id = "aaaaaa-bbbb-cccc"
					device = "/dev/sda2"	# Hint only
					flags = []
				}
			}
		}
	EOF
	cat >"$g/etc/lvm/lvm.conf"
}

names_are() # STATUS
{
	run xenpv-check --json "${with[@]}"
	json_is 'status("device-names")' "$1"
}

says() # TEXT
{
	json_is "'''$1''' in text('device-names')" True
}

# Installed, installed again without a change, uninstalled to the byte
round_trip()
{
	ok "$1: a second install" exits 0 xenpv-install "${with[@]}"
	ok "$1: finds nothing to do" grep -q '^Nothing to do' "$work/out"
	ok "$1: uninstall" exits 0 xenpv-install --root "$g" --uninstall
	ok "$1: as at the start" unchanged "$work/start" "$g"
}

layered debian12-amd64 <<'EOF'
devices {
	dir = "/dev" # { no section
	filter = [ "a|^/dev/sda2$|", "r|.*|" ]
}
EOF
listing "$g" >"$work/start"
ok 'LVM takes sda2 alone: will follow' names_are pass
ok '… which is said' says 'filter in /etc/lvm/lvm.conf:3 takes /dev/sda2 and not /dev/xvda2'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… a pattern for the new name, the old one stays' \
	grep -qF 'filter = [ "a|^/dev/xvda2$|", "a|^/dev/sda2$|", "r|.*|" ]' "$g/etc/lvm/lvm.conf"
if command -v lvmconfig >/dev/null; then
	ok '… and LVM reads it' bash -c 'LVM_SYSTEM_DIR=$0 lvmconfig devices/filter | grep -q xvda2' "$g/etc/lvm"
else
	skip '… and LVM reads it' 'lvmconfig is not installed'
fi
round_trip 'a filter'

# The image's own copy: the tree without microcode before it, so that it is one archive
mkdir "$work/trees" && cp "$tests"/trees/* "$work/trees/" && sed -i 's/zstd+microcode/zstd/' "$work/trees/modern.tab" &&
	cp "$g/etc/lvm/lvm.conf" "$work/lvm.conf" && rm -rf "$g" && "$work/trees/mkmodern" debian12-amd64 "$g" || exit
mkdir -p "$g/etc/lvm" "$work/image" && cp "$work/lvm.conf" "$g/etc/lvm/" || exit
echo '/dev/sda3 /data ext4 defaults 0 0' >>"$g/etc/fstab"
image=$(echo "$g"/boot/initrd.img-*)
(cd "$work/image" && zstd -dcq "$image" | cpio -idm --quiet && mkdir -p etc/lvm && cp "$work/lvm.conf" etc/lvm/ &&
	mkdir -p conf/conf.d cryptroot etc/cmdline.d && echo RESUME=/dev/sda5 >conf/conf.d/resume &&
	echo 'a /dev/sda6 none luks' >cryptroot/crypttab && echo ' root=/dev/sda2 rd.x=1' >etc/cmdline.d/10.conf &&
	find . | sort | cpio -o -H newc --quiet | zstd -q -f -o "$image") || exit
listing "$g" >"$work/start"
ok 'an image with a copy of lvm.conf: install' exits 0 xenpv-install "${with[@]}"
zstd -dcq "$image" | cpio -i --quiet --to-stdout '*etc/lvm/lvm.conf' >"$work/got"
ok '… the copy is as the guest has it now' cmp "$work/got" "$g/etc/lvm/lvm.conf"
ok '… which follows' grep -qF '"a|^/dev/xvda2$|"' "$work/got"
while IFS='|' read -r file text; do
	zstd -dcq "$image" | cpio -i --quiet --to-stdout "*$file" >"$work/got"
	ok "… $file" diff "$work/got" - <<<"$text"
done <<'EOF'
conf/conf.d/resume|RESUME=/dev/xvda5
cryptroot/crypttab|a /dev/xvda6 none luks
etc/cmdline.d/10.conf| root=/dev/xvda2 rd.x=1
EOF
round_trip 'a copy in the image'

echo 'devices/filter = [ "a|/dev/sd.*|", "r|/dev/xvd|", "r|.*|" ]' | layered debian12-amd64
ok 'a class of disks: will follow' names_are pass
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… as a class' grep -qF '[ "a|/dev/xvd.*|", "a|/dev/sd.*|", "r|' "$g/etc/lvm/lvm.conf"
echo 'devices { global_filter = [ "r|/dev/xvd|" ] }' | layered debian12-amd64
cp "$g/etc/lvm/lvm.conf" "$work/lvm.conf"
ok 'xvd rejected: warned of' names_are pass+warn
ok '… with where' says 'global_filter in /etc/lvm/lvm.conf:1'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… leaves it to a person' cmp "$work/lvm.conf" "$g/etc/lvm/lvm.conf"
echo 'devices { filter = [ "a|.*|" ] }' | layered debian12-amd64
ok 'everything accepted' names_are pass
echo 'devices { filter = [ "a|.*" ] }' | layered debian12-amd64
ok 'a filter that is none: unknown' names_are pass+unknown
ok '… with the line' says '/etc/lvm/lvm.conf:1: a filter'
rm "$g/etc/lvm/lvm.conf" && mkfifo "$g/etc/lvm/lvm.conf"
ok 'a FIFO: unknown' names_are pass+unknown
ok '… install' exits 0 xenpv-install "${with[@]}"
: | layered rhel9.2-x86_64 && mkdir -p "$g/etc/lvm/devices" && cat >"$g/etc/lvm/devices/system.devices" <<'EOF'
# LVM uses devices listed in this file.
VERSION=1.1.1
IDTYPE=sys_wwid IDNAME=t10.ATA_QEMU_HARDDISK_QM00001 DEVNAME=/dev/sda2 PVID=abc PART=2
EOF
ok 'the devices file of RHEL 9: warned of' names_are pass+warn
ok '… with what to do' says 'use_devicesfile = 0'
echo 'devices { use_devicesfile = 0 }' >"$g/etc/lvm/lvm.conf"
ok '… not where it is not used' names_are pass

: | layered debian12-amd64 && cat >"$g/etc/mdadm/mdadm.conf" <<'EOF'
DEVICE /dev/sd*
  /dev/md* # all
ARRAY /dev/md0 UUID=1:2:3:4
   devices=/dev/sda3,/dev/sda4 level=raid1
EOF
listing "$g" >"$work/start"
ok 'mdadm: will follow' names_are pass
ok '… its devices' says 'DEVICE in /etc/mdadm/mdadm.conf (/dev/sda'
ok '… its members' says '/dev/sda3 in /etc/mdadm/mdadm.conf:4'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… each line' diff "$g/etc/mdadm/mdadm.conf" - <<'EOF'
DEVICE /dev/sd* /dev/xvd*
  /dev/md* # all
ARRAY /dev/md0 UUID=1:2:3:4
   devices=/dev/xvda3,/dev/xvda4 level=raid1
EOF
round_trip 'mdadm'
: | layered debian12-amd64 && echo 'dev partitions' >"$g/etc/mdadm.conf" && cp "$g/etc/mdadm.conf" "$work/mdadm.conf"
ok 'mdadm looks at all: install' exits 0 xenpv-install "${with[@]}"
ok '… and nothing changes' cmp "$g/etc/mdadm.conf" "$work/mdadm.conf"

: | layered rhel8.8-x86_64 && printf 'path /var/crash\nraw /dev/sda5\n' >"$g/etc/kdump.conf" &&
	cp "$g"/boot/initramfs-*.img "$g/boot/initramfs-$(ls "$g/lib/modules")kdump.img"
listing "$g" >"$work/start"
ok 'kdump: warned of its image' names_are pass+warn
ok '… with what to do' says 'touch /etc/kdump.conf'
ok '… install' exits 0 xenpv-install "${with[@]}"
ok '… its target follows' grep -qx 'raw /dev/xvda5' "$g/etc/kdump.conf"
round_trip 'kdump'

: | layered sles15-x86_64 && sed -i '1s|^[^ ]*|/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part2|' "$g/etc/fstab"
ok 'a name by serial number: warned of' names_are pass+warn
ok '… with the line' says '/dev/disk/by-id/ata-QEMU_HARDDISK_QM00001-part2 in /etc/fstab:1'

# RHEL 5: the host says what the disk is called
guest rhel5.1-x86_64-twodisks g && mkdir -p "$g/etc/lvm/backup" &&
	echo 'vg1 { physical_volumes { pv0 { device = "/dev/hdb4" } } }' >"$g/etc/lvm/backup/vg1" &&
	echo 'devices { filter = [ "a|/dev/hd|", "r|.*|" ] }' >"$g/etc/lvm/lvm.conf"
"$tests/trees/mkbundle" 2.6.18-53.el5 x86_64 "$work/bundle" || exit
run xenpv-check --json "${with[@]}" --bundle "$work/bundle"
ok 'RHEL 5: LVM would not find hdb4 as xvde4' says 'takes /dev/hdb4 and not /dev/xvde4'
ok '… install with its new name' exits 0 xenpv-install "${with[@]}" --bundle "$work/bundle" --rename hdb=xvdf
ok '… the filter follows' grep -qF '"a|/dev/xvd|", "a|/dev/hd|"' "$g/etc/lvm/lvm.conf"

# The root in a volume group: what counts at boot is nash's copy of the filter
image=$g/boot/initrd-2.6.18-53.el5.img
guest rhel5.1-x86_64-lvm g && mkdir -p "$g/etc/lvm" && rm -rf "$work/image" && mkdir "$work/image" &&
	echo 'devices { filter = [ "a|^/dev/hdb|", "r|.*|" ] }' >"$g/etc/lvm/lvm.conf" &&
	(cd "$work/image" && gzip -dc "$image" | cpio -idm --quiet && mkdir -p etc/lvm && cp "$g/etc/lvm/lvm.conf" etc/lvm/ &&
		find . | cpio -o -H newc --quiet | gzip -9n >"$image") || exit
listing "$g" >"$work/start"
with+=(--bundle "$work/bundle" --rename hdb=xvde)
ok "nash's copy of lvm.conf: install" exits 0 xenpv-install "${with[@]}"
gzip -dc "$image" | cpio -i --quiet --to-stdout '*etc/lvm/lvm.conf' >"$work/got"
ok '… the copy is as the guest has it now' cmp "$work/got" "$g/etc/lvm/lvm.conf"
ok '… which follows' grep -qF '"a|^/dev/xvde|", "a|^/dev/hdb|"' "$work/got"
round_trip "nash's copy"
finish
