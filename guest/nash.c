/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The /init or /linuxrc that mkinitrd of RHEL 3 to 5 writes for nash: a straight list of
 * commands, one a line; no conditions, no loops.
 */
#include <string.h>

#include "guest/initrd.h"
#include "guest/modtree.h"

#define WORDS_MAX 32

struct words {
	char *store;
	char *v[WORDS_MAX];
	size_t n;
};

static void words_done(struct words *w)
{
	free(w->store);
}

/* Words of a line, quotes removed, up to a comment. */
static int split(const char *line, size_t len, struct words *w)
{
	char *to = w->store = malloc(len + 1);
	const char *p = line;
	const char *end = line + len;

	if (!to)
		return -ENOMEM;
	while (w->n < WORDS_MAX) {
		char quote = '\0';

		while (p < end && strchr(" \t\r", *p))
			p++;
		if (p == end || *p == '#')
			break;
		w->v[w->n++] = to;
		for (; p < end && (quote || !strchr(" \t\r", *p)); p++) {
			if (quote ? *p == quote : *p == '"' || *p == '\'')
				quote = quote ? '\0' : *p;
			else
				*to++ = *p;
		}
		/* Never past the store: a word's NUL takes its blank's place. */
		*to++ = '\0';
	}
	return 0;
}

/* The first word that is no option; valued lists the options that take a value. */
static const char *operand(const struct words *w, const char *valued)
{
	for (size_t i = 1; i < w->n; i++) {
		if (w->v[i][0] != '-')
			return w->v[i];
		if (w->v[i][1] && !w->v[i][2] && strchr(valued, w->v[i][1]))
			i++;
	}
	return NULL;
}

static int on_load(struct initrd *i, const struct words *w, size_t line)
{
	const char *path = operand(w, "");
	struct initrd_load *l;

	if (!path)
		return 0;
	if (vec_grow(&i->loads, i->n_loads, sizeof(*i->loads)) < 0)
		return -ENOMEM;
	l = &i->loads[i->n_loads];
	l->line = line;
	l->path = strdup(path);
	l->module = module_name(path_base(path));
	if (!l->module)
		l->module = strdup(path_base(path));
	i->n_loads++;
	return l->path && l->module ? 0 : -ENOMEM;
}

static int keep(char **to, const char *device)
{
	free(*to);
	*to = device ? strdup(device) : NULL;
	return device && !*to ? -ENOMEM : 0;
}

static int on_root(struct initrd *i, const struct words *w, size_t line)
{
	const char *device = operand(w, "to");

	i->root_line = (long)line;
	/* /dev/root is what the kernel's root= names */
	return keep(&i->root, streq(device, "/dev/root") ? NULL : device);
}

static int on_resume(struct initrd *i, const struct words *w, size_t line)
{
	i->resume_line = (long)line;
	return keep(&i->resume, operand(w, ""));
}

/* looks: it finds devices, so that what drives them must be loaded before. */
static const struct command {
	const char *name;
	int (*run)(struct initrd *i, const struct words *w, size_t line);
	bool looks;
} commands[] = {
	{ "insmod", on_load, false },	{ "modprobe", on_load, false },
	{ "mkrootdev", on_root, true }, { "resume", on_resume, true },
	{ "mkblkdevs", NULL, true },	{ "mkdevices", NULL, true },
	{ "udevstart", NULL, true },	{ "stabilized", NULL, true },
	{ "rmparts", NULL, true },	{ "dm", NULL, true },
	{ "lvm", NULL, true },		{ "vgscan", NULL, true },
	{ "vgchange", NULL, true },	{ "raidautorun", NULL, true },
	{ "mkdmnod", NULL, true },	{ "kpartx", NULL, true },
	{ "multipath", NULL, true },
};

static const struct command *command(const struct words *w)
{
	for (size_t i = 0; w->n && i < ELEMENTSOF(commands); i++)
		if (streq(path_base(w->v[0]), commands[i].name))
			return &commands[i];
	return NULL;
}

static bool is_nash(const char *init)
{
	const char *p = init + 2;
	size_t n;

	if (!startswith(init, "#!"))
		return false;
	p += strspn(p, " \t");
	n = strcspn(p, " \t\r\n");
	return n >= 4 && !memcmp(p + n - 4, "nash", 4) && (n == 4 || p[n - 5] == '/');
}

/* Call for each line; stops at the first that does not return 0. */
static int each_line(const char *text, int (*fn)(void *arg, const struct words *, size_t),
		     void *arg)
{
	size_t line = 0;

	for (const char *p = text; *p; line++) {
		_cleanup_(words_done) struct words w = { 0 };
		size_t len = strcspn(p, "\n");
		int r = split(p, len, &w);

		if (r == 0)
			r = fn(arg, &w, line);
		if (r != 0)
			return r;
		p += len + (p[len] == '\n');
	}
	return 0;
}

static int parse_line(void *arg, const struct words *w, size_t line)
{
	const struct command *c = command(w);

	return c && c->run ? c->run(arg, w, line) : 0;
}

int initrd_parse_init(struct initrd *i, struct err *e)
{
	i->root_line = -1;
	i->resume_line = -1;
	if (!i->init)
		return 0;
	i->nash = is_nash(i->init);
	return each_line(i->init, parse_line, i) < 0 ? err_nomem(e) : 0;
}

/*
 * Drivers that own emulated disks, and the cores that such drivers stand on: as
 * of 2.6.9 and 2.6.18.
 */
static const char *const storage_drivers[] = {
	"ide_core",    "ide_disk",	     "ide_generic",  "generic",	   "piix",
	"ata_piix",    "ata_generic",	     "libata",	     "ahci",	   "scsi_mod",
	"sd_mod",      "sym53c8xx",	     "mptbase",	     "mptscsih",   "mptspi",
	"mptscsi",     "lsi53c895",	     "BusLogic",     "buslogic",   "megaraid",
	"megaraid_mm", "megaraid_mbox",	     "megaraid_sas", "virtio_pci", "virtio_blk",
	"virtio_scsi", "scsi_transport_spi",
};

long initrd_storage_load(const struct initrd *i)
{
	for (size_t n = 0; n < i->n_loads; n++)
		for (size_t k = 0; k < ELEMENTSOF(storage_drivers); k++)
			if (streq(i->loads[n].module, storage_drivers[k]))
				return (long)n;
	return -1;
}

long initrd_scsi_load(const struct initrd *i)
{
	static const char *const drivers[] = { "sym53c8xx", "sym53c8xx_2", "ncr53c8xx" };

	for (size_t n = 0; n < i->n_loads; n++)
		for (size_t k = 0; k < ELEMENTSOF(drivers); k++)
			if (module_same(i->loads[n].module, drivers[k]))
				return (long)n;
	return -1;
}

struct look {
	size_t from;
	long found;
};

static int look_line(void *arg, const struct words *w, size_t line)
{
	const struct command *c = command(w);
	struct look *l = arg;

	if (line < l->from || !c || !c->looks)
		return 0;
	l->found = (long)line;
	return 1;
}

long initrd_device_line(const struct initrd *i)
{
	struct look l = { .from = i->n_loads ? i->loads[i->n_loads - 1].line + 1 : 0,
			  .found = -1 };

	if (!i->init)
		return -1;
	if (each_line(i->init, look_line, &l) == 0 && l.from) {
		/* Nothing behind the last load: the first of all. */
		l.from = 0;
		each_line(i->init, look_line, &l);
	}
	return l.found;
}
