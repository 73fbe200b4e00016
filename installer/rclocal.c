/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The documentation of RHEL 3 has the administrator load xen-vbd in rc.local. Once the
 * initrd loads it, such a line does it twice, and fails: it becomes a comment. Only where
 * every kernel's initrd does, since a kernel without still needs the line.
 *
 * The comment stands behind the null command: a line that is all of an if's body, or what
 * a || on the line before leads to, leaves the script as valid as it was.
 */
#include <string.h>

#include "installer/plan.h"

/* A shell's words, as far as telling commands takes them apart. */
#define SPLIT " \t\r;&|(){}"

/* What stands between them. "{" is a word itself, and within others: ${#x}. */
#define BETWEEN " \t\r;&|()<>"

#define MARK ": # xenpv: the initrd does it: "

/* Where a line begins, as the lines before it tell. */
struct shell {
	char quote;	/* within such quotes; 0: in none */
	bool goes_on;	/* the line before ends in a backslash */
	char until[64]; /* within a here-document, up to this line; "": in none */
	bool tabs;	/* of which leading tabs are taken off: <<- */
};

static const char *const files[] = { "/etc/rc.d/rc.local", "/etc/rc.local" };

/* What the initrd loads. */
static const enum xendrv loaded[] = { XENDRV_PLATFORM, XENDRV_VBD };

/* Whether a word names such a driver, as a module or as its file. */
static bool names_driver(const struct planning *p, const char *word)
{
	_cleanup_free_ char *name = module_name(path_base(word));

	for (size_t i = 0; i < ELEMENTSOF(loaded); i++) {
		const char *driver = p->g->gen->drivers[loaded[i]];

		if (driver && module_same(name ?: path_base(word), driver))
			return true;
	}
	return false;
}

/* "<<EOF", "<<-'EOF'": from behind the "<<". Returns where its word ends. */
static const char *here_document(struct shell *s, const char *p)
{
	size_t n = 0;

	s->tabs = *p == '-';
	p += s->tabs;
	p += strspn(p, " \t");
	for (; *p && !strchr(BETWEEN, *p); p++)
		if (!strchr("'\"\\", *p) && n + 1 < sizeof(s->until))
			s->until[n++] = *p;
	s->until[n] = '\0';
	return p;
}

/* One line of a script, read as far as telling where the next one begins needs. */
static void shell_line(struct shell *s, const char *line)
{
	bool word = false; /* within one: a '#' there begins no comment */

	if (s->until[0]) {
		if (streq(line + (s->tabs ? strspn(line, "\t") : 0), s->until))
			s->until[0] = '\0';
		return;
	}
	s->goes_on = false;
	for (const char *p = line; *p; p++) {
		bool begins = !word;

		word = !strchr(BETWEEN, *p);
		if (*p == '\\' && s->quote != '\'') {
			s->goes_on = !p[1];
			p += p[1] != '\0';
		} else if (s->quote) {
			s->quote = *p == s->quote ? '\0' : s->quote;
		} else if (strchr("'\"`", *p)) {
			s->quote = *p;
		} else if (*p == '#' && begins) {
			break;
		} else if (startswith(p, "<<<")) {
			p += 2;
		} else if (startswith(p, "<<")) {
			p = here_document(s, p + 2) - 1;
		}
	}
}

static bool shell_is_between(const struct shell *s)
{
	return !s->quote && !s->goes_on && !s->until[0];
}

static bool is_loader(const char *word)
{
	return streq(path_base(word), "insmod") || streq(path_base(word), "modprobe");
}

/* Whether a line is one command, insmod or modprobe, and nothing else. */
static bool is_simple(const struct shell *before, const char *line)
{
	struct shell after = *before;
	_cleanup_free_ char *first = NULL;

	shell_line(&after, line);
	line += strspn(line, " \t");
	first = strndup(line, strcspn(line, " \t\r"));
	return first && is_loader(first) && !line[strcspn(line, ";&|(){")] &&
	       shell_is_between(before) && shell_is_between(&after);
}

/* insmod or modprobe of one of them, wherever it stands in the line. */
static bool loads_driver(const struct planning *p, const char *line)
{
	_cleanup_free_ char *copy = strdup(line);
	bool loader = false;
	bool found = false;
	char *save = NULL;

	for (char *w = copy ? strtok_r(copy, SPLIT, &save) : NULL; w;
	     w = strtok_r(NULL, SPLIT, &save)) {
		if (w[0] == '#')
			break;
		if (is_loader(w))
			loader = true;
		else
			found = found || (loader && names_driver(p, w));
	}
	return found;
}

/* Every kernel that the guest may boot has an image that loads them, or will. */
static bool all_load(const struct planning *p)
{
	const struct kernels *k = p->g->kernels;

	for (size_t i = 0; i < k->n; i++) {
		bool edited = false;

		if (k->v[i].variant == VARIANT_XEN)
			continue;
		for (size_t n = 0; n < p->plan->n_edits; n++)
			edited = edited || p->plan->edits[n]->kernel == &k->v[i];
		if (!edited && (!k->v[i].image ||
				initrd_load_index(k->v[i].image,
						  p->g->gen->drivers[XENDRV_VBD]) < 0))
			return false;
	}
	return true;
}

/* Line i, which loads a driver that the initrd loads. 1 it is a comment now, 0 left. */
static int comment_out(struct planning *p, const char *path, struct lines *l, size_t i,
		       bool simple, struct err *e)
{
	const char *text = l->v[i].text;
	size_t indent = strspn(text, " \t");
	_cleanup_free_ char *line = NULL;

	if (!simple || !all_load(p))
		return plan_note(
			p, e,
			"%s: line %zu loads a driver that the initrd loads already%s: "
			"take it out when it is no longer needed",
			path, i + 1, simple ? ", though not of every kernel" : "");
	line = strf("%.*s" MARK "%s", (int)indent, text, text + indent);
	return line && lines_set(l, i, line) == 0 ? 1 : err_nomem(e);
}

static int plan_file(struct planning *p, const char *path, struct err *e)
{
	_cleanup_lines_ struct lines l = { 0 };
	struct shell s = { 0 };
	bool changed = false;
	int found = plan_lines(p, path, &l, e);

	for (size_t i = 0; found > 0 && i < l.n; i++) {
		struct shell before = s;
		int k = 0;

		shell_line(&s, l.v[i].text);
		if (loads_driver(p, l.v[i].text))
			k = comment_out(p, path, &l, i, is_simple(&before, l.v[i].text),
					e);
		if (k < 0)
			return k;
		changed = changed || k;
	}
	if (found > 0 && changed) {
		int k = plan_set_lines(p, path, &l,
				       "what the initrd loads is not loaded again", false,
				       e);

		if (k < 0)
			return k;
	}
	return found;
}

int plan_rclocal(struct planning *p, struct err *e)
{
	bool any = false;
	int k = 0;

	for (size_t i = 0; i < p->g->kernels->n; i++)
		any = any || plan_kernel_switches(p, i);
	/* One is a link to the other where both are there. */
	for (size_t i = 0; any && k == 0 && i < ELEMENTSOF(files); i++)
		k = plan_file(p, files[i], e);
	return k < 0 ? k : 0;
}
