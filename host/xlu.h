/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxlutil, with sentences for what it has to complain of. */
#pragma once

#include <libxlutil.h>

#include "lib/err.h"

struct xlu {
	XLU_Config *cfg;
	FILE *report;
	char *said;
	size_t size;
};

void xlu_done(struct xlu *x);
int xlu_open(struct xlu *x, const char *label, struct err *e);

/*
 * The error that one of its functions returned, with the first line that it said. That
 * begins with the label, and of a whole file with the line behind it; of a part of one
 * (line not 0) we know the line.
 */
int xlu_complain(struct xlu *x, int code, const char *label, size_t line, struct err *e);

/* A disk's text. *ret is initialised in any case, and for the caller to dispose of. */
int xlu_parse_disk(const char *spec, const char *label, size_t line,
		   libxl_device_disk *ret, struct err *e);

/*
 * Where in a disk's text its name stands is libxlutil's to say: each place where it might
 * is tried, and taken when with the new name there all else means the same. Old xm's
 * "ioemu:" before it counts as a part of it. -EINVAL when there is no such place.
 */
int xlu_find_name(const char *spec, const char *label, size_t line, const char *to,
		  size_t *ret_at, size_t *ret_len, struct err *e);
