/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "guest/nicnames_parts.h"
#include "lib/strv.h"

#define FILE_MAX  (256u * 1024)
#define NAMES_MAX 1024

void nicnames_free(struct nicnames *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n; i++) {
		free(n->v[i].name);
		free(n->v[i].file);
	}
	free(n->v);
	free(n);
}

bool nicnames_has(const struct nicnames *n, const char *name, enum nicname_how how)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->v[i].how == how && streq(n->v[i].name, name))
			return true;
	return false;
}

int nicnames_add(struct nicnames *n, char *name, const char *file, size_t line,
		 enum nicname_how how)
{
	_cleanup_free_ char *taken = name;
	struct nicname *x;

	if (!name || !*name || streq(name, "lo") || n->n >= NAMES_MAX)
		return 0;
	if (vec_grow(&n->v, n->n, sizeof(*n->v)) < 0)
		return -ENOMEM;
	x = &n->v[n->n++];
	*x = (struct nicname){
		.name = TAKE_PTR(taken), .file = strdup(file), .line = line, .how = how
	};
	return x->file ? 0 : -ENOMEM;
}

/* The value of KEY=value, quotes taken off, blanks around '=' allowed; NULL: another
 * line. */
static char *value_of(const char *line, const char *key)
{
	const char *p = line + strspn(line, " \t");
	size_t n = strlen(key);

	if (strncmp(p, key, n) != 0)
		return NULL;
	p += n;
	p += strspn(p, " \t");
	if (*p++ != '=')
		return NULL;
	p += strspn(p, " \t\"'");
	return strndup(p, strcspn(p, "\"'\r"));
}

static int value_line(const struct lines *l, const char *key, char **ret)
{
	for (size_t i = 0; i < l->n; i++) {
		char *v = value_of(l->v[i].text, key);

		if (v) {
			free(*ret);
			*ret = v;
			return (int)i;
		}
	}
	return -1;
}

/* KEY=value files: one says the name, another the MAC. */
static int keyed(struct nicnames *n, const char *file, const struct lines *l,
		 const char *const name_keys[2], const char *const mac_keys[2],
		 const char *fallback)
{
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *mac = NULL;
	int line = -1;

	for (size_t i = 0; i < 2 && !name; i++)
		line = name_keys[i] ? value_line(l, name_keys[i], &name) : -1;
	for (size_t i = 0; i < 2 && !mac; i++)
		if (mac_keys[i])
			value_line(l, mac_keys[i], &mac);
	if (!name && fallback)
		name = strdup(fallback);
	return nicnames_add(n, TAKE_PTR(name), file, line < 0 ? 0 : (size_t)line,
			    mac && strchr(mac, ':') ? NICNAME_BY_MAC : NICNAME_USED);
}

static int read_ifcfg(struct nicnames *n, const char *file, const struct lines *l)
{
	return keyed(n, file, l, (const char *const[]){ "DEVICE", NULL },
		     (const char *const[]){ "HWADDR", "LLADDR" },
		     path_base(file) + strlen("ifcfg-"));
}

/* The MAC beside a name is a further condition, and gives no name. */
static int read_connection(struct nicnames *n, const char *file, const struct lines *l)
{
	return keyed(n, file, l, (const char *const[]){ "interface-name", NULL },
		     (const char *const[]){ NULL, NULL }, NULL);
}

/* What a .link file matches that the PV card has not. */
static int place_line(const struct lines *l)
{
	static const char *const keys[] = { "Path", "Driver" };
	_cleanup_free_ char *value = NULL;
	int line = -1;

	for (size_t i = 0; i < ELEMENTSOF(keys) && line < 0; i++)
		line = value_line(l, keys[i], &value);
	return line;
}

static int read_link(struct nicnames *n, const char *file, const struct lines *l)
{
	_cleanup_free_ char *name = NULL;
	int line = value_line(l, "Name", &name);

	if (line >= 0 && place_line(l) >= 0)
		return nicnames_add(n, TAKE_PTR(name), file, (size_t)line,
				    NICNAME_BY_PLACE);
	return keyed(n, file, l, (const char *const[]){ "Name", NULL },
		     (const char *const[]){ "MACAddress", "PermanentMACAddress" }, NULL);
}

