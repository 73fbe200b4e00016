/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initrd images for unit tests, made and judged by cpio, gzip and their kin. */
#pragma once

#include <sys/wait.h>

#include "guest/initrd.h"
#include "installer/initrd_edit.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

/* Run a shell script in the tree's top; its exit status. */
static inline __attribute__((format(printf, 2, 3))) int sh(struct tree *t,
							   const char *fmt, ...)
{
	_cleanup_free_ char *script = NULL;
	_cleanup_free_ char *command = NULL;
	va_list ap;
	int status;

	va_start(ap, fmt);
	if (vasprintf(&script, fmt, ap) < 0)
		abort();
	va_end(ap);
	command = strf("cd %s && { %s\n}", t->path, script);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* The same, for scripts that cannot fail. */
#define must_sh(...)                      \
	do {                              \
		if (sh(__VA_ARGS__) != 0) \
			abort();          \
	} while (0)

static const char nash_init[] = "#!/bin/nash\n"
				"\n"
				"mount -t proc /proc /proc\n"
				"setquiet\n"
				"echo Mounting proc filesystem\n"
				"echo Creating block device nodes.\n"
				"mkblkdevs\n"
				"echo \"Loading jbd.ko module\"\n"
				"insmod /lib/jbd.ko \n"
				"echo \"Loading ext3.ko module\"\n"
				"insmod /lib/ext3.ko \n"
				"echo \"Loading scsi_mod.ko module\"\n"
				"insmod /lib/scsi_mod.ko \n"
				"echo \"Loading sd_mod.ko module\"\n"
				"insmod /lib/sd_mod.ko \n"
				"mkblkdevs\n"
				"resume /dev/sdc2\n"
				"echo Creating root device.\n"
				"mkrootdev -t ext3 -o defaults,ro /dev/sda1\n"
				"echo Mounting root filesystem.\n"
				"mount /sysroot\n"
				"switchroot\n";

/*
 * A folder img/ like a mkinitrd image, with what makes trouble: hard links,
 * links, odd names, empty files, device nodes when root.
 */
static inline void image_folder(struct tree *t)
{
	tree_put(t, "img/init", nash_init);
	must_sh(t,
		"cd img && mkdir -p lib bin dev sysroot && chmod 755 init && "
		"for m in jbd ext3 scsi_mod sd_mod; do head -c 20011 /dev/urandom | "
		"od -An -tx1 >lib/$m.ko; done && "
		"seq 1 5000 >bin/nash && ln bin/nash bin/hotplug && ln bin/nash bin/x && "
		"ln -s bin sbin && : >empty && : >'a b' && "
		"printf x >\"$(printf 'new\\nline')\" && "
		"printf y >\"$(printf 'bad\\377\\376utf')\"");
	if (geteuid() == 0)
		must_sh(t, "cd img/dev && mknod console c 5 1 && mknod ram b 1 1");
}

/* img/ as a cpio archive in *name*, uncompressed. */
static inline void image_cpio(struct tree *t, const char *folder, const char *name)
{
	must_sh(t,
		"cd %s && find . -print0 | LC_ALL=C sort -z | cpio -o -0 -H newc --quiet "
		">../%s",
		folder, name);
}

static inline int image_open(struct tree *t, const char *name)
{
	_cleanup_free_ char *path = strf("%s/%s", t->path, name);

	return open(path, O_RDWR | O_CLOEXEC);
}

static inline uint64_t image_size(struct tree *t, const char *name)
{
	_cleanup_free_ char *path = strf("%s/%s", t->path, name);
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

/* Write "new" and check it: what either says. */
static inline int image_rewrite(struct tree *t, struct initrd_edit *x, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int r;

	must_sh(t, ": >new");
	fd = image_open(t, "new");
	r = initrd_edit_write(x, fd, e);
	return r < 0 ? r : initrd_edit_check(x, fd, e);
}
