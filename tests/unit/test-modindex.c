/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying the drivers, their indexes and the record: planned, applied, planned again. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "installer/transaction.h"
#include "lib/digest.h"
#include "tests/unit/tap.h"
#include "tests/unit/tree.h"

#define R	"2.6.18-53.el5"
#define MODULES "/lib/modules/" R
#define OURS	MODULES "/extra/xenpv/1"

static const char old_dep[] = MODULES
	"/kernel/drivers/net/8139cp.ko: " MODULES "/kernel/drivers/net/mii.ko\n" MODULES
	"/kernel/drivers/net/mii.ko:\n" MODULES "/kernel/lib/helper.ko: " MODULES
	"/kernel/lib/deep.ko\n";

static const char old_alias[] = "# Aliases extracted from modules themselves.\n"
				"alias pci:v000010ECd00008139sv*sd*bc*sc*i* 8139cp\n"
				"alias xen:vif some_other\n"
				"alias xen:old xen_vnif\n";

static const char old_pcimap[] =
	"# pci module         vendor     device     subvendor  subdevice  class      "
	"class_mask driver_data\n"
	"8139cp               0x000010ec 0x00008139 0xffffffff 0xffffffff 0x00000000 "
	"0x00000000 0x0\n";

struct world {
	struct tree t;
	struct guest g;
	struct storage storage;
	struct kernels kernels;
	struct kernel kernel;
	struct modtree mods;
	struct generation gen;
	struct devices devices;
	struct choices choices;
	struct choice choice;
	struct bundle_module modules[XENDRV_COUNT];
	struct modinfo infos[XENDRV_COUNT];
	bool selected;
	struct planning p;
};

static const struct {
	const char *file, *name, *depends, *alias, *exports, *imports;
} drivers[] = {
	{ "xen-platform-pci.ko", "xen_platform_pci", "",
	  "pci:v00005853d00000001sv*sd*bc*sc*i*", "gnttab_alloc", "printk" },
	{ "xen-balloon.ko", "xen_balloon", "xen-platform-pci", NULL, "balloon_release",
	  "gnttab_alloc" },
	{ "xen-vbd.ko", "xen_vbd", "", "xen:vbd", NULL, "gnttab_alloc" },
	{ "xen-vnif.ko", "xen_vnif", "xen-balloon,helper", "xen:vif", NULL,
	  "balloon_release" },
};

static void make_module(struct world *w, size_t i)
{
	struct bundle_module *m = &w->modules[i];
	struct modinfo *info = &w->infos[i];

	m->file = strdup(drivers[i].file);
	m->path = strf("lib/modules/" R "/extra/xenpv/1/%s", drivers[i].file);
	m->kernel = strdup(R);
	m->release = strdup("1");
	m->fd = memfd_create("module", MFD_CLOEXEC);
	m->size = strlen(drivers[i].file);
	if (write(m->fd, drivers[i].file, m->size) != (ssize_t)m->size)
		abort();
	digest_buf(drivers[i].file, m->size, m->sha256);
	m->info = info;
	info->depends = strdup(drivers[i].depends);
	if (drivers[i].alias)
		strv_add(&info->aliases, drivers[i].alias);
	if (drivers[i].exports)
		symvers_add(&info->exports, drivers[i].exports, 1);
	symvers_add(&info->imports, drivers[i].imports, 1);
	w->choice.modules[i] = m;
	w->choice.infos[i] = info;
	w->choice.paths[i] = strf(OURS "/%s", drivers[i].file);
}

static void add_file(struct world *w, const char *path, const char *name,
		     enum modarea area)
{
	struct modfile *f;

	tree_put(&w->t, path, name);
	if (vec_grow(&w->mods.files, w->mods.n, sizeof(*f)) < 0)
		abort();
	f = &w->mods.files[w->mods.n++];
	f->path = strdup(path);
	f->name = strdup(name);
	f->area = area;
}

