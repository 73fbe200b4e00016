/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All generations of the journal as one: from the very first state to the last. */
#include <string.h>
#include <sys/stat.h>

#include "installer/tx.h"
#include "lib/at.h"

void net_done(struct net *n)
{
	free(n->v);
	*n = (struct net){ 0 };
}

static struct netop *find(const struct net *n, const struct jop *op)
{
	for (size_t i = 0; i < n->n; i++)
		if (streq(n->v[i].op.path, op->path) && streq(n->v[i].op.to, op->to))
			return &n->v[i];
	return NULL;
}

/* What an install found is what the one before had left, or what that one had found. */
static bool goes_on(const struct jop *earlier, const struct jop *op)
{
	return node_equal(&op->old, &earlier->new, 0) ||
	       node_equal(&op->old, &earlier->old, 0);
}

/* First original, last result. Removed, then created: a file was replaced. */
static void merge(struct jop *earlier, const struct jop *op)
{
	/* A name is given back, with whatever lies under it. */
	if (op->kind == OP_RENAME)
		earlier->old = op->old;
	earlier->new = op->new;
	if (earlier->kind != op->kind)
		earlier->kind = op->kind == OP_REMOVE ? OP_REMOVE : OP_WRITE;
	earlier->boot |= op->boot;
	earlier->config |= op->config;
}

static int add(struct net *n, const struct jop *op)
{
	struct netop *earlier = find(n, op);

	if (!earlier) {
		if (vec_grow(&n->v, n->n, sizeof(*n->v)) < 0)
			return -ENOMEM;
		n->v[n->n++] = (struct netop){ .op = *op };
		return 0;
	}
	if (op->kind == OP_RENAME || goes_on(&earlier->op, op)) {
		merge(&earlier->op, op);
		return 0;
	}
	/* What they wrote before another install and wrote over since is past. */
	if (!earlier->over)
		earlier->first = earlier->op;
	earlier->over = true;
	earlier->op = *op;
	earlier->op.boot |= earlier->first.boot;
	earlier->op.config |= earlier->first.config;
	return 0;
}

int net_make(const struct journal *j, struct net *ret, struct err *e)
{
	struct net n = { 0 };

	for (size_t i = 0; i < j->n_gens; i++)
		for (size_t k = 0; k < j->gens[i].n_ops; k++) {
			const struct jop *op = &j->gens[i].ops[k];

			/* What lies in the state folder goes with it. */
			if (op->dropped || path_within(op->path, STATE_DIR))
				continue;
			if (add(&n, op) < 0) {
				net_done(&n);
				return err_nomem(e);
			}
		}
	*ret = n;
	return 0;
}

static const struct jdir *find_dir(const struct jgen *g, const char *path)
{
	for (size_t i = 0; i < g->n_dirs; i++)
		if (streq(g->dirs[i].path, path))
			return &g->dirs[i];
	return NULL;
}

/* Each install found the folder as the one before had left it, and so it is today. */
static bool only_ours(const struct journal *j, const char *path, struct timespec now)
{
	const struct jdir *last = NULL;

	for (size_t i = 0; i < j->n_gens; i++) {
		const struct jdir *d = find_dir(&j->gens[i], path);

		if (d && last && !same_time(d->before, last->after))
			return false;
		if (d)
			last = d;
	}
	return last && same_time(last->after, now);
}

static bool is_noted(const struct journal *j, const char *path)
{
	for (size_t i = 0; i < j->n_times; i++)
		if (streq(j->times[i].path, path))
			return true;
	return false;
}

static bool holds_left(const struct strv *left, const char *dir)
{
	for (size_t i = 0; i < left->n; i++) {
		_cleanup_free_ char *parent = path_folder(left->v[i]);

		if (streq(parent, dir))
			return true;
	}
	return false;
}

static int note(struct journal *j, const struct jdir *d, struct err *e)
{
	char *path = strdup(d->path);

	if (!path || vec_grow(&j->times, j->n_times, sizeof(*j->times)) < 0) {
		free(path);
		return err_nomem(e);
	}
	j->times[j->n_times++] = (struct jtime){ path, d->before };
	return 0;
}

int net_times(struct tx *tx, const struct strv *left, struct err *e)
{
	struct journal *j = &tx->j;

	for (size_t i = 0; i < j->n_gens; i++)
		for (size_t n = 0; n < j->gens[i].n_dirs; n++) {
			const struct jdir *d = &j->gens[i].dirs[n];
			struct stat st;
			int k = root_stat(tx->r, d->path, true, &st, e);

			if (k == -ENOENT)
				continue;
			if (k == 0 && !is_noted(j, d->path) &&
			    !holds_left(left, d->path) &&
			    only_ours(j, d->path, st.st_mtim))
				k = note(j, d, e);
			if (k < 0)
				return k;
		}
	return 0;
}
