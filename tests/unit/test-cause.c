/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a device did not switch, each cause by what the running guest shows. */
#include <string.h>

#include "checks/cause.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

struct state {
	enum virt virt;
	bool no_platform;
	const char *args;
	const char *nodes[4]; /* "vbd-832", with "+" behind it when bound */
	bool vbd, vif;
	const char *unplug; /* told to a bus driver that is a module */
	bool no_xen;	    /* the kernel was built without */
};

static const struct {
	const char *what;
	enum dev_kind kind;
	const char *place; /* NULL */
	struct state s;
	const char *want; /* cause's id */
	const char *argument;
} rows[] = {
	{ "another hypervisor",
	  DEV_DISK,
	  "hda",
	  { .virt = VIRT_OTHER },
	  "not-xen",
	  NULL },
	{ "no platform device",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .no_platform = true, .args = "xen_nopv" },
	  "no-platform-device",
	  NULL },
	{ "never",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "ro xen_emul_unplug=never quiet" },
	  "kernel-argument",
	  "xen_emul_unplug=never" },
	{ "never, in a list",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .args = "xen_emul_unplug=nics,never" },
	  "kernel-argument",
	  "xen_emul_unplug=never" },
	{ "xen_nopv",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .args = "xen_nopv" },
	  "kernel-argument",
	  "xen_nopv" },
	{ "only the disks are unplugged: a NIC",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .args = "xen_emul_unplug=ide-disks", .vif = true },
	  "kernel-argument",
	  "xen_emul_unplug=ide-disks" },
	{ "only the disks are unplugged: a disk without back end",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "xen_emul_unplug=ide-disks", .vbd = true },
	  "no-back-end",
	  NULL },
	{ "only the NICs are unplugged: a disk",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "xen_emul_unplug=nics" },
	  "kernel-argument",
	  "xen_emul_unplug=nics" },
	{ "a kernel that knows no such argument",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "xen_emul_unplug=never", .no_xen = true },
	  "no-back-end",
	  NULL },
	{ "a module that was told to leave the devices",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "ro", .unplug = "never", .no_xen = true },
	  "kernel-argument",
	  "xen_platform_pci.unplug=never" },
	{ "a module, which knows no argument of the kernel's",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .args = "xen_nopv", .unplug = "all", .vif = true },
	  "no-back-end",
	  NULL },
	{ "a module that was to unplug the disks alone: a NIC",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .unplug = "ide-disks", .vif = true },
	  "kernel-argument",
	  "xen_platform_pci.unplug=ide-disks" },
	{ "a front end, no driver",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .args = "ro", .nodes = { "vbd-768", "vbd-832" } },
	  "no-driver",
	  NULL },
	{ "a front end that its driver has not got",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-768+", "vbd-832" }, .vbd = true },
	  "refused",
	  NULL },
	{ "only another disk has a front end",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-768", "vbd-5632" }, .vbd = true },
	  "no-back-end",
	  NULL },
	{ "the host's xvdb has hdb's emulated disk",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-51728" }, .vbd = true },
	  "refused",
	  NULL },
	{ "its front end works, yet the emulated disk is there: another's image",
	  DEV_DISK,
	  "hdb",
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-832+" }, .vbd = true },
	  "no-back-end",
	  NULL },
	{ "a SCSI disk",
	  DEV_DISK,
	  "sdb",
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-2064" } },
	  "no-driver",
	  NULL },
	{ "a disk that is gone: some front end has no driver",
	  DEV_DISK,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .nodes = { "vbd-51712+", "vbd-51728" }, .vbd = true },
	  "refused",
	  NULL },
	{ "a NIC, all front ends have their driver",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .nodes = { "vif-0+" }, .vif = true },
	  "no-back-end",
	  NULL },
	{ "a NIC, a front end without driver",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .nodes = { "vif-0", "vkbd-0" } },
	  "no-driver",
	  NULL },
	{ "no NIC is behind a keyboard",
	  DEV_NIC,
	  NULL,
	  { .virt = VIRT_XEN_HVM, .nodes = { "vkbd-0" } },
	  "no-back-end",
	  NULL },
};

