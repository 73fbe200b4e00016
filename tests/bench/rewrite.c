/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rewrite IMAGE MODULE OUT: read an initrd, add a module and its load line, write and
 * sync the new image, read it back and compare, as an install does. Prints "SECONDS KIB":
 * the time of reading and writing without the comparison, and the peak memory of
 * everything.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "guest/kernels.h"
#include "installer/initrd_edit.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int rewrite(struct root *r, const char *image, const char *module, int out,
		   double *seconds, struct err *e)
{
	_cleanup_(initrd_edit_freep) struct initrd_edit *x = NULL;
	_cleanup_(initrd_freep) struct initrd *read = NULL;
	_cleanup_close_ int fd = open(module, O_RDONLY | O_CLOEXEC);
	static const struct initrd_want want = { "xen-vbd", "lib/xen-vbd.ko" };
	struct kernel k = { .release = (char[]){ "bench" } };
	double start = now();
	int n;

	if (fd < 0)
		return err_errno(e, errno, "%s", module);
	n = initrd_read(r, image, &read, e);
	k.image = read;
	k.initrd = read ? read->path : NULL;
	if (n >= 0)
		n = initrd_edit_new(r, &k, &x, e);
	if (n >= 0)
		n = initrd_edit_add(x, want.path, fd, 0644, e);
	if (n >= 0)
		n = initrd_edit_loads(x, &want, 1, e);
	if (n >= 0)
		n = initrd_edit_write(x, out, e);
	if (n >= 0 && fsync(out) < 0)
		n = err_errno(e, errno, "fsync");
	*seconds = now() - start;
	if (n >= 0)
		n = initrd_edit_check(x, out, e);
	return n;
}

int main(int argc, char **argv)
{
	_cleanup_root_ struct root *r = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_close_ int out = -1;
	struct rusage usage;
	double seconds = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: rewrite IMAGE MODULE OUT\n");
		return 2;
	}
	out = open(argv[3], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0) {
		perror(argv[3]);
		return 1;
	}
	if (root_new(&r, "/", &e) < 0 ||
	    rewrite(r, argv[1], argv[2], out, &seconds, &e) < 0) {
		fprintf(stderr, "%s\n", err_text(&e));
		return 1;
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%.3f %ld\n", seconds, usage.ru_maxrss);
	return 0;
}
