/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's records, as they are read. */
#include <string.h>
#include <sys/sysmacros.h>

#include "installer/jrecord.h"

static int find_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && streq(names[i], name))
			return (int)i;
	return -1;
}

/* --- reading: every get_…() returns 0, -EBADMSG or -ENOMEM -------------------- */

static struct json_object *member(struct json_object *o, const char *key,
				  enum json_type t)
{
	struct json_object *v = NULL;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, t))
		return NULL;
	return v;
}

/* NULL also for a text with a NUL inside. */
static const char *text_of(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_string);
	const char *s = v ? json_object_get_string(v) : NULL;

	return s && strlen(s) == (size_t)json_object_get_string_len(v) ? s : NULL;
}

static int get_text(struct json_object *o, const char *key, bool required, char **ret)
{
	const char *s = text_of(o, key);

	if (!s)
		return required || json_object_object_get_ex(o, key, NULL) ? -EBADMSG : 0;
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

/* Guest paths are absolute and name something below the root. */
static int get_path(struct json_object *o, const char *key, bool required, char **ret)
{
	int k = get_text(o, key, required, ret);

	if (k == 0 && *ret && ((*ret)[0] != '/' || !path_base(*ret)[0]))
		return -EBADMSG;
	return k;
}

static int get_int(struct json_object *o, const char *key, int64_t max, int64_t *ret)
{
	struct json_object *v = member(o, key, json_type_int);

	if (!v)
		return -EBADMSG;
	*ret = json_object_get_int64(v);
	return *ret < 0 || *ret > max ? -EBADMSG : 0;
}

static bool get_flag(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key, json_type_boolean);

	return v && json_object_get_boolean(v);
}

static int get_time(struct json_object *o, const char *key, struct timespec *ret)
{
	struct json_object *a = member(o, key, json_type_array);
	int64_t ns;

	if (!a || json_object_array_length(a) != 2)
		return -EBADMSG;
	ret->tv_sec = json_object_get_int64(json_object_array_get_idx(a, 0));
	ns = json_object_get_int64(json_object_array_get_idx(a, 1));
	ret->tv_nsec = ns;
	return ns < 0 || ns > 999999999 ? -EBADMSG : 0;
}

static int digit(char c)
{
	const char *p = c ? strchr("0123456789abcdef", c) : NULL;

	return p ? (int)(p - "0123456789abcdef") : -1;
}

static int get_xattr(struct attrs *a, const char *name, struct json_object *v)
{
	const char *hex = json_object_get_string(v);
	size_t len = hex ? strlen(hex) : 1;
	_cleanup_free_ unsigned char *raw = NULL;

	if (len % 2 != 0)
		return -EBADMSG;
	raw = malloc(len / 2 + 1);
	if (!raw)
		return -ENOMEM;
	for (size_t i = 0; i < len / 2; i++) {
		int high = digit(hex[2 * i]);
		int low = digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EBADMSG;
		raw[i] = (unsigned char)(high << 4 | low);
	}
	return attrs_add(a, name, raw, len / 2);
}

static int get_attrs(struct json_object *o, struct attrs *a)
{
	struct json_object *x = member(o, "xattrs", json_type_object);
	int64_t mode = 0;
	int64_t uid = 0;
	int64_t gid = 0;

	if (get_int(o, "mode", 07777, &mode) < 0 ||
	    get_int(o, "uid", UINT32_MAX, &uid) < 0 ||
	    get_int(o, "gid", UINT32_MAX, &gid) < 0 ||
	    get_time(o, "atime", &a->atime) < 0 || get_time(o, "mtime", &a->mtime) < 0)
		return -EBADMSG;
	a->mode = (mode_t)mode;
	a->uid = (uid_t)uid;
	a->gid = (gid_t)gid;
	if (!x)
		return 0;
	/* Written sorted, and json-c keeps the order. */
	json_object_object_foreach(x, name, v)
	{
		int k = get_xattr(a, name, v);

		if (k < 0)
			return k;
	}
	return 0;
}