static void setup(struct world *w)
{
	tree_init(&w->t);
	tree_put(&w->t, MODULES "/modules.dep", old_dep);
	tree_put(&w->t, MODULES "/modules.alias", old_alias);
	tree_put(&w->t, MODULES "/modules.pcimap", old_pcimap);
	tree_put(&w->t, MODULES "/modules.symbols",
		 "# Aliases for symbols, used by symbol_request().\n");
	tree_mkdir(&w->t, "/var/lib");
	add_file(w, MODULES "/kernel/lib/helper.ko", "helper", MODAREA_KERNEL);
	w->mods.index.text = w->mods.index.absolute = true;
	w->gen.index = INDEX_MODULE_INIT_TOOLS;
	w->kernel.release = strdup(R);
	w->kernel.mods = &w->mods;
	w->kernels = (struct kernels){ .v = &w->kernel, .n = 1 };
	w->choice.kernel = &w->kernel;
	w->choice.kind = CHOICE_BUNDLE;
	w->choices = (struct choices){ &w->choice, 1 };
	for (size_t i = 0; i < XENDRV_COUNT; i++)
		make_module(w, i);
	w->selected = true;
	w->g = (struct guest){ .root = w->t.root,
			       .gen = &w->gen,
			       .kernels = &w->kernels,
			       .storage = &w->storage,
			       .devices = &w->devices };
	w->p = (struct planning){ .root = w->t.root,
				  .g = &w->g,
				  .choices = &w->choices,
				  .selected = &w->selected,
				  .plan = calloc(1, sizeof(struct plan)) };
}

static void teardown(struct world *w)
{
	tree_done(&w->t);
	for (size_t i = 0; i < XENDRV_COUNT; i++) {
		free(w->modules[i].file);
		free(w->modules[i].path);
		free(w->modules[i].kernel);
		free(w->modules[i].release);
		close(w->modules[i].fd);
		free(w->infos[i].depends);
		strv_done(&w->infos[i].aliases);
		symvers_done(&w->infos[i].exports);
		symvers_done(&w->infos[i].imports);
		free(w->choice.paths[i]);
	}
	for (size_t i = 0; i < w->mods.n; i++) {
		free(w->mods.files[i].path);
		free(w->mods.files[i].name);
	}
	free(w->mods.files);
	free(w->kernel.release);
	plan_free(w->p.plan);
}

static int plan_all(struct world *w, struct err *e)
{
	int k = plan_modules(&w->p, e);

	if (k == 0)
		k = plan_modindex(&w->p, e);
	return k;
}

static void is_text(struct world *w, const char *path, const char *want)
{
	_cleanup_free_ char *got = tree_get(&w->t, path);

	is(got, want, path);
}

static void test_install(void)
{
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *dep = NULL;
	struct stat st;

	setup(&w);
	is_int(plan_all(&w, &e), 0, "planned");
	is_int((long long)w.p.plan->n, 3 + 4 + 4,
	       "three folders, four modules, four indexes");
	is_int(tx_apply(w.t.root, w.p.plan, NULL, NULL, &e), TX_OK, "applied");
	printf("# %s\n", err_text(&e));
	is_text(&w, OURS "/xen-vbd.ko", "xen-vbd.ko");
	ok(root_stat(w.t.root, OURS "/xen-vbd.ko", false, &st, NULL) == 0 &&
		   (st.st_mode & 07777) == 0644,
	   "a module has mode 0644");
	dep = strf("%s" OURS "/xen-platform-pci.ko:\n" OURS "/xen-balloon.ko: " OURS
		   "/xen-platform-pci.ko\n" OURS "/xen-vbd.ko: " OURS
		   "/xen-platform-pci.ko\n" OURS "/xen-vnif.ko: " OURS
		   "/xen-balloon.ko " OURS "/xen-platform-pci.ko " MODULES
		   "/kernel/lib/helper.ko " MODULES "/kernel/lib/deep.ko\n",
		   old_dep);
	is_text(&w, MODULES "/modules.dep", dep);
	is_text(&w, MODULES "/modules.alias",
		"# Aliases extracted from modules themselves.\n"
		"alias pci:v000010ECd00008139sv*sd*bc*sc*i* 8139cp\n"
		"alias xen:vif some_other\n"
		"alias pci:v00005853d00000001sv*sd*bc*sc*i* xen_platform_pci\n"
		"alias xen:vbd xen_vbd\n"
		"alias xen:vif xen_vnif\n");
	is_text(&w, MODULES "/modules.pcimap",
		"# pci module         vendor     device     subvendor  subdevice  class  "
		"    "
		"class_mask driver_data\n"
		"8139cp               0x000010ec 0x00008139 0xffffffff 0xffffffff "
		"0x00000000 "
		"0x00000000 0x0\n"
		"xen-platform-pci     0x00005853 0x00000001 0xffffffff 0xffffffff "
		"0x00000000 "
		"0x00000000 0x0\n");
	is_text(&w, MODULES "/modules.symbols",
		"# Aliases for symbols, used by symbol_request().\n"
		"alias symbol:gnttab_alloc xen_platform_pci\n"
		"alias symbol:balloon_release xen_balloon\n");
	plan_free(w.p.plan);
	w.p.plan = calloc(1, sizeof(struct plan));
	w.choice.kind = CHOICE_PACKAGE;
	is_int(plan_all(&w, &e), 0, "planned again");
	is_int((long long)w.p.plan->n, 0, "and nothing is to be done");
}

