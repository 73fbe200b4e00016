/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include <json-c/json.h>

#include "guest/devices.h"
#include "lib/utf8.h"

#define TEXT_MAX   (4u << 20)
#define STRING_MAX 4096
#define ARRAY_MAX  4096
#define DEPTH_MAX  16
#define SCHEMA	   1

/*
 * One table a struct, from which it is both written and read; what is a list of
 * structs itself is a row with a table of its own.
 */
enum type {
	STRING,
	OPTIONAL,
	BOOL,
	UNSIGNED,
	SIGNED,
	STRINGS,
	LIST
};

struct field {
	const char *key;
	enum type type;
	size_t offset;		    /* of the value; of the pointer for LIST */
	size_t count;		    /* LIST: offset of the number */
	size_t size;		    /* LIST: of an element */
	const struct field *fields; /* LIST: of an element */
};

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
	FIELD(dev_fs, STRING, name),
	FIELD(dev_fs, OPTIONAL, type),
	FIELD(dev_fs, OPTIONAL, label),
	FIELD(dev_fs, OPTIONAL, uuid),
	FIELD(dev_fs, UNSIGNED, size),
	FIELD(dev_fs, STRINGS, mounts),
	END,
};

static const struct field device_fields[] = {
	FIELD(device, STRING, name),
	FIELD(device, OPTIONAL, driver),
	FIELD(device, OPTIONAL, bus),
	FIELD(device, OPTIONAL, node),
	FIELD(device, BOOL, pv),
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

static const struct field inventory_fields[] = {
	FIELD(inventory, SIGNED, time),
	FIELD(inventory, BOOL, live),
	FIELD(inventory, OPTIONAL, release),
	LISTED(inventory, logs, n_logs, logmark, log_fields),
	FIELD(inventory, STRINGS, boot_disks),
	FIELD(inventory, STRINGS, renames),
	FIELD(inventory, STRINGS, forced),
	END,
};

static const char *const kinds[] = { [DEV_DISK] = "disk", [DEV_NIC] = "nic" };

DEFINE_CLEANUP(json_object *, json_object_put)
#define _cleanup_json_ _cleanup_(json_object_putp)

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

/* --- writing ------------------------------------------------------------- */

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
		const char *s = f->type == STRING || f->type == OPTIONAL
					? *(char *const *)at
					: NULL;
		bool good = false;

		switch (f->type) {
		case STRING:
		case OPTIONAL:
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

		if (!o || !put(o, "kind", json_object_new_string(kinds[d->v[i].kind])) ||
		    !write_fields(o, &d->v[i], device_fields) ||
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

	if (!o || !put(o, "schema", json_object_new_int(SCHEMA)) ||
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

/* --- reading ------------------------------------------------------------- */

/* Where a mistake is, for its sentence. */
struct reader {
	const char *name;
	struct err *e;
};

static int wrong(const struct reader *r, const char *key, const char *what)
{
	return err_set(r->e, EINVAL, "%s: \"%s\" %s", r->name, key, what);
}

static int get(const struct reader *r, json_object *o, const char *key, json_type type,
	       bool null_too, json_object **ret)
{
	if (!json_object_object_get_ex(o, key, ret))
		return wrong(r, key, "is missing");
	if (!*ret && null_too)
		return 0;
	if (!json_object_is_type(*ret, type))
		return wrong(r, key, "has the wrong type");
	return 0;
}

static int read_string(const struct reader *r, const char *key, json_object *v,
		       char **ret)
{
	const char *s = json_object_get_string(v);
	size_t n = (size_t)json_object_get_string_len(v);

	if (n > STRING_MAX || strlen(s) != n)
		return wrong(r, key, "is longer than a name can be, or holds a NUL");
	free(*ret);
	*ret = strdup(s);
	return *ret ? 0 : err_nomem(r->e);
}

static int read_strings(const struct reader *r, const char *key, json_object *a,
			struct strv *v)
{
	size_t n = json_object_array_length(a);

	if (n > ARRAY_MAX)
		return wrong(r, key, "has too many elements");
	for (size_t i = 0; i < n; i++) {
		json_object *o = json_object_array_get_idx(a, i);
		_cleanup_free_ char *s = NULL;
		int k;

		if (!json_object_is_type(o, json_type_string))
			return wrong(r, key, "has an element that is no string");
		k = read_string(r, key, o, &s);
		if (k < 0)
			return k;
		if (strv_add(v, s) < 0)
			return err_nomem(r->e);
	}
	return 0;
}

static int read_number(const struct reader *r, const char *key, json_object *v,
		       bool negative, int64_t *ret)
{
	errno = 0;
	*ret = json_object_get_int64(v);
	if (errno || (*ret < 0 && !negative) || *ret == INT64_MAX)
		return wrong(r, key, "is out of range");
	return 0;
}

static int read_fields(const struct reader *r, json_object *o, void *base,
		       const struct field *f);

static int read_list(const struct reader *r, json_object *a, void *base,
		     const struct field *f)
{
	char **v = (char **)((char *)base + f->offset);
	size_t *n = (size_t *)((char *)base + f->count);
	size_t len = json_object_array_length(a);

	if (len > ARRAY_MAX)
		return wrong(r, f->key, "has too many elements");
	for (size_t i = 0; i < len; i++) {
		int k;

		if (vec_grow(v, *n, f->size) < 0)
			return err_nomem(r->e);
		k = read_fields(r, json_object_array_get_idx(a, i), *v + (*n)++ * f->size,
				f->fields);
		if (k < 0)
			return k;
	}
	return 0;
}

static int read_field(const struct reader *r, json_object *o, void *base,
		      const struct field *f)
{
	static const json_type types[] = {
		[STRING] = json_type_string, [OPTIONAL] = json_type_string,
		[BOOL] = json_type_boolean,  [UNSIGNED] = json_type_int,
		[SIGNED] = json_type_int,    [STRINGS] = json_type_array,
		[LIST] = json_type_array,
	};
	void *at = (char *)base + f->offset;
	json_object *v;
	int k = get(r, o, f->key, types[f->type], f->type == OPTIONAL, &v);

	if (k < 0 || !v)
		return k;
	switch (f->type) {
	case STRING:
	case OPTIONAL:
		return read_string(r, f->key, v, at);
	case BOOL:
		*(bool *)at = json_object_get_boolean(v);
		return 0;
	case UNSIGNED:
	case SIGNED:
		return read_number(r, f->key, v, f->type == SIGNED, at);
	case STRINGS:
		return read_strings(r, f->key, v, at);
	case LIST:
		return read_list(r, v, base, f);
	}
	return 0;
}

static int read_fields(const struct reader *r, json_object *o, void *base,
		       const struct field *f)
{
	if (!json_object_is_type(o, json_type_object))
		return err_set(r->e, EINVAL,
			       "%s: holds something else where an object belongs",
			       r->name);
	for (; f->key; f++) {
		int k = read_field(r, o, base, f);

		if (k < 0)
			return k;
	}
	return 0;
}

static int read_devices(const struct reader *r, json_object *o, struct inventory *i)
{
	json_object *a;
	int k = get(r, o, "devices", json_type_array, false, &a);
	size_t n;

	if (k < 0)
		return k;
	i->devices = calloc(1, sizeof(*i->devices));
	if (!i->devices)
		return err_nomem(r->e);
	n = json_object_array_length(a);
	if (n > ARRAY_MAX)
		return wrong(r, "devices", "has too many elements");
	for (size_t at = 0; at < n; at++) {
		json_object *v = json_object_array_get_idx(a, at);
		json_object *kind = NULL;
		struct device *d;

		if (!json_object_is_type(v, json_type_object))
			return wrong(r, "devices", "has an element that is no object");
		k = get(r, v, "kind", json_type_string, false, &kind);
		if (k < 0)
			return k;
		d = devices_add(i->devices,
				streq(json_object_get_string(kind), kinds[DEV_NIC])
					? DEV_NIC
					: DEV_DISK,
				"");
		if (!d)
			return err_nomem(r->e);
		if (!streq(json_object_get_string(kind), kinds[d->kind]))
			return wrong(r, "kind", "is neither disk nor nic");
		k = read_fields(r, v, d, device_fields);
		if (k < 0)
			return k;
	}
	return 0;
}

static int parse_text(const struct reader *r, const char *text, size_t len,
		      json_object **ret)
{
	int flags = JSON_TOKENER_STRICT;
	json_tokener *tok = json_tokener_new_ex(DEPTH_MAX);
	enum json_tokener_error error;
	size_t end;

	if (!tok)
		return err_nomem(r->e);
#ifdef JSON_TOKENER_VALIDATE_UTF8
	flags |= JSON_TOKENER_VALIDATE_UTF8;
#endif
	json_tokener_set_flags(tok, flags);
	*ret = json_tokener_parse_ex(tok, text, (int)len);
	error = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (error != json_tokener_success)
		return err_set(r->e, EINVAL, "%s: is no JSON: %s at byte %zu", r->name,
			       error == json_tokener_continue
				       ? "it is cut short"
				       : json_tokener_error_desc(error),
			       end);
	if (strspn(text + end, " \t\r\n") != len - end)
		return err_set(r->e, EINVAL, "%s: has something after its JSON", r->name);
	return 0;
}

int inventory_parse(const char *text, size_t len, const char *name,
		    struct inventory **ret, struct err *e)
{
	_cleanup_(inventory_freep) struct inventory *i = calloc(1, sizeof(*i));
	_cleanup_json_ json_object *o = NULL;
	_cleanup_free_ char *copy = NULL;
	struct reader r = { name, e };
	json_object *schema;
	int k;

	if (!i)
		return err_nomem(e);
	if (len > TEXT_MAX)
		return err_set(e, EFBIG, "%s: is larger than an inventory can be", name);
	copy = strndup(text, len);
	if (!copy)
		return err_nomem(e);
	if (strlen(copy) != len)
		return err_set(e, EINVAL, "%s: holds a NUL byte", name);
	k = parse_text(&r, copy, len, &o);
	if (k < 0)
		return k;
	if (!json_object_is_type(o, json_type_object))
		return err_set(e, EINVAL, "%s: is no JSON object", name);
	k = get(&r, o, "schema", json_type_int, false, &schema);
	if (k < 0)
		return k;
	if (json_object_get_int(schema) != SCHEMA)
		return err_set(e, EINVAL,
			       "%s: has schema %d, and this program knows %d only", name,
			       json_object_get_int(schema), SCHEMA);
	k = read_fields(&r, o, i, inventory_fields);
	if (k == 0)
		k = read_devices(&r, o, i);
	if (k < 0)
		return k;
	*ret = TAKE_PTR(i);
	return 0;
}

int inventory_read(const struct root *r, struct inventory **ret, struct err *e)
{
	_cleanup_free_ char *name = root_name(r, INVENTORY_PATH);
	_cleanup_free_ char *text = NULL;
	size_t len;
	int k;

	if (!name)
		return err_nomem(e);
	k = root_read(r, INVENTORY_PATH, TEXT_MAX, &text, &len, e);
	if (k == -ENOENT) {
		if (e)
			err_done(e);
		*ret = NULL;
		return 0;
	}
	if (k < 0)
		return k;
	return inventory_parse(text, len, name, ret, e);
}
