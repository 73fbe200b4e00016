/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "tests/unit/tree.h"
#include "tests/unit/tx-sample.h"

#define PAST 1200000000 /* 2008 */

static void die(const char *what)
{
	perror(what);
	abort();
}

static char *join(const char *dir, const char *path)
{
	char *s = strf("%s%s", dir, path);

	if (!s)
		abort();
	return s;
}

char *sample_folder(void)
{
	const char *tops[] = { getenv("XENPV_SCRATCH"), "/dev/shm", getenv("TMPDIR"),
			       "/tmp" };

	for (size_t i = 0; i < ELEMENTSOF(tops); i++) {
		char *dir = tops[i] ? strf("%s/xenpv-tx.XXXXXX", tops[i]) : NULL;

		if (dir && mkdtemp(dir)) {
			/* Elsewhere is better only when it keeps attributes. */
			if (i != 1 || setxattr(dir, "user.try", "1", 1, 0) == 0) {
				removexattr(dir, "user.try");
				return dir;
			}
			rmdir(dir);
		}
		free(dir);
	}
	die("mkdtemp");
	return NULL;
}

void sample_write(const char *dir, const char *path, const char *text)
{
	_cleanup_free_ char *full = join(dir, path);
	_cleanup_close_ int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die(full);
}

char *sample_read(const char *dir, const char *path)
{
	_cleanup_free_ char *full = join(dir, path);
	_cleanup_close_ int fd = open(full, O_RDONLY | O_NOFOLLOW);
	char buf[4096];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	return n < 0 ? NULL : strndup(buf, (size_t)n);
}

/* --- the tree -------------------------------------------------------------------- */

static const struct {
	const char *path;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const char *text; /* NULL: a folder; "-> X": a link */
	const char *label;
} tree[] = {
	{ "/boot", 0755, 0, 0, NULL, "boot_t" },
	{ "/boot/grub", 0755, 0, 0, NULL, "boot_t" },
	{ "/boot/grub/grub.conf", 0600, 0, 0, "default=0\ntitle a\n", "boot_t" },
	{ "/boot/initrd-2.6.18-53.el5.img", 0600, 0, 0, "old image", "boot_t" },
	{ "/boot/vmlinuz-2.6.18-53.el5", 0644, 0, 0, "kernel", "boot_t" },
	{ "/etc", 0755, 0, 0, NULL, "etc_t" },
	{ "/etc/fstab", 0644, 0, 0, "LABEL=/ / ext3 defaults 1 1\n", "etc_t" },
	{ "/etc/modprobe.conf", 0640, 3, 4, "alias eth0 8139cp\n", "modules_conf_t" },
	{ "/etc/old.conf", 04755, 1, 0, "to be removed\n", "etc_t" },
	{ "/etc/old-link", 0777, 7, 7, "-> old.conf", "etc_t" },
	{ "/etc/rc.d", 0755, 0, 0, NULL, "etc_t" },
	{ "/etc/rc.d/rc3.d", 0755, 0, 0, NULL, "etc_t" },
	{ "/etc/rc.d/rc3.d/S05kudzu", 0777, 0, 0, "-> ../init.d/kudzu", "etc_t" },
	{ "/lib", 0755, 0, 0, NULL, "lib_t" },
	{ "/lib/modules", 0755, 0, 0, NULL, "modules_object_t" },
	{ SAMPLE_K, 0755, 0, 0, NULL, "modules_object_t" },
	{ SAMPLE_K "/modules.dep", 0644, 0, 0, "x.ko:\n", "modules_object_t" },
	{ SAMPLE_K "/x.ko", 0744, 5, 6, "module", "modules_object_t" },
	{ "/var", 0755, 0, 0, NULL, "var_t" },
	{ "/var/lib", 0751, 0, 0, NULL, "var_lib_t" },
};

static void make_node(const char *full, size_t i)
{
	const char *text = tree[i].text;
	int fd;

	if (!text) {
		if (mkdir(full, 0700) < 0 && errno != EEXIST)
			die(full);
	} else if (startswith(text, "-> ")) {
		if (symlink(text + 3, full) < 0)
			die(full);
	} else {
		fd = open(full, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || write(fd, text, strlen(text)) < 0)
			die(full);
		close(fd);
	}
	/* Without the right to, all belongs to the caller, and that has to stay as well.
	 */
	if (geteuid() == 0 && lchown(full, tree[i].uid, tree[i].gid) < 0)
		die(full);
	if (!(text && startswith(text, "-> ")) && chmod(full, tree[i].mode) < 0)
		die(full);
	lsetxattr(full, "security.selinux", tree[i].label, strlen(tree[i].label) + 1, 0);
	if (text)
		lsetxattr(full, "user.note", "a\0b\xff", 4, 0);
}

static const char *const mounts[] = { "/var", "/boot" };

bool sample_may_mount(void)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0;
}

