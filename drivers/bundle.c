/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "drivers/bundle_parts.h"
#include "guest/modtree.h"
#include "lib/at.h"
#include "lib/digest.h"
#include "lib/stream.h"

/* Each is an open file; what the process may open is for the command to see to. */
#define MODULES_MAX 4096
#define BYTES_MAX   (512u * 1024 * 1024)

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

int bundle_refuse(const struct bundle *b, struct bundle_module *m, const char *why,
		  struct err *e)
{
	if (m->refused)
		return 0;
	m->refused = strf("%s/%s: %s", b->path, m->path, why);
	return m->refused ? 0 : err_nomem(e);
}

int bundle_memory(struct bundle *b, const char *path, uint64_t size, struct err *e)
{
	int fd;

	b->bytes += size;
	if (size > MODULE_MAX || b->bytes > BYTES_MAX)
		return err_set(e, EFBIG, "%s: %s is larger than any module may be",
			       b->path, path);
	fd = scratch_file();
	return fd < 0 ? err_errno(e, fd, "%s: memory for %s", b->path, path) : fd;
}

int bundle_seal(int fd)
{
	/* Not the time of now: the same bundle gives the same image. */
	const struct timespec times[2] = { 0 };

	return at_set_times(fd, times) < 0 ? -errno : scratch_seal(fd);
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
		return bundle_refuse(b, m,
				     "is compressed, which not every guest can load", e);
	/* Of a folder's the digest is known: it was compared with the one listed. */
	k = *m->sha256 ? 0 : digest_fd(m->fd, m->sha256, &m->size);
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
	return bundle_refuse(b, m, reason, e);
}

static int examine_all(struct bundle *b, struct err *e)
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

static int read_bundle(struct bundle *b, const struct policy *p, struct err *e)
{
	int k = b->is_rpm ? bundle_read_rpm(b, p, e) : bundle_read_folder(b, p, e);

	return k < 0 ? k : examine_all(b, e);
}

int bundle_open(const char *path, const struct policy *p, struct bundle **ret,
		struct err *e)
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
	k = read_bundle(b, p, e);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(b);
	return 0;
}
