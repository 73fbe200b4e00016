/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "guest/inventory_fields.h"
#include "lib/utf8.h"

#define FIELD(s, t, m)                                   \
	{                                                \
#m, t, offsetof(struct s, m), 0, 0, NULL \
	}
#define NAMED(s, t, m, k)                               \
	{                                               \
		k, t, offsetof(struct s, m), 0, 0, NULL \
	}
#define LISTED(s, m, c, e, f)                                           \
	{                                                               \
#m, LIST, offsetof(struct s, m), offsetof(struct s, c), \
			sizeof(struct e), f                             \
	}
#define END                                 \
	{                                   \
		NULL, STRING, 0, 0, 0, NULL \
	}

static const struct field fs_fields[] = {
	FIELD(dev_fs, STRING, name),	FIELD(dev_fs, OPTIONAL, type),
	FIELD(dev_fs, OPTIONAL, label), FIELD(dev_fs, OPTIONAL, uuid),
	FIELD(dev_fs, LATER, uuid_sub), FIELD(dev_fs, UNSIGNED, size),
	FIELD(dev_fs, STRINGS, mounts), END,
};

const struct field inventory_device_fields[] = {
	FIELD(device, STRING, name),
	FIELD(device, OPTIONAL, driver),
	FIELD(device, OPTIONAL, bus),
	FIELD(device, OPTIONAL, node),
	FIELD(device, BOOL, pv),
	FIELD(device, LATER, pci),
	FIELD(device, OPTIONAL, mac),
	FIELD(device, UNSIGNED, size),
	FIELD(device, BOOL, removable),
	FIELD(device, OPTIONAL, ptuuid),
	LISTED(device, fs, n_fs, dev_fs, fs_fields),
	END,
};

static const struct field log_fields[] = {
	FIELD(logmark, STRING, path),
	FIELD(logmark, UNSIGNED, size),
	NAMED(logmark, STRING, tail_digest, "tail_sha256"),
	END,
};

const struct field inventory_fields[] = {
	FIELD(inventory, SIGNED, time),
	FIELD(inventory, BOOL, live),
	FIELD(inventory, OPTIONAL, release),
	LISTED(inventory, logs, n_logs, logmark, log_fields),
	FIELD(inventory, STRINGS, boot_disks),
	FIELD(inventory, STRINGS, renames),
	FIELD(inventory, STRINGS, forced),
	END,
};

const char *const inventory_kinds[2] = { [DEV_DISK] = "disk", [DEV_NIC] = "nic" };

void inventory_free(struct inventory *i)
{
	if (!i)
		return;
	free(i->release);
	devices_free(i->devices);
	for (size_t k = 0; k < i->n_logs; k++) {
		free(i->logs[k].path);
		free(i->logs[k].tail_digest);
	}
	free(i->logs);
	strv_done(&i->boot_disks);
	strv_done(&i->renames);
	strv_done(&i->forced);
	free(i);
}

/* A label may hold any bytes, JSON none that are not UTF-8: those become \xNN. */
static json_object *string(const char *s)
{
	_cleanup_free_ char *clean = malloc(4 * strlen(s) + 1);
	char *to = clean;

	if (!clean)
		return NULL;
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);

		if (n) {
			to = mempcpy(to, s, n);
			s += n;
		} else {
			to += sprintf(to, "\\x%02x", (unsigned char)*s++);
		}
	}
	return json_object_new_string_len(clean, (int)(to - clean));
}

/* Takes v; false when v is NULL (no memory) or cannot be added. */
static bool put(json_object *o, const char *key, json_object *v)
{
	if (v && json_object_object_add(o, key, v) == 0)
		return true;
	json_object_put(v);
	return false;
}

static json_object *strings(const struct strv *v)
{
	_cleanup_json_ json_object *a = json_object_new_array();

	for (size_t i = 0; a && i < v->n; i++) {
		json_object *s = string(v->v[i]);

		if (!s || json_object_array_add(a, s) < 0) {
			json_object_put(s);
			return NULL;
		}
	}
	return TAKE_PTR(a);
}

static bool write_fields(json_object *o, const void *base, const struct field *f);

static json_object *list(const void *base, const struct field *f)
{
	_cleanup_json_ json_object *a = json_object_new_array();
	const char *v = *(char *const *)((const char *)base + f->offset);
	size_t n = *(const size_t *)((const char *)base + f->count);

	for (size_t i = 0; a && i < n; i++) {
		_cleanup_json_ json_object *o = json_object_new_object();

		if (!o || !write_fields(o, v + i * f->size, f->fields) ||
		    json_object_array_add(a, o) < 0)
			return NULL;
		o = NULL;
	}
	return TAKE_PTR(a);
}

static bool write_fields(json_object *o, const void *base, const struct field *f)
{
	for (; f->key; f++) {
		const void *at = (const char *)base + f->offset;
		const char *s = f->type == STRING || f->type == OPTIONAL ||
						f->type == LATER
					? *(char *const *)at
					: NULL;
		bool good = false;

		switch (f->type) {
		case STRING:
		case OPTIONAL:
		case LATER:
			good = s ? put(o, f->key, string(s))
				 : json_object_object_add(o, f->key, NULL) == 0;
			break;
		case BOOL:
			good = put(o, f->key, json_object_new_boolean(*(const bool *)at));
			break;
		case UNSIGNED:
		case SIGNED:
			good = put(o, f->key,
				   json_object_new_int64(*(const int64_t *)at));
			break;
		case STRINGS:
			good = put(o, f->key, strings(at));
			break;
		case LIST:
			good = put(o, f->key, list(base, f));
			break;
		}
		if (!good)
			return false;
	}
	return true;
}

static json_object *device_array(const struct devices *d)
{
	_cleanup_json_ json_object *a = json_object_new_array();

	for (size_t i = 0; a && d && i < d->n; i++) {
		_cleanup_json_ json_object *o = json_object_new_object();

		if (!o ||
		    !put(o, "kind",
			 json_object_new_string(inventory_kinds[d->v[i].kind])) ||
		    !write_fields(o, &d->v[i], inventory_device_fields) ||
		    json_object_array_add(a, o) < 0)
			return NULL;
		o = NULL;
	}
	return TAKE_PTR(a);
}

char *inventory_format(const struct inventory *i, struct err *e)
{
	_cleanup_json_ json_object *o = json_object_new_object();
	const char *text;
	char *ret = NULL;

	if (!o || !put(o, "schema", json_object_new_int(INVENTORY_SCHEMA)) ||
	    !write_fields(o, i, inventory_fields) ||
	    !put(o, "devices", device_array(i->devices)))
		goto nomem;
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
	ret = text ? strf("%s\n", text) : NULL;
	if (ret)
		return ret;
nomem:
	err_nomem(e);
	return NULL;
}
