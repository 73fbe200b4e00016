/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy bundled drivers to where a kmod package puts them. Compatible ones are
 * copied, too: the guest's mkinitrd does not find links.
 */
#include <inttypes.h>
#include <string.h>

#include "installer/plan.h"
#include "lib/atomic.h"
#include "lib/digest.h"

static int copy_module(void *arg, int fd, struct err *e)
{
	const struct bundle_module *m = arg;
	int k = atomic_copy(m->fd, fd);

	return k < 0 ? err_errno(e, k, "%s: cannot copy it", m->path) : 0;
}

static int check_module(void *arg, int fd, struct err *e)
{
	const struct bundle_module *m = arg;
	char hex[DIGEST_HEX];
	int k = digest_fd(fd, hex, NULL);

	if (k < 0)
		return err_errno(e, k, "%s: cannot read its copy", m->path);
	if (!streq(hex, m->sha256))
		return err_set(e, EBADMSG, "%s: its copy has another checksum", m->path);
	return 0;
}

/* A module of the kernel's own, whose owner and label a new one gets; NULL: none. */
static const char *neighbour(const struct kernel *k)
{
	for (size_t i = 0; k->mods && i < k->mods->n; i++)
		if (k->mods->files[i].area == MODAREA_KERNEL &&
		    !k->mods->files[i].is_link)
			return k->mods->files[i].path;
	return NULL;
}

/* What is at the path today: 1 this very module, 0 nothing or another (digest in hex). */
static int same_already(const struct root *r, const char *path,
			const struct bundle_module *m, char hex[DIGEST_HEX],
			struct err *e)
{
	_cleanup_close_ int fd = root_open_file(r, path, NULL, e);
	int k;

	hex[0] = '\0';
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	k = digest_fd(fd, hex, NULL);
	if (k < 0)
		return err_errno(e, k, "%s", path);
	return streq(hex, m->sha256);
}

static char *describe(const struct choice *c, const struct bundle_module *m)
{
	if (c->kind == CHOICE_COMPATIBLE)
		return strf("%" PRIu64 " KiB, built for %s; its symbol versions fit",
			    (m->size + 1023) / 1024, m->kernel);
	return strf("%" PRIu64 " KiB, built for this kernel", (m->size + 1023) / 1024);
}

static int plan_module(struct planning *p, const struct choice *c, const char *path,
		       const struct bundle_module *m, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(path);
	_cleanup_free_ char *real = NULL;
	const char *like = neighbour(c->kernel);
	/* The interface has no const; copy_module() and check_module() only read. */
	union {
		const struct bundle_module *m;
		void *arg;
	} u = { m };
	char hex[DIGEST_HEX];
	struct op *op;
	int k = dir ? plan_resolve(p, path, &real, e) : err_nomem(e);

	if (k == 0)
		k = same_already(p->root, real, m, hex, e);
	if (k != 0)
		return k < 0 ? k : 0;
	k = plan_mkdirs(p, dir, e);
	op = k < 0 ? NULL : plan_op(p->plan, OP_WRITE, "copy-module", real);
	if (!op)
		return k < 0 ? k : err_nomem(e);
	op->produce = copy_module;
	op->check = check_module;
	op->arg = u.arg;
	op->bytes = m->size;
	op->mode = 0644;
	op->exists = hex[0] != '\0';
	memcpy(op->old_digest, hex, sizeof(hex));
	op->detail = describe(c, m);
	op->like = like ? strdup(like) : NULL;
	return op->detail && (op->like || !like) ? 0 : err_nomem(e);
}

static int plan_kernel(struct planning *p, const struct choice *c, struct err *e)
{
	for (size_t d = 0; d < XENDRV_COUNT; d++) {
		const struct bundle_module *m = c->modules[d];
		_cleanup_free_ char *made = NULL;
		const char *path = c->paths[d];
		int k;

		if (!m)
			continue;
		if (!path)
			path = made = strf("/lib/modules/%s/extra/xenpv/%s/%s",
					   c->kernel->release, m->release, m->file);
		k = path ? plan_module(p, c, path, m, e) : err_nomem(e);
		if (k < 0)
			return k;
	}
	return 0;
}

int plan_modules(struct planning *p, struct err *e)
{
	for (size_t i = 0; i < p->choices->n; i++) {
		const struct choice *c = &p->choices->v[i];
		bool copied = c->kind == CHOICE_BUNDLE || c->kind == CHOICE_COMPATIBLE;
		int k = copied && p->selected[i] ? plan_kernel(p, c, e) : 0;

		if (k < 0)
			return k;
	}
	return 0;
}
