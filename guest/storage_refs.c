/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include <libmount.h>

#include "guest/blockname.h"
#include "guest/storage_refs.h"

static inline void mnt_unref_tablep(struct libmnt_table **t)
{
	mnt_unref_table(*t);
}

bool storage_split_device(const char *spec, char **disk, unsigned int *part)
{
	_cleanup_free_ char *name = NULL;
	unsigned int len;
	unsigned int number;

	if (!startswith(spec, "/dev/"))
		return false;
	name = strdup(spec + 5);
	if (!name)
		return false;
	/* A folder is part of the kernel's name of some disks, with '!' for '/'. */
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '!';
	if (!blockname_split(name, &len, &number))
		return false;
	*disk = strndup(name, len);
	if (!*disk)
		return false;
	*part = number;
	return true;
}

bool storage_split_root(const char *spec, char **disk, unsigned int *part)
{
	size_t n = strspn(spec, "0123456789abcdefABCDEF");
	char *name = NULL;

	if (n < 3 || n > 4 || spec[n])
		return storage_split_device(spec, disk, part);
	if (blockname_of_number((unsigned int)strtoul(spec, NULL, 16), &name, part) < 0 ||
	    !name)
		return false;
	*disk = name;
	return true;
}

bool storage_names_device(const char *spec)
{
	static const char *const tags[] = { "LABEL=", "UUID=", "PARTUUID=", "PARTLABEL=",
					    "ID=" };

	if (startswith(spec, "/dev/"))
		return true;
	for (size_t i = 0; i < ELEMENTSOF(tags); i++)
		if (startswith(spec, tags[i]))
			return true;
	return false;
}

static int set(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -ENOMEM : 0;
}

struct devref *storage_add_ref(struct storage *s, enum devref_where where,
			       const char *file, long line, const char *spec)
{
	struct devref *r;

	if (vec_grow(&s->refs, s->n, sizeof(*s->refs)) < 0)
		return NULL;
	r = &s->refs[s->n++];
	r->where = where;
	r->line = line < 0 ? 0 : (size_t)line;
	if (set(&r->file, file) < 0 || set(&r->spec, spec) < 0)
		return NULL;
	if (where == DEVREF_BOOT_ROOT)
		storage_split_root(spec, &r->disk, &r->part);
	else
		storage_split_device(spec, &r->disk, &r->part);
	return r;
}

/* A tag's value may be quoted in fstab; nobody else quotes it: UUID="0a1b" is UUID=0a1b.
 */
static void unquote(char *spec)
{
	char *eq = strchr(spec, '=');
	char *end;

	if (!eq || *spec == '/' || (eq[1] != '"' && eq[1] != '\''))
		return;
	end = strchr(eq + 2, eq[1]);
	if (!end || end[1])
		return;
	*end = '\0';
	memmove(eq + 1, eq + 2, strlen(eq + 2) + 1);
}

/* libmount's complaints about a line: leave the line out, as mount does. */
static int ignore_line(struct libmnt_table *tb, const char *file, int line)
{
	return 1;
}

/*
 * libmount does not tell which line an entry came from, and who edits the file must
 * know: so each line is parsed as a table of its own.
 */
static int parse_line(const char *text, const char *name, struct libmnt_table **ret)
{
	_cleanup_(mnt_unref_tablep) struct libmnt_table *tb = mnt_new_table();
	_cleanup_fclose_ FILE *f = fmemopen((void *)text, strlen(text), "r");

	if (!tb || !f)
		return -ENOMEM;
	mnt_table_set_parser_errcb(tb, ignore_line);
	if (mnt_table_parse_stream(tb, f, name) < 0)
		return 0;
	*ret = TAKE_PTR(tb);
	return 0;
}

