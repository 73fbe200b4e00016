/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Boot Loader Specification entries, and the symbolic links vmlinuz and initrd.img. */
#include <stdlib.h>
#include <string.h>

#include "guest/bootcfg_parts.h"
#include "guest/version.h"

#define ENTRIES	  "/boot/loader/entries"
#define ENTRY_MAX (64u * 1024) /* a dozen lines */

static int add_line(struct boot_entry *x, size_t line)
{
	if (x->kernel_line < 0) {
		x->kernel_line = (long)line;
		return 0;
	}
	if (vec_grow(&x->more_lines, x->n_more, sizeof(*x->more_lines)) < 0)
		return -ENOMEM;
	x->more_lines[x->n_more++] = line;
	return 0;
}

/* "options": each line of them adds. */
static int add_options(struct boot_entry *x, const char *v, const char *kernelopts)
{
	bool indirect = startswith(v, "$kernelopts");
	char *args = strf("%s%s%s%s", x->args, x->args[0] ? " " : "",
			  indirect ? kernelopts : "",
			  indirect ? v + strlen("$kernelopts") : v);

	free(x->args);
	x->args = args;
	return args ? 0 : -ENOMEM;
}

static int parse_linux(struct boot_entry *x, const char *v)
{
	_cleanup_free_ char *args = TAKE_PTR(x->args);
	_cleanup_free_ char *release = TAKE_PTR(x->release);
	int k = boot_entry_kernel(x, "/boot", v);

	free(x->args);
	x->args = TAKE_PTR(args);
	/* A kernel that is just called "linux" has its release in "version". */
	if (!x->release)
		x->release = TAKE_PTR(release);
	return k;
}

static int parse_line(struct boot_entry *x, const char *text, const char *kernelopts,
		      size_t line)
{
	size_t n = strcspn(text, " \t");
	const char *v = text + n + strspn(text + n, " \t");
	_cleanup_free_ char *key = strndup(text, n);

	if (!key)
		return -ENOMEM;
	if (streq(key, "title"))
		return str_set(&x->title, v);
	if (streq(key, "version"))
		return x->release ? 0 : str_set(&x->release, v);
	if (streq(key, "linux"))
		return parse_linux(x, v);
	if (streq(key, "initrd"))
		return boot_entry_initrd(x, "/boot", v);
	if (streq(key, "options"))
		return add_line(x, line) < 0 ? -ENOMEM : add_options(x, v, kernelopts);
	return 0;
}

int bootcfg_parse_bls(struct bootcfg *b, const char *path, const char *text, size_t len,
		      const char *kernelopts, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	struct boot_entry *x;
	int k = lines_parse(&l, text, len, path, e);

	if (k < 0)
		return k;
	if (b->n >= BOOT_ENTRIES_MAX)
		return boot_entries_error(path, e);
	x = boot_entry_add(b, path);
	if (!x)
		return err_nomem(e);
	for (size_t i = 0; i < l.n; i++)
		if (parse_line(x, l.v[i].text, kernelopts, i) < 0)
			return err_nomem(e);
	return 0;
}

static int read_entry(const struct root *r, struct bootcfg *b, const char *name,
		      const char *kernelopts, struct err *e)
{
	_cleanup_free_ char *path = strf(ENTRIES "/%s", name);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k;

	if (!path)
		return err_nomem(e);
	k = root_read(r, path, ENTRY_MAX, &text, &len, e);
	return k < 0 ? k : bootcfg_parse_bls(b, path, text, len, kernelopts, e);
}

/* Newest first, as GRUB lists them. */
static int newer(const void *a, const void *b)
{
	return version_cmp(*(char *const *)b, *(char *const *)a);
}

static void mark_default(struct bootcfg *b, const char *saved)
{
	char *end = NULL;
	unsigned long n = saved ? strtoul(saved, &end, 10) : 0;
	bool number = !saved || !*saved || (end && !*end);

	for (size_t i = 0; i < b->n; i++) {
		_cleanup_free_ char *id = strdup(path_base(b->entries[i].file));

		if (id && endswith(id, ".conf"))
			id[strlen(id) - strlen(".conf")] = '\0';
		b->entries[i].is_default =
			number ? i == n
			       : streq(id, saved) || streq(b->entries[i].title, saved);
		if (b->entries[i].is_default)
			return;
	}
	if (b->n)
		b->entries[0].is_default = true;
}

int bootcfg_read_bls(const struct root *r, struct bootcfg *b, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *kernelopts = NULL;
	_cleanup_free_ char *saved = NULL;
	int k = root_list(r, ENTRIES, &names, e);

	if (k == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (k < 0)
		return k;
	if (names.n > 1)
		qsort(names.v, names.n, sizeof(*names.v), newer);
	kernelopts = grubenv_get(r, "kernelopts");
	for (size_t i = 0; i < names.n; i++) {
		if (!endswith(names.v[i], ".conf"))
			continue;
		k = read_entry(r, b, names.v[i], kernelopts ?: "", e);
		if (k < 0)
			return k;
	}
	if (!b->n)
		return 0;
	b->loader = BOOT_BLS;
	b->path = strdup(ENTRIES);
	if (!b->path)
		return err_nomem(e);
	saved = grubenv_get(r, "saved_entry");
	mark_default(b, saved);
	return 1;
}

int bootcfg_read_links(const struct root *r, struct bootcfg *b, struct err *e)
{
	static const char *const links[] = { "/vmlinuz", "/boot/vmlinuz" };
	static const char *const initrds[] = { "/initrd.img", "/boot/initrd.img",
					       "/boot/initrd" };

	for (size_t i = 0; i < ELEMENTSOF(links); i++) {
		_cleanup_free_ char *kernel = NULL;
		_cleanup_free_ char *initrd = NULL;
		struct boot_entry *x;

		if (!root_is_file(r, links[i]) ||
		    root_realpath(r, links[i], false, &kernel, NULL) < 0)
			continue;
		x = boot_entry_add(b, links[i]);
		if (!x)
			return err_nomem(e);
		x->kernel = TAKE_PTR(kernel);
		x->release = boot_release_of(x->kernel);
		x->is_default = true;
		for (size_t j = i; j < ELEMENTSOF(initrds) && !x->initrd; j++)
			if (root_is_file(r, initrds[j]) &&
			    root_realpath(r, initrds[j], false, &initrd, NULL) == 0)
				x->initrd = TAKE_PTR(initrd);
		b->loader = BOOT_LINKS;
		b->path = strdup(links[i]);
		return b->path ? 1 : err_nomem(e);
	}
	return 0;
}
