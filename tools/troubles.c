/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>

#include "tools/troubles.h"

#define RUN_INSTALL "run xenpv-install"

const struct trouble finding_troubles[] = {
	{ "guest-release", "…",
	  "The distribution is none that xenpv knows, so it cannot tell what to change.",
	  "there is nothing that xenpv could do for this guest" },
	{ "guest-release", "… (5.0)",
	  "Drivers exist for RHEL 5.1, 4.6, 3.9 and later updates only.",
	  "update the guest to … or later" },
	{ "guest-release", "… (unknown or warn)",
	  "The release file names no update level, or another one than the kernel's "
	  "number does.",
	  "the update level stands neither in … nor in a kernel's number; the update "
	  "level is taken from the kernel's number: compare both, and mend the release "
	  "file" },
	{ "guest-arch", "other, or no kernel installed",
	  "The default kernel is for another processor, or there is none.",
	  "PV drivers for HVM guests exist on x86 only" },
	{ "kernel-variant", "… xen",
	  "A kernel for para-virtualised guests is the default one.",
	  "make another kernel the default: a -xen kernel does not boot in an HVM "
	  "guest" },
	{ "kernel-variant", "…",
	  "The kernel's variant or architecture is not in the table of supported "
	  "kernels.",
	  "boot a supported kernel by default, or leave this one out with --kernel" },
	{ "kernel-variant", "…, no kernel of …",
	  "Another vendor's kernel, such as Oracle's UEK on 5: whether it has drivers of "
	  "its "
	  "own, and unplugs, is not known.",
	  "boot a supported kernel by default, or leave this one out with --kernel; "
	  "where "
	  "there are drivers for it: make sure that its drivers were built for it" },
	{ "host-release", "… (5.0)",
	  "HVM guests get PV drivers from RHEL 5.1 on, which carries Xen 3.1.",
	  "update the host to RHEL … or later" },
	{ "host-release", "Xen …", "The hypervisor is older than Xen 3.1.",
	  "update the host's hypervisor" },
	{ "host-release", "not known from here",
	  "A tree has no host, and some guests cannot see theirs.",
	  "give it: --host 5.1 or --host 5.1/x86_64" },
	{ "host-arch", "not known from here",
	  "No file of the guest tells its host's architecture.",
	  "give it: --host 5.1/x86_64" },
	{ "host-arch", "a 64-bit guest on a 32-bit host",
	  "A 32-bit host runs 32-bit guests only.", "move the guest to a 64-bit host" },
	{ "host-arch", "host is not x86", "The drivers are for x86.",
	  "move the guest to an x86 host" },
	{ "host-arch", "an i686 RHEL 3 guest on an x86_64 host",
	  "Documented as impossible, and known to work.",
	  "use the driver package of the guest's architecture" },
	{ "xen-hvm", "Xen PV guest",
	  "A para-virtualised guest has had such drivers from the beginning.",
	  "nothing is to be done: a PV guest has no emulated device to switch from" },
	{ "xen-hvm", "bare metal, other hypervisor, Xen dom0, unknown",
	  "The command runs on another machine than the guest.",
	  "run it in the HVM guest, or with --root on its tree" },
	{ "xen-hvm", "a Xen HVM guest without PCI device 5853:0001",
	  "The drivers' bus hangs on that device; without it those of RHEL 5.6 and later "
	  "panic the guest.",
	  "take xen_platform_pci=0 out of the guest's configuration on the host" },
	{ "lib-space", "… MB free", "The modules need 50 MB below /lib.",
	  "free … MB on the file system of /lib" },
	{ "boot-space", "/boot is not mounted, and fstab names a file system for it",
	  "What would be changed is not the /boot that the guest boots from.",
	  "mount the guest's … on its /boot first" },
	{ "boot-space", "… MB free", "Old and new initrd stand side by side.",
	  "free … MB on the file system of /boot, such as by removing an old kernel, or "
	  "work on one: --kernel default" },
	{ "packages", "… is not installed",
	  "The guest's release needs that package beside the drivers.",
	  "install … in the guest; install kmod-xenpv in the guest, or give a bundle of "
	  "drivers with --bundle" },
	{ "packages", "… is too old", "Its version does not know the drivers' modules.",
	  "update … in the guest" },
	{ "packages", "the guest has no rpm database, or one that cannot be read",
	  "Nothing tells what is installed.", "make sure that the guest has …" },
	{ "drivers", "none: …; … is a module of this kernel that is not installed",
	  "Neither the kernel, nor a package, nor a bundle has drivers for this kernel.",
	  "install the package of the guest's kernel that is named, give drivers built "
	  "for this kernel with --bundle, or leave it out with --kernel" },
	{ "drivers", "…, owned by no package",
	  "Somebody has copied the modules there by hand.",
	  "they are used as they are; make sure that they were built for this kernel" },
	{ "drivers", "no kernel is installed", "/lib/modules is empty.",
	  "install a kernel in the guest" },
	{ "module-signature", "… is not signed, and the kernel takes signed modules only",
	  "Secure Boot, lockdown or module.sig_enforce is on, and the bundle's modules "
	  "have no signature.",
	  "use a bundle whose modules are signed by a key that the kernel trusts, or "
	  "switch off what asks for that: Secure Boot, lockdown, or module.sig_enforce" },
	{ "module-index", "/lib/modules/… has no modules.dep",
	  "depmod never ran for the kernel, or its index was lost: modprobe loads "
	  "nothing.",
	  "run depmod -a … in the guest, or leave this kernel out with --kernel" },
	{ "initrd", "kernel … has no initrd",
	  "The drivers would come too late for the root.",
	  "make one with the guest's own mkinitrd, dracut or update-initramfs, or leave "
	  "this kernel out with --kernel" },
	{ "initrd", "… is compressed by …, which this version reads but does not write",
	  "Such as the frames of lz4, which Linux does not unpack either.",
	  "make one with the guest's own mkinitrd, dracut or update-initramfs, or leave "
	  "this kernel out with --kernel" },
	{ "initrd", "kernel … has no initrd, and is not the default one",
	  "It is left as it is.",
	  "make one with the guest's own mkinitrd, dracut or update-initramfs: without "
	  "it, "
	  "this kernel stays off PV disks" },
	{ "initrd", "… was made by none of mkinitrd, dracut and initramfs-tools",
	  "xenpv does not know how such an image loads modules.",
	  "make one with the guest's own mkinitrd, dracut or update-initramfs, or leave "
	  "this kernel out with --kernel" },
	{ "initrd", "LILO boots the blocks of an image, not the file",
	  "It reads them where they lay when lilo last ran.",
	  "run lilo in the guest after xenpv-install, and after an uninstall, or it does "
	  "not boot" },
	{ "boot-disk", "… stays emulated (boot loader, /boot); … can switch",
	  "GRUB of RHEL 3 to 5 cannot read PV disks.", "on the host leave … as it is" },
	{ "boot-disk", "… stays emulated; no other disk is known to switch",
	  "The only disk holds /boot.",
	  "for PV speed put everything but /boot on a second disk" },
	{ "boot-disk", "which disk holds /boot is not known (no entry in fstab)",
	  "fstab names it by a label only, or not at all.",
	  "leave the disk of /boot, as a rule hda or sda, emulated: the boot loader "
	  "cannot "
	  "read PV disks" },
	{ "boot-disk",
	  "… stays emulated: … is built into the kernel, and has it before "
	  "xen-platform-pci can unplug it",
	  "A module comes too late to unplug what a built-in driver holds.",
	  "on the host give the disks that are to switch as xvde or later; NICs switch "
	  "all "
	  "the same" },
	{ "boot-disk", "whether this kernel leaves the disks emulated is not known",
	  "The default kernel is another vendor's; see kernel-variant.",
	  "leave the disk of /boot as it is on the host" },
	{ "boot-disk", "a kernel here cannot leave its IDE disks to PV drivers",
	  "--boot-disk=pv needs kernels of RHEL 5.3 or later.",
	  "leave --boot-disk=pv out, or the kernel with --kernel" },
	{ "boot-disk", "the boot disk is …", "--boot-disk=pv can free hda and hdb only.",
	  "leave --boot-disk=pv out" },
	{ "boot-disk",
	  "… switches too: ide0=noprobe, which takes the CD-ROM beside it away",
	  "The argument frees both devices of the first IDE channel.",
	  "on the host give the CD-ROM as hdc or hdd" },
	{ "kernel-args",
	  "xen_emul_unplug=never keeps the emulated devices; xen_nopv switches PV "
	  "drivers "
	  "off; … in …:…, in later boot entries",
	  "The boot loader tells the kernel to stay with the emulated devices.",
	  "xenpv-install takes it out" },
	{ "kernel-args", "xen_emul_unplug=nics leaves the emulated disks in use",
	  "The argument unplugs a part of the devices.",
	  "take it out of the boot loader's configuration, unless that is what you "
	  "want" },
	{ "kernel-args", "xen_pv_hvm=enable is missing: it switches PV drivers on",
	  "RHEL 6.0 has PV drivers off by default.", "xenpv-install puts it in" },
	{ "kernel-args", "unplug=… of xen_platform_pci in …:… keeps the emulated devices",
	  "A file of modprobe.d tells the bus driver so.",
	  "take it out there, unless that is what you want, and make the image again" },
	{ "kernel-args",
	  "… of … is not read: what it tells the kernel is not known; no boot loader's "
	  "configuration was found: …",
	  "The guest boots by LILO, extlinux or what the host gives it, which xenpv does "
	  "not read.",
	  "make sure that neither xen_emul_unplug=never nor xen_nopv is among its kernel "
	  "arguments" },
	{ "unified-images", "… cannot be edited: it does not hold …",
	  "Kernel, initrd and arguments are one file, signed or measured as a whole.",
	  "after xenpv-install make it again: dracut --force --uefi or kernel-install "
	  "add, "
	  "and sign it as the old one was" },
	{ "unified-images", "…", "The file in EFI/Linux is no unified image.",
	  "remove …, or make it again" },
	{ "device-names", "/dev/hdb1 in /etc/fstab:…",
	  "A file names a disk by the kernel's name, and the host may call the PV disk "
	  "otherwise.",
	  "say what the host will call the disk, such as --rename …=xvde, and these "
	  "follow; of a guest whose kernel unplugs: say what the kernel will call the "
	  "disk, such as --rename …=xvdb for the host's hdb, and these follow" },
	{ "device-names", "/dev/hdb1 in /etc/fstab:…, of another vendor's kernel",
	  "Such a kernel may call the disk as the host does, or otherwise.",
	  "write LABEL= or UUID= there: what this kernel calls a PV disk is not known" },
	{ "device-names",
	  "/etc/lilo.conf of LILO is not read: which disks it names is not known",
	  "xenpv neither reads nor edits this boot loader's configuration.",
	  "see what root= and resume= are there: the name of a disk that switches has to "
	  "be changed by hand" },
	{ "device-names", "/dev/disk/by-id/ata-QEMU_HARDDISK_… in /etc/fstab:…",
	  "Serial number and bus are the emulated disk's.",
	  "write UUID= or LABEL= there: these names go with the emulated disk" },
	{ "device-names", "filter in /etc/lvm/lvm.conf:… takes /dev/… and not /dev/xvd…",
	  "LVM would not find its physical volumes.",
	  "let the filter take the new name, too, and make the initrd again" },
	{ "device-names",
	  "/etc/lvm/devices/system.devices:… knows /dev/sda2 by its sys_wwid, which a PV "
	  "disk has not",
	  "LVM's devices file lists the emulated disks.",
	  "set use_devicesfile = 0 in /etc/lvm/lvm.conf and run dracut -f, or the volume "
	  "group is not found at the next boot" },
	{ "device-names", "… (unknown)", "LVM's configuration cannot be read.",
	  "see whether a filter there would leave xvd disks out" },
	{ "device-names", "kdump's … does not hold …: a crash would find no disk",
	  "kdump boots an image of its own.",
	  "after the reboot: touch /etc/kdump.conf, and restart the service kdump, which "
	  "makes the image again" },
	{ "nic-names",
	  "ens3 in …:… is tied to the emulated card's place or driver; en* in …:… takes "
	  "the "
	  "emulated card's name, and not the PV card's",
	  "The PV card stands in another place, or in none.",
	  "the PV card will be eth0, or enX0 from systemd 250 on: tie the name to the "
	  "MAC, "
	  "by HWADDR= or a .link file with MACAddress= and Name=, or let the pattern "
	  "take "
	  "its name, too" },
	{ "modules-installed", "not installed",
	  "The kernel was installed after xenpv-install ran, or that never ran.",
	  RUN_INSTALL },
	{ "modules-installed", "not installed, of a kernel that is not the default one",
	  "It was left out of the install, or came after it; a warning.",
	  "run xenpv-install for this kernel, too, or do not boot it" },
	{ "modules-installed",
	  "no kernel of …: which drivers it has of its own is not known",
	  "Another vendor's kernel boots; see kernel-variant.",
	  "boot a supported kernel, or see what drivers this one uses" },
	{ "modules-installed", "modules.dep does not list …",
	  "The modules are there, and depmod has not seen them.",
	  "run xenpv-install, or the guest's depmod -a …" },
	{ "modules-installed", "modules.dep does not list …, and is not there",
	  "The kernel has no index.", "run depmod -a … in the guest" },
	{ "modules-installed", "/etc/modprobe.d/xenpv.conf does not put … before …",
	  "The drivers of the emulated devices would come first.", RUN_INSTALL },
	{ "modules-installed", "no kernel is installed", "/lib/modules is empty.",
	  "install a kernel in the guest" },
	{ "module-config", "eth0 is 8139cp",
	  "modprobe.conf names the emulated card's driver, or none.", RUN_INSTALL },
	{ "module-config", "eth0 is off",
	  "An alias that is no emulated card's is left as it is: of a real card, or off.",
	  "if it is a card of Xen, write alias eth0 … in …" },
	{ "initrd-drivers", "… does not hold xen-vbd; … does not hold xen-platform-pci",
	  "The image was made anew without the drivers, often by a kernel update.",
	  RUN_INSTALL },
	{ "initrd-drivers", "… holds the drivers, but does not load them",
	  "Its script has no line for them.", RUN_INSTALL },
	{ "initrd-drivers",
	  "… loads xen-vbd too late: after a driver of emulated disks; too early: before "
	  "xen-platform-pci",
	  "Whichever driver comes first has the disk.", RUN_INSTALL },
	{ "initrd-drivers", "… holds …, but its modules.dep does not list it",
	  "udev in the image finds only what that file lists.", RUN_INSTALL },
	{ "initrd-drivers", "… does not load … before …",
	  "The emulated devices' drivers would come before xen-platform-pci.",
	  RUN_INSTALL },
	{ "initrd-drivers", "no initrd", "The kernel has no image, or a broken one.",
	  "make it with the guest's own mkinitrd, dracut or update-initramfs, then run "
	  "xenpv-install" },
	{ "initrd-drivers", "… was made by none of mkinitrd, dracut and initramfs-tools",
	  "xenpv does not know how such an image loads modules.",
	  "make sure that the image loads the driver of PV disks" },
	{ "devices-pv", "disk hdb is emulated",
	  "The kernel cannot unplug, and the host still emulates the disk.",
	  "on the host give this disk as xvde or later, then shut down and start the "
	  "guest" },
	{ "devices-pv",
	  "NIC eth0 is emulated; NIC eth0 is seen twice, emulated and PV at "
	  "once",
	  "The host still emulates the card.",
	  "on the host take type=ioemu and model= out of its vif line, then shut down "
	  "and "
	  "start the guest" },
	{ "devices-pv", "disk hdb is seen twice, emulated and PV at once",
	  "The host gives one disk under two names. Both can be mounted, which destroys "
	  "the file system.",
	  "stop using it now; on the host give it as xvde or later, so that it is no "
	  "longer emulated as well" },
	{ "devices-pv", "disk hdb is missing; NIC eth0 is missing",
	  "Neither driver has the device that was there before.",
	  "look for a line about it in dmesg, and for its line in the host's "
	  "configuration; "
	  "of a tree: look for it in the guest's log of this boot" },
	{ "devices-pv",
	  "NIC eth0 is unknown: the log tells of the PV driver, which prints no line of "
	  "a NIC (unknown)",
	  "Of a tree, from RHEL 6 on: nothing in the kernel's log proves a NIC to be on "
	  "PV.",
	  "run xenpv-verify in the running guest" },
	{ "devices-pv",
	  "NIC eth0 is unknown: the log tells neither of it nor of the PV driver "
	  "(unknown)",
	  "The same, and perhaps no driver of NICs was loaded.",
	  "run xenpv-verify in the running guest" },
	{ "devices-pv", "NIC ens5 is missing: it was none of Xen's (warn)",
	  "It was passed through, virtio, or on USB or iSCSI, and is not there now, or "
	  "has another MAC at each boot.",
	  "nothing, unless the host is to give it" },
	{ "devices-pv", "disk sdc is seen twice, by another driver and PV at once",
	  "The host gives the data of a PV disk by another way, too, such as virtio. "
	  "Both can be mounted, which destroys the file system.",
	  "stop using it now; on the host give it once only" },
	{ "devices-pv", "the kernel said: …",
	  "A PV driver printed a failure at the last boot.",
	  "look for it among the messages of the console above" },
	{ NULL, NULL, NULL, NULL },
};

