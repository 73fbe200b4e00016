/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/utsname.h>

#include "host/thishost.h"
#include "lib/strv.h"

int thishost_spec(const struct hypervisor *hv, const struct distro *d,
		  const char *machine, char **ret)
{
	const char *arch = arch_name(arch_parse(machine));
	int major = -1;
	int minor = -1;

	*ret = NULL;
	if (hv->virt != VIRT_XEN_DOM0)
		return 0;
	if (streq(d->family, "rhel")) {
		major = d->major;
		minor = d->minor;
	}
	if (major < 0 || minor < 0)
		return 0;
	*ret = strf("%d.%d/%s", major, minor, arch);
	return *ret ? 0 : -ENOMEM;
}

int thishost_read(char **ret, struct err *e)
{
	_cleanup_root_ struct root *slash = NULL;
	_cleanup_(hypervisor_freep) struct hypervisor *hv = NULL;
	_cleanup_(distro_freep) struct distro *d = NULL;
	struct utsname u;
	int k = root_new(&slash, "/", e);

	if (k == 0)
		k = hypervisor_read(slash, true, NULL, &hv, e);
	if (k == 0)
		k = distro_read(slash, NULL, &d, e);
	/* Both are there where there is no error: clang's analyser sees one file */
	if (k < 0 || !hv || !d)
		return k;
	uname(&u);
	return thishost_spec(hv, d, u.machine, ret) < 0 ? err_nomem(e) : 0;
}
