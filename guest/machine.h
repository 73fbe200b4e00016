/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The seam to the machine itself: the few facts that no file of the tree holds.
 * Tests link another machine.c; nothing else in guest/ touches hardware.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The CPUID leaf; false where the processor is no x86. regs: eax, ebx, ecx, edx. */
bool machine_cpuid(uint32_t leaf, uint32_t regs[4]);
/* The CPUID "hypervisor present" bit (leaf 1, ecx bit 31). */
bool machine_has_hypervisor_bit(void);
/* uname -r and uname -m; the caller frees. */
char *machine_release(void);
char *machine_arch(void);
/* Where sysfs and procfs of this machine are: "/sys", "/proc". */
const char *machine_sysfs(void);
const char *machine_procfs(void);
/* Physical memory, for the SMBIOS tables of kernels that do not show them; false: not
 * readable. */
bool machine_physmem(uint64_t addr, void *buf, size_t len);
/*
 * Open this machine's block device of that kernel name ("hdb1") for reading; rdev, when
 * not 0, is the number that it must have. The fd or a negative errno.
 */
int machine_open_block(const char *name, dev_t rdev);
/*
 * The MAC ("00:16:3e:00:00:0a") and the driver of this machine's NIC of that name, as the
 * NIC itself says; NULL where it does not. 0 or -ENOMEM; the caller frees both.
 */
int machine_nic(const char *name, char **ret_mac, char **ret_driver);
