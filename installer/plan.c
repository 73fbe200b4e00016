/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "installer/plan.h"
#include "lib/digest.h"

static const char *const state_names[] = {
	[OPSTATE_PLANNED] = "planned",	       [OPSTATE_DONE] = "done",
	[OPSTATE_ROLLED_BACK] = "rolled-back", [OPSTATE_FAILED] = "failed",
	[OPSTATE_SKIPPED] = "skipped",
};

const char *op_state_name(enum op_state s)
{
	return s < ELEMENTSOF(state_names) ? state_names[s] : "unknown";
}

static void op_done(struct op *op)
{
	free(op->path);
	free(op->to);
	free(op->detail);
	free(op->data);
	free(op->link);
	free(op->like);
	free(op->keep);
	free(op->old_text);
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++)
		op_done(&p->v[i]);
	free(p->v);
	strv_done(&p->notes);
	strv_done(&p->host);
	strv_done(&p->host_command);
	strv_done(&p->rescue);
	for (size_t i = 0; i < p->n_edits; i++)
		initrd_edit_free(p->edits[i]);
	free(p->edits);
	free(p);
}

struct op *plan_op(struct plan *p, enum op_kind kind, const char *action,
		   const char *path)
{
	char *copy = strdup(path);
	struct op *op;

	if (!copy || vec_grow(&p->v, p->n, sizeof(*p->v)) < 0) {
		free(copy);
		return NULL;
	}
	op = &p->v[p->n++];
	op->kind = kind;
	op->action = action;
	op->path = copy;
	return op;
}

struct op *plan_find(struct plan *p, const char *path)
{
	for (size_t i = p->n; i > 0; i--) {
		struct op *op = &p->v[i - 1];
		const char *made = op->kind == OP_RENAME ? op->to : op->path;

		if (op->kind != OP_REMOVE && streq(made, path))
			return op;
	}
	return NULL;
}

int plan_note(struct planning *p, struct err *e, const char *fmt, ...)
{
	_cleanup_free_ char *note = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&note, fmt, ap) < 0)
		note = NULL;
	va_end(ap);
	if (!note)
		return err_nomem(e);
	if (strv_has(&p->plan->notes, note))
		return 0;
	return strv_add(&p->plan->notes, note) < 0 ? err_nomem(e) : 0;
}

bool plan_kernel_switches(const struct planning *p, size_t i)
{
	if (p->selected && !p->selected[i])
		return false;
	if (p->g->kernels->v[i].variant == VARIANT_XEN)
		return false;
	return !p->choices || p->choices->v[i].kind != CHOICE_NONE;
}

bool plan_entry_switches(const struct planning *p, const struct boot_entry *b)
{
	const struct kernels *k = p->g->kernels;

	for (size_t i = 0; b->release && i < k->n; i++)
		if (streq(k->v[i].release, b->release))
			return !b->multiboot && plan_kernel_switches(p, i);
	return false;
}

int plan_resolve(const struct planning *p, const char *path, char **ret, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *dir = NULL;
	_cleanup_free_ char *base = NULL;
	_cleanup_free_ char *real = NULL;
	size_t end = strlen(path);
	size_t start;
	int k = root_realpath(p->root, path, true, ret, &why);

	if (k != -ENOENT)
		return k < 0 ? err_set(e, k, "%s", err_text(&why)) : 0;
	while (end && path[end - 1] == '/')
		end--;
	for (start = end; start && path[start - 1] != '/'; start--)
		;
	dir = strndup(path, start);
	base = strndup(path + start, end - start);
	if (!dir || !base)
		return err_nomem(e);
	if (!start || streq(base, ".") || streq(base, ".."))
		return err_set(e, EINVAL, "%s", err_text(&why));
	k = plan_resolve(p, dir, &real, e);
	if (k < 0)
		return k;
	*ret = strf("%s/%s", streq(real, "/") ? "" : real, base);
	return *ret ? 0 : err_nomem(e);
}

/* One folder of a resolved path: planned when it is missing. */
static int mkdir_one(struct planning *p, const char *dir, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	struct stat st;
	struct op *op;
	int k = root_stat(p->root, dir, true, &st, &why);

	if (k == 0 && !S_ISDIR(st.st_mode)) {
		_cleanup_free_ char *name = root_name(p->root, dir);

		return err_set(e, ENOTDIR, "%s: is no folder, and one is needed there",
			       name ?: dir);
	}
	if (k == 0)
		return 0;
	if (k != -ENOENT)
		return err_set(e, k, "%s", err_text(&why));
	if (plan_find(p->plan, dir))
		return 0;
	op = plan_op(p->plan, OP_MKDIR, "make-folder", dir);
	if (!op)
		return err_nomem(e);
	op->mode = 0755;
	op->detail = strdup("new folder");
	return op->detail ? 0 : err_nomem(e);
}

