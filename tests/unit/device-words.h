/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices of guests in umockdev's words. */
#pragma once

#define PCI                                                       \
	"P: /devices/pci0000:00/0000:00:01.1\nE: SUBSYSTEM=pci\n" \
	"L: driver=../../../bus/pci/drivers/PIIX_IDE\n\n"

#define IDE(n, name, minor, uuid)                                                       \
	"P: /devices/pci0000:00/0000:00:01.1/ide0/0." n "\nE: SUBSYSTEM=ide\n"          \
	"L: driver=../../../../../bus/ide/drivers/ide-disk\n\n"                         \
	"P: /devices/pci0000:00/0000:00:01.1/ide0/0." n "/block/" name "\n"             \
	"E: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/" name "\n"               \
	"E: MAJOR=3\nE: MINOR=" minor "0\nE: ID_PART_TABLE_UUID=aabbccdd\n"             \
	"A: size=98304\\n\nA: removable=0\\n\n\n"                                       \
	"P: /devices/pci0000:00/0000:00:01.1/ide0/0." n "/block/" name "/" name "1\n"   \
	"E: SUBSYSTEM=block\nE: DEVTYPE=partition\nE: DEVNAME=/dev/" name "1\n"         \
	"E: MAJOR=3\nE: MINOR=" minor "1\nE: ID_FS_TYPE=ext3\nE: ID_FS_UUID=" uuid "\n" \
	"A: size=81920\\n\n\n"

/* libata on the PIIX3, and the emulated SCSI card */
#define ATA_PORT(n, no)                                               \
	"P: /devices/pci0000:00/0000:00:01.1/ata" n "/ata_port/ata" n \
	"\nE: SUBSYSTEM=ata_port\nA: port_no=" no "\\n\n\n"

#define PIIX                                                      \
	"P: /devices/pci0000:00/0000:00:01.1\nE: SUBSYSTEM=pci\n" \
	"A: vendor=0x8086\\n\nA: device=0x7010\\n\n"              \
	"L: driver=../../../bus/pci/drivers/ata_piix\n\n"

#define LSI                                                       \
	"P: /devices/pci0000:00/0000:00:04.0\nE: SUBSYSTEM=pci\n" \
	"A: vendor=0x1000\\n\nA: device=0x0012\\n\n"              \
	"L: driver=../../../bus/pci/drivers/sym53c8xx\n\n"

#define SCSI_DISK(path, node, name)                                         \
	"P: /devices/pci0000:00/" path "/" node "\nE: SUBSYSTEM=scsi\n"     \
	"L: driver=../../../../../../../bus/scsi/drivers/sd\n\n"            \
	"P: /devices/pci0000:00/" path "/" node "/block/" name              \
	"\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/" name "\n" \
	"E: MAJOR=8\nE: MINOR=0\nA: size=98304\\n\nA: removable=0\\n\n\n"

#define ATA_DISK(ata, host, node, name) \
	SCSI_DISK("0000:00:01.1/ata" ata "/host" host "/target" node, node, name)

#define PCI_DEVICE(slot, vendor, device, sub_vendor, sub_device, driver)                 \
	"P: /devices/pci0000:00/" slot "\nE: SUBSYSTEM=pci\n"                            \
	"A: vendor=" vendor "\\n\nA: device=" device "\\n\n"                             \
	"A: subsystem_vendor=" sub_vendor "\\n\nA: subsystem_device=" sub_device "\\n\n" \
	"L: driver=../../../bus/pci/drivers/" driver "\n\n"

#define PCI_NET(slot, name, mac)                                           \
	"P: /devices/pci0000:00/" slot "/net/" name "\nE: SUBSYSTEM=net\n" \
	"E: INTERFACE=" name "\nA: address=" mac "\\n\nA: type=1\\n\n\n"

#define DISK_AT(path, name)                                                 \
	"P: " path "/block/" name "\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\n" \
	"E: DEVNAME=/dev/" name "\nE: MAJOR=8\nE: MINOR=0\n"                \
	"A: size=98304\\n\nA: removable=0\\n\n\n"

