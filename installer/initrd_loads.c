/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines of nash's /init that load modules: found, moved, made. */
#include <string.h>

#include "guest/initrd_walk.h"
#include "installer/initrd_edit.h"

/* /init as it stands in the edit, parsed. */
static int parse(const struct initrd_edit *x, struct initrd **ret, struct err *e)
{
	_cleanup_(initrd_freep) struct initrd *i = calloc(1, sizeof(*i));
	int r;

	if (!i || !(i->init = lines_text(&x->init, NULL)))
		return err_nomem(e);
	r = initrd_parse_init(i, e);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(i);
	return 0;
}

/* The line behind which they must be; -1: anywhere. */
static long behind(const struct initrd_edit *x, const struct initrd *now)
{
	long s = x->after_scsi ? initrd_scsi_load(now) : -1;

	return s < 0 ? -1 : (long)now->loads[s].line;
}

/* The load before which the drivers must be loaded; -1: before devices are looked for. */
static long before_load(const struct initrd_edit *x, const struct initrd *now)
{
	return behind(x, now) >= 0 ? -1 : initrd_storage_load(now);
}

/* The line before which the drivers must be loaded. */
static long limit(const struct initrd_edit *x, const struct initrd *now)
{
	long s = before_load(x, now);

	return s >= 0 ? (long)now->loads[s].line : initrd_device_line(now);
}

static bool loads_it(const struct initrd_load *l, const struct initrd_want *w)
{
	/* modprobe names no file */
	return initrd_name_is(l->path, w->path) || !strchr(l->path, '/');
}

static bool in_order(const struct initrd_edit *x, const struct initrd *now,
		     const struct initrd_want *v, size_t n)
{
	long end = limit(x, now);
	long last = behind(x, now);

	for (size_t i = 0; i < n; i++) {
		long k = initrd_load_index(now, v[i].module);
		long line = k < 0 ? -1 : (long)now->loads[k].line;

		if (line <= last || (end >= 0 && line >= end) ||
		    !loads_it(&now->loads[k], &v[i]))
			return false;
		last = line;
	}
	return true;
}

static bool is_echo(const struct initrd_edit *x, long line, const char *about)
{
	const char *text;

	if (line < 0)
		return false;
	text = x->init.v[line].text;
	text += strspn(text, " \t");
	return startswith(text, "echo ") && !strchr(text, '>') &&
	       (!about || strstr(text, about));
}

/* How this image writes its load lines: as its first one. */
struct style {
	bool announce;
	const char *tail; /* mkinitrd leaves a blank where arguments would stand */
};

static struct style style_of(const struct initrd_edit *x, const struct initrd *now)
{
	struct style s = { .announce = true, .tail = "" };

	if (now->n_loads) {
		const struct initrd_load *l = &now->loads[0];

		s.announce = is_echo(x, (long)l->line - 1, path_base(l->path));
		if (endswith(x->init.v[l->line].text, " "))
			s.tail = " ";
	}
	return s;
}

/*
 * Take the lines that load a module out, with their announcements. *ret keeps the
 * first that names the right file: it may have arguments.
 */
static int take_out(struct initrd_edit *x, const struct initrd_want *w, char **ret,
		    struct err *e)
{
	for (;;) {
		_cleanup_(initrd_freep) struct initrd *now = NULL;
		const struct initrd_load *l;
		size_t line;
		long k;
		int r = parse(x, &now, e);

		if (r < 0)
			return r;
		k = initrd_load_index(now, w->module);
		if (k < 0)
			return 0;
		l = &now->loads[k];
		line = l->line;
		if (!*ret && initrd_name_is(l->path, w->path)) {
			*ret = strdup(x->init.v[line].text);
			if (!*ret)
				return err_nomem(e);
		}
		lines_remove(&x->init, line);
		if (is_echo(x, (long)line - 1, path_base(l->path)))
			lines_remove(&x->init, line - 1);
	}
}

/* Put a load line, announced if that is the style, at *at, and move *at behind it. */
static int put_in(struct initrd_edit *x, const struct initrd_want *w, struct style style,
		  const char *old, size_t *at, struct err *e)
{
	const char *base = path_base(w->path);
	const char *path = w->path;
	_cleanup_free_ char *echo = NULL;
	_cleanup_free_ char *load = NULL;

	while (startswith(path, "./") || *path == '/')
		path += *path == '/' ? 1 : 2;
	echo = strf("echo \"Loading %s module\"", base);
	load = old ? strdup(old) : strf("insmod /%s%s", path, style.tail);
	if (!echo || !load)
		return err_nomem(e);
	if (style.announce && lines_insert(&x->init, (*at)++, echo) < 0)
		return err_nomem(e);
	return lines_insert(&x->init, (*at)++, load) < 0 ? err_nomem(e) : 0;
}

static int place(struct initrd_edit *x, size_t *ret, char **ret_before, struct err *e)
{
	_cleanup_(initrd_freep) struct initrd *now = NULL;
	int r = parse(x, &now, e);
	long line;
	long s;

	if (r < 0)
		return r;
	line = limit(x, now);
	if (line < 0)
		return err_set(e, ENOTSUP,
			       "%s: its /%s neither loads a disk driver nor looks for "
			       "devices: no place to load drivers is known",
			       x->image->path, path_base(x->image->init_name));
	s = before_load(x, now);
	*ret_before = strdup(s >= 0 ? now->loads[s].module : "it looks for devices");
	if (!*ret_before)
		return err_nomem(e);
	/* Not between a command and what announces it. */
	*ret = (size_t)(is_echo(x, line - 1, NULL) ? line - 1 : line);
	return 0;
}

static int say(struct initrd_edit *x, const struct initrd_want *v, size_t n,
	       const char *before, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_free_ char *list = NULL;

	for (size_t i = 0; i < n; i++)
		if (strv_add(&names, v[i].module) < 0)
			return err_nomem(e);
	list = strv_join(&names, ", ");
	if (!list || strv_addf(&x->details, "/%s loads %s before %s",
			       path_base(x->image->init_name), list, before) < 0)
		return err_nomem(e);
	return 0;
}

int initrd_edit_loads(struct initrd_edit *x, const struct initrd_want *v, size_t n,
		      struct err *e)
{
	_cleanup_(initrd_freep) struct initrd *now = NULL;
	_cleanup_free_ char *before = NULL;
	_cleanup_free_ char **old = calloc(n + 1, sizeof(*old));
	struct style style;
	size_t at = 0;
	int r = old ? parse(x, &now, e) : err_nomem(e);

	if (r < 0)
		return r;
	if (in_order(x, now, v, n))
		return 0;
	style = style_of(x, now);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = take_out(x, &v[i], &old[i], e);
	if (r == 0)
		r = place(x, &at, &before, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = put_in(x, &v[i], style, old[i], &at, e);
	for (size_t i = 0; i < n; i++)
		free(old[i]);
	if (r == 0)
		r = say(x, v, n, before, e);
	x->changed_init = true;
	return r < 0 ? r : 1;
}
