/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one kernel module says of itself, by libkmod and its ELF header. */
#pragma once

#include <stdint.h>

#include "guest/generation.h"
#include "lib/strv.h"

struct symver {
	char *name;
	uint32_t crc;
};

struct symvers {
	struct symver *v; /* sorted by name */
	size_t n;
};

struct modinfo {
	enum arch arch;
	char *name; /* of .modinfo or this_module when there, else NULL */
	/* Whole; NULL when the module has none. Of a 2.4 kernel's: kernel_version, which
	 * is the release alone. */
	char *vermagic;
	char *depends; /* comma-separated; "" none; NULL no such field (2.4) */
	struct strv aliases;
	bool has_versions; /* a __versions section, or CRCs in the names (2.4) */
	/* Undefined symbols with the CRC of __versions, or of their names: 2.4 writes
	 * printk_R1b7d4074. */
	struct symvers imports;
	struct symvers exports; /* from __crc_… symbols; 2.4: from .kstrtab */
	bool is_signed;		/* an appended or ELF-section signature */
};

/* Modules are smaller than this. */
#define MODULE_MAX (64u * 1024 * 1024)

/*
 * Of an open regular file; label is its name for error sentences. -EINVAL with
 * a sentence for a file that is no ELF relocatable object, is cut short, or has
 * a header that lies. .ko.gz/.xz/.zst are read when libkmod can.
 */
int modinfo_read(int fd, const char *label, struct modinfo **ret, struct err *e);
void modinfo_free(struct modinfo *m);
DEFINE_CLEANUP(struct modinfo *, modinfo_free)

void symvers_done(struct symvers *s);
/* -ENOMEM */
int symvers_add(struct symvers *s, const char *name, uint32_t crc);
void symvers_sort(struct symvers *s);
/* NULL when the symbol is not there. */
const struct symver *symvers_find(const struct symvers *s, const char *name);

/* The part of a vermagic after the kernel release: "SMP mod_unload 686"; "" when none. */
const char *vermagic_flags(const char *vermagic);
/* Whether the first word of the vermagic is this release. */
bool vermagic_is_for(const char *vermagic, const char *release);
