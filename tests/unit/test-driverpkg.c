/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which package is named for a driver that is not there, and how a configuration is read.
 */
#include <string.h>

#include "checks/driverpkg.h"
#include "tests/unit/tap.h"

static void test_config(void)
{
	static const struct {
		const char *text;
		enum kconf vbd, vif;
	} rows[] = {
		{ "CONFIG_XEN_BLKDEV_FRONTEND=y\nCONFIG_XEN_NETDEV_FRONTEND=m\n",
		  KCONF_BUILTIN, KCONF_MODULE },
		{ "CONFIG_X=y\n# CONFIG_XEN_BLKDEV_FRONTEND is not set\n", KCONF_NO,
		  KCONF_NO },
		{ "#CONFIG_XEN_BLKDEV_FRONTEND=y\nCONFIG_XEN_BLKDEV_FRONTEND_X=y",
		  KCONF_NO, KCONF_NO },
		{ "CONFIG_XEN_NETDEV_FRONTEND=m", KCONF_NO, KCONF_MODULE },
		{ "CONFIG_XEN_NETDEV_FRONTEND=", KCONF_NO, KCONF_NO },
		{ "", KCONF_UNKNOWN, KCONF_UNKNOWN },
		{ "something else\n", KCONF_UNKNOWN, KCONF_UNKNOWN },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct kconfig c;

		kconfig_parse(rows[i].text, &c);
		ok(c.vbd == rows[i].vbd && c.vif == rows[i].vif, "configuration %zu", i);
	}
}

static void test_rows(void)
{
	static const struct {
		const char *family;
		int major;
		const char *release;
		enum kconf config;
		const char *remedy;
	} rows[] = {
		{ "rhel", 6, "2.6.32-754.el6.x86_64", KCONF_MODULE,
		  "yum reinstall kernel-2.6.32-754.el6.x86_64" },
		{ "rhel", 8, "4.18.0-477.el8.x86_64", KCONF_MODULE,
		  "dnf install kernel-modules-4.18.0-477.el8.x86_64" },
		{ "rhel", 10, "6.12.0-55.el10.x86_64", KCONF_MODULE,
		  "dnf install kernel-modules-6.12.0-55.el10.x86_64" },
		{ "rhel", 8, "5.4.17-2136.300.7.el8uek.x86_64", KCONF_MODULE,
		  "dnf reinstall kernel-uek-5.4.17-2136.300.7.el8uek.x86_64" },
		{ "rhel", 9, "5.15.0-3.60.5.1.el9uek.x86_64", KCONF_MODULE,
		  "dnf install kernel-uek-modules-5.15.0-3.60.5.1.el9uek.x86_64" },
		{ "fedora", 40, "6.8.5-301.fc40.x86_64", KCONF_MODULE,
		  "dnf install kernel-modules-6.8.5-301.fc40.x86_64" },
		{ "ubuntu", 16, "4.4.0-210-generic", KCONF_MODULE,
		  "apt-get install linux-image-extra-4.4.0-210-generic" },
		{ "ubuntu", 22, "5.15.0-101-generic", KCONF_MODULE,
		  "apt-get install linux-modules-extra-5.15.0-101-generic" },
		{ "ubuntu", 18, "4.15.0-213-generic", KCONF_MODULE,
		  "apt-get install linux-modules-extra-4.15.0-213-generic" },
		{ "debian", 12, "6.1.0-18-amd64", KCONF_MODULE,
		  "apt-get install --reinstall linux-image-6.1.0-18-amd64" },
		{ "debian", 12, "6.1.0-18-686", KCONF_NO,
		  "apt-get install linux-image-686-pae, or give drivers built for "
		  "6.1.0-18-686 with --bundle" },
		{ "sles", 15, "5.14.21-150500.53-default", KCONF_MODULE,
		  "zypper install kernel-default" },
		{ "sles", 15, "5.14.21-1-azure", KCONF_MODULE,
		  "install the package that holds the rest of the modules of "
		  "5.14.21-1-azure" },
		{ "rhel", 9, "5.14.0-1.el9.x86_64", KCONF_NO,
		  "boot a kernel that is built with it, or give drivers built for "
		  "5.14.0-1.el9.x86_64 with --bundle" },
		{ "rhel", 9, "5.14.0-1.el9.x86_64", KCONF_UNKNOWN,
		  "give drivers built for 5.14.0-1.el9.x86_64 with --bundle, or leave "
		  "this kernel out with --kernel" },
	};

	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct kernel k = { .release = strdup(rows[i].release) };
		bool told = rows[i].config != KCONF_UNKNOWN;
		struct choice ch = { .kernel = &k,
				     .absent = told ? "xen-blkfront" : NULL,
				     .absent_config = rows[i].config };
		struct choices choices = { .v = &ch, .n = 1 };
		struct guest g = { .gen = generation_find(rows[i].family,
							  rows[i].major) };
		struct facts f = { .g = &g, .choices = &choices };
		_cleanup_free_ char *remedy = driver_remedy(&f, 0);

		is(remedy, rows[i].remedy, rows[i].release);
		free(k.release);
	}
}

int main(void)
{
	test_config();
	test_rows();
	return tap_done();
}
