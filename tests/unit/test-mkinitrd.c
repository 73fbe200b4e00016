/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The snippet for RHEL 5's mkinitrd, in a model of that program: it sources the
 * executable files of its folder, before or after it has read its arguments, and ends
 * without an image when a module that it is told of has no regular file.
 */
#include <sys/wait.h>

#include "tests/unit/steps-fixture.h"

/* T is the tree; when=early or late. Prints the modules that the image gets. */
static const char model[] =
	"when=$1; T=$2; shift 2\n"
	"kernel= target= PREMODS= MODULES=\n"
	"[ $when = early ] && for file in $T/etc/sysconfig/mkinitrd/*; do\n"
	"	[ -x $file ] && . $file\n"
	"done\n"
	"while [ $# -gt 0 ]; do\n"
	"	case $1 in\n"
	"	-*) ;;\n"
	"	*) if [ -z \"$target\" ]; then target=$1; else kernel=$1; fi ;;\n"
	"	esac\n"
	"	shift\n"
	"done\n"
	"[ $when = late ] && for file in $T/etc/sysconfig/mkinitrd/*; do\n"
	"	[ -x $file ] && . $file\n"
	"done\n"
	"findmodule() {\n"
	"	found=$(find $T/lib/modules/$kernel -name $1.ko -type f | head -n 1)\n"
	"	if [ ! -f \"$found\" ]; then\n"
	"		echo \"No module $1 found for kernel $kernel, aborting.\" >&2\n"
	"		exit 1\n"
	"	fi\n"
	"	MODULES=\"$MODULES $1\"\n"
	"}\n"
	"for n in $PREMODS; do findmodule $n; done\n"
	"for n in $(awk '/^alias scsi_hostadapter/ { print $3 }' $T/etc/modprobe.conf); "
	"do\n"
	"	findmodule $n\n"
	"done\n"
	"echo \"image:$MODULES\"\n";

static char *replace(const char *text, const char *what, const char *with)
{
	_cleanup_strv_ struct strv parts = { 0 };
	const char *at;

	while ((at = strstr(text, what))) {
		strv_addf(&parts, "%.*s", (int)(at - text), text);
		text = at + strlen(what);
	}
	strv_add(&parts, text);
	return strv_join(&parts, with);
}

/* Run the model: its output, or "status N". */
static char *mkinitrd(struct tree *t, const char *when, const char *kernel)
{
	_cleanup_free_ char *cmd = strf(
		"bash %s/model %s %s --allow-missing -f /boot/initrd.img %s 2>/dev/null",
		t->path, when, t->path, kernel);
	char line[256] = "";
	FILE *p = popen(cmd, "r");
	int status;

	if (!fgets(line, sizeof(line), p))
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	status = pclose(p);
	return status == 0 ? strdup(line) : strf("status %d", WEXITSTATUS(status));
}

static const struct {
	const char *kernel, *want;
} kernels[] = {
	{ "both", "image: xen-platform-pci xen-vbd" },
	{ "links", "image:" },
	{ "half", "image:" },
	{ "none", "image:" },
	{ "missing", "image:" },
};

static void make_kernels(struct tree *t)
{
	tree_put(t, "/lib/modules/both/kernel/x/xen-platform-pci.ko", "");
	tree_put(t, "/lib/modules/both/extra/xenpv/1/xen-vbd.ko", "");
	tree_link(t, "/lib/modules/links/weak-updates/xen-platform-pci.ko",
		  "/lib/modules/both/kernel/x/xen-platform-pci.ko");
	tree_link(t, "/lib/modules/links/weak-updates/xen-vbd.ko",
		  "/lib/modules/both/extra/xenpv/1/xen-vbd.ko");
	tree_put(t, "/lib/modules/half/extra/xen-vbd.ko", "");
	tree_put(t, "/lib/modules/none/kernel/ext3.ko", "");
}

/* The planned file, with the tree's /lib/modules in place of the guest's. */
static void put_snippet(struct fixture *f)
{
	_cleanup_free_ char *modules = strf("%s/lib/modules", f->t.path);
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *text = replace(
		fixture_new(f, "/etc/sysconfig/mkinitrd/xenpv"), "/lib/modules", modules);

	tree_put(&f->t, "/etc/sysconfig/mkinitrd/xenpv", text);
	name = root_name(f->t.root, "/etc/sysconfig/mkinitrd/xenpv");
	chmod(name, 0755);
}

int main(void)
{
	static const char *const whens[] = { "early", "late" };
	_cleanup_free_ char *control = NULL;
	_cleanup_free_ char *again = NULL;
	struct fixture f;

	fixture_init(&f, &fixture_rhel5);
	tree_put(&f.t, "/etc/modprobe.conf", "alias eth0 xen-vnif\n");
	tree_put(&f.t, "/model", model);
	make_kernels(&f.t);
	if (plan_mkinitrd(&f.p, &f.e) < 0)
		abort();
	put_snippet(&f);
	for (size_t w = 0; w < ELEMENTSOF(whens); w++) {
		for (size_t i = 0; i < ELEMENTSOF(kernels); i++) {
			_cleanup_free_ char *got = mkinitrd(&f.t, whens[w],
							    kernels[i].kernel);
			_cleanup_free_ char *what = strf("%s: %s", whens[w],
							 kernels[i].kernel);

			is(got, kernels[i].want, what);
		}
	}
	/* What the snippet is there to avoid: the model must be able to fail. */
	tree_put(&f.t, "/etc/modprobe.conf", "alias scsi_hostadapter xen-vbd\n");
	control = mkinitrd(&f.t, "late", "none");
	is(control, "status 1", "an alias alone leaves a kernel without an image");
	again = mkinitrd(&f.t, "late", "both");
	is(again, "image: xen-platform-pci xen-vbd xen-vbd", "and one that has it with");
	fixture_done(&f);
	return tap_done();
}
