/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "drivers/bundle_parts.h"
#include "guest/modtree.h"
#include "lib/digest.h"

#define SUMS	 "SHA256SUMS"
#define SUMS_MAX (1024 * 1024)
/* Each is an open file. */
#define MODULES_MAX 4096

/* The modules of the field, in load order; '_' is taken for '-'. */
static const char *const driver_names[XENDRV_COUNT] = {
	[XENDRV_PLATFORM] = "xen_platform_pci",
	[XENDRV_BALLOON] = "xen_balloon",
	[XENDRV_VBD] = "xen_vbd",
	[XENDRV_VNIF] = "xen_vnif",
};

void bundle_free(struct bundle *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++) {
		struct bundle_module *m = &b->v[i];

		free(m->file);
		free(m->path);
		free(m->kernel);
		free(m->release);
		if (m->fd >= 0)
			close(m->fd);
		modinfo_free(m->info);
		free(m->refused);
	}
	free(b->v);
	free(b->path);
	free(b->nevra);
	free(b->signature);
	free(b);
}

void bundles_done(struct bundles *b)
{
	for (size_t i = 0; i < b->n; i++)
		bundle_free(b->v[i]);
	free(b->v);
	*b = (struct bundles){ 0 };
}

/* lib/modules/K/extra/xenpv/R/FILE, and nothing else. */
static bool split_path(const char *path, char **kernel, char **release, char **file)
{
	static const char head[] = "lib/modules/";
	static const char middle[] = "extra/xenpv/";
	const char *k = path + strlen(head);
	const char *r;
	const char *f;
	size_t nk;
	size_t nr;

	if (!startswith(path, head))
		return false;
	nk = strcspn(k, "/");
	if (!nk || k[nk] != '/' || !startswith(k + nk + 1, middle))
		return false;
	r = k + nk + 1 + strlen(middle);
	nr = strcspn(r, "/");
	f = r + nr + 1;
	if (!nr || r[nr] != '/' || !*f || strchr(f, '/'))
		return false;
	*kernel = strndup(k, nk);
	*release = strndup(r, nr);
	*file = strdup(f);
	return *kernel && *release && *file;
}

static bool plain(const char *component)
{
	return !streq(component, ".") && !streq(component, "..");
}

static int driver_of(const char *file)
{
	_cleanup_free_ char *name = module_name(file);

	for (int i = 0; name && i < XENDRV_COUNT; i++)
		if (streq(name, driver_names[i]))
			return i;
	return -1;
}

bool bundle_wants(const char *path)
{
	_cleanup_free_ char *kernel = NULL;
	_cleanup_free_ char *release = NULL;
	_cleanup_free_ char *file = NULL;

	return split_path(path, &kernel, &release, &file) && driver_of(file) >= 0 &&
	       plain(kernel) && plain(release);
}

int bundle_add(struct bundle *b, const char *path, int fd, struct err *e)
{
	_cleanup_close_ int owned = fd;
	_cleanup_free_ char *kernel = NULL;
	_cleanup_free_ char *release = NULL;
	_cleanup_free_ char *file = NULL;
	struct bundle_module *m;
	int driver;

	if (!split_path(path, &kernel, &release, &file))
		return 0;
	driver = driver_of(file);
	if (driver < 0 || !plain(kernel) || !plain(release))
		return 0;
	if (b->n >= MODULES_MAX)
		return err_set(e, E2BIG, "%s: holds more than %d modules", b->path,
			       MODULES_MAX);
	if (vec_grow(&b->v, b->n, sizeof(*b->v)) < 0)
		return err_nomem(e);
	m = &b->v[b->n];
	m->fd = -1;
	b->n++;
	m->path = strdup(path);
	m->kernel = TAKE_PTR(kernel);
	m->release = TAKE_PTR(release);
	m->file = TAKE_PTR(file);
	m->driver = (enum xendrv)driver;
	m->fd = TAKE_FD(owned);
	return m->path ? 1 : err_nomem(e);
}

static int refuse(const struct bundle *b, struct bundle_module *m, const char *why,
		  struct err *e)
{
	if (m->refused)
		return 0;
	m->refused = strf("%s/%s: %s", b->path, m->path, why);
	return m->refused ? 0 : err_nomem(e);
}

int bundle_refuse(struct bundle *b, const char *why, struct err *e)
{
	return refuse(b, &b->v[b->n - 1], why, e);
}

/* Why a module whose content is sound is not for use; NULL: it is. The caller frees. */
static char *misfit(const struct bundle_module *m)
{
	const struct modinfo *info = m->info;

	if (info->arch != ARCH_I386 && info->arch != ARCH_X86_64)
		return strf("is for another architecture than i686 and x86_64");
	if (!info->vermagic && endswith(m->file, ".ko"))
		return strf("does not say which kernel it was built for");
	if (info->vermagic && !vermagic_is_for(info->vermagic, m->kernel))
		return strf("was built for %.*s, not for %s",
			    (int)strcspn(info->vermagic, " "), info->vermagic, m->kernel);
	return NULL;
}

