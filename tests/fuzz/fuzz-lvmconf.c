/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as lvm.conf: what is said of it lies in it, and what follows a name is longer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest/lvmconf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(lvmconf_freep) struct lvmconf *c = calloc(1, sizeof(*c));
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_free_ char *new = NULL;

	if (!c || !text)
		abort();
	if (lvmconf_parse(c, "conf", text, &e) < 0) {
		if (!e.msg)
			__builtin_trap();
		return 0;
	}
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->filters[i].n; k++)
			if (c->filters[i].v[k].offset >= strlen(text) ||
			    !strchr("\"'ar", text[c->filters[i].v[k].offset]))
				__builtin_trap();
	if (lvm_text_follow(c, "conf", text, "sda", "xvda", &new) > 0 &&
	    strlen(new) <= strlen(text))
		__builtin_trap();
	return 0;
}
