/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest runs, as its configuration may tell. */
#pragma once

#include "guest/generation.h"

/* By libosinfo's name for it, such as http://redhat.com/rhel/5.11; NULL: not known. */
const struct generation *guestos_find(const char *url);