static void test_shadow(void)
{
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *dep = NULL;
	_cleanup_free_ char *want = NULL;
	size_t len;

	setup(&w);
	add_file(&w, MODULES "/updates/xen-vbd.ko", "xen_vbd", MODAREA_UPDATES);
	add_file(&w, MODULES "/xenpv/xen-balloon.ko", "xen_balloon", MODAREA_OTHER);
	dep = strf("%s%s", old_dep,
		   MODULES "/updates/xen-vbd.ko:\n" MODULES
			   "/xenpv/xen-balloon.ko: " MODULES
			   "/xenpv/xen-platform-pci.ko");
	tree_put(&w.t, MODULES "/modules.dep", dep);
	free(dep);
	dep = NULL;
	is_int(plan_all(&w, &e), 0, "planned beside others of the name");
	plan_text(&w.p, MODULES "/modules.dep", &dep, &len, &e);
	want = strf("%s" MODULES "/updates/xen-vbd.ko:\n" OURS
		    "/xen-platform-pci.ko:\n" OURS "/xen-balloon.ko: " OURS
		    "/xen-platform-pci.ko\n" OURS "/xen-vnif.ko: " OURS
		    "/xen-balloon.ko " OURS "/xen-platform-pci.ko " MODULES
		    "/kernel/lib/helper.ko " MODULES "/kernel/lib/deep.ko\n",
		    old_dep);
	is(dep, want, "the file that wins is in the index, the one that loses is not");
}

static void test_formats(void)
{
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;

	setup(&w);
	w.mods.index.binary = true;
	is_int(plan_modindex(&w.p, &e), -ENOTSUP, "binary indexes are refused");
	printf("# %s\n", err_text(&e));
	w.choice.kind = CHOICE_IN_KERNEL;
	is_int(plan_modindex(&w.p, &e), 0, "in-kernel drivers need no index");
	w.choice.kind = CHOICE_BUNDLE;
	w.selected = false;
	is_int(plan_all(&w, &e), 0, "nor does a kernel that was not asked for");
	is_int((long long)w.p.plan->n, 0, "nothing is planned");
}

