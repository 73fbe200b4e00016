/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/settle.h"

enum turn tx_turn(const struct jop *op)
{
	if (!op->boot)
		return TURN_REST;
	return op->config ? TURN_CONFIG : TURN_IMAGES;
}

int tx_takes_turn(struct tx *tx, const struct jop *op, struct err *e)
{
	_cleanup_spot_ struct spot s = { 0 };
	int k;

	if (!op->boot)
		return 0;
	k = tx_spot(tx, op->path, &s, e);
	if (k == 0)
		tx->dirs[s.dir].loader = true;
	return k == -ENOENT ? 0 : k;
}

/* Whether a folder before this one is on its file system. */
static bool is_settled(const struct tx *tx, size_t i, dev_t dev)
{
	struct stat st;

	for (size_t n = 0; n < i; n++)
		if (tx->dirs[n].loader && fstat(tx->dirs[n].fd, &st) == 0 &&
		    st.st_dev == dev)
			return true;
	return false;
}

int tx_settle(struct tx *tx, struct err *e)
{
	int k = tx_sync(tx, e);

	for (size_t i = 0; k == 0 && tx->unsettled && i < tx->n_dirs; i++) {
		const struct txdir *d = &tx->dirs[i];
		_cleanup_free_ char *name = NULL;
		struct stat st;

		if (!d->loader)
			continue;
		k = fstat(d->fd, &st) < 0 ? -errno : 0;
		if (k == 0 && !is_settled(tx, i, st.st_dev))
			k = settle(d->fd);
		if (k == 0)
			continue;
		name = root_name(tx->r, d->path);
		err_errno(e, k, "%s: cannot sync its file system", name ?: d->path);
	}
	tx->unsettled &= k < 0;
	return k;
}
