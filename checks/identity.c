/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "checks/identity.h"
#include "lib/strv.h"

static bool is_disk_prefix(const char *name, size_t *ret)
{
	static const char *const prefixes[] = { "xvd", "hd", "sd", "vd" };

	for (size_t i = 0; i < ELEMENTSOF(prefixes); i++)
		if (startswith(name, prefixes[i])) {
			*ret = strlen(prefixes[i]);
			return true;
		}
	return false;
}

/* hdb, sdb and xvdb are in the same place. */
static bool same_place(const char *a, const char *b)
{
	size_t x;
	size_t y;

	return is_disk_prefix(a, &x) && is_disk_prefix(b, &y) && streq(a + x, b + y);
}

static bool renamed(const struct inventory *inv, const char *before, const char *after)
{
	_cleanup_free_ char *pair = strf("%s=%s", before, after);

	return inv && pair && strv_has(&inv->renames, pair);
}

/*
 * Of these libblkid's UUID is the whole's, which all its parts have, and UUID_SUB the
 * part's own. md's superblock 0.90 and the RAIDs of firmware have no such.
 */
static bool is_part(const struct dev_fs *fs)
{
	static const char *const types[] = { "btrfs", "zfs_member", "bcachefs" };

	for (size_t i = 0; i < ELEMENTSOF(types); i++)
		if (streq(fs->type, types[i]))
			return true;
	return fs->type && endswith(fs->type, "_raid_member");
}

/* What no other device has; NULL where that is not known. */
static const char *own_id(const struct dev_fs *fs)
{
	return is_part(fs) ? fs->uuid_sub : fs->uuid;
}

static bool share_fs(const struct device *a, const struct device *b, const char **uuid)
{
	for (size_t i = 0; i < a->n_fs; i++)
		for (size_t j = 0; own_id(&a->fs[i]) && j < b->n_fs; j++)
			if (streq(own_id(&a->fs[i]), own_id(&b->fs[j]))) {
				*uuid = own_id(&a->fs[i]);
				return true;
			}
	return false;
}

static bool knows_fs(const struct device *d)
{
	for (size_t i = 0; i < d->n_fs; i++)
		if (own_id(&d->fs[i]))
			return true;
	return false;
}

static bool knows_part(const struct device *d)
{
	for (size_t i = 0; i < d->n_fs; i++)
		if (is_part(&d->fs[i]) && own_id(&d->fs[i]))
			return true;
	return false;
}

static bool has_part_of(const struct device *d, const char *whole)
{
	for (size_t i = 0; i < d->n_fs; i++)
		if (is_part(&d->fs[i]) && streq(d->fs[i].uuid, whole))
			return true;
	return false;
}

/*
 * Parts of one whole, of which there was no other before: what an inventory has of it
 * that was recorded when nobody asked for a part's own.
 */
static bool share_whole(const struct inventory *inv, const struct device *a,
			const struct device *b, const char **uuid)
{
	const struct devices *then = inv ? inv->devices : NULL;

	for (size_t i = 0; then && a->size && a->size == b->size && i < a->n_fs; i++) {
		const char *whole = a->fs[i].uuid;
		size_t n = 0;

		if (!whole || !is_part(&a->fs[i]) || !has_part_of(b, whole))
			continue;
		for (size_t k = 0; k < then->n; k++)
			n += has_part_of(&then->v[k], whole);
		if (n == 1) {
			*uuid = whole;
			return true;
		}
	}
	return false;
}

enum identity disk_identity(const struct inventory *inv, const struct device *before,
			    const struct device *now, const char **what)
{
	bool tables = before->ptuuid && now->ptuuid;

	/* Another table is another disk, though a copy of the file system be on it. */
	if (tables && !streq(before->ptuuid, now->ptuuid))
		return ID_NONE;
	if (share_fs(before, now, what))
		return ID_FS;
	/* A mirror is often made with its other half's table, identity and all. */
	if (knows_part(before) && knows_part(now))
		return ID_NONE;
	if (tables) {
		*what = before->ptuuid;
		return ID_TABLE;
	}
	if (share_whole(inv, before, now, what))
		return ID_FS;
	/* Identities that are known and differ: another disk, whatever it is called. */
	if ((knows_fs(before) && knows_fs(now)) ||
	    (before->size && now->size && before->size != now->size))
		return ID_NONE;
	if (streq(before->name, now->name) || same_place(before->name, now->name) ||
	    renamed(inv, before->name, now->name)) {
		*what = now->name;
		return ID_PLACE;
	}
	return ID_NONE;
}

char *identity_text(enum identity id, const char *what)
{
	static const char *const names[] = {
		[ID_FS] = "UUID ",
		[ID_TABLE] = "partition table ",
		[ID_PLACE] = "position ",
	};

	return strf("%s%s", names[id], what);
}