/* modutils': what is right stays where it is, what is not is exchanged there. */
static void test_modutils(void)
{
	static const char other[] = MODULES "/kernel/drivers/net/8139cp.o:\t" MODULES
					    "/kernel/drivers/net/mii.o\n\n";
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	_cleanup_free_ char *dep = NULL;
	_cleanup_free_ char *want = NULL;
	_cleanup_free_ char *pci = NULL;
	size_t len;

	setup(&w);
	w.gen.index = INDEX_MODUTILS;
	for (size_t i = 0; i < XENDRV_COUNT; i++) {
		free(w.infos[i].depends);
		w.infos[i].depends = NULL;
		strv_done(&w.infos[i].aliases);
	}
	dep = strf("%s" MODULES "/old/xen-vnif.ko:\t" MODULES "/x.o \\\n\t" MODULES
		   "/y.o\n\n" OURS "/xen-vbd.ko:\t" OURS "/xen-platform-pci.ko\n\n"
		   "%s",
		   other, other);
	tree_put(&w.t, MODULES "/modules.dep", dep);
	free(dep);
	dep = NULL;
	is_int(plan_all(&w, &e), 0, "indexes of modutils");
	printf("# %s\n", err_text(&e));
	plan_text(&w.p, MODULES "/modules.dep", &dep, &len, &e);
	want = strf("%s" OURS "/xen-platform-pci.ko:\n\n" OURS "/xen-balloon.ko:\t" OURS
		    "/xen-platform-pci.ko\n\n" OURS "/xen-vnif.ko:\t" OURS
		    "/xen-balloon.ko \\\n\t" OURS "/xen-platform-pci.ko\n\n" OURS
		    "/xen-vbd.ko:\t" OURS "/xen-platform-pci.ko\n\n%s",
		    other, other);
	is(dep, want, "modules.dep");
	plan_text(&w.p, MODULES "/modules.pcimap", &pci, &len, &e);
	ok(strstr(pci,
		  "\nxen-platform-pci     0x00005853 0x00000001 0xffffffff 0xffffffff "
		  "0x00000000 0x00000000 0x00000000\n"),
	   "modules.pcimap");
	ok(!plan_find(w.p.plan, MODULES "/modules.alias"), "no other index");
	is_int(tx_apply(w.t.root, w.p.plan, NULL, NULL, &e), TX_OK, "applied");
	printf("# %s\n", err_text(&e));
	plan_free(w.p.plan);
	w.p.plan = calloc(1, sizeof(struct plan));
	is_int(plan_modindex(&w.p, &e), 0, "planned again");
	is_int((long long)w.p.plan->n, 0, "and nothing is to be done");
}

static void test_tampered(void)
{
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;

	setup(&w);
	is_int(plan_all(&w, &e), 0, "planned from a bundle");
	if (pwrite(w.modules[2].fd, "X", 1, 0) != 1)
		abort();
	is_int(tx_apply(w.t.root, w.p.plan, NULL, NULL, &e), TX_UNCHANGED,
	       "a module that changes after it was checked");
	ok(strstr(err_text(&e), "checksum") != NULL, "is refused for its checksum");
	is_text(&w, MODULES "/modules.dep", old_dep);
	ok(!root_is_dir(w.t.root, MODULES "/extra"), "and no folder stays");
}

static void test_record(void)
{
	_cleanup_(teardown) struct world w = { 0 };
	_cleanup_err_ struct err e = ERR_INIT;
	struct inventory *inv = NULL;
	struct rename renames[] = { { .from = strdup("hdb"), .to = strdup("xvdb") } };

	setup(&w);
	w.p.renames = renames;
	w.p.n_renames = 1;
	devices_add(&w.devices, DEV_DISK, "hdb");
	is_int(plan_record(&w.p, &e), 0, "the record is planned");
	is_int(tx_apply(w.t.root, w.p.plan, NULL, NULL, &e), TX_OK, "and written");
	printf("# %s\n", err_text(&e));
	if (ok(inventory_read(w.t.root, &inv, &e) == 0 && inv, "it reads back")) {
		is(inv->devices->v[0].name, "hdb", "with its device");
		is(inv->renames.v[0], "hdb=xvdb", "and the rename");
	}
	plan_free(w.p.plan);
	w.p.plan = calloc(1, sizeof(struct plan));
	w.g.inventory = inv;
	is_int(plan_record(&w.p, &e), 0, "planned again");
	is_int((long long)w.p.plan->n, 0, "nothing is to be recorded");
	/* A tree names some of its devices; running, the guest has something to do. */
	ok(inv && !inv->live, "recorded of a tree");
	w.g.live = true;
	plan_op(w.p.plan, OP_MKDIR, "make-folder", "/x");
	is_int(plan_record(&w.p, &e), 0, "planned of the running guest");
	is_int(tx_apply(w.t.root, w.p.plan, NULL, NULL, &e), TX_OK, "and written");
	inventory_free(TAKE_PTR(inv));
	if (ok(inventory_read(w.t.root, &inv, &e) == 0 && inv, "it reads back"))
		ok(!inv->live && inv->devices->n == 1, "a tree's devices stay a tree's");
	inventory_free(inv);
	free(w.devices.v[0].name);
	free(w.devices.v);
	free(renames[0].from);
	free(renames[0].to);
}

int main(void)
{
	test_install();
	test_shadow();
	test_formats();
	test_modutils();
	test_tampered();
	test_record();
	return tap_done();
}
