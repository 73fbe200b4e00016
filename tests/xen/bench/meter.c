/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meter SERIAL DOMID, in dom0: what a guest's load costs. Between the lines "rig: begin
 * NAME" and "rig: done NAME ..." of its serial port: NAME, seconds, the seconds of
 * processor that Xen says the guest and dom0 had, and the time stamps of begin and end,
 * as xentrace has them. Until "rig: end".
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xenctrl.h>

#define PAUSE_US 50000

struct reading {
	double at;
	unsigned long long stamp;
	double guest;
	double dom0;
};

static double cpu_seconds(xc_interface *xc, uint32_t domid)
{
	xc_dominfo_t info;

	if (xc_domain_getinfo(xc, domid, 1, &info) != 1 || info.domid != domid)
		return 0;
	return (double)info.cpu_time / 1e9;
}

static struct reading take(xc_interface *xc, uint32_t domid)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct reading){
		.at = (double)t.tv_sec + (double)t.tv_nsec / 1e9,
		.stamp = __builtin_ia32_rdtsc(),
		.guest = cpu_seconds(xc, domid),
		.dom0 = cpu_seconds(xc, 0),
	};
}

/* The next line, without its end, or NULL at the guest's end; the caller frees it */
static char *next_line(int fd)
{
	char *line = NULL;
	size_t used = 0;
	char c;

	for (;;) {
		ssize_t n = read(fd, &c, 1);

		if (n < 0)
			return NULL;
		if (n == 0) {
			usleep(PAUSE_US);
			continue;
		}
		line = realloc(line, used + 1);
		if (!line)
			return NULL;
		if (c == '\n') {
			line[used] = 0;
			return line;
		}
		if (c != '\r')
			line[used++] = c;
	}
}

int main(int argc, char **argv)
{
	xc_interface *xc = xc_interface_open(NULL, NULL, 0);
	int fd = argc == 3 ? open(argv[1], O_RDONLY) : -1;
	uint32_t domid;
	struct reading began = { 0 };
	char *line;

	if (fd < 0 || !xc) {
		fprintf(stderr, "usage: meter SERIAL DOMID, in dom0\n");
		return 2;
	}
	domid = (uint32_t)atoi(argv[2]);
	while ((line = next_line(fd)) && strcmp(line, "rig: end")) {
		char name[64];

		if (sscanf(line, "rig: begin %63s", name) == 1) {
			began = take(xc, domid);
		} else if (sscanf(line, "rig: done %63s", name) == 1) {
			struct reading end = take(xc, domid);

			printf("%s %.3f %.3f %.3f %llu %llu\n", name, end.at - began.at,
			       end.guest - began.guest, end.dom0 - began.dom0,
			       began.stamp, end.stamp);
			fflush(stdout);
		}
		free(line);
	}
	free(line);
	return 0;
}
