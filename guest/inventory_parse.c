/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inventory's text, read: it lies in the guest, so nothing in it is trusted. */
#include <string.h>

#include "guest/inventory_fields.h"

#define TEXT_MAX   (4u << 20)
#define STRING_MAX 4096
#define ARRAY_MAX  4096
#define DEPTH_MAX  16

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
		[LATER] = json_type_string,  [BOOL] = json_type_boolean,
		[UNSIGNED] = json_type_int,  [SIGNED] = json_type_int,
		[STRINGS] = json_type_array, [LIST] = json_type_array,
	};
	void *at = (char *)base + f->offset;
	bool none = f->type == OPTIONAL || f->type == LATER;
	json_object *v;
	int k;

	if (f->type == LATER && !json_object_object_get_ex(o, f->key, NULL))
		return 0;
	k = get(r, o, f->key, types[f->type], none, &v);
	if (k < 0 || !v)
		return k;
	switch (f->type) {
	case STRING:
	case OPTIONAL:
	case LATER:
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
		d = devices_add(
			i->devices,
			streq(json_object_get_string(kind), inventory_kinds[DEV_NIC])
				? DEV_NIC
				: DEV_DISK,
			"");
		if (!d)
			return err_nomem(r->e);
		if (!streq(json_object_get_string(kind), inventory_kinds[d->kind]))
			return wrong(r, "kind", "is neither disk nor nic");
		k = read_fields(r, v, d, inventory_device_fields);
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
	if (json_object_get_int(schema) != INVENTORY_SCHEMA)
		return err_set(e, EINVAL,
			       "%s: has schema %d, and this program knows %d only", name,
			       json_object_get_int(schema), INVENTORY_SCHEMA);
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
