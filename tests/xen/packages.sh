# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What the rig is made of, by Debian's names; fetched with the machine's own apt, never installed on it.

# QEMU, whose TCG stands in for the hardware
machine_packages='qemu-system-x86 seabios ipxe-qemu'
# Xen and the host's Linux with its tools
dom0_packages='xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils qemu-system-xen linux-image-amd64
	busybox-static kmod bash'
# of these what a dom0 without init, udev and shells of its own does not use
dom0_skip='linux-image|xen-hypervisor|iso-codes|python3|udev|debconf|initramfs-tools|klibc|libpam-modules|passwd|adduser|dpkg_|libdb5|libsqlite|perl|coreutils|tar_|readline-common|krb5|gssapi|libnsl|tirpc|media-types|sysvinit|ucf_|linux-base|logsave|semanage|sepol|cpio|libk5crypto'
dom0_modules='xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback bridge tun loop
	virtio_pci virtio_blk 9pnet_virtio 9p ext4 crc32c_generic'

# what every guest has beside Debian's base system
guest_packages='udev kmod zstd iproute2 grub-common grub2-common grub-pc-bin'
# what Debian has of Xen for one architecture alone
declare -A arch_packages=([amd64]=xenstore-utils [i386]='')
# what xenpv links with, and what its commands call
xenpv_packages='librpm9 libkmod2 libblkid1 libudev1 libmount1 libarchive13 libsmartcols1 libjson-c5 libnettle8
	libyaml-0-2 liblz4-1 liblzo2-2 libext2fs2 libcom-err2 libseccomp2'

# what xenpv-host links with beside, and who else reads its configurations
host_packages="$xenpv_packages libxenmisc4.17 libxml2 libvirt-daemon-driver-xen libvirt-clients"

# of a kernel without Xen, what a guest that is nothing else loads
bare_modules='ata_piix sd_mod 8139cp e1000'
