/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal's records, as they are written. */
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "installer/jrecord.h"
#include "lib/digest.h"

const char *const jkind_names[] = {
	[OP_MKDIR] = "mkdir",	[OP_MKNOD] = "mknod",	[OP_WRITE] = "write",
	[OP_RENAME] = "rename", [OP_REMOVE] = "remove", [OP_SYMLINK] = "symlink",
};
const size_t n_jkind_names = ELEMENTSOF(jkind_names);

const char *const jtype_names[] = {
	[NODE_NONE] = "none",  [NODE_FILE] = "file",   [NODE_LINK] = "link",
	[NODE_DIR] = "folder", [NODE_BLOCK] = "block",
};
const size_t n_jtype_names = ELEMENTSOF(jtype_names);

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

		if (!hex)
			return false;
		digest_hex(a->x[i].value, a->x[i].len, hex);
		if (!set_text(list, a->x[i].name, hex))
			return false;
	}
	return true;
}

static bool set_node(struct json_object *o, const char *key, const struct node *n)
{
	struct json_object *v = json_object_new_object();

	if (!v || !set(o, key, v) || !set_text(v, "type", jtype_names[n->type]))
		return false;
	if (n->type == NODE_NONE)
		return true;
	if (n->type == NODE_FILE &&
	    (!set_text(v, "sha256", n->digest) || !set_int(v, "size", (int64_t)n->size)))
		return false;
	if (n->type == NODE_BLOCK && (!set_int(v, "major", major(n->rdev)) ||
				      !set_int(v, "minor", minor(n->rdev))))
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
	bool good = o && set_text(o, "kind", jkind_names[op->kind]) &&
		    set_text(o, "action", op->action) && set_text(o, "path", op->path) &&
		    set_text(o, "to", op->to) && set_text(o, "detail", op->detail) &&
		    set_text(o, "backup", op->backup) && set_flag(o, "kept", op->kept) &&
		    set_flag(o, "boot", op->boot) && set_flag(o, "config", op->config) &&
		    set_node(o, "old", &op->old);

	return add(b, o, good, e);
}

int jbatch_begin(struct jbatch *b, const struct jgen *g, struct err *e)
{
	_cleanup_json_ struct json_object *o = record("begin");
	bool good = o && set_int(o, "format", JOURNAL_FORMAT) &&
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
