/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The languages that a guest's configuration may be written in: xm's and xl's, and
 * libvirt's domain XML. Each is read for its meaning by the library that its users have,
 * and changed in place.
 */
#pragma once

#include "host/domain.h"
#include "host/judge.h"
#include "host/patch.h"

/* Longer, and the file is no guest's. */
#define CONFIG_MAX (256u * 1024)

struct config;

struct format {
	const char *name;
	bool nic_types; /* NICs have a type, or none */
	/*
	 * The text is NUL-terminated behind its len bytes; it and label must outlive the
	 * configuration. -EINVAL with "LABEL:LINE: what is wrong".
	 */
	int (*read)(const char *text, size_t len, const char *label, struct config **ret,
		    struct err *e);
	void (*free)(struct config *c);
	const struct domain *(*domain)(const struct config *c);
	/* What is to be changed where. -EINVAL with a sentence when there is no way. */
	int (*edit)(const struct config *c, const struct changes *ch, struct patches *p,
		    struct err *e);
	/* All that no domain tells is the same in both, or is what edit() takes away. */
	bool (*same_rest)(const struct config *a, const struct config *b);
};

extern const struct format format_xl;
extern const struct format format_libvirt;

/* By the first byte that is no blank. */
const struct format *format_of(const char *text, size_t len);

/*
 * The text with the changes, read again and found to mean what was to be made of it; the
 * caller frees *ret. -EINVAL with a sentence when it does not.
 */
int format_change(const struct format *f, const struct config *c,
		  const struct changes *ch, const char *text, size_t len,
		  const char *label, char **ret, struct err *e);
