/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <blkid.h>

#include "guest/blkprobe.h"

DEFINE_CLEANUP(blkid_probe, blkid_free_probe)

void blkprobe_done(struct blkprobe *b)
{
	free(b->type);
	free(b->label);
	free(b->uuid);
	free(b->uuid_sub);
	free(b->ptuuid);
	*b = (struct blkprobe){ 0 };
}

static int value(blkid_probe pr, const char *name, char **ret)
{
	const char *s;

	if (blkid_probe_lookup_value(pr, name, &s, NULL) < 0 || !*s)
		return 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

int blkprobe_fd(int fd, struct blkprobe *b)
{
	_cleanup_(blkid_free_probep) blkid_probe pr = blkid_new_probe();
	struct blkprobe out = { 0 };
	int k;

	if (!pr)
		return -ENOMEM;
	errno = 0;
	if (blkid_probe_set_device(pr, fd, 0, 0) != 0)
		return errno ? -errno : -EIO;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID |
						      BLKID_SUBLKS_TYPE);
	blkid_probe_enable_partitions(pr, 1);
	/* The safe probe: two signatures at once are an answer that nobody should build
	 * on. */
	errno = 0;
	k = blkid_do_safeprobe(pr);
	if (k == -1)
		return errno ? -errno : -EIO;
	if (k != 0) {
		*b = out;
		return 0;
	}
	if (value(pr, "TYPE", &out.type) < 0 || value(pr, "LABEL", &out.label) < 0 ||
	    value(pr, "UUID", &out.uuid) < 0 ||
	    value(pr, "UUID_SUB", &out.uuid_sub) < 0 ||
	    value(pr, "PTUUID", &out.ptuuid) < 0) {
		blkprobe_done(&out);
		return -ENOMEM;
	}
	*b = out;
	return 0;
}