#define BOOT_OLD                                                                         \
	"boot the kept image from the GRUB prompt (xenpv-install(8), UNDOING IT), then " \
	"xenpv-verify --root on the tree says what the new one lacks"
#define RENAME                                                                       \
	"from a rescue system: xenpv-install --root DIR --rename OLD=NEW, or write " \
	"LABEL= "                                                                    \
	"or UUID= there"

const struct trouble console_troubles[] = {
	{ NULL,
	  "VFS: Cannot open root device \"xvda1\" or unknown-block(0,0)\n"
	  "Kernel panic - not syncing: VFS: Unable to mount root fs on "
	  "unknown-block(0,0)",
	  "The boot loader gave the kernel no initrd, or one that cannot be unpacked.",
	  BOOT_OLD },
	{ NULL,
	  "mount: could not find filesystem '/dev/root'\n"
	  "setuproot: moving /dev failed: No such file or directory\n"
	  "switchroot: mount failed: No such file or directory\n"
	  "Kernel panic - not syncing: Attempted to kill init!",
	  "RHEL 4 and 5: the image found no root: it does not load xen-vbd, or the disk "
	  "has another name than root= says.",
	  BOOT_OLD "; when it lacks nothing: " RENAME },
	{ NULL,
	  "ALERT! /dev/sda1 does not exist. Dropping to a shell!\n"
	  "Gave up waiting for root file system device.",
	  "Debian and Ubuntu: no driver of disks in the image, or root= names the "
	  "emulated "
	  "disk.",
	  BOOT_OLD "; when it lacks nothing: " RENAME },
	{ NULL,
	  "dracut-initqueue: Warning: dracut-initqueue timeout - starting timeout "
	  "scripts\n"
	  "Warning: /dev/disk/by-uuid/… does not exist",
	  "RHEL 6 and later, Fedora, SUSE: xen-blkfront is not in the image, or root= "
	  "names "
	  "the emulated disk.",
	  BOOT_OLD "; when it lacks nothing: " RENAME },
	{ NULL,
	  "mount: special device /dev/hda1 does not exist\n"
	  "fsck.ext3: No such file or directory while trying to open /dev/hdb1",
	  "fstab calls a disk by its name of before the switch.", RENAME },
	{ NULL, "Volume group \"VolGroup00\" not found",
	  "LVM looks at no xvd disk: a filter, the devices file, or no driver in the "
	  "image.",
	  "xenpv-check --root names the filter or file; " RUN_INSTALL },
	{ NULL, "Found duplicate PV …: using /dev/hdb2 not /dev/xvdb2",
	  "One disk is there twice, emulated and PV.",
	  "stop using it now; on the host give it as xvde or later" },
	{ NULL,
	  "XENBUS: Timeout connecting to device: device/vbd/51728 (local state 3, remote "
	  "state 1)\n"
	  "xenbus_probe_frontend: Waiting for devices to initialise: 25s...20s...15s...\n"
	  "xenbus_probe_frontend: Timeout connecting to device: device/vbd/51728",
	  "The host's back end does not answer. For device/vbd/768 (hda) and 5632 (hdc) "
	  "of "
	  "RHEL 5 it is harmless: the IDE driver has the disk.",
	  "see the back end's state and its log on the host; of a slow one: xenpv-verify "
	  "--wait 60" },
	{ NULL,
	  "XENBUS: Device with no driver: device/vbd/51728\n"
	  "XENBUS: Device with no driver: device/vif/0",
	  "The bus driver is there, and xen-vbd or xen-blkfront, xen-vnif or "
	  "xen-netfront "
	  "is not loaded. For device/vkbd/0 and device/console/0 it is harmless.",
	  RUN_INSTALL ", then boot again" },
	{ NULL,
	  "register_blkdev: cannot get major 3 for ide\n"
	  "xen_blk: can't get major 3 with name ide\n"
	  "vbd vbd-768: 19 xlvbd_add at /local/domain/0/backend/vbd/…",
	  "The IDE driver of RHEL 4 and 5 owns hda, which the boot loader reads. "
	  "Harmless; "
	  "of another disk it says that this one is emulated as well.",
	  "nothing for hda; other disks: on the host give them as xvde or later" },
	{ NULL, "vif vif-0: 2 parsing device/vif/0/mac",
	  "The host's entry of the NIC has no MAC that can be read.",
	  "on the host give the NIC a mac= of its own" },
	{ NULL,
	  "Detected Xen platform device but not Xen VMM?\n"
	  "xen-platform-pci:no resources found",
	  "The platform device is there and does not work.",
	  "see whether the guest runs on Xen itself, as type HVM" },
	{ NULL, "Kernel panic - not syncing: …, as xen-balloon is loaded",
	  "The host gives no Xen platform device; RHEL 5.6 and later do not bear that.",
	  "take xen_platform_pci=0 out of the guest's configuration on the host" },
	{ NULL,
	  "insmod: error inserting 'xen-vbd.ko': -1 Unknown symbol in module\n"
	  "xen_vbd: disagrees about version of symbol …\n"
	  "insmod: error inserting 'xen-vbd.ko': -1 Invalid module format",
	  "The modules were loaded out of order, or were built for another kernel.",
	  "xenpv-check says which drivers fit; the order is xen-platform-pci, "
	  "xen-balloon, "
	  "xen-vbd, xen-vnif" },
	{ NULL,
	  "Device eth0 has different MAC address than expected, ignoring.\n"
	  "8139cp device eth0 does not seem to be present, delaying initialization.",
	  "Emulated and PV card are both there, or none is.",
	  "on the host take type=ioemu and model= out of the vif line, and keep its "
	  "mac=" },
	{ NULL, "Error 21: Selected disk does not exist\nNo bootable device.",
	  "The boot disk is on the host a PV disk only, which GRUB of RHEL 3 to 5 cannot "
	  "read.",
	  "on the host give that disk as hda again" },
	{ NULL, NULL, NULL, NULL },
};
