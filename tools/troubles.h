/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What docs/troubleshooting.md says beside the program's own tables. */
#pragma once

struct trouble {
	const char *id;	     /* of a check; NULL: of none */
	const char *printed; /* as the program prints it, "…" for what differs */
	const char *why;
	const char *remedy;
};

/* Findings; each ends with a row of NULL. */
extern const struct trouble finding_troubles[];
/* What the guest's console, or a program of the guest, says. */
extern const struct trouble console_troubles[];
