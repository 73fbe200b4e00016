/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "guest/machine.h"
#include "guest/mounts.h"
#include "lib/root.h"

void mount_list_done(struct mount_list *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].folder);
		free(m->v[i].source);
		free(m->v[i].target);
	}
	free(m->v);
	*m = (struct mount_list){ 0 };
}

/* procfs writes space, tab, newline and backslash as three octal digits. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
				       (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static int add(struct mount_list *m, dev_t dev, const char *source, const char *target)
{
	struct mount_entry *t;

	if (vec_grow(&m->v, m->n, sizeof(*m->v)) < 0)
		return -ENOMEM;
	t = &m->v[m->n++];
	t->dev = dev;
	t->source = strdup(source);
	t->target = strdup(target);
	if (!t->source || !t->target)
		return -ENOMEM;
	unescape(t->source);
	unescape(t->target);
	return 0;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static int add_mountinfo(struct mount_list *m, char *line)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_free_ char *target = NULL;
	_cleanup_free_ char *source = NULL;
	char *dash = strstr(line, " - ");
	unsigned int maj;
	unsigned int min;

	if (!dash ||
	    sscanf(line, "%*u %*u %u:%u %ms %ms", &maj, &min, &folder, &target) != 4 ||
	    sscanf(dash + 3, "%*s %ms", &source) != 1)
		return 0;
	if (add(m, makedev(maj, min), source, target) < 0)
		return -ENOMEM;
	m->v[m->n - 1].folder = TAKE_PTR(folder);
	return 0;
}

/* "/dev/hda1 /boot ext3 rw 0 0"; kernels before 2.6.26 have only this. */
static int add_mount(struct mount_list *m, char *line)
{
	_cleanup_free_ char *target = NULL;
	_cleanup_free_ char *source = NULL;
	struct stat st;

	if (sscanf(line, "%ms %ms", &source, &target) != 2)
		return 0;
	/* They name the root's device by no name that helps. */
	if (streq(source, "/dev/root") && streq(target, "/") && stat("/", &st) == 0)
		return add(m, st.st_dev, source, target);
	return startswith(source, "/dev/") ? add(m, 0, source, target) : 0;
}

/* "/dev/hda2  partition  1048568  0  -1", after a line of headings. */
static int add_swap(struct mount_list *m, char *line)
{
	_cleanup_free_ char *source = NULL;

	if (line[0] != '/' || sscanf(line, "%ms", &source) != 1)
		return 0;
	return add(m, 0, source, "swap");
}

static int read_lines(const struct root *proc, const char *path, struct mount_list *m,
		      int (*line)(struct mount_list *, char *))
{
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (root_read(proc, path, ROOT_TEXT_MAX, &text, NULL, NULL) < 0)
		return 0;
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save))
		if (line(m, p) < 0)
			return -ENOMEM;
	return 1;
}

int mount_list_read(struct mount_list *m, struct err *e)
{
	_cleanup_root_ struct root *proc = NULL;
	int k;

	k = root_new(&proc, machine_procfs(), e);
	if (k < 0)
		return k;
	k = read_lines(proc, "/self/mountinfo", m, add_mountinfo);
	if (k == 0)
		k = read_lines(proc, "/self/mounts", m, add_mount);
	if (k < 0 || read_lines(proc, "/swaps", m, add_swap) < 0)
		return err_nomem(e);
	return 0;
}

int mount_list_targets(const struct mount_list *m, dev_t dev, const char *name,
		       struct strv *out)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct mount_entry *t = &m->v[i];
		bool same = t->dev ? t->dev == dev
				   : startswith(t->source, "/dev/") &&
					     streq(t->source + 5, name);

		if (same && !strv_has(out, t->target) && strv_add(out, t->target) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* What a process has for its root; NULL: a folder where nothing is mounted. Of mounts
 * upon another, the last counts. */
static const struct mount_entry *root_of(const struct mount_list *m)
{
	for (size_t i = m->n; i > 0; i--)
		if (streq(m->v[i - 1].target, "/"))
			return &m->v[i - 1];
	return NULL;
}

/* As kernels before 2.6.26 tell it to root. What gives up files may not look there. */
static bool is_other_root(void)
{
	_cleanup_free_ char *path = strf("%s/1/root/.", machine_procfs());
	struct stat own;
	struct stat init;

	return path && stat("/", &own) == 0 && stat(path, &init) == 0 &&
	       (own.st_dev != init.st_dev || own.st_ino != init.st_ino);
}

bool mounts_tell_chroot(void)
{
	_cleanup_root_ struct root *proc = NULL;
	_cleanup_mounts_ struct mount_list own = { 0 };
	_cleanup_mounts_ struct mount_list init = { 0 };
	const struct mount_entry *a;
	const struct mount_entry *b;

	if (root_new(&proc, machine_procfs(), NULL) < 0)
		return false;
	if (read_lines(proc, "/self/mountinfo", &own, add_mountinfo) <= 0 ||
	    read_lines(proc, "/1/mountinfo", &init, add_mountinfo) <= 0)
		return is_other_root();
	a = root_of(&own);
	b = root_of(&init);
	return a && b ? a->dev != b->dev || !streq(a->folder, b->folder) : a != b;
}

/* Lines of /proc/partitions: "   3        1      40960 hda1". */
char *block_name_of(dev_t dev)
{
	_cleanup_root_ struct root *proc = NULL;
	_cleanup_free_ char *text = NULL;
	char *save = NULL;

	if (root_new(&proc, machine_procfs(), NULL) < 0 ||
	    root_read(proc, "/partitions", ROOT_TEXT_MAX, &text, NULL, NULL) < 0)
		return NULL;
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		_cleanup_free_ char *name = NULL;
		unsigned int maj;
		unsigned int min;

		if (sscanf(p, "%u %u %*u %ms", &maj, &min, &name) == 3 &&
		    makedev(maj, min) == dev) {
			for (char *c = name; *c; c++)
				if (*c == '/')
					*c = '!';
			return TAKE_PTR(name);
		}
	}
	return NULL;
}
