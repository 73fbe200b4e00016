/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both readers of RPMs as bundles, librpm and our own, have in common. */
#include <fcntl.h>
#include <string.h>

#include "drivers/bundle_parts.h"
#include "guest/modtree.h"
#include "lib/atomic.h"
#include "lib/stream.h"

/* Enough for any kmod package. */
#define PACKAGE_MAX (512 * 1024 * 1024)

int bundle_copy_rpm(const struct bundle *b, struct err *e)
{
	_cleanup_close_ int from = open(b->path, O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	struct stat st;
	int k;

	if (from < 0 || fstat(from, &st) < 0)
		return err_errno(e, errno, "%s", b->path);
	if (st.st_size > PACKAGE_MAX)
		return err_set(e, EFBIG, "%s: is larger than any kmod package may be",
			       b->path);
	fd = scratch_file();
	k = fd < 0 ? fd : atomic_copy(from, fd);
	if (k == 0)
		k = bundle_seal(fd);
	return k < 0 ? err_errno(e, k, "%s: cannot copy it", b->path) : TAKE_FD(fd);
}

static bool leaves_tree(const char *path)
{
	for (const char *p = path; *p;) {
		size_t n = strcspn(p, "/");

		if (n == 2 && !strncmp(p, "..", 2))
			return true;
		p += n + (p[n] == '/');
	}
	return false;
}

/* A kmod package has its modules in lib/modules/K/extra/ and nowhere else. */
static bool is_stray_module(const char *path)
{
	static const char head[] = "lib/modules/";
	_cleanup_free_ char *name = module_name(path_base(path));

	if (!name)
		return false;
	if (!startswith(path, head))
		return true;
	path += strlen(head);
	return !startswith(path + strcspn(path, "/"), "/extra/");
}

int bundle_judge_path(const struct bundle *b, const char **path, bool folder,
		      struct err *e)
{
	const char *p = *path;

	while (*p == '/' || (p[0] == '.' && p[1] == '/'))
		p++;
	if (leaves_tree(p))
		return err_set(e, EINVAL, "%s: holds the path %s, which leaves its tree",
			       b->path, p);
	if (folder)
		return 0;
	if (is_stray_module(p))
		return err_set(e, EINVAL,
			       "%s: holds the module %s, outside lib/modules/*/extra/",
			       b->path, p);
	*path = p;
	return bundle_wants(p);
}

int bundle_take(struct bundle *b, const char *path, int fd, struct err *e)
{
	int k = bundle_add(b, path, fd, e);

	if (k <= 0)
		return k;
	if (fd < 0)
		return bundle_refuse(b, &b->v[b->n - 1], "is a link, or no regular file",
				     e);
	k = bundle_seal(fd);
	return k < 0 ? err_errno(e, k, "%s: memory for %s", b->path, path) : 1;
}

int bundle_rpm_keys(const struct bundle *b, const struct policy *p, bool is_signed,
		    struct keys *ret, struct err *e)
{
	if (!is_signed && p->signature == SIGNATURE_REQUIRED)
		return err_set(e, EINVAL, "%s: is not signed, which %s asks for", b->path,
			       p->file);
	if (!is_signed || p->signature == SIGNATURE_UNASKED)
		return 0;
	return keys_read(p->keys, ret, e) < 0
		       ? err_context(e, "%s: its signature cannot be checked", b->path)
		       : 1;
}
