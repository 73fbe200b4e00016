/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib-space, boot-space */
#include "checks/add.h"

#define MIB (1024.0 * 1024)
/* Left over for journal, backups and folders: what the transaction asks for as well. */
#define SLACK	  (1024u * 1024)
#define LIB_BYTES (50u * 1024 * 1024) /* the documentation's 50 MB */

/* What new images need: each changed one as large as the old one and the modules at most.
 */
static uint64_t boot_bytes(const struct facts *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->g->kernels->n; i++) {
		const struct kernel *k = &f->g->kernels->v[i];
		const struct choice *ch = &f->choices->v[i];

		if (!f->selected[i] || !k->image || ch->kind == CHOICE_NONE ||
		    initrd_has_module(k->image, ch->names[XENDRV_VBD] ?: ""))
			continue;
		sum += k->image->size + ch->bytes;
	}
	return sum ? sum + SLACK : 0;
}

/* In MB, and so much that it is enough once it is rounded. */
static double missing(uint64_t need, uint64_t there)
{
	return (double)(need - there) / MIB + 0.1;
}

CHECK(check_lib_space)
{
	const struct storage *s = f->g->storage;
	uint64_t adds = 0;
	uint64_t need = LIB_BYTES;
	enum status status;

	for (size_t i = 0; i < f->choices->n; i++)
		if (f->selected[i])
			adds += f->choices->v[i].bytes;
	if (s->lib.dev == s->boot.dev)
		adds += boot_bytes(f);
	if (adds > need)
		need = adds;
	status = s->lib.free_bytes >= need ? STATUS_PASS : STATUS_FAIL;
	return finding_add(out, c, NULL, status,
			   strf("%.1f MB free", (double)s->lib.free_bytes / MIB),
			   strf("%.1f MB on the file system of /lib", (double)need / MIB),
			   status == STATUS_FAIL
				   ? strf("free %.1f MB on the file system of /lib",
					  missing(need, s->lib.free_bytes))
				   : NULL);
}

CHECK(check_boot_space)
{
	const struct storage *s = f->g->storage;
	uint64_t need = boot_bytes(f);
	enum status status;

	if (s->boot_in_fstab && !s->boot_present)
		return finding_add(
			out, c, NULL, STATUS_FAIL,
			strf("/boot is not mounted, and fstab names a file system "
			     "for it"),
			strf("the guest's /boot, mounted"),
			strf("mount the guest's %s on its /boot first",
			     s->boot_spec ?: "/boot file system"));
	status = s->boot.free_bytes >= need ? STATUS_PASS : STATUS_FAIL;
	return finding_add(
		out, c, NULL, status,
		strf("%.1f MB free", (double)s->boot.free_bytes / MIB),
		strf("%.1f MB for new images beside the old ones", (double)need / MIB),
		status == STATUS_FAIL
			? strf("free %.1f MB on the file system of /boot, such as by "
			       "removing an old kernel, or work on one: --kernel default",
			       missing(need, s->boot.free_bytes))
			: NULL);
}