void sample_tree(const char *dir, bool split)
{
	for (size_t i = 0; split && i < ELEMENTSOF(mounts); i++) {
		_cleanup_free_ char *full = join(dir, mounts[i]);

		if (mkdir(full, 0755) < 0 ||
		    mount("none", full, "tmpfs", 0, "size=16m") < 0)
			die(full);
	}
	for (size_t i = 0; i < ELEMENTSOF(tree); i++) {
		_cleanup_free_ char *full = join(dir, tree[i].path);

		make_node(full, i);
	}
	/* Times last and inside out: what is made in a folder changes the folder's. */
	for (size_t i = ELEMENTSOF(tree); i-- > 0;) {
		_cleanup_free_ char *full = join(dir, tree[i].path);
		struct timespec t = { PAST + (time_t)i * 1000, 123456789 };
		struct timespec times[2] = { t, t };

		if (utimensat(AT_FDCWD, full, times, AT_SYMLINK_NOFOLLOW) < 0)
			die(full);
	}
}

void sample_remove(const char *dir)
{
	for (size_t i = 0; i < ELEMENTSOF(mounts); i++) {
		_cleanup_free_ char *full = join(dir, mounts[i]);

		umount2(full, MNT_DETACH); /* where nothing is mounted it fails */
	}
	if (nftw(dir, tree_rm_one, 16, FTW_DEPTH | FTW_PHYS) < 0 && errno != ENOENT)
		die(dir);
}

/* --- plans ------------------------------------------------------------------------- */

static struct op *add(struct plan *p, enum op_kind kind, const char *path,
		      const char *text)
{
	struct op *o = plan_op(p, kind, "test", path);

	if (!o)
		abort();
	o->mode = kind == OP_MKDIR ? 0755 : 0644;
	o->data = text ? strdup(text) : NULL;
	o->len = text ? strlen(text) : 0;
	return o;
}

static struct op *replace(struct plan *p, const char *path, const char *text)
{
	struct op *o = add(p, OP_WRITE, path, text);

	o->exists = true;
	return o;
}

static int produce_image(void *arg, int fd, struct err *e)
{
	return write(fd, arg, strlen(arg)) < 0 ? err_errno(e, errno, "the new image") : 0;
}

static int check_image(void *arg, int fd, struct err *e)
{
	char buf[64] = "";

	if (read(fd, buf, sizeof(buf) - 1) < 0)
		return err_errno(e, errno, "the new image");
	return streq(buf, arg) ? 0 : err_set(e, EBADMSG, "the new image: \"%s\"", buf);
}

static void add_image(struct plan *p, const char *text, const char *keep)
{
	struct op *o = replace(p, "/boot/initrd-2.6.18-53.el5.img", NULL);
	/* A constant; the interface has no const. */
	union {
		const char *text;
		void *arg;
	} u = { text };

	o->produce = produce_image;
	o->check = check_image;
	o->arg = u.arg;
	o->bytes = strlen(text);
	o->boot = true;
	o->keep = strdup(keep);
}

/* Root may, but not in every container. */
static bool may_mknod(void)
{
	_cleanup_free_ char *dir = sample_folder();
	_cleanup_free_ char *path = join(dir, "/node");
	bool may;

	may = mknod(path, S_IFBLK | 0600, makedev(202, 0)) == 0;
	sample_remove(dir);
	return may;
}

struct plan *sample_plan(void)
{
	struct plan *p = calloc(1, sizeof(*p));
	struct op *o;

	if (!p)
		abort();
	add(p, OP_MKDIR, SAMPLE_K "/extra", NULL);
	add(p, OP_MKDIR, SAMPLE_K "/extra/xenpv", NULL);
	o = add(p, OP_WRITE, SAMPLE_K "/extra/xenpv/xen-vbd.ko", "driver");
	o->like = strdup(SAMPLE_K "/x.ko");
	replace(p, SAMPLE_K "/modules.dep", "x.ko:\nxen-vbd.ko:\n");
	replace(p, "/etc/modprobe.conf", "alias eth0 xen-vnif\n");
	o = add(p, OP_RENAME, "/etc/rc.d/rc3.d/S05kudzu", NULL);
	o->to = strdup("/etc/rc.d/rc3.d/K95kudzu");
	add(p, OP_REMOVE, "/etc/old.conf", NULL);
	add(p, OP_REMOVE, "/etc/old-link", NULL);
	add(p, OP_WRITE, STATE_DIR "/inventory.json", "{}")->mode = 0600;
	add_image(p, "new image, first", "/boot/initrd-2.6.18-53.el5.img.xenpv-orig");
	replace(p, "/boot/grub/grub.conf", "default=1\ntitle b\n")->boot = true;
	add(p, OP_SYMLINK, "/etc/rc.d/rc3.d/S99xenpv-verify", NULL)->link = strdup(
		"../init.d/xenpv-verify");
	if (may_mknod())
		add(p, OP_MKNOD, "/etc/xvda", NULL)->rdev = makedev(202, 0);
	return p;
}

struct plan *sample_plan_again(void)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	add(p, OP_WRITE, SAMPLE_K "/extra/xenpv/xen-vnif.ko", "other driver");
	replace(p, "/etc/modprobe.conf", "alias eth0 xen-vnif\nalias eth1 xen-vnif\n");
	add(p, OP_WRITE, "/etc/old.conf", "back again\n");
	replace(p, STATE_DIR "/inventory.json", "{ }");
	add_image(p, "new image, second", "/boot/initrd-2.6.18-53.el5.img.xenpv-orig");
	return p;
}