static int read_network(struct nicnames *n, const char *file, const struct lines *l)
{
	return keyed(n, file, l, (const char *const[]){ "Name", NULL },
		     (const char *const[]){ NULL, NULL }, NULL);
}

static int read_interfaces(struct nicnames *n, const char *file, const struct lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const char *p = l->v[i].text + strspn(l->v[i].text, " \t");

		if (!startswith(p, "iface") || !strchr(" \t", p[5]))
			continue;
		p += 5;
		p += strspn(p, " \t");
		if (nicnames_add(n, strndup(p, strcspn(p, " \t\r")), file, i,
				 NICNAME_USED) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* NAME="eth0" behind what a device must match. */
static int read_rules(struct nicnames *n, const char *file, const struct lines *l)
{
	static const char *const places[] = { "KERNELS==",	 "ID==",
					      "BUS==",		 "DEVPATH==",
					      "ID_PATH}==",	 "DRIVERS==\"8139",
					      "DRIVERS==\"e1000" };

	for (size_t i = 0; i < l->n; i++) {
		const char *text = l->v[i].text;
		const char *name = strstr(text, "NAME=\"");
		enum nicname_how how = NICNAME_USED;

		if (text[strspn(text, " \t")] == '#' || !name)
			continue;
		if (strstr(text, "address}==") || strstr(text, "SYSFS{address}=="))
			how = NICNAME_BY_MAC;
		for (size_t k = 0; k < ELEMENTSOF(places); k++)
			if (strstr(text, places[k]))
				how = NICNAME_BY_PLACE;
		name += strlen("NAME=\"");
		if (how != NICNAME_USED &&
		    nicnames_add(n, strndup(name, strcspn(name, "\"")), file, i, how) < 0)
			return -ENOMEM;
	}
	return 0;
}

static const struct {
	const char *dir;
	const char *prefix; /* of the file's name */
	const char *suffix;
	int (*read)(struct nicnames *n, const char *file, const struct lines *l);
} places[] = {
	{ "/etc/sysconfig/network-scripts", "ifcfg-", "", read_ifcfg },
	{ "/etc/sysconfig/network", "ifcfg-", "", read_ifcfg },
	{ "/etc/network", "interfaces", "", read_interfaces },
	{ "/etc/network/interfaces.d", "", "", read_interfaces },
	{ "/etc/NetworkManager/system-connections", "", ".nmconnection",
	  read_connection },
	{ "/etc/udev/rules.d", "", "-persistent-net.rules", read_rules },
	{ "/etc/systemd/network", "", ".link", read_link },
	{ "/etc/systemd/network", "", ".network", read_network },
	{ "/etc/netplan", "", ".yaml", netplan_read },
};

static int read_place(struct nicnames *n, const struct root *r, size_t p, struct err *e)
{
	_cleanup_strv_ struct strv names = { 0 };

	if (root_list(r, places[p].dir, &names, NULL) < 0)
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *file = strf("%s/%s", places[p].dir, names.v[i]);
		_cleanup_lines_ struct lines l = { 0 };
		_cleanup_free_ char *text = NULL;
		size_t len = 0;

		if (!file)
			return err_nomem(e);
		if (!startswith(names.v[i], places[p].prefix) ||
		    !endswith(names.v[i], places[p].suffix) || strchr(names.v[i], '~') ||
		    strstr(names.v[i], ".bak") || strstr(names.v[i], ".rpm"))
			continue;
		if (root_read(r, file, FILE_MAX, &text, &len, NULL) < 0 ||
		    lines_parse(&l, text, len, file, NULL) < 0)
			continue;
		if (places[p].read(n, file, &l) < 0)
			return err_nomem(e);
	}
	return 0;
}

int nicnames_read(const struct root *r, struct nicnames **ret, struct err *e)
{
	_cleanup_(nicnames_freep) struct nicnames *n = calloc(1, sizeof(*n));

	if (!n)
		return err_nomem(e);
	for (size_t p = 0; p < ELEMENTSOF(places); p++)
		if (read_place(n, r, p, e) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(n);
	return 0;
}
