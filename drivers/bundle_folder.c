/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder as a bundle. Only names are taken from it before the signature over SHA256SUMS
 * is checked, and a module is used only after its checksum was; what is used then is the
 * copy that was checked.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/bundle_parts.h"
#include "drivers/signature.h"
#include "lib/atomic.h"
#include "lib/digest.h"

#define SUMS	 "SHA256SUMS"
#define SUMS_MAX (1024 * 1024)
#define SIG_MAX	 (64 * 1024)

/*
 * One line of sha256sum: 64 digits, a space, ' ' or '*', the name. Returns where the name
 * begins, "./" left out, and its length; NULL for any other line.
 */
static const char *sums_name(const char *line, size_t *ret_len)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t n = strcspn(line, "\n");
	const char *name = line + 66;

	if (n <= 66 || strspn(line, digits) != 64 || line[64] != ' ' ||
	    (line[65] != ' ' && line[65] != '*'))
		return NULL;
	if (name[0] == '.' && name[1] == '/')
		name += 2;
	*ret_len = (size_t)(line + n - name);
	return name;
}

/* The line of SHA256SUMS for a path; NULL when it does not list it. */
static const char *sums_line(const char *sums, const char *path)
{
	size_t len = strlen(path);
	size_t n;

	for (const char *p = sums; *p; p = line_next(p)) {
		const char *name = sums_name(p, &n);

		if (name && n == len && !memcmp(name, path, len))
			return p;
	}
	return NULL;
}

/* Modules that are listed and not there make an incomplete set: name them. */
static int find_missing(struct bundle *b, const char *sums, struct err *e)
{
	size_t n;

	for (const char *p = sums; *p; p = line_next(p)) {
		const char *name = sums_name(p, &n);
		_cleanup_free_ char *path = name ? strndup(name, n) : NULL;
		bool have = false;
		int k;

		if (name && !path)
			return err_nomem(e);
		if (!name || !bundle_wants(path))
			continue;
		for (size_t i = 0; i < b->n && !have; i++)
			have = streq(b->v[i].path, path);
		if (have)
			continue;
		k = bundle_add(b, path, -1, e);
		if (k > 0)
			k = bundle_refuse(b, &b->v[b->n - 1],
					  "is listed in " SUMS " and is not there", e);
		if (k < 0)
			return k;
	}
	return 0;
}

/* A file that may be there with a signature: it must be good, if that is asked for. */
static int check_signature(const struct root *r, struct bundle *b, const struct policy *p,
			   const char *file, const struct signed_file *sums,
			   struct strv *found, struct err *e)
{
	_cleanup_keys_ struct keys keys = { 0 };
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *words = NULL;
	size_t len;
	int k;

	if (p->signature == SIGNATURE_UNASKED)
		return root_is_file(r, file) &&
				       strv_addf(found, "%s: not checked", file) < 0
			       ? err_nomem(e)
			       : 0;
	k = root_read(r, file, SIG_MAX, &text, &len, e);
	if (k == -ENOENT) {
		err_done(e);
		return 0;
	}
	if (k < 0)
		return k;
	k = keys_read(p->keys, &keys, e);
	if (k < 0)
		return err_context(e, "%s/%s: cannot be checked", b->path, file);
	k = signature_check(text, len, sums, &keys, &words, e);
	if (k < 0)
		return err_context(e, "%s/%s", b->path, file);
	return strv_addf(found, "%s: %s: OK", file, words) < 0 ? err_nomem(e) : 0;
}

static int check_signatures(const struct root *r, struct bundle *b,
			    const struct policy *p, const struct signed_file *sums,
			    struct err *e)
{
	static const char *const files[] = { SUMS ".asc", SUMS ".sig" };
	_cleanup_strv_ struct strv found = { 0 };

	for (size_t i = 0; i < ELEMENTSOF(files); i++) {
		int k = check_signature(r, b, p, files[i], sums, &found, e);

		if (k < 0)
			return k;
	}
	if (!found.n && p->signature == SIGNATURE_REQUIRED)
		return err_set(e, EINVAL,
			       "%s: is not signed, which %s asks for: no %s, no %s",
			       b->path, p->file, files[0], files[1]);
	b->signature = found.n ? strv_join(&found, ", ") : strdup("not signed");
	return b->signature ? 0 : err_nomem(e);
}

