/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --verify-at-boot: what the guest's init runs once, at the end of its next boot. The
 * texts are made from verify.service.in and verify.init.in.
 *
 * - systemd: a oneshot unit, enabled as `systemctl enable` does, by a link among the
 *   wants of multi-user.target [systemd.unit(5)].
 * - others: an init script with links in the folders of the run levels, S99 [LSB, init
 *   scripts; chkconfig(8)].
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "installer/atboot.h"
#include "installer/plan.h"
#include "lib/atomic.h"

#define COMMAND	 SBINDIR "/xenpv-verify"
#define UNIT	 "/etc/systemd/system/xenpv-verify.service"
#define PACKAGED "/usr/lib/systemd/system/xenpv-verify.service"
#define WANTS	 "/etc/systemd/system/multi-user.target.wants"
#define NAME	 "xenpv-verify"
#define SCRIPT	 "/etc/init.d/" NAME
#define DEPENDS	 "/etc/init.d/.depend.start"

#define RESULT_MAX (1u << 20)

static const char unit[] =
#include "installer/verify.service.inc"
	;

static const char script[] =
#include "installer/verify.init.inc"
	;

static const char pending[] = "{\n  \"schema\":1,\n  \"result\":\"pending\"\n}\n";

/* A link where nothing stands; what is there already, ours or not, stays. */
static int plan_link(struct planning *p, const char *dir, const char *name,
		     const char *text, struct err *e)
{
	_cleanup_free_ char *path = strf("%s/%s", dir, name);
	_cleanup_free_ char *real = NULL;
	struct stat st;
	struct op *op;
	int k = path ? 0 : err_nomem(e);

	if (k < 0 || root_stat(p->root, path, false, &st, NULL) == 0)
		return k;
	k = plan_mkdirs(p, dir, e);
	if (k >= 0)
		k = plan_resolve(p, path, &real, e);
	if (k < 0)
		return k;
	op = plan_op(p->plan, OP_SYMLINK, "enable", real);
	if (!op)
		return err_nomem(e);
	op->link = strdup(text);
	op->detail = strf("to %s", text);
	return op->link && op->detail ? 0 : err_nomem(e);
}

/* The unit of a package of ours in the guest will do. */
static int plan_systemd(struct planning *p, struct err *e)
{
	struct stat st;
	int k;

	if (root_stat(p->root, PACKAGED, true, &st, NULL) == 0)
		return plan_link(p, WANTS, path_base(PACKAGED), PACKAGED, e);
	k = plan_set_text(p, UNIT, unit, strlen(unit), "add-unit",
			  "xenpv-verify runs once, at the next boot", 0644, e);
	return k < 0 ? k : plan_link(p, WANTS, path_base(UNIT), UNIT, e);
}

/* "xenpv-verify: a b c" after the TARGETS, and it among them */
static char *with_target(const char *text, size_t at, size_t len)
{
	const char *list = strchr(text + at, '=');
	size_t skip = list ? (size_t)(list + 1 - text) - at : len;

	while (skip < len && text[at + skip] == ' ')
		skip++;
	return strf("%.*s " NAME "%s%s" NAME ": %.*s\n", (int)(at + len), text,
		    text + at + len, endswith(text, "\n") ? "" : "\n", (int)(len - skip),
		    text + at + skip);
}

/*
 * insserv's makefiles: where they are, startpar starts what they list, in their order,
 * and no link beside [startpar(8); seen: Debian 12 with sysvinit]. The next insserv reads
 * the script's own header. Its script is the last.
 */
static int plan_insserv(struct planning *p, struct err *e)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_free_ char *new = NULL;
	size_t len;
	size_t at;
	int k = plan_text(p, DEPENDS, &text, &len, e);

	if (k <= 0)
		return k;
	if (startswith(text, "TARGETS ="))
		at = 0;
	else if (strstr(text, "\nTARGETS ="))
		at = (size_t)(strstr(text, "\nTARGETS =") + 1 - text);
	else
		return 0;
	if (strlen(text) != len || strstr(text, "\n" NAME ":"))
		return 0;
	new = with_target(text, at, strcspn(text + at, "\n"));
	if (!new)
		return err_nomem(e);
	k = plan_set_text(p, DEPENDS, new, strlen(new), "enable",
			  "startpar starts it, after all others", 0644, e);
	return k < 0 ? k : 0;
}

static int plan_script(struct planning *p, struct err *e)
{
	int k = plan_set_text(p, SCRIPT, script, strlen(script), "add-script",
			      "xenpv-verify runs once, at the next boot", 0755, e);

	for (int level = 2; k >= 0 && level <= 5; level++) {
		_cleanup_free_ char *dir = strf("/etc/rc%d.d", level);

		if (!dir)
			return err_nomem(e);
		if (root_is_dir(p->root, dir))
			k = plan_link(p, dir, "S99xenpv-verify", "../init.d/xenpv-verify",
				      e);
	}
	return k < 0 ? k : plan_insserv(p, e);
}

static bool has_systemd(const struct planning *p)
{
	_cleanup_free_ char *init = NULL;

	return root_realpath(p->root, "/sbin/init", false, &init, NULL) >= 0 &&
	       streq(path_base(init), "systemd");
}

int plan_atboot(struct planning *p, struct err *e)
{
	struct stat st;
	int k;

	if (!p->verify_at_boot)
		return 0;
	if (root_stat(p->root, COMMAND, true, &st, NULL) < 0)
		return err_set(e, ENOENT,
			       "%s" COMMAND
			       ": is not there: --verify-at-boot has the guest run it",
			       p->root->path);
	k = has_systemd(p)			  ? plan_systemd(p, e)
	    : root_is_dir(p->root, "/etc/init.d") ? plan_script(p, e)
						  : -EOPNOTSUPP;
	if (k == -EOPNOTSUPP)
		return err_set(e, ENOTSUP,
			       "%s/etc: neither systemd nor init scripts: "
			       "--verify-at-boot cannot be had here",
			       p->root->path);
	/* Nothing has changed: nothing to verify anew. */
	if (k < 0 || !p->plan->n)
		return k;
	return plan_state_file(p, ATBOOT_PATH, pending,
			       "the result of xenpv-verify, once it has run", e);
}

int atboot_pending(const struct root *r, struct err *e)
{
	_cleanup_err_ struct err why = ERR_INIT;
	_cleanup_free_ char *text = NULL;
	int k = root_read(r, ATBOOT_PATH, RESULT_MAX, &text, NULL, &why);

	if (k == -ENOENT)
		return 0;
	if (k < 0)
		return err_set(e, k, "%s", err_text(&why));
	return streq(text, pending);
}

int atboot_write(const struct root *r, const char *text, struct err *e)
{
	_cleanup_close_ int folder = root_open(r, STATE_DIR, O_RDONLY | O_DIRECTORY, 0,
					       e);
	int k;

	if (folder < 0)
		return folder;
	k = atomic_replace(folder, path_base(ATBOOT_PATH), text, 0600);
	return k < 0 ? err_errno(e, k, ATBOOT_PATH ": cannot write the result") : 0;
}
