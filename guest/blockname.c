/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/blockname.h"
#include "lib/strv.h"

/* Majors, each with the disks on it in a row. */
static const struct major {
	unsigned int major;
	const char *prefix;
	unsigned int first; /* number of its first disk: hdc is 2 */
	unsigned int disks;
	unsigned int minors; /* a disk */
} majors[] = {
	{ 3, "hd", 0, 2, 64 },	  { 22, "hd", 2, 2, 64 },   { 33, "hd", 4, 2, 64 },
	{ 34, "hd", 6, 2, 64 },	  { 56, "hd", 8, 2, 64 },   { 57, "hd", 10, 2, 64 },
	{ 88, "hd", 12, 2, 64 },  { 89, "hd", 14, 2, 64 },  { 90, "hd", 16, 2, 64 },
	{ 91, "hd", 18, 2, 64 },  { 8, "sd", 0, 16, 16 },   { 65, "sd", 16, 16, 16 },
	{ 66, "sd", 32, 16, 16 }, { 67, "sd", 48, 16, 16 }, { 202, "xvd", 0, 16, 16 },
};

/* How a disk's name goes on after its prefix. */
enum style {
	LETTERS,
	CONTROLLER,
	NAMESPACE,
	NUMBER
};

static const struct {
	const char *prefix;
	enum style style;
} styles[] = {
	{ "hd", LETTERS },	{ "sd", LETTERS },	   { "vd", LETTERS },
	{ "xvd", LETTERS },	{ "cciss!c", CONTROLLER }, { "ida!c", CONTROLLER },
	{ "rd!c", CONTROLLER }, { "nvme", NAMESPACE },	   { "mmcblk", NUMBER },
};

bool blockname_unit(const char *s, size_t n, unsigned int *ret)
{
	unsigned int v = 0;

	if (!n || n > 3)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!islower((unsigned char)s[i]))
			return false;
		v = v * 26 + (unsigned int)(s[i] - 'a') + 1;
	}
	*ret = v - 1;
	return true;
}

/* The row of a disk by its name, and which of the row's disks it is. */
static const struct major *find_major(const char *disk, unsigned int *ret)
{
	for (size_t i = 0; i < ELEMENTSOF(majors); i++) {
		size_t n = strlen(majors[i].prefix);
		unsigned int k;

		if (!startswith(disk, majors[i].prefix) ||
		    !blockname_unit(disk + n, strlen(disk + n), &k))
			continue;
		if (k < majors[i].first || k >= majors[i].first + majors[i].disks)
			continue;
		*ret = k - majors[i].first;
		return &majors[i];
	}
	return NULL;
}

bool blockname_major(const char *disk, unsigned int *ret)
{
	unsigned int k;
	const struct major *m = find_major(disk, &k);

	if (m)
		*ret = m->major;
	return m;
}

bool blockname_number(const char *disk, unsigned int part, unsigned int *ret)
{
	unsigned int k;
	const struct major *m = find_major(disk, &k);

	if (!m || part >= m->minors)
		return false;
	*ret = m->major << 8 | (k * m->minors + part);
	return true;
}

/* Prefix and letters of disk k. */
static char *disk_name(const char *prefix, unsigned long k)
{
	if (k < 26)
		return strf("%s%c", prefix, (char)('a' + k));
	if (k < 26 + 26 * 26)
		return strf("%s%c%c", prefix, (char)('a' + k / 26 - 1),
			    (char)('a' + k % 26));
	return strf("%s#%lu", prefix, k);
}

int blockname_of_number(unsigned int number, char **disk, unsigned int *part)
{
	unsigned int minor = number & 0xff;

	*disk = NULL;
	for (size_t i = 0; i < ELEMENTSOF(majors); i++) {
		const struct major *m = &majors[i];

		if (m->major != number >> 8 || minor / m->minors >= m->disks)
			continue;
		*part = minor % m->minors;
		*disk = disk_name(m->prefix, m->first + minor / m->minors);
		return *disk ? 0 : -ENOMEM;
	}
	return 0;
}

int blockname_of_vbd(unsigned long number, char **ret)
{
	unsigned int part;

	/* Bit 28: xvd disks beyond the sixteenth, 256 minors each. */
	if (number >> 28 == 1) {
		*ret = disk_name("xvd", (number & 0xfffffff) >> 8);
		return *ret ? 0 : -ENOMEM;
	}
	*ret = NULL;
	return number > 0xffff ? 0
			       : blockname_of_number((unsigned int)number, ret, &part);
}

static size_t digits(const char *s)
{
	size_t n = 0;

	while (isdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* Length of the disk's own name after the prefix; 0: it is none. *sep: 'p' before a
 * partition. */
static size_t disk_length(const char *s, enum style style, bool *sep)
{
	size_t n = 0;
	size_t k;

	*sep = style != LETTERS;
	switch (style) {
	case LETTERS:
		while (n < 3 && islower((unsigned char)s[n]))
			n++;
		return n;
	case CONTROLLER: /* "0d0" */
	case NAMESPACE:	 /* "0n1" */
		n = digits(s);
		if (!n || s[n] != (style == CONTROLLER ? 'd' : 'n'))
			return 0;
		k = digits(s + n + 1);
		return k ? n + 1 + k : 0;
	case NUMBER:
		return digits(s);
	}
	return 0;
}

bool blockname_split(const char *name, unsigned int *ret_disk_len, unsigned int *ret_part)
{
	for (size_t i = 0; i < ELEMENTSOF(styles); i++) {
		size_t prefix = strlen(styles[i].prefix);
		size_t n;
		bool sep;
		const char *p;

		if (!startswith(name, styles[i].prefix))
			continue;
		n = disk_length(name + prefix, styles[i].style, &sep);
		if (!n)
			continue;
		p = name + prefix + n;
		*ret_disk_len = (unsigned int)(prefix + n);
		*ret_part = 0;
		if (!*p)
			return true;
		if (sep && *p++ != 'p')
			continue;
		n = digits(p);
		if (!n || n > 3 || p[n] || *p == '0')
			continue;
		*ret_part = (unsigned int)strtoul(p, NULL, 10);
		return true;
	}
	return false;
}
