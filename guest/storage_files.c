/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that name disks, each in its own way:
 *
 *	crypttab	NAME DEVICE …
 *	resume		RESUME=DEVICE (initramfs-tools)
 *	kdump.conf	raw DEVICE, or ext3 DEVICE and its kin [kdump.conf(5)]
 *	mdadm.conf	DEVICE PATTERN…, ARRAY … devices=DEVICE,…; a line that begins with
 *			blanks goes on with the one before; keywords of three letters or
 *			more, in any case [mdadm.conf(5)]
 */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>

#include "guest/storage_refs.h"

#define FILE_MAX (1u << 20)

struct place {
	struct storage *s;
	const char *file;
	size_t line;
	char keyword; /* mdadm.conf: 'D', 'A', or 0, of the line or the one before */
};

static int add(const struct place *at, const char *spec)
{
	if (!storage_names_device(spec) || at->s->n >= STORAGE_REFS_MAX)
		return 0;
	return storage_add_ref(at->s, DEVREF_OTHER, at->file, (long)at->line, spec)
		       ? 0
		       : -ENOMEM;
}

/* The word at *p, which moves behind it; NULL with *p at the end: there is none. */
static char *next_word(const char **p)
{
	size_t n;

	*p += strspn(*p, " \t\r");
	n = strcspn(*p, " \t\r");
	if (!n || **p == '#')
		return NULL;
	*p += n;
	return strndup(*p - n, n);
}

static int second_word(struct place *at, const char *text)
{
	_cleanup_free_ char *first = next_word(&text);
	_cleanup_free_ char *second = first ? next_word(&text) : NULL;

	return second ? add(at, second) : 0;
}

static int resume(struct place *at, const char *text)
{
	_cleanup_free_ char *word = next_word(&text);
	const char *spec = word ? startswith(word, "RESUME=") ? word + 7 : NULL : NULL;

	return spec ? add(at, spec) : 0;
}

static int kdump(struct place *at, const char *text)
{
	static const char *const types[] = {
		"raw", "ext2", "ext3", "ext4", "xfs", "btrfs"
	};
	const char *p = text;
	_cleanup_free_ char *first = next_word(&p);

	for (size_t i = 0; first && i < ELEMENTSOF(types); i++)
		if (streq(first, types[i]))
			return second_word(at, text);
	return 0;
}

/* devices=/dev/hda1,/dev/hdb1 */
static int array_word(const struct place *at, char *word)
{
	char *save = NULL;

	if (strncasecmp(word, "devices=", 8) != 0)
		return 0;
	for (char *w = strtok_r(word + 8, ",", &save); w; w = strtok_r(NULL, ",", &save))
		if (add(at, w) < 0)
			return -ENOMEM;
	return 0;
}

static int device_word(const struct place *at, const char *word)
{
	struct storage *s = at->s;

	if (!s->md_file && !(s->md_file = strdup(at->file)))
		return -ENOMEM;
	return s->md_devices.n < STORAGE_REFS_MAX ? strv_add(&s->md_devices, word) : 0;
}

static int mdadm(struct place *at, const char *text)
{
	bool goes_on = text[0] == ' ' || text[0] == '\t';
	char *word;
	int k = 0;

	if (!goes_on)
		at->keyword = 0;
	for (bool first = !goes_on; k >= 0 && (word = next_word(&text)); first = false) {
		if (first && strlen(word) >= 3)
			at->keyword = !strncasecmp(word, "device", strlen(word))  ? 'D'
				      : !strncasecmp(word, "array", strlen(word)) ? 'A'
										  : 0;
		else if (at->keyword == 'D')
			k = device_word(at, word);
		else if (at->keyword == 'A')
			k = array_word(at, word);
		free(word);
	}
	return k;
}

static const struct {
	const char *path;
	int (*line)(struct place *at, const char *text);
} files[] = {
	{ "/etc/crypttab", second_word },
	{ "/etc/initramfs-tools/conf.d/resume", resume },
	{ "/etc/kdump.conf", kdump },
	{ "/etc/mdadm.conf", mdadm },
	{ "/etc/mdadm/mdadm.conf", mdadm },
};

int storage_refs_files(struct storage *s, const struct root *r, struct err *e)
{
	for (size_t f = 0; f < ELEMENTSOF(files); f++) {
		struct place at = { .s = s, .file = files[f].path };
		_cleanup_lines_ struct lines l = { 0 };
		_cleanup_free_ char *text = NULL;
		size_t len = 0;

		if (root_read(r, files[f].path, FILE_MAX, &text, &len, NULL) < 0 ||
		    lines_parse(&l, text, len, files[f].path, NULL) < 0)
			continue;
		for (at.line = 0; at.line < l.n; at.line++)
			if (files[f].line(&at, l.v[at.line].text) < 0)
				return err_nomem(e);
	}
	return 0;
}

bool storage_md_takes(const struct storage *s, const char *device)
{
	for (size_t i = 0; i < s->md_devices.n; i++) {
		const char *word = s->md_devices.v[i];

		if (!strcasecmp(word, "partitions") || fnmatch(word, device, 0) == 0)
			return true;
	}
	return !s->md_devices.n;
}

bool storage_is_bus_name(const char *spec)
{
	static const char *const prefixes[] = {
		"/dev/disk/by-path/",	"/dev/disk/by-id/ata-", "/dev/disk/by-id/scsi-",
		"/dev/disk/by-id/wwn-", "/dev/disk/by-id/edd-", "/dev/mapper/mpath"
	};

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (startswith(spec, prefixes[i]))
			return true;
	return false;
}
