/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rewrite is bounded by: the names that kernels read, and the space that was asked
 * for. */
#include "guest/kernels.h"
#include "guest/newc.h"
#include "installer/initrd_edit.h"
#include "tests/unit/image.h"

struct job {
	struct tree *t;
	struct kernel kernel;
	struct initrd_edit *edit;
	struct err e;
};

static void job_open(struct job *j, struct tree *t)
{
	*j = (struct job){ .t = t, .kernel = { .release = (char *)"2.6.18-53.el5" } };
	if (initrd_read(t->root, "/image", &j->kernel.image, &j->e) < 0 ||
	    initrd_edit_new(t->root, &j->kernel, &j->edit, &j->e) < 0)
		abort();
}

static void job_done(struct job *j)
{
	initrd_edit_free(j->edit);
	initrd_free(j->kernel.image);
	err_done(&j->e);
}

static int job_add(struct job *j, const char *name)
{
	_cleanup_close_ int fd = image_open(j->t, "xen-vbd.ko");

	return initrd_edit_add(j->edit, name, fd, S_IFREG | 0644, &j->e);
}

static int job_write(struct job *j)
{
	return image_rewrite(j->t, j->edit, &j->e);
}

/* Kernels read names of less than PATH_MAX bytes; headers are made in room for these. */
static void test_long_names(struct tree *t)
{
	_cleanup_free_ uint8_t *raw = malloc(NEWC_HEADER + NEWC_NAME_MAX + 4);
	const uint32_t fields[NEWC_FIELDS] = { 0 };
	char name[2 * NEWC_NAME_MAX];
	struct job j = { .edit = NULL };

	memset(name, 'a', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	is_int(newc_format(raw, fields, false, name), -ENAMETOOLONG, "a name of 8 KB");
	name[NEWC_NAME_MAX] = '\0';
	is_int(newc_format(raw, fields, false, name), -ENAMETOOLONG, "one of PATH_MAX");
	name[NEWC_NAME_MAX - 1] = '\0';
	is_int(newc_format(raw, fields, false, name), NEWC_HEADER + NEWC_NAME_MAX + 2,
	       "the longest one that is read");

	must_sh(t, "cp plain image");
	job_open(&j, t);
	memcpy(name, "lib/", 4);
	is_int(job_add(&j, name), 0, "it can be added");
	is_int(job_write(&j), 0, "… written, and read back");
	name[NEWC_NAME_MAX - 1] = 'a';
	name[NEWC_NAME_MAX] = '\0';
	is_int(job_add(&j, name), -ENOTSUP, "a longer one cannot");
	ok(strstr(err_text(&j.e), "4096 bytes"), "… %s", err_text(&j.e));
	is_int((long long)j.edit->n_files, 1, "… and is not in the edit");
	job_done(&j);
}

/* Programs packed as small as the tool can, and again by us, who take less time. */
static void test_estimates(struct tree *t)
{
	static const char *const packers[] = {
		"gzip -9n",
		"bzip2 -9",
		"xz --format=lzma -9e",
		"xz --check=crc32 -9e",
		"lz4 -q -l -12",
		"zstd -q --ultra -22",
		"lzop -q -9",
	};

	/* A compiler's programs, or what there is */
	must_sh(t, "cp -a img best && { find -L /usr/lib/gcc /usr/libexec/gcc -type f "
		   "-size +1M "
		   "| sort; find /bin/ -type f -size +64k | sort; } 2>/dev/null >list; "
		   "xargs cat <list 2>/dev/null | head -c 6M >best/lib/big");
	image_cpio(t, "best", "best.cpio");
	for (size_t i = 0; i < ELEMENTSOF(packers); i++) {
		struct job j = { .edit = NULL };
		uint64_t old;

		must_sh(t, "%s <best.cpio >image", packers[i]);
		old = image_size(t, "image");
		job_open(&j, t);
		ok(job_add(&j, "lib/xen-vbd.ko") == 0 && job_write(&j) == 0 &&
			   image_size(t, "new") <= initrd_edit_size(j.edit),
		   "%s: no larger than estimated", packers[i]);
		printf("# %lu bytes, then %lu, estimated %lu\n", (unsigned long)old,
		       (unsigned long)image_size(t, "new"),
		       (unsigned long)initrd_edit_size(j.edit));
		job_done(&j);
	}
}

int main(void)
{
	struct tree t;

	tree_init(&t);
	image_folder(&t);
	image_cpio(&t, "img", "plain");
	must_sh(&t, "seq 1 3001 >xen-vbd.ko");
	test_long_names(&t);
	test_estimates(&t);
	tree_done(&t);
	return tap_done();
}
