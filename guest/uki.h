/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unified kernel images: one PE file of kernel, initrd and command line, that the
 * firmware starts. They are read, never edited: each is signed as a whole, or measured.
 */
#pragma once

#include "guest/initrd.h"

struct uki {
	char *path;	      /* guest path, links resolved */
	char *release;	      /* of .uname, else of the initrd's modules; NULL */
	char *args;	      /* of .cmdline, its lines joined by blanks; NULL: none */
	bool is_signed;	      /* it carries a signature */
	struct initrd *image; /* .initrd; NULL: none, or unreadable */
	char *problem;	      /* why the file, or its initrd, cannot be read; NULL */
	int code;	      /* of the problem of its initrd: a negative errno; 0 */
};

struct ukis {
	struct uki *v; /* sorted by folder and name */
	size_t n;
};

/*
 * All that lie where boot loaders and kernel-install look for them (EFI/Linux of the EFI
 * system partition, which is mounted at /efi, /boot/efi or /boot). A file that cannot be
 * read is a fact (problem), PE files that are no unified kernel images are left out.
 */
int ukis_read(const struct root *r, struct ukis **ret, struct err *e);
void ukis_free(struct ukis *u);
DEFINE_CLEANUP(struct ukis *, ukis_free)

/* The one for a kernel release, or NULL. u may be NULL. */
const struct uki *ukis_find(const struct ukis *u, const char *release);

/*
 * One open file; label names it in sentences. 1, or 0 for a PE file that holds no kernel.
 * -EINVAL with a sentence for one that is no PE file or is cut short, and where a section
 * lies outside it. What is wrong with its initrd is ret->problem. limits of the initrd
 * as for initrd_read_limits(), NULL the usual ones. uki_done() in any case.
 */
int uki_read_fd(int fd, const char *label, const struct initrd_limits *limits,
		struct uki *ret, struct err *e);
void uki_done(struct uki *u);