static int get_node(struct json_object *o, const char *key, struct node *n)
{
	struct json_object *v = member(o, key, json_type_object);
	const char *digest;
	int64_t size = 0;
	int type;

	if (!v)
		return -EBADMSG;
	type = find_name(jtype_names, n_jtype_names, text_of(v, "type"));
	if (type < 0)
		return -EBADMSG;
	n->type = (enum node_type)type;
	if (n->type == NODE_NONE)
		return 0;
	if (n->type == NODE_FILE) {
		digest = text_of(v, "sha256");
		if (!digest || strlen(digest) != DIGEST_HEX - 1 ||
		    get_int(v, "size", INT64_MAX, &size) < 0)
			return -EBADMSG;
		memcpy(n->digest, digest, DIGEST_HEX);
		n->size = (uint64_t)size;
	}
	if (n->type == NODE_BLOCK) {
		int64_t major_number = 0;
		int64_t minor_number = 0;

		if (get_int(v, "major", UINT32_MAX, &major_number) < 0 ||
		    get_int(v, "minor", UINT32_MAX, &minor_number) < 0)
			return -EBADMSG;
		n->rdev = makedev((unsigned int)major_number, (unsigned int)minor_number);
	}
	if (n->type == NODE_LINK) {
		int k = get_text(v, "link", true, &n->link);

		if (k < 0)
			return k;
	}
	return get_attrs(v, &n->attrs);
}

/* --- one function per record --------------------------------------------------- */

static int on_begin(struct journal *j, struct json_object *o)
{
	struct jgen *last = journal_last(j);
	struct jgen *g;
	int64_t v = 0;

	if ((last && !last->done) || j->uninstall)
		return -EBADMSG;
	if (get_int(o, "format", JOURNAL_FORMAT, &v) < 0 || v != JOURNAL_FORMAT)
		return -EBADMSG;
	if (get_int(o, "generation", UINT32_MAX, &v) < 0 || (size_t)v != j->n_gens + 1)
		return -EBADMSG;
	if (vec_grow(&j->gens, j->n_gens, sizeof(*j->gens)) < 0)
		return -ENOMEM;
	g = &j->gens[j->n_gens++];
	g->number = (unsigned int)v;
	g->mark = j->end;
	/* Only the first can have made the folder of this journal. */
	return v == 1 ? get_path(o, "made", true, &g->made) : 0;
}

static int on_dir(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);
	struct jdir d = { 0 };
	int k;

	if (!g || g->committed || g->done || g->n_ops)
		return -EBADMSG;
	k = get_text(o, "path", true, &d.path);
	if (k == 0)
		k = get_time(o, "mtime", &d.before);
	if (k == 0 && vec_grow(&g->dirs, g->n_dirs, sizeof(*g->dirs)) < 0)
		k = -ENOMEM;
	if (k < 0) {
		jdir_done(&d);
		return k;
	}
	g->dirs[g->n_dirs++] = d;
	return 0;
}

/* Only of a file or a link is an original kept, and only that can be one of the guest's.
 */
static bool may_keep(const struct jop *op)
{
	if (!op->backup)
		return !op->kept;
	return op->old.type == NODE_FILE || op->old.type == NODE_LINK;
}

static int read_op(struct json_object *o, struct jop *op)
{
	int kind = find_name(jkind_names, n_jkind_names, text_of(o, "kind"));
	int k;

	if (kind < 0)
		return -EBADMSG;
	op->kind = (enum op_kind)kind;
	op->kept = get_flag(o, "kept");
	op->boot = get_flag(o, "boot");
	op->config = get_flag(o, "config");
	k = get_text(o, "action", true, &op->action);
	if (k == 0)
		k = get_path(o, "path", true, &op->path);
	if (k == 0)
		k = get_path(o, "to", kind == OP_RENAME, &op->to);
	if (k == 0)
		k = get_text(o, "detail", false, &op->detail);
	if (k == 0)
		k = get_path(o, "backup", false, &op->backup);
	if (k == 0)
		k = get_node(o, "old", &op->old);
	return k == 0 && !may_keep(op) ? -EBADMSG : k;
}

