/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/streams.h"

void streams_open(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY | O_NOCTTY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int streams_end(enum program p, int status, bool changed)
{
	bool bad = ferror(stdout); /* of an earlier write: the reason is lost */
	const char *why = fflush(stdout) == 0 ? NULL : strerror(errno);

	if (!bad && !why)
		return status;
	fprintf(stderr, "%s: standard output: %s\n", program_name(p),
		why ?: "cannot be written");
	return status == EXIT_PASS && !changed ? EXIT_UNREADABLE : status;
}
