/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/dmi.h"
#include "guest/machine.h"

#define BIOS_ADDR 0xf0000u
#define BIOS_LEN  0x10000u
#define TABLE_MAX (1u << 20)

/* Where each string is: its file below class/dmi/id, and in the SMBIOS structures. */
static const struct {
	const char *file;
	uint8_t type;	/* structure */
	uint8_t offset; /* of the string's number in its formatted part */
} fields[DMI_COUNT] = {
	[DMI_BIOS_VENDOR] = { "bios_vendor", 0, 4 },
	[DMI_BIOS_VERSION] = { "bios_version", 0, 5 },
	[DMI_VENDOR] = { "sys_vendor", 1, 4 },
	[DMI_PRODUCT] = { "product_name", 1, 5 },
	[DMI_VERSION] = { "product_version", 1, 6 },
};

void dmi_done(struct dmi *d)
{
	for (size_t i = 0; i < DMI_COUNT; i++)
		free(d->id[i]);
	*d = (struct dmi){ 0 };
}

/* Keep the printable part of a string, without spaces at its ends; "" counts as unknown.
 */
static int set_id(struct dmi *d, size_t i, const char *s, size_t n)
{
	char *copy;

	while (n && isspace((unsigned char)*s))
		s++, n--;
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	if (!n || d->id[i])
		return 0;
	copy = strndup(s, n);
	if (!copy)
		return -ENOMEM;
	for (char *p = copy; *p; p++)
		if (!isprint((unsigned char)*p))
			*p = '?';
	d->id[i] = copy;
	return 0;
}

/*
 * A table is a row of structures:
 *
 *	0 type   1 length L   2 handle (2)   4 … L-1 formatted part
 *	L  strings, each ended by NUL, the last one by a second NUL;
 *	   two NUL when there are none
 *
 * The formatted part names a string by its number from 1; 0 is none.
 */
static int parse_structure(const uint8_t *s, const char *strings, const char *end,
			   struct dmi *d)
{
	for (size_t i = 0; i < DMI_COUNT; i++) {
		const char *p = strings;

		if (fields[i].type != s[0] || fields[i].offset >= s[1] ||
		    !s[fields[i].offset])
			continue;
		for (unsigned int k = 1; p < end && *p; k++) {
			size_t n = strnlen(p, (size_t)(end - p));

			if (k == s[fields[i].offset] && set_id(d, i, p, n) < 0)
				return -ENOMEM;
			p += n + 1;
		}
	}
	return 0;
}

int dmi_parse_table(const void *table, size_t len, struct dmi *d)
{
	const uint8_t *p = table;
	const uint8_t *end = p + len;

	while (end - p >= 4) {
		const uint8_t *strings;
		const uint8_t *next;

		if (p[1] < 4 || end - p <= p[1])
			return 0;
		next = strings = p + p[1];
		while (end - next >= 2 && (next[0] || next[1]))
			next++;
		if (end - next < 2)
			return 0;
		/* One NUL ends the last string, the other the structure. */
		if (parse_structure(p, (const char *)strings, (const char *)next + 1, d) <
		    0)
			return -ENOMEM;
		if (p[0] == 127)
			return 0;
		p = next + 2;
	}
	return 0;
}

static bool sum_is_zero(const uint8_t *p, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	return sum == 0;
}

static uint64_t le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/*
 * Entry points lie on 16-byte boundaries:
 *
 *	_SM_   5 length   16 "_DMI_"   22 table length (2)   24 address (4)
 *	_SM3_  6 length   12 largest table length (4)   16 address (8)
 */
bool dmi_find_table(const uint8_t *bios, size_t len, uint64_t *ret_addr, size_t *ret_len)
{
	for (size_t at = 0; at + 32 <= len; at += 16) {
		const uint8_t *p = bios + at;

		if (memcmp(p, "_SM_", 4) == 0 && p[5] >= 0x1e && p[5] <= 32 &&
		    sum_is_zero(p, p[5]) && memcmp(p + 16, "_DMI_", 5) == 0) {
			*ret_addr = le(p + 24, 4);
			*ret_len = (size_t)le(p + 22, 2);
			return *ret_len > 0;
		}
		if (memcmp(p, "_SM3_", 5) == 0 && p[6] >= 0x18 && p[6] <= 32 &&
		    sum_is_zero(p, p[6])) {
			*ret_addr = le(p + 16, 8);
			*ret_len = (size_t)le(p + 12, 4);
			return *ret_len > 0;
		}
	}
	return false;
}

static int read_sysfs(const struct root *sys, struct dmi *d)
{
	_cleanup_free_ char *table = NULL;
	size_t len;
	bool any = false;

	for (size_t i = 0; i < DMI_COUNT; i++) {
		_cleanup_free_ char *path = strf("/class/dmi/id/%s", fields[i].file);
		_cleanup_free_ char *s = NULL;

		if (!path)
			return -ENOMEM;
		if (root_read(sys, path, 4096, &s, &len, NULL) < 0)
			continue;
		any = true;
		if (set_id(d, i, s, strlen(s)) < 0)
			return -ENOMEM;
	}
	if (any)
		return 1;
	if (root_read(sys, "/firmware/dmi/tables/DMI", TABLE_MAX, &table, &len, NULL) < 0)
		return 0;
	return dmi_parse_table(table, len, d) < 0 ? -ENOMEM : 1;
}

int dmi_read(const struct root *sys, struct dmi *d)
{
	_cleanup_free_ uint8_t *bios = NULL;
	_cleanup_free_ uint8_t *table = NULL;
	uint64_t addr;
	size_t len;
	int k = sys ? read_sysfs(sys, d) : 0;

	if (k)
		return k < 0 ? k : 0;
	bios = malloc(BIOS_LEN);
	if (!bios)
		return -ENOMEM;
	if (!machine_physmem(BIOS_ADDR, bios, BIOS_LEN) ||
	    !dmi_find_table(bios, BIOS_LEN, &addr, &len) || len > TABLE_MAX)
		return 0;
	table = malloc(len);
	if (!table)
		return -ENOMEM;
	if (!machine_physmem(addr, table, len))
		return 0;
	return dmi_parse_table(table, len, d);
}
