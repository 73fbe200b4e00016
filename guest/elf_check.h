/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of an ELF object, looked at before any library parses it. */
#pragma once

#include <stdint.h>

#include "guest/generation.h"

struct elf_facts {
	enum arch arch;
	bool foreign_endian; /* big-endian: nothing but arch is known */
	bool has_versions;   /* section __versions */
	bool has_signature;  /* section .module_sig (RHEL 4, 5) or appended signature */
};

/*
 * data: a whole file. -EINVAL with a sentence beginning with label unless it is a
 * relocatable ELF object whose section headers and sections all lie within the file.
 */
int elf_check(const uint8_t *data, size_t size, const char *label, struct elf_facts *ret,
	      struct err *e);

/*
 * The strings of a section, of a file that elf_check() found good and little-endian; none
 * when it has no such section. each() returns 0 to go on: what else it returns is
 * returned.
 */
int elf_strings(const uint8_t *data, size_t size, const char *section,
		int (*each)(void *arg, const char *s), void *arg);
