/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/format.h"

const struct format *format_of(const char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	size_t at = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

	while (at < len && strchr(" \t\r\n", text[at]) && text[at])
		at++;
	return at < len && text[at] == '<' ? &format_libvirt : &format_xl;
}

int format_change(const struct format *f, const struct config *c,
		  const struct changes *ch, const char *text, size_t len,
		  const char *label, char **ret, struct err *e)
{
	_cleanup_(patches_done) struct patches p = { 0 };
	_cleanup_free_ char *changed = NULL;
	struct config *again = NULL;
	bool good;
	int k = f->edit(c, ch, &p, e);

	if (k < 0)
		return k;
	k = patches_apply(&p, text, len, &changed);
	if (k < 0)
		return err_errno(e, k, "%s: cannot be changed", label);
	k = f->read(changed, strlen(changed), label, &again, e);
	if (k < 0)
		return err_context(e, "the changed text is not understood, and dropped");
	good = changes_are_made(ch, f->domain(c), f->domain(again)) &&
	       f->same_rest(c, again);
	f->free(again);
	if (!good)
		return err_set(e, EINVAL,
			       "%s: the changed text does not mean what it should, and "
			       "is dropped",
			       label);
	*ret = TAKE_PTR(changed);
	return 0;
}