int plan_mkdirs(struct planning *p, const char *dir, struct err *e)
{
	_cleanup_free_ char *real = NULL;
	int k = plan_resolve(p, dir, &real, e);

	if (k < 0)
		return k;
	for (char *slash = strchr(real + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		k = mkdir_one(p, real, e);
		*slash = '/';
		if (k < 0)
			return k;
	}
	return real[1] ? mkdir_one(p, real, e) : 0;
}

/* A file's text as the guest has it: 1, or 0 when there is no such file. */
static int read_text(struct planning *p, const char *path, char **ret, size_t *ret_len,
		     struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	int k = root_read(p->root, path, ROOT_TEXT_MAX, ret, ret_len, &why);

	if (k == -ENOENT)
		return 0;
	return k < 0 ? err_set(e, k, "%s", err_text(&why)) : 1;
}

int plan_text(struct planning *p, const char *path, char **ret, size_t *ret_len,
	      struct err *e)
{
	_cleanup_free_ char *real = NULL;
	struct op *op;
	size_t len = 0;
	int k = plan_resolve(p, path, &real, e);

	if (k < 0)
		return k;
	op = plan_find(p->plan, real);
	if (op && op->kind == OP_WRITE && op->data) {
		*ret = malloc(op->len + 1);
		if (!*ret)
			return err_nomem(e);
		memcpy(*ret, op->data, op->len + 1);
		len = op->len;
		k = 1;
	} else {
		*ret = NULL;
		k = read_text(p, real, ret, &len, e);
	}
	if (k >= 0 && ret_len)
		*ret_len = len;
	return k;
}

static void op_drop(struct plan *p, struct op *op)
{
	size_t i = (size_t)(op - p->v);

	op_done(op);
	memmove(op, op + 1, (p->n - 1 - i) * sizeof(*op));
	p->n--;
}

/* Whether one of several details, "A; B", is this one: the same edit of another line. */
static bool is_said(const char *all, const char *detail)
{
	size_t n = strlen(detail);

	for (const char *part = all; part;) {
		if (startswith(part, detail) && (!part[n] || startswith(part + n, "; ")))
			return true;
		part = strstr(part, "; ");
		if (part)
			part += strlen("; ");
	}
	return false;
}

/* A further edit of a file that has its op: the new text, and what it does besides. */
static int amend(struct planning *p, struct op *op, const char *text, size_t len,
		 const char *detail, struct err *e)
{
	_cleanup_free_ char *data = malloc(len + 1);

	if (!data)
		return err_nomem(e);
	memcpy(data, text, len);
	data[len] = '\0';
	if (op->old_text && strlen(op->old_text) == len &&
	    !memcmp(op->old_text, data, len)) {
		op_drop(p->plan, op); /* back to what the guest has */
		return 0;
	}
	if (op->data && op->len == len && !memcmp(op->data, data, len))
		return 1;
	if (!op->detail || !is_said(op->detail, detail)) {
		char *joined = op->detail ? strf("%s; %s", op->detail, detail)
					  : strdup(detail);

		if (!joined)
			return err_nomem(e);
		free(op->detail);
		op->detail = joined;
	}
	free(op->data);
	op->data = TAKE_PTR(data);
	op->len = len;
	op->bytes = len;
	return 1;
}

/* The folder of a resolved path, planned where it is missing. */
static int make_parent(struct planning *p, const char *real, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(real);

	if (!dir)
		return err_nomem(e);
	return plan_mkdirs(p, dir, e);
}

int plan_set_text(struct planning *p, const char *path, const char *text, size_t len,
		  const char *action, const char *detail, mode_t mode, struct err *e)
{
	_cleanup_free_ char *real = NULL;
	_cleanup_free_ char *old = NULL;
	size_t old_len = 0;
	struct op *op;
	int exists;
	int k = plan_resolve(p, path, &real, e);

	if (k < 0)
		return k;
	op = plan_find(p->plan, real);
	if (op && op->kind == OP_WRITE && op->data)
		return amend(p, op, text, len, detail, e);
	exists = read_text(p, real, &old, &old_len, e);
	if (exists < 0)
		return exists;
	if (exists && old_len == len && memcmp(old, text, len) == 0)
		return 0;
	k = exists ? 0 : make_parent(p, real, e);
	if (k < 0)
		return k;
	op = plan_op(p->plan, OP_WRITE, action, real);
	if (!op)
		return err_nomem(e);
	op->mode = mode;
	op->exists = exists;
	if (exists) {
		digest_buf(old, old_len, op->old_digest);
		if (!memchr(old, '\0', old_len))
			op->old_text = TAKE_PTR(old);
	}
	return amend(p, op, text, len, detail, e);
}

int plan_lines(struct planning *p, const char *path, struct lines *l, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int k = plan_text(p, path, &text, &len, e);
	int n = k <= 0 ? 0 : lines_parse(l, text, len, path, e);

	return n < 0 ? n : k;
}

int plan_mark_boot(struct planning *p, const char *path, struct err *e)
{
	_cleanup_free_ char *real = NULL;
	struct op *op;
	int k = root_realpath(p->root, path, true, &real, e);

	op = k < 0 ? NULL : plan_find(p->plan, real);
	if (op)
		op->boot = op->config = true;
	return k;
}

int plan_set_lines(struct planning *p, const char *path, const struct lines *l,
		   const char *detail, bool boot, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int marked;
	int k;

	text = lines_text(l, &len);
	if (!text)
		return err_nomem(e);
	k = plan_set_text(p, path, text, len, "edit", detail, 0644, e);
	if (k <= 0 || !boot)
		return k;
	marked = plan_mark_boot(p, path, e);
	return marked < 0 ? marked : k;
}
