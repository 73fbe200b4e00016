/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the analysers do not see, since they look at one file at a time: that what makes
 * an error returns one. Included before each file that is analysed, but lib/err.c.
 */
#pragma once

#include "lib/err.h"

/* No function: deep down, an analyser does not look into one. */
#define is_negative(call)                        \
	({                                       \
		int r_ = (call);                 \
		if (r_ >= 0)                     \
			__builtin_unreachable(); \
		r_;                              \
	})

#define err_set(...)	 is_negative(err_set(__VA_ARGS__))
#define err_errno(...)	 is_negative(err_errno(__VA_ARGS__))
#define err_context(...) is_negative(err_context(__VA_ARGS__))
#define err_nomem(e)	 is_negative(err_nomem(e))
#define negative_errno() is_negative(negative_errno())