static void test_causes(void)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		const struct state *s = &rows[i].s;
		struct xenbus_dev devs[4];
		char names[4][32];
		struct xenbus bus = { .args = (char *)s->args,
				      .unplug = (char *)s->unplug,
				      .vbd = s->vbd,
				      .vif = s->vif,
				      .v = devs };
		struct kernel running = {
			.release = (char *)"6.1.0-18-686",
			.running = true,
			.config.xen = s->no_xen ? KCONF_NO : KCONF_UNKNOWN,
		};
		struct hypervisor hv = { .virt = s->virt,
					 .platform_pci = !s->no_platform };
		struct kernels ks = { .v = &running, .n = 1 };
		struct guest g = { .live = true,
				   .gen = generation_find("debian", 12),
				   .kernels = &ks,
				   .hv = &hv,
				   .xenbus = &bus };
		struct device d = { .kind = rows[i].kind,
				    .place = (char *)rows[i].place };
		enum cause c;

		for (; bus.n < 4 && s->nodes[bus.n]; bus.n++) {
			snprintf(names[bus.n], sizeof(names[0]), "%s", s->nodes[bus.n]);
			devs[bus.n].node = names[bus.n];
			devs[bus.n].bound = strchr(names[bus.n], '+');
			names[bus.n][strcspn(names[bus.n], "+")] = '\0';
		}
		c = cause_of(&g, &d, rows[i].kind);
		is(cause_id(c), rows[i].want, rows[i].what);
		ok(cause_remedy(c, rows[i].kind) != NULL, "%s: a remedy", rows[i].what);
		if (c == CAUSE_ARGUMENT) {
			_cleanup_free_ char *text = cause_text(&g, c, rows[i].kind);

			is(cause_argument(&g, rows[i].kind), rows[i].argument,
			   rows[i].what);
			ok(text && strstr(text, rows[i].argument), "%s: named",
			   rows[i].what);
		}
		g.live = false;
		ok(cause_of(&g, &d, rows[i].kind) == CAUSE_NONE,
		   "%s: a tree tells nothing", rows[i].what);
	}
}

/* What sysfs and procfs show, read. */
static void test_xenbus(void)
{
	_cleanup_(xenbus_freep) struct xenbus *b = NULL;
	char *top = mock_tmp();
	size_t bound = 0;

	mock_put(top, "proc/cmdline", "root=UUID=1 xen_emul_unplug=never\n");
	mock_put(top, "sys/module/xen_platform_pci/parameters/unplug", "nics\n");
	mock_dir(top, "sys/devices/vbd-832");
	mock_dir(top, "sys/devices/vif-0");
	mock_dir(top, "sys/bus/xen/drivers/vif");
	mock_link(top, "sys/devices/vif-0/driver", "../../bus/xen/drivers/vif");
	mock_link(top, "sys/bus/xen/devices/vbd-832", "../../../devices/vbd-832");
	mock_link(top, "sys/bus/xen/devices/vif-0", "../../../devices/vif-0");
	mock.sys = strf("%s/sys", top);
	mock.proc = strf("%s/proc", top);
	ok(xenbus_read(true, &b, NULL) == 0, "read");
	is(b->args, "root=UUID=1 xen_emul_unplug=never", "arguments");
	is(b->unplug, "nics", "what the module was told");
	is_int((long long)b->n, 2, "front ends");
	ok(!b->vbd && b->vif, "drivers");
	ok(xenbus_disk(b, "hdb") && !xenbus_disk(b, "hdb")->bound, "hdb, without driver");
	ok(!xenbus_disk(b, "hda") && !xenbus_disk(b, "") && !xenbus_disk(b, "nvme0"),
	   "no others");
	for (size_t i = 0; i < b->n; i++)
		bound += streq(b->v[i].node, "vif-0") && b->v[i].bound;
	is_int((long long)bound, 1, "vif-0 has its driver");
	free((char *)mock.sys);
	free((char *)mock.proc);
	free(top);
}

int main(void)
{
	test_causes();
	test_xenbus();
	return tap_done();
}
