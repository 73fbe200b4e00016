/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>

#include "host/domain.h"
#include "lib/strv.h"

const char *domain_kind_name(enum domain_kind k)
{
	static const char *const names[] = {
		[DOMAIN_HVM] = "HVM",
		[DOMAIN_PV] = "PV",
		[DOMAIN_PVH] = "PVH",
	};

	return names[k];
}

void domain_done(struct domain *d)
{
	for (size_t i = 0; i < d->n_disks; i++) {
		free(d->disks[i].name);
		free(d->disks[i].backend);
		free(d->disks[i].target);
	}
	for (size_t i = 0; i < d->n_nics; i++) {
		free(d->nics[i].mac);
		free(d->nics[i].type);
		free(d->nics[i].model);
		free(d->nics[i].source);
		free(d->nics[i].rest);
	}
	free(d->disks);
	free(d->nics);
	free(d->name);
	free(d->uuid);
	free(d->os);
	*d = (struct domain){ 0 };
}

static int too_many(const char *label, size_t line, const char *what, struct err *e)
{
	return err_set(e, E2BIG, "%s:%zu: more than %d %s", label, line,
		       DOMAIN_DEVICES_MAX, what);
}

int domain_add_disk(struct domain *d, const char *label, size_t line, struct vdisk **ret,
		    struct err *e)
{
	if (d->n_disks == DOMAIN_DEVICES_MAX)
		return too_many(label, line, "disks", e);
	if (vec_grow(&d->disks, d->n_disks, sizeof(*d->disks)) < 0)
		return err_nomem(e);
	*ret = &d->disks[d->n_disks++];
	(*ret)->line = line;
	return 0;
}

int domain_add_nic(struct domain *d, const char *label, size_t line, struct vnic **ret,
		   struct err *e)
{
	if (d->n_nics == DOMAIN_DEVICES_MAX)
		return too_many(label, line, "NICs", e);
	if (vec_grow(&d->nics, d->n_nics, sizeof(*d->nics)) < 0)
		return err_nomem(e);
	*ret = &d->nics[d->n_nics++];
	(*ret)->line = line;
	return 0;
}

char *mac_form(const char *text)
{
	unsigned int byte[6];

	for (size_t i = 0; i < ELEMENTSOF(byte); i++) {
		char digits[3] = { 0 };
		size_t n = 0;

		while (n < 2 && isxdigit((unsigned char)*text))
			digits[n++] = *text++;
		if (!n || *text != (i < 5 ? ':' : '\0'))
			return NULL;
		byte[i] = (unsigned int)strtoul(digits, NULL, 16);
		text++;
	}
	return strf("%02x:%02x:%02x:%02x:%02x:%02x", byte[0], byte[1], byte[2], byte[3],
		    byte[4], byte[5]);
}

bool vnic_is_pv(const struct vnic *v)
{
	return streq(v->type, "vif") || streq(v->type, "netfront");
}
