/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/hypervisor.h"

/* Up to three digits; false for none. */
static bool number(const char **p, int *ret)
{
	int v = 0;
	int digits = 0;

	while (isdigit((unsigned char)**p) && digits < 4) {
		v = v * 10 + (**p - '0');
		(*p)++;
		digits++;
	}
	if (digits == 0 || digits > 3)
		return false;
	*ret = v;
	return true;
}

int host_parse(const char *spec, struct host *ret, struct err *e)
{
	struct host h = { .given = true, .is_rhel = true };
	const char *p = spec;

	if (!number(&p, &h.major) || *p++ != '.' || !number(&p, &h.minor) ||
	    (*p && *p != '/'))
		return err_set(e, EINVAL,
			       "--host %s: not a release such as 5.1 or 5.1/x86_64",
			       spec);
	if (*p == '/') {
		h.arch = arch_parse(p + 1);
		if (h.arch != ARCH_I386 && h.arch != ARCH_X86_64)
			return err_set(e, EINVAL,
				       "--host %s: %s is neither x86_64 nor a 32-bit x86 "
				       "architecture",
				       spec, p[1] ? p + 1 : "\"\"");
	}
	h.evidence = strf("--host %s", spec);
	if (!h.evidence)
		return err_nomem(e);
	*ret = h;
	return 0;
}

/*
 * A RHEL 5 host's hypervisor is built with its kernel and carries the kernel's
 * release: "3.1.2-238.el5" belongs to 2.6.18-238.el5, "3.0.3-rc5-8.1.6.el5" to
 * 2.6.18-8.1.6.el5. So the table of kernels, read backwards, gives the update.
 */
bool host_from_xen_version(const char *version, struct host *h)
{
	const struct generation *g = generation_find("rhel", 5);
	_cleanup_free_ char *release = NULL;
	const char *tail = strstr(version, ".el5");
	const char *dash = NULL;
	int minor;

	if (!g || !tail || !startswith(version, "3.") || strlen(version) > 64)
		return false;
	/* ".el5" must end a word: a release such as ".el58" is no RHEL 5. */
	if (isdigit((unsigned char)tail[4]))
		return false;
	for (const char *p = version; p < tail; p++)
		if (*p == '-')
			dash = p;
	if (!dash || !isdigit((unsigned char)dash[1]))
		return false;
	release = strf("%s%s", g->kernel_base, dash + 1);
	if (!release)
		return false;
	minor = generation_minor_of_kernel(g, release);
	if (minor < 0)
		return false;
	h->major = 5;
	h->minor = minor;
	h->is_rhel = true;
	return true;
}
