/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/machine.h"
#include "guest/xenbus.h"

#define ARGS_MAX 65536u

void xenbus_free(struct xenbus *b)
{
	if (!b)
		return;
	free(b->args);
	free(b->unplug);
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].node);
	free(b->v);
	free(b);
}

static int read_devices(const struct root *sys, struct xenbus *b)
{
	_cleanup_strv_ struct strv nodes = { 0 };

	if (root_list(sys, "/bus/xen/devices", &nodes, NULL) < 0)
		return 0;
	for (size_t i = 0; i < nodes.n; i++) {
		_cleanup_free_ char *path = strf("/bus/xen/devices/%s/driver",
						 nodes.v[i]);

		if (!path || vec_grow(&b->v, b->n, sizeof(*b->v)) < 0)
			return -ENOMEM;
		b->v[b->n].bound = root_is_dir(sys, path);
		b->v[b->n].node = strdup(nodes.v[i]);
		if (!b->v[b->n++].node)
			return -ENOMEM;
	}
	return 0;
}

int xenbus_read(bool live, struct xenbus **ret, struct err *e)
{
	_cleanup_(xenbus_freep) struct xenbus *b = calloc(1, sizeof(*b));
	_cleanup_root_ struct root *sys = NULL;
	_cleanup_root_ struct root *proc = NULL;

	if (!b)
		return err_nomem(e);
	if (live && root_new(&proc, machine_procfs(), NULL) == 0 &&
	    root_read(proc, "/cmdline", ARGS_MAX, &b->args, NULL, NULL) == 0)
		b->args[strcspn(b->args, "\n")] = '\0';
	/* A 2.4 kernel has no sysfs, and no bus. */
	if (live && root_new(&sys, machine_sysfs(), NULL) == 0) {
		if (root_read(sys, "/module/xen_platform_pci/parameters/unplug", ARGS_MAX,
			      &b->unplug, NULL, NULL) == 0)
			b->unplug[strcspn(b->unplug, "\n")] = '\0';
		b->vbd = root_is_dir(sys, "/bus/xen/drivers/vbd");
		b->vif = root_is_dir(sys, "/bus/xen/drivers/vif");
		if (read_devices(sys, b) < 0)
			return err_nomem(e);
	}
	*ret = TAKE_PTR(b);
	return 0;
}

/* The numbers that a disk of that letter may have; 0 ends them. */
static void numbers_of(const char *name, unsigned int ret[3])
{
	static const unsigned int ide[] = { 3 << 8, 3 << 8 | 64, 22 << 8, 22 << 8 | 64 };
	unsigned int i = (unsigned char)name[strlen(name) - 1] - 'a';
	size_t n = 0;

	memset(ret, 0, 3 * sizeof(*ret));
	if (startswith(name, "sd") && i < 16)
		ret[n++] = 8 << 8 | i << 4;
	if (startswith(name, "hd") && i < ELEMENTSOF(ide))
		ret[n++] = ide[i];
	if ((startswith(name, "hd") || startswith(name, "xvd")) && i < 16)
		ret[n++] = 202 << 8 | i << 4;
}

const struct xenbus_dev *xenbus_disk(const struct xenbus *b, const char *name)
{
	unsigned int numbers[3];

	if (!*name)
		return NULL;
	numbers_of(name, numbers);
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = 0; k < ELEMENTSOF(numbers) && numbers[k]; k++) {
			unsigned int got;

			if (sscanf(b->v[i].node, "vbd-%u", &got) == 1 &&
			    got == numbers[k])
				return &b->v[i];
		}
	return NULL;
}