static int on_op(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);
	struct jop op = { 0 };
	int k;

	if (!g || g->committed || g->done)
		return -EBADMSG;
	k = read_op(o, &op);
	if (k == 0 && vec_grow(&g->ops, g->n_ops, sizeof(*g->ops)) < 0)
		k = -ENOMEM;
	if (k < 0) {
		jop_done(&op);
		return k;
	}
	g->ops[g->n_ops++] = op;
	return 0;
}

/* The op that a record names. */
static struct jop *op_of(struct jgen *g, struct json_object *o)
{
	int64_t i = 0;

	if (!g || g->done || get_int(o, "op", INT64_MAX, &i) < 0 || (size_t)i >= g->n_ops)
		return NULL;
	return &g->ops[i];
}

static int on_new(struct journal *j, struct json_object *o)
{
	struct jop *op = op_of(journal_last(j), o);

	if (!op || op->new.type != NODE_NONE)
		return -EBADMSG;
	return get_node(o, "new", &op->new);
}

static int on_drop(struct journal *j, struct json_object *o)
{
	struct jop *op = op_of(journal_last(j), o);

	if (!op || !journal_last(j)->committed)
		return -EBADMSG;
	op->dropped = true;
	return 0;
}

static int on_after(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);
	int64_t i = 0;

	if (!g || !g->committed || g->done || get_int(o, "dir", INT64_MAX, &i) < 0 ||
	    (size_t)i >= g->n_dirs)
		return -EBADMSG;
	return get_time(o, "mtime", &g->dirs[i].after);
}

static int on_commit(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);

	if (!g || g->committed)
		return -EBADMSG;
	g->committed = true;
	return 0;
}

static int on_rollback(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);

	if (!g || !g->committed || g->done)
		return -EBADMSG;
	g->rollback = true;
	return 0;
}

static int on_done(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);

	if (!g || !g->committed || g->rollback || g->done)
		return -EBADMSG;
	g->done = true;
	return 0;
}

static int on_time(struct journal *j, struct json_object *o)
{
	struct jtime t = { 0 };
	int k = get_text(o, "path", true, &t.path);

	if (k == 0)
		k = get_time(o, "mtime", &t.mtime);
	if (k == 0 && vec_grow(&j->times, j->n_times, sizeof(*j->times)) < 0)
		k = -ENOMEM;
	if (k < 0) {
		free(t.path);
		return k;
	}
	j->times[j->n_times++] = t;
	return 0;
}

static int on_uninstall(struct journal *j, struct json_object *o)
{
	struct jgen *g = journal_last(j);

	if (!g || !g->done || j->uninstall)
		return -EBADMSG;
	j->uninstall = true;
	j->mark = j->end;
	return 0;
}

static int on_restoring(struct journal *j, struct json_object *o)
{
	if (!j->uninstall)
		return -EBADMSG;
	j->restoring = true;
	return 0;
}

static int on_restored(struct journal *j, struct json_object *o)
{
	if (!j->restoring)
		return -EBADMSG;
	j->restored = true;
	return 0;
}

static const struct {
	const char *word;
	int (*take)(struct journal *j, struct json_object *o);
} records[] = {
	{ "begin", on_begin },
	{ "dir", on_dir },
	{ "op", on_op },
	{ "new", on_new },
	{ "commit", on_commit },
	{ "drop", on_drop },
	{ "rollback", on_rollback },
	{ "after", on_after },
	{ "done", on_done },
	{ "time", on_time },
	{ "uninstall", on_uninstall },
	{ "restoring", on_restoring },
	{ "restored", on_restored },
};

int jrecord_parse(struct journal *j, const char *json, size_t len)
{
	struct json_tokener *tok = len < INT32_MAX ? json_tokener_new() : NULL;
	_cleanup_json_ struct json_object *o = NULL;
	const char *word;

	if (!tok)
		return -ENOMEM;
	o = json_tokener_parse_ex(tok, json, (int)len);
	json_tokener_free(tok);
	word = o && json_object_is_type(o, json_type_object) ? text_of(o, "record")
							     : NULL;
	for (size_t i = 0; i < ELEMENTSOF(records); i++)
		if (streq(records[i].word, word))
			return records[i].take(j, o);
	return -EBADMSG;
}