#define NVME(slot, name) DISK_AT("/devices/pci0000:00/" slot, name)

#define ISCSI_DISK(name)                                                               \
	"P: /devices/platform/host7/session1/target7:0:0/7:0:0:1\nE: SUBSYSTEM=scsi\n" \
	"L: driver=../../../../../../bus/scsi/drivers/sd\n\n" DISK_AT(                 \
		"/devices/platform/host7/session1/target7:0:0/7:0:0:1", name)

#define VIRTIO(slot, name)                                                 \
	"P: /devices/pci0000:00/" slot "/virtio0\nE: SUBSYSTEM=virtio\n"   \
	"L: driver=../../../../bus/virtio/drivers/virtio_blk\n\n" DISK_AT( \
		"/devices/pci0000:00/" slot "/virtio0", name)

#define CDROM                                                              \
	"P: /devices/pci0000:00/0000:00:01.1/ide1/1.0\nE: SUBSYSTEM=ide\n" \
	"L: driver=../../../../../bus/ide/drivers/ide-cdrom\n\n"           \
	"P: /devices/pci0000:00/0000:00:01.1/ide1/1.0/block/hdc\n"         \
	"E: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/hdc\n"       \
	"E: MAJOR=22\nE: MINOR=0\nA: size=2097151\\n\nA: removable=1\\n\n\n"

#define VBD(node, name, driver)                                                 \
	"P: /devices/xen/" node "\nE: SUBSYSTEM=xen\n" driver "\n"              \
	"P: /devices/xen/" node "/block/" name "\n"                             \
	"E: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/" name "\n"       \
	"E: MAJOR=202\nE: MINOR=16\nA: size=98304\\n\nA: removable=0\\n\n\n"    \
	"P: /devices/xen/" node "/block/" name "/" name "1\n"                   \
	"E: SUBSYSTEM=block\nE: DEVTYPE=partition\nE: DEVNAME=/dev/" name "1\n" \
	"E: MAJOR=202\nE: MINOR=17\nE: ID_FS_TYPE=ext3\nE: ID_FS_UUID=u-b\n"    \
	"A: size=81920\\n\n\n"

#define NIC(node, bus, path, name, mac)                     \
	"P: /devices/" path node "\nE: SUBSYSTEM=" bus "\n" \
	"L: driver=../../../bus/" bus "/drivers/"

#define RTL(name, mac)                                                         \
	NIC("0000:00:03.0", "pci", "pci0000:00/", name, mac)                   \
	"8139cp\n\n"                                                           \
	"P: /devices/pci0000:00/0000:00:03.0/net/" name "\nE: SUBSYSTEM=net\n" \
	"E: INTERFACE=" name "\nA: address=" mac "\\n\nA: type=1\\n\n\n"

#define VIF(name, mac)                                           \
	NIC("vif-0", "xen", "xen/", name, mac)                   \
	"vif\n\n"                                                \
	"P: /devices/xen/vif-0/net/" name "\nE: SUBSYSTEM=net\n" \
	"E: INTERFACE=" name "\nA: address=" mac "\\n\nA: type=1\\n\n\n"

#define SOFTWARE                                                                 \
	"P: /devices/virtual/net/lo\nE: SUBSYSTEM=net\nE: INTERFACE=lo\n"        \
	"A: address=00:00:00:00:00:00\\n\nA: type=772\\n\n\n"                    \
	"P: /devices/virtual/net/br0\nE: SUBSYSTEM=net\nE: INTERFACE=br0\n"      \
	"A: address=00:16:3e:00:00:0a\\n\nA: type=1\\n\n\n"                      \
	"P: /devices/virtual/block/loop0\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\n" \
	"E: DEVNAME=/dev/loop0\nA: size=100\\n\n\n"                              \
	"P: /devices/virtual/block/dm-0\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\n"  \
	"E: DEVNAME=/dev/dm-0\nA: size=100\\n\n\n"
