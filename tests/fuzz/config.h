/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What holds of every text in a language of guests' configurations. */
#pragma once

#include "host/format.h"
#include "tests/fuzz/fuzz.h"

/* Judge as for RHEL 5 on a host of today. */
static inline void fuzz_judge(const struct format *f, const struct config *c,
			      struct changes *ret)
{
	static const struct strv none;
	struct judge_facts facts = { .types = f->nic_types, .keep = &none };

	check(judge(f->domain(c), &facts, ret, NULL) == 0);
}

/*
 * What is read can be judged; what is changed means what was meant, which format_change()
 * has looked at, and there is nothing left to do: but for PV disks that found no name.
 */
static inline void fuzz_config(const struct format *f, const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	_cleanup_free_ char *changed = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	struct config *c = NULL;
	struct config *again = NULL;
	struct changes ch;
	struct changes left;
	int k;

	check(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	k = f->read(text, size, "input", &c, &e);
	check(k == 0 || (k < 0 && startswith(err_text(&e), "input:")));
	if (k < 0)
		return;
	fuzz_judge(f, c, &ch);
	k = format_change(f, c, &ch, text, size, "input", &changed, &e);
	check(k == 0 || !strstr(err_text(&e), "dropped"));
	if (k == 0) {
		check(ch.n || streq(changed, text));
		check(f->read(changed, strlen(changed), "input", &again, NULL) == 0);
		fuzz_judge(f, again, &left);
		check(left.n == 0);
		changes_done(&left, f->domain(again));
		f->free(again);
	}
	changes_done(&ch, f->domain(c));
	f->free(c);
}
