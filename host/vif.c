/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "host/vif.h"
#include "lib/strv.h"

/* One part of "a=b, c=d": the whole of it with the blanks before, its key and value. */
struct part {
	const char *at, *key, *value; /* value NULL: no "=" */
	size_t len, key_len, value_len;
};

static size_t trimmed(const char *text, size_t len)
{
	while (len && strchr(" \t", text[len - 1]))
		len--;
	return len;
}

/* The part at *p; false at the end. xl passes over blanks before a key, and over empty
 * parts; xm over blanks around a value, too. */
static bool next_part(const char **p, struct part *ret)
{
	const char *eq;
	size_t n;

	*p += strspn(*p, ",");
	if (!**p)
		return false;
	n = strcspn(*p, ",");
	ret->at = *p;
	ret->len = n;
	ret->key = *p + strspn(*p, " \t");
	if (ret->key > *p + n)
		ret->key = *p + n;
	eq = memchr(ret->key, '=', (size_t)(*p + n - ret->key));
	ret->key_len = trimmed(ret->key, (size_t)((eq ?: *p + n) - ret->key));
	ret->value = eq ? eq + 1 + strspn(eq + 1, " \t") : NULL;
	ret->value_len = eq ? trimmed(ret->value, (size_t)(*p + n - ret->value)) : 0;
	*p += n;
	return true;
}

static bool is_key(const struct part *x, const char *key)
{
	return x->value && x->key_len == strlen(key) &&
	       strncmp(x->key, key, x->key_len) == 0;
}

int vif_parse(const char *spec, const char *label, size_t line, struct vnic *ret,
	      struct err *e)
{
	const struct {
		const char *key;
		char **to;
	} keys[] = {
		{ "mac", &ret->mac },
		{ "type", &ret->type },
		{ "model", &ret->model },
		{ "bridge", &ret->source },
	};
	_cleanup_strv_ struct strv rest = { 0 };
	struct part x;

	while (next_part(&spec, &x)) {
		_cleanup_free_ char *value = x.value ? strndup(x.value, x.value_len)
						     : NULL;
		size_t i = 0;

		while (i < ELEMENTSOF(keys) && !is_key(&x, keys[i].key))
			i++;
		if (i < ELEMENTSOF(keys)) {
			if (!value || str_set(keys[i].to, value) < 0)
				return err_nomem(e);
		} else if (strv_addf(&rest, "%.*s", (int)x.len, x.at) < 0) {
			return err_nomem(e);
		}
	}
	if (ret->mac) {
		char *mac = mac_form(ret->mac);

		if (!mac)
			return err_set(e, EINVAL, "%s:%zu: mac=%s is no MAC address",
				       label, line, ret->mac);
		free(ret->mac);
		ret->mac = mac;
	}
	ret->rest = strv_join(&rest, ",");
	return ret->rest ? 0 : err_nomem(e);
}

char *vif_change(const char *spec, bool pv, const char *type, const char *mac)
{
	_cleanup_strv_ struct strv out = { 0 };
	bool typed = !pv || !type;
	bool addressed = !mac;
	struct part x;
	int k = 0;

	while (k == 0 && next_part(&spec, &x)) {
		int blanks = (int)(x.key - x.at);

		if (mac && is_key(&x, "mac")) {
			k = addressed ? 0
				      : strv_addf(&out, "%.*smac=%s", blanks, x.at, mac);
			addressed = true;
		} else if (pv && is_key(&x, "type")) {
			k = typed ? 0
				  : strv_addf(&out, "%.*stype=%s", blanks, x.at, type);
			typed = true;
		} else if (!pv || !is_key(&x, "model")) {
			k = strv_addf(&out, "%.*s", (int)x.len, x.at);
		}
	}
	if (k == 0 && !addressed)
		k = strv_addf(&out, "mac=%s", mac);
	if (k == 0 && !typed)
		k = strv_addf(&out, "type=%s", type);
	return k < 0 ? NULL : strv_join(&out, ",");
}