static int add_fstab_line(struct storage *s, const char *file, size_t line,
			  const char *text, const char *name)
{
	_cleanup_(mnt_unref_tablep) struct libmnt_table *tb = NULL;
	_cleanup_free_ char *spec = NULL;
	struct libmnt_fs *fs = NULL;
	const char *type;
	struct devref *r;

	if (parse_line(text, name, &tb) < 0)
		return -ENOMEM;
	if (!tb || mnt_table_first_fs(tb, &fs) != 0)
		return 0;
	type = mnt_fs_get_fstype(fs);
	if (set(&spec, mnt_fs_get_source(fs)) < 0)
		return -ENOMEM;
	if (!spec || !storage_names_device(spec))
		return 0;
	unquote(spec);
	r = storage_add_ref(s, DEVREF_FSTAB, file, (long)line, spec);
	if (!r)
		return -ENOMEM;
	if (set(&r->fstype, type) < 0)
		return -ENOMEM;
	return set(&r->mountpoint, streq(type, "swap") ? "swap" : mnt_fs_get_target(fs));
}

int storage_refs_fstab(struct storage *s, const char *file, const char *text, size_t len,
		       const char *name, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	int k = lines_parse(&l, text, len, name, e);

	if (k < 0)
		return k;
	for (size_t i = 0; i < l.n; i++) {
		const char *p = l.v[i].text + strspn(l.v[i].text, " \t\r");

		if (!*p || *p == '#')
			continue;
		if (s->n >= STORAGE_REFS_MAX)
			return err_set(e, EFBIG, "%s: has more than %d entries", name,
				       STORAGE_REFS_MAX);
		if (add_fstab_line(s, file, i, p, name) < 0)
			return err_nomem(e);
	}
	return 0;
}

static bool names_boot_device(enum devref_where where, const char *spec)
{
	_cleanup_free_ char *disk = NULL;
	unsigned int part;

	return storage_names_device(spec) ||
	       (where == DEVREF_BOOT_ROOT && storage_split_root(spec, &disk, &part));
}

int storage_refs_boot(struct storage *s, const struct bootcfg *boot, struct err *e)
{
	static const struct {
		const char *name;
		enum devref_where where;
	} args[] = { { "root", DEVREF_BOOT_ROOT }, { "resume", DEVREF_BOOT_RESUME } };

	for (size_t i = 0; boot && i < boot->n; i++) {
		const struct boot_entry *b = &boot->entries[i];

		for (size_t k = 0; b->args && k < ELEMENTSOF(args); k++) {
			_cleanup_free_ char *spec = bootargs_get(b->args, args[k].name);
			struct devref *r;

			if (!spec || !names_boot_device(args[k].where, spec))
				continue;
			r = storage_add_ref(s, args[k].where, b->file ?: boot->path ?: "", b->kernel_line,
				    spec);
			if (!r || set(&r->release, b->release) < 0)
				return err_nomem(e);
		}
	}
	return 0;
}

static int add_initrd(struct storage *s, const struct kernel *k, enum devref_where where,
		      const char *spec, long line)
{
	struct devref *r;

	if (!spec || !storage_names_device(spec))
		return 0;
	r = storage_add_ref(s, where, k->image->path ?: k->initrd ?: "", line, spec);
	return r && set(&r->release, k->release) == 0 ? 0 : -ENOMEM;
}

int storage_refs_initrds(struct storage *s, const struct kernels *k, struct err *e)
{
	for (size_t i = 0; k && i < k->n; i++) {
		const struct initrd *image = k->v[i].image;

		if (!image)
			continue;
		if (add_initrd(s, &k->v[i], DEVREF_INITRD_ROOT, image->root,
			       image->root_line) < 0 ||
		    add_initrd(s, &k->v[i], DEVREF_INITRD_RESUME, image->resume,
			       image->resume_line) < 0)
			return err_nomem(e);
	}
	return 0;
}

const struct devref *storage_mount(const struct storage *s, const char *mountpoint)
{
	const struct devref *found = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (s->refs[i].where == DEVREF_FSTAB &&
		    streq(s->refs[i].mountpoint, mountpoint))
			found = &s->refs[i];
	return found;
}