/* The module as it is listed, into memory; or it is refused. */
static int take_module(const struct root *r, struct bundle *b, struct bundle_module *m,
		       const char *sums, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *data = NULL;
	const char *line = sums_line(sums, m->path);
	size_t len;
	int k;

	if (!line)
		return bundle_refuse(b, m, "is not listed in " SUMS, e);
	k = root_read(r, m->path, MODULE_MAX, &data, &len, &why);
	if (k == -ENOMEM || k == -EMFILE || k == -ENFILE)
		return err_set(e, k, "%s", err_text(&why));
	if (k < 0) {
		m->refused = strdup(err_text(&why)); /* it names the file */
		return m->refused ? 0 : err_nomem(e);
	}
	digest_buf(data, len, m->sha256);
	m->size = len;
	if (strncasecmp(line, m->sha256, 64) != 0)
		return bundle_refuse(b, m, "does not match its checksum in " SUMS, e);
	k = bundle_memory(b, m->path, len, e);
	if (k < 0)
		return k;
	m->fd = k;
	k = atomic_write(m->fd, data, len);
	if (k == 0)
		k = bundle_seal(m->fd);
	return k < 0 ? err_errno(e, k, "%s: memory for %s", b->path, m->path) : 0;
}

static int check_sums(const struct root *r, struct bundle *b, const struct policy *p,
		      struct err *e)
{
	_cleanup_free_ char *text = NULL;
	struct signed_file sums = { .name = SUMS };
	int k = root_read(r, SUMS, SUMS_MAX, &text, &sums.len, e);

	if (k < 0)
		return err_context(e, "%s: the bundle cannot be checked", b->path);
	sums.data = text;
	k = check_signatures(r, b, p, &sums, e);
	for (size_t i = 0; k == 0 && i < b->n; i++)
		k = take_module(r, b, &b->v[i], text, e);
	return k < 0 ? k : find_missing(b, text, e);
}

/* Names in a folder below dir; none when it is not there. */
static int list(const struct root *r, const char *dir, struct strv *names, struct err *e)
{
	int k = root_list(r, dir, names, e);

	if (k == -ENOENT || k == -ENOTDIR) {
		err_done(e);
		return 0;
	}
	return k;
}

static int read_release(const struct root *r, struct bundle *b, const char *dir,
			struct err *e)
{
	_cleanup_strv_ struct strv files = { 0 };
	int k = list(r, dir, &files, e);

	for (size_t i = 0; k >= 0 && i < files.n; i++) {
		_cleanup_free_ char *path = strf("%s/%s", dir, files.v[i]);

		k = path ? bundle_add(b, path, -1, e) : err_nomem(e);
	}
	return k < 0 ? k : 0;
}

static int read_kernel(const struct root *r, struct bundle *b, const char *kernel,
		       struct err *e)
{
	_cleanup_free_ char *dir = strf("lib/modules/%s/extra/xenpv", kernel);
	_cleanup_strv_ struct strv releases = { 0 };
	int k;

	if (!dir)
		return err_nomem(e);
	k = list(r, dir, &releases, e);
	for (size_t i = 0; k >= 0 && i < releases.n; i++) {
		_cleanup_free_ char *sub = strf("%s/%s", dir, releases.v[i]);

		k = sub ? read_release(r, b, sub, e) : err_nomem(e);
	}
	return k;
}

int bundle_read_folder(struct bundle *b, const struct policy *p, struct err *e)
{
	_cleanup_root_ struct root *r = NULL;
	_cleanup_strv_ struct strv kernels = { 0 };
	int k = root_new(&r, b->path, e);

	if (k >= 0)
		k = list(r, "lib/modules", &kernels, e);
	for (size_t i = 0; k >= 0 && i < kernels.n; i++)
		k = read_kernel(r, b, kernels.v[i], e);
	if (k >= 0 && b->n)
		k = check_sums(r, b, p, e);
	return k;
}
