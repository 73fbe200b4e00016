/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/strv.h"
#include "tests/faults/scene.h"

#define IMAGES	"initrd* initramfs* *.efi"
#define CONFIGS "grub.c* menu.lst grubenv *.conf"

/* A tree by the side of the two that a file may be of. */
struct reading {
	const struct model *start, *installed, *now;
	char *neither;
	char *old_image;  /* as at the start */
	char *new_config; /* as installed */
};

static bool is_same(const struct model *a, size_t i, const struct model *b, size_t j)
{
	return j != NO_INODE && blob_same(a->v[i].data, b->v[j].data);
}

static void put(char **path, const char *dir, const char *name)
{
	if (!*path)
		*path = must(strf("%s/%s", dir, name));
}

/* The same name in the three trees; NO_INODE in the last: it is not there. */
static void read_file(struct reading *r, const char *dir, const char *name, size_t start,
		      size_t installed, size_t now)
{
	bool image = matches_any(IMAGES, name, 0);
	bool config = !image && matches_any(CONFIGS, name, 0);
	bool old, new;

	if ((!image && !config) || is_same(r->start, start, r->installed, installed))
		return;
	old = is_same(r->start, start, r->now, now);
	new = is_same(r->installed, installed, r->now, now);
	if (!old && !new)
		put(&r->neither, dir, name);
	if (image && !new)
		put(&r->old_image, dir, name);
	if (config && !old)
		put(&r->new_config, dir, name);
}

static void read_folder(struct reading *r, const char *path, size_t start,
			size_t installed, size_t now)
{
	const struct inode *dir = &r->start->v[start];

	for (size_t n = 0; n < dir->n; n++) {
		const char *name = dir->entries[n].name;
		size_t i = dir->entries[n].inode;
		size_t j = model_get(r->installed, installed, name);
		size_t k = now == NO_INODE ? now : model_get(r->now, now, name);

		if (j == NO_INODE)
			continue;
		if (S_ISDIR(r->start->v[i].type)) {
			_cleanup_free_ char *below = must(strf("%s/%s", path, name));

			read_folder(r, below, i, j, k);
		} else if (S_ISREG(r->start->v[i].type)) {
			read_file(r, path, name, i, j, k);
		}
	}
}

bool scene_is_loadable(const struct scene *s, const struct model *now, const char *at)
{
	struct reading r = { .start = s->start.tree,
			     .installed = s->installed.tree,
			     .now = now };
	size_t boot[] = { model_get(r.start, 0, "boot"),
			  model_get(r.installed, 0, "boot"), model_get(now, 0, "boot") };
	bool good = true;

	if (boot[0] != NO_INODE && boot[1] != NO_INODE)
		read_folder(&r, "/boot", boot[0], boot[1], boot[2]);
	if (r.neither)
		good = scene_complain(s, at, "a boot loader reads %s as it never was",
				      r.neither);
	if (r.old_image && r.new_config)
		good = scene_complain(s, at, "a boot loader reads %s without its %s",
				      r.new_config, r.old_image);
	free(r.neither);
	free(r.old_image);
	free(r.new_config);
	return good;
}

bool scene_boots(const struct scene *s, const char *at)
{
	_cleanup_model_ struct model *now = model_load(s->root);

	return scene_is_loadable(s, now, at);
}
