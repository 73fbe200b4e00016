/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include <json-c/json.h>

#include "installer/jrecord.h"

#define FORMAT 1

static void jsonp(struct json_object **o)
{
	json_object_put(*o);
}

#define _cleanup_json_ _cleanup_(jsonp)

static const char *const kind_names[] = {
	[OP_MKDIR] = "mkdir",
	[OP_WRITE] = "write",
	[OP_RENAME] = "rename",
	[OP_REMOVE] = "remove",
};

static const char *const type_names[] = {
	[NODE_NONE] = "none",
	[NODE_FILE] = "file",
	[NODE_LINK] = "link",
	[NODE_DIR] = "folder",
};

static int find_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && streq(names[i], name))
			return (int)i;
	return -1;
}

/* --- writing: every set_…() returns false when out of memory ------------------ */

static bool set(struct json_object *o, const char *key, struct json_object *value)
{
	if (value && json_object_object_add(o, key, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool set_text(struct json_object *o, const char *key, const char *text)
{
	return !text || set(o, key, json_object_new_string(text));
}

static bool set_int(struct json_object *o, const char *key, int64_t v)
{
	return set(o, key, json_object_new_int64(v));
}

static bool set_flag(struct json_object *o, const char *key, bool v)
{
	return !v || set(o, key, json_object_new_boolean(true));
}

static bool set_time(struct json_object *o, const char *key, struct timespec t)
{
	struct json_object *a = json_object_new_array();

	return a && json_object_array_add(a, json_object_new_int64(t.tv_sec)) == 0 &&
	       json_object_array_add(a, json_object_new_int64(t.tv_nsec)) == 0 &&
	       set(o, key, a);
}

static bool set_xattrs(struct json_object *o, const struct attrs *a)
{
	struct json_object *list = a->n ? json_object_new_object() : NULL;

	if (!a->n)
		return true;
	if (!list || !set(o, "xattrs", list))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		_cleanup_free_ char *hex = malloc(2 * a->x[i].len + 1);
		const unsigned char *v = a->x[i].value;

		if (!hex)
			return false;
		hex[0] = '\0';
		for (size_t k = 0; k < a->x[i].len; k++)
			snprintf(hex + 2 * k, 3, "%02x", v[k]);
		if (!set_text(list, a->x[i].name, hex))
			return false;
	}
	return true;
}

static bool set_node(struct json_object *o, const char *key, const struct node *n)
{
	struct json_object *v = json_object_new_object();

	if (!v || !set(o, key, v) || !set_text(v, "type", type_names[n->type]))
		return false;
	if (n->type == NODE_NONE)
		return true;
	if (n->type == NODE_FILE &&
	    (!set_text(v, "sha256", n->digest) || !set_int(v, "size", (int64_t)n->size)))
		return false;
	return set_text(v, "link", n->link) && set_int(v, "mode", n->attrs.mode) &&
	       set_int(v, "uid", n->attrs.uid) && set_int(v, "gid", n->attrs.gid) &&
	       set_time(v, "atime", n->attrs.atime) &&
	       set_time(v, "mtime", n->attrs.mtime) && set_xattrs(v, &n->attrs);
}

static struct json_object *record(const char *word)
{
	struct json_object *o = json_object_new_object();

	if (o && set_text(o, "record", word))
		return o;
	json_object_put(o);
	return NULL;
}

static int add(struct jbatch *b, struct json_object *o, bool good, struct err *e)
{
	const char *text = o && good ? json_object_to_json_string_ext(
					       o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE)
				     : NULL;
	char *copy = text ? strdup(text) : NULL;

	if (!copy || vec_grow(&b->records, b->n, sizeof(*b->records)) < 0) {
		free(copy);
		return err_nomem(e);
	}
	b->records[b->n++] = copy;
	return 0;
}

static int add_op(struct jbatch *b, const struct jop *op, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("op");
	bool good = o && set_text(o, "kind", kind_names[op->kind]) &&
		    set_text(o, "action", op->action) && set_text(o, "path", op->path) &&
		    set_text(o, "to", op->to) && set_text(o, "detail", op->detail) &&
		    set_text(o, "backup", op->backup) && set_flag(o, "kept", op->kept) &&
		    set_flag(o, "boot", op->boot) && set_node(o, "old", &op->old);

	return add(b, o, good, e);
}

int jbatch_begin(struct jbatch *b, const struct jgen *g, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("begin");
	bool good = o && set_int(o, "format", FORMAT) &&
		    set_int(o, "generation", g->number) &&
		    set_text(o, "version", PACKAGE_VERSION) &&
		    set_int(o, "time", (int64_t)time(NULL)) &&
		    set_text(o, "made", g->made);
	int k = add(b, o, good, e);

	for (size_t i = 0; k == 0 && i < g->n_dirs; i++) {
		_cleanup_json_ struct json_object *d = record("dir");

		good = d && set_text(d, "path", g->dirs[i].path) &&
		       set_time(d, "mtime", g->dirs[i].before);
		k = add(b, d, good, e);
	}
	for (size_t i = 0; k == 0 && i < g->n_ops; i++)
		k = add_op(b, &g->ops[i], e);
	return k;
}

int jbatch_new(struct jbatch *b, size_t i, const struct jop *op, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("new");

	return add(b, o,
		   o && set_int(o, "op", (int64_t)i) && set_node(o, "new", &op->new), e);
}

int jbatch_drop(struct jbatch *b, size_t i, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("drop");

	return add(b, o, o && set_int(o, "op", (int64_t)i), e);
}

int jbatch_after(struct jbatch *b, size_t i, const struct jdir *d, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("after");

	return add(b, o,
		   o && set_int(o, "dir", (int64_t)i) && set_time(o, "mtime", d->after),
		   e);
}

int jbatch_time(struct jbatch *b, const struct jtime *t, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("time");

	return add(b, o,
		   o && set_text(o, "path", t->path) && set_time(o, "mtime", t->mtime),
		   e);
}

int jbatch_word(struct jbatch *b, const char *word, struct err *e)
{
	_cleanup_json_ struct json_object *o = record(word);

	return add(b, o, o != NULL, e);
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
	type = find_name(type_names, ELEMENTSOF(type_names), text_of(v, "type"));
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
	if (get_int(o, "format", FORMAT, &v) < 0 || v != FORMAT)
		return -EBADMSG;
	if (get_int(o, "generation", UINT32_MAX, &v) < 0 || (size_t)v != j->n_gens + 1)
		return -EBADMSG;
	if (vec_grow(&j->gens, j->n_gens, sizeof(*j->gens)) < 0)
		return -ENOMEM;
	g = &j->gens[j->n_gens++];
	g->number = (unsigned int)v;
	g->mark = j->end;
	return get_path(o, "made", v == 1, &g->made);
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

static int read_op(struct json_object *o, struct jop *op)
{
	int kind = find_name(kind_names, ELEMENTSOF(kind_names), text_of(o, "kind"));
	int k;

	if (kind < 0)
		return -EBADMSG;
	op->kind = (enum op_kind)kind;
	op->kept = get_flag(o, "kept");
	op->boot = get_flag(o, "boot");
	k = get_text(o, "action", true, &op->action);
	if (k == 0)
		k = get_path(o, "path", true, &op->path);
	if (k == 0)
		k = get_path(o, "to", kind == OP_RENAME, &op->to);
	if (k == 0)
		k = get_text(o, "detail", false, &op->detail);
	if (k == 0)
		k = get_path(o, "backup", false, &op->backup);
	return k < 0 ? k : get_node(o, "old", &op->old);
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
