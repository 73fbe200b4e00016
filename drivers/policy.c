/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "drivers/policy.h"
#include "lib/lines.h"
#include "lib/root.h"

#define POLICY_MAX (64 * 1024)
#define BLANKS	   " \t\r"

/* Each takes the rest of its line. 0, -ENOMEM, or -EINVAL: it is something else. */
static int set_signature(struct policy *p, const char *value)
{
	if (streq(value, "required"))
		p->signature = SIGNATURE_REQUIRED;
	else if (streq(value, "optional"))
		p->signature = SIGNATURE_OPTIONAL;
	else
		return -EINVAL;
	return 0;
}

static int set_keys(struct policy *p, const char *value)
{
	return value[0] == '/' ? str_set(&p->keys, value) : -EINVAL;
}

static const struct {
	const char *word;
	int (*set)(struct policy *p, const char *value);
	const char *wants;
} words[] = {
	{ "bundle-signature", set_signature, "'required' or 'optional'" },
	{ "keys", set_keys, "a folder's absolute path" },
};

static int take_line(struct policy *p, const char *line, bool *seen, struct err *e)
{
	const char *word = line + strspn(line, BLANKS);
	size_t n = strcspn(word, BLANKS);
	const char *from = word + n + strspn(word + n, BLANKS);
	_cleanup_free_ char *value = strdup(from);
	size_t len = strlen(from);
	size_t i = 0;
	int k;

	if (!value)
		return err_nomem(e);
	if (!n || word[0] == '#')
		return 0;
	while (len && strchr(BLANKS, value[len - 1]))
		value[--len] = '\0';
	while (i < ELEMENTSOF(words) &&
	       (strlen(words[i].word) != n || strncmp(words[i].word, word, n) != 0))
		i++;
	if (i == ELEMENTSOF(words))
		return err_set(e, EINVAL, "there is no '%.*s'", (int)n, word);
	if (seen[i])
		return err_set(e, EINVAL, "a second '%s'", words[i].word);
	seen[i] = true;
	k = words[i].set(p, value);
	if (k == -ENOMEM)
		return err_nomem(e);
	return k < 0 ? err_set(e, EINVAL, "%s wants %s, not '%s'", words[i].word,
			       words[i].wants, value)
		     : 0;
}

int policy_parse(const char *text, size_t len, const char *name, struct policy *ret,
		 struct err *e)
{
	_cleanup_(policy_done) struct policy p = { 0 };
	_cleanup_lines_ struct lines l = { 0 };
	bool seen[ELEMENTSOF(words)] = { 0 };
	int k = lines_parse(&l, text, len, name, e);

	if (k == 0 && (str_set(&p.file, name) < 0 || str_set(&p.keys, POLICY_KEYS) < 0))
		k = err_nomem(e);
	for (size_t i = 0; k == 0 && i < l.n; i++) {
		k = take_line(&p, l.v[i].text, seen, e);
		if (k < 0)
			err_context(e, "%s: line %zu", name, i + 1);
	}
	if (k < 0)
		return k;
	*ret = p;
	p = (struct policy){ 0 };
	return 0;
}

int policy_read(const char *path, struct policy *ret, struct err *e)
{
	_cleanup_root_ struct root *slash = NULL;
	_cleanup_free_ char *here = NULL;
	_cleanup_free_ char *file = NULL;
	_cleanup_free_ char *text = NULL;
	struct stat st;
	size_t len;
	int k = root_new(&slash, "/", e);

	if (k < 0)
		return k;
	if (path && path[0] != '/') {
		here = get_current_dir_name();
		if (!here)
			return err_errno(e, errno, "the current folder");
		file = strf("%s/%s", here, path);
	} else {
		file = strdup(path ?: POLICY_FILE);
	}
	if (!file)
		return err_nomem(e);
	/* A link that leads nowhere is one that somebody has made. */
	if (!path && root_stat(slash, file, false, &st, NULL) == -ENOENT)
		return 0;
	k = root_read(slash, file, POLICY_MAX, &text, &len, e);
	return k < 0 ? k : policy_parse(text, len, file, ret, e);
}

void policy_done(struct policy *p)
{
	free(p->file);
	free(p->keys);
	*p = (struct policy){ 0 };
}
