/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "checks/add.h"
#include "checks/driverpkg.h"

/*
 * By the first row that fits: the generation, the kernel's release, both as patterns of
 * matches_any(), how the driver is configured. The remedy has the release between its two
 * halves; no second half: it stands without.
 */
static const struct row {
	const char *generation;
	const char *release;
	enum kconf config;
	const char *before, *after;
	const char *source;
} rows[] = {
	{ "rhel[89]", "5.1[5-9].*uek.*", KCONF_MODULE, "dnf install kernel-uek-modules-",
	  "", "UEK 7: kernel-uek-core, kernel-uek-modules" },
	{ "rhel[89]", "*uek*", KCONF_MODULE, "dnf reinstall kernel-uek-", "",
	  "one package up to UEK 6" },
	{ "rhel[67]", "*uek*", KCONF_MODULE, "yum reinstall kernel-uek-", "",
	  "one package up to UEK 6" },
	{ "rhel[67]", "*", KCONF_MODULE, "yum reinstall kernel-", "",
	  "one package holds all modules" },
	{ "rhel*", "*", KCONF_MODULE, "dnf install kernel-modules-", "",
	  "RHEL 8 to 10, Managing the kernel: what kernel-core and kernel-modules-core "
	  "do not hold; it needs both" },
	{ "fedora", "*", KCONF_MODULE, "dnf install kernel-modules-", "",
	  "as RHEL, which has it from there" },
	{ "ubuntu", "[23].* 4.[0-9].* 4.1[0-3].*", KCONF_MODULE,
	  "apt-get install linux-image-extra-", "", "Ubuntu's packages up to 4.13" },
	{ "ubuntu", "*", KCONF_MODULE, "apt-get install linux-modules-extra-", "",
	  "Ubuntu's packages from 4.15 on" },
	{ "debian", "*", KCONF_MODULE, "apt-get install --reinstall linux-image-", "",
	  "one package holds all modules" },
	{ "sles leap tumbleweed", "*-default", KCONF_MODULE,
	  "zypper install kernel-default", NULL,
	  "kernel-default-base holds a part of the modules" },
	{ "*", "*", KCONF_MODULE,
	  "install the package that holds the rest of the modules of ", "",
	  "the configuration says that there is one" },
	{ "debian", "*-686", KCONF_NO,
	  "apt-get install linux-image-686-pae, or give drivers built for ",
	  " with --bundle", "Linux, arch/x86/xen/Kconfig: on 32 bits Xen wants PAE" },
	{ "*", "*", KCONF_NO,
	  "boot a kernel that is built with it, or give drivers built for ",
	  " with --bundle", "the kernel's configuration" },
};

char *driver_remedy(const struct facts *f, size_t i)
{
	const struct choice *ch = &f->choices->v[i];
	const char *release = ch->kernel->release;
	const char *id = f->g->gen ? f->g->gen->id : "";

	for (size_t n = 0; ch->absent && n < ELEMENTSOF(rows); n++) {
		const struct row *r = &rows[n];

		if (r->config != ch->absent_config ||
		    !matches_any(r->generation, id, 0) ||
		    !matches_any(r->release, release, 0))
			continue;
		return r->after ? strf("%s%s%s", r->before, release, r->after)
				: strdup(r->before);
	}
	return strf("give drivers built for %s with --bundle, or leave this kernel out "
		    "with --kernel",
		    release);
}
