/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kudzu would see the Realtek card go and the Xen card come, ask at the console, and
 * rewrite modprobe.conf. Switched off as `chkconfig kudzu off` does it: the links that
 * start it become links that stop it, with the stop number that its script asks for:
 *
 *   # chkconfig: LEVELS START STOP
 */
#include <ctype.h>
#include <string.h>

#include "installer/plan.h"

#define SCRIPT_MAX (1024 * 1024)

/* Behind "#" and spaces, as chkconfig reads a header; NULL: no comment. */
static const char *comment(const char *line)
{
	if (*line != '#')
		return NULL;
	line++;
	return line + strspn(line, " \t");
}

/*
 * The stop number of a script's header; -1 when it has none. A description goes on
 * while its lines end in a backslash, whatever these lines look like.
 */
static int stop_number(const char *script, size_t len)
{
	_cleanup_lines_ struct lines l = { 0 };
	bool continued = false;

	if (lines_parse(&l, script, len, "", NULL) < 0)
		return -1;
	for (size_t i = 0; i < l.n; i++) {
		const char *c = comment(l.v[i].text);
		bool inside = continued;
		int start = -1;
		int stop = -1;
		char rest;

		continued = c && endswith(c, "\\") &&
			    (inside || startswith(c, "description"));
		if (!c || inside || !startswith(c, "chkconfig:"))
			continue;
		if (sscanf(c + strlen("chkconfig:"), " %*s %4d %4d%c", &start, &stop,
			   &rest) >= 2 &&
		    start >= 0 && start <= 99 && stop >= 0 && stop <= 99)
			return stop;
	}
	return -1;
}

/* "S05kudzu" -> 5, -1 when it is no such link. */
static int link_number(const char *name, char kind)
{
	if (name[0] != kind || !isdigit((unsigned char)name[1]) ||
	    !isdigit((unsigned char)name[2]) || !streq(name + 3, "kudzu"))
		return -1;
	return (name[1] - '0') * 10 + name[2] - '0';
}

static int stop_link(struct planning *p, const char *dir, const char *name, int stop,
		     struct err *e)
{
	_cleanup_free_ char *from = strf("%s/%s", dir, name);
	struct op *op;

	if (!from)
		return err_nomem(e);
	op = plan_op(p->plan, stop < 0 ? OP_REMOVE : OP_RENAME,
		     stop < 0 ? "remove-link" : "rename-link", from);
	if (!op)
		return err_nomem(e);
	if (stop >= 0)
		op->to = strf("%s/K%02dkudzu", dir, stop);
	op->detail = strdup(stop < 0
				    ? "as chkconfig kudzu off: it is stopped here already"
				    : "as chkconfig kudzu off");
	if (!op->detail || (stop >= 0 && !op->to))
		return err_nomem(e);
	return 0;
}

/* One runlevel: its first S link becomes the K link, unless there is one. */
static int plan_level(struct planning *p, const char *dir, int stop, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };
	bool stopped = false;
	int k = root_list(p->root, dir, &names, e);

	if (k < 0)
		return k;
	for (size_t i = 0; i < names.n; i++)
		stopped = stopped || link_number(names.v[i], 'K') >= 0;
	for (size_t i = 0; i < names.n; i++) {
		int start = link_number(names.v[i], 'S');

		if (start < 0)
			continue;
		k = stop_link(p, dir, names.v[i],
			      stopped	  ? -1
			      : stop >= 0 ? stop
			      : start > 1 ? 100 - start
					  : 99,
			      e);
		if (k < 0)
			return k;
		stopped = true;
	}
	return 0;
}

/* kudzu's init script: 1 when it is there. */
static int read_script(struct planning *p, char **ret, size_t *len, struct err *e)
{
	static const char *const paths[] = { "/etc/rc.d/init.d/kudzu",
					     "/etc/init.d/kudzu" };

	for (size_t i = 0; i < ELEMENTSOF(paths); i++) {
		_cleanup_err_ struct err why = ERR_INIT;
		int k = root_read(p->root, paths[i], SCRIPT_MAX, ret, len, &why);

		if (k >= 0)
			return 1;
		if (k != -ENOENT)
			return err_set(e, k, "%s", err_text(&why));
	}
	return 0;
}

int plan_kudzu(struct planning *p, struct err *e)
{
	_cleanup_free_ char *script = NULL;
	size_t before = p->plan->n;
	size_t len = 0;
	int stop;
	int k;

	if (!p->g->gen->kudzu)
		return 0;
	k = read_script(p, &script, &len, e);
	if (k <= 0)
		return k;
	stop = stop_number(script, len);
	for (int level = 0; level <= 6; level++) {
		_cleanup_free_ char *dir = strf("/etc/rc.d/rc%d.d", level);
		_cleanup_free_ char *real = NULL;

		if (dir && !root_is_dir(p->root, dir)) {
			free(dir);
			dir = strf("/etc/rc%d.d", level);
		}
		if (!dir)
			return err_nomem(e);
		if (!root_is_dir(p->root, dir))
			continue;
		k = root_realpath(p->root, dir, false, &real, e);
		if (k >= 0)
			k = plan_level(p, real, stop, e);
		if (k < 0)
			return k;
	}
	if (stop >= 0 || p->plan->n == before)
		return 0;
	return plan_note(
		p, e,
		"kudzu's init script has no chkconfig header: its stop number was made "
		"from its start number");
}