static int examine(const struct bundle *b, struct bundle_module *m, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *label = strf("%s/%s", b->path, m->path);
	_cleanup_free_ char *reason = NULL;
	int k;

	if (!label)
		return err_nomem(e);
	if (m->refused)
		return 0;
	if (!endswith(m->file, ".ko") && !endswith(m->file, ".o"))
		return refuse(b, m, "is compressed, which not every guest can load", e);
	k = digest_fd(m->fd, m->sha256, &m->size);
	if (k < 0)
		return err_errno(e, k, "%s", label);
	k = modinfo_read(m->fd, label, &m->info, &why);
	if (k == -ENOMEM)
		return err_nomem(e);
	if (k < 0) {
		m->refused = strdup(err_text(&why)); /* it names the file */
		return m->refused ? 0 : err_nomem(e);
	}
	reason = misfit(m);
	if (!reason)
		return 0;
	modinfo_free(TAKE_PTR(m->info));
	return refuse(b, m, reason, e);
}

int bundle_examine(struct bundle *b, struct err *e)
{
	for (size_t i = 0; i < b->n; i++) {
		int k = examine(b, &b->v[i], e);

		if (k < 0)
			return k;
	}
	if (!b->n)
		return err_set(
			e, ENOENT,
			"%s: holds no lib/modules/KERNEL/extra/xenpv/RELEASE/xen-*",
			b->path);
	return 0;
}

/*
 * One line of sha256sum: 64 digits, a space, ' ' or '*', the name. Returns the name's
 * start,
 * "./" left out, and its length; NULL for any other line.
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

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The line of SHA256SUMS for a path; NULL when it does not list it. */
static const char *sums_line(const char *sums, const char *path)
{
	size_t len = strlen(path);
	size_t n;

	for (const char *p = sums; *p; p = next_line(p)) {
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

	for (const char *p = sums; *p; p = next_line(p)) {
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
			k = bundle_refuse(b, "is listed in " SUMS " and is not there", e);
		if (k < 0)
			return k;
	}
	return 0;
}

static int check_sums(const struct root *r, struct bundle *b, struct err *e)
{
	_cleanup_free_ char *sums = NULL;
	int k = root_read(r, SUMS, SUMS_MAX, &sums, NULL, e);

	if (k < 0)
		return err_context(e, "%s: the bundle cannot be checked", b->path);
	for (size_t i = 0; i < b->n; i++) {
		struct bundle_module *m = &b->v[i];
		const char *line = sums_line(sums, m->path);

		if (m->refused)
			continue;
		k = digest_fd(m->fd, m->sha256, &m->size);
		if (k < 0)
			return err_errno(e, k, "%s/%s", b->path, m->path);
		if (!line)
			k = refuse(b, m, "is not listed in " SUMS, e);
		else if (strncasecmp(line, m->sha256, 64) != 0)
			k = refuse(b, m, "does not match its checksum in " SUMS, e);
		if (k < 0)
			return k;
	}
	return find_missing(b, sums, e);
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
		_cleanup_err_ struct err why = ERR_INIT;
		int fd;

		if (!path)
			return err_nomem(e);
		if (driver_of(files.v[i]) < 0)
			continue;
		fd = root_open_file(r, path, NULL, &why);
		if (fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE)
			return err_set(e, fd, "%s", err_text(&why));
		k = bundle_add(b, path, fd, e);
		if (k > 0 && fd < 0) /* the sentence names it */
			b->v[b->n - 1].refused = strdup(err_text(&why));
		if (k > 0 && fd < 0 && !b->v[b->n - 1].refused)
			k = err_nomem(e);
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

static int read_folder(struct bundle *b, struct err *e)
{
	_cleanup_root_ struct root *r = NULL;
	_cleanup_strv_ struct strv kernels = { 0 };
	int k = root_new(&r, b->path, e);

	if (k >= 0)
		k = list(r, "lib/modules", &kernels, e);
	for (size_t i = 0; k >= 0 && i < kernels.n; i++)
		k = read_kernel(r, b, kernels.v[i], e);
	if (k >= 0 && b->n)
		k = check_sums(r, b, e);
	return k;
}

int bundle_open(const char *path, struct bundle **ret, struct err *e)
{
	_cleanup_(bundle_freep) struct bundle *b = calloc(1, sizeof(*b));
	struct stat st;
	int k;

	if (!b)
		return err_nomem(e);
	b->path = strdup(path);
	if (!b->path)
		return err_nomem(e);
	if (stat(path, &st) < 0)
		return err_errno(e, errno, "%s", path);
	b->is_rpm = S_ISREG(st.st_mode);
	if (!b->is_rpm && !S_ISDIR(st.st_mode))
		return err_set(e, EINVAL, "%s: is neither a folder nor an RPM", path);
	k = b->is_rpm ? bundle_read_rpm(b, e) : read_folder(b, e);
	if (k >= 0)
		k = bundle_examine(b, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(b);
	return 0;
}
