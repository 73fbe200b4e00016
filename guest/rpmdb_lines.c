/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rpm printed of a database, in the form that rpmdb_parse() reads. */
#include <string.h>

#include "guest/rpmdb_read.h"

/* rpm's word for a tag that a package lacks */
#define NONE "(none)"

/* One line of rpm's: a letter, and a text that may be none. */
static int dump_line(FILE *out, char *line, size_t len)
{
	const char *text = line + 1;

	if (len < 2 || line[len - 1] != '\n' || strlen(line) != len ||
	    !strchr("NVRAEF", *line))
		return -1;
	line[len - 1] = '\0';
	if (*line == 'F')
		text = rpmdb_wanted_path(text);
	else if (streq(text, NONE))
		text = *line == 'E' ? NULL : "";
	if (text)
		fprintf(out, "%c%s%c", *line, text, 0);
	return 0;
}

int rpmdb_lines(FILE *out, FILE *in)
{
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, in)) > 0)
		if (dump_line(out, line, (size_t)n) < 0)
			return -1;
	return ferror(in) ? -1 : 0;
}
