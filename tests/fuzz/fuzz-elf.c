/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of an ELF object, and the strings of one section, read as they lie. */
#include "guest/elf_check.h"
#include "tests/fuzz/fuzz.h"

static int each(void *arg, const char *s)
{
	*(size_t *)arg += strlen(s) + 1;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct elf_facts f;
	size_t total = 0;

	if (elf_check(data, size, "input", &f, &e) < 0) {
		check(e.code == EINVAL && startswith(e.msg, "input: "));
		return 0;
	}
	if (f.foreign_endian)
		return 0;
	check(elf_strings(data, size, ".modinfo", each, &total) == 0);
	/* Sections may lie upon another, but each within the file. */
	check(total <= size * 65536);
	return 0;
}
