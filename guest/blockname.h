/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of block devices and the numbers that Xen and the kernel give them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* The major of a disk by its name: hda 3, hdc 22, sda 8, xvda 202; false when not known.
 */
bool blockname_major(const char *disk, unsigned int *ret);

/*
 * The disk that a vbd's number means (768 is hda, 5632 hdc, 51712 xvda): *ret is NULL
 * when it means none that is known. 0 or -ENOMEM; the caller frees.
 */
int blockname_of_vbd(unsigned long number, char **ret);

/* The number of a disk by its letters: "a" 0 … "z" 25, "aa" 26; false for anything else.
 */
bool blockname_unit(const char *s, size_t n, unsigned int *ret);

/*
 * A disk or partition as a number of 16 bits, major and minor, as kernels before 2.6 have
 * it: hdb2 is 0x342, xvde2 0xca42. false for one that is not known or has no such number.
 */
bool blockname_number(const char *disk, unsigned int part, unsigned int *ret);
/* The other way. *disk is NULL when it is none that is known. 0 or -ENOMEM. */
int blockname_of_number(unsigned int number, char **disk, unsigned int *part);

/*
 * "hdb1" -> "hdb" and 1, "cciss!c0d0p2" -> "cciss!c0d0" and 2; part 0 for the whole
 * disk. false for what is no disk's name. The lengths are of the name's part.
 */
bool blockname_split(const char *name, unsigned int *ret_disk_len,
		     unsigned int *ret_part);
