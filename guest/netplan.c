/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netplan's files [netplan-yaml(5)]: below network, ethernets, an entry for each
 * interface, named by its key unless it says otherwise:
 *
 *	ens3:                       the interface ens3
 *	x: {match: {macaddress: …}, set-name: lan0}     lan0, by its MAC
 *	x: {match: {driver: e1000}, set-name: lan0}     lan0, by its driver
 *	x: {match: {name: ens3}}    the interface ens3
 *	x: {match: {name: "en*"}}   those that a pattern, or one of a list, takes
 */
#include <string.h>

#include <yaml.h>

#include "guest/nicnames_parts.h"
#include "lib/strv.h"

/* A mapping's value by its key; NULL: there is none, or it is no mapping. */
static yaml_node_t *value_of(yaml_document_t *d, yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *k = yaml_document_get_node(d, p->key);

		if (k && k->type == YAML_SCALAR_NODE &&
		    streq((const char *)k->data.scalar.value, key))
			return yaml_document_get_node(d, p->value);
	}
	return NULL;
}

static const char *text_of(const yaml_node_t *n)
{
	return n && n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value
						: NULL;
}

/* A scalar, or the words of a sequence of them; the caller frees. NULL: neither. -ENOMEM.
 */
static int words_of(yaml_document_t *d, const yaml_node_t *n, char **ret)
{
	_cleanup_strv_ struct strv words = { 0 };

	*ret = NULL;
	if (text_of(n)) {
		*ret = strdup(text_of(n));
		return *ret ? 0 : -ENOMEM;
	}
	if (!n || n->type != YAML_SEQUENCE_NODE)
		return 0;
	for (yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top; i++) {
		const char *word = text_of(yaml_document_get_node(d, *i));

		if (word && strv_add(&words, word) < 0)
			return -ENOMEM;
	}
	*ret = words.n ? strv_join(&words, " ") : NULL;
	return words.n && !*ret ? -ENOMEM : 0;
}

static int add_interface(struct nicnames *n, const char *file, yaml_document_t *d,
			 const yaml_node_t *key, yaml_node_t *entry)
{
	yaml_node_t *match = value_of(d, entry, "match");
	const char *set_name = text_of(value_of(d, entry, "set-name"));
	_cleanup_free_ char *matched = NULL;
	enum nicname_how how = NICNAME_USED;
	const char *name;

	if (words_of(d, value_of(d, match, "name"), &matched) < 0)
		return -ENOMEM;
	name = matched ?: text_of(key);
	if (text_of(value_of(d, match, "macaddress")))
		how = NICNAME_BY_MAC;
	else if (value_of(d, match, "driver"))
		how = NICNAME_BY_PLACE;
	if (set_name)
		name = set_name;
	else if (how == NICNAME_BY_MAC && !matched)
		return 0; /* whatever it is called */
	if (!name)
		return 0;
	return nicnames_add(n, strdup(name), file, key->start_mark.line, how);
}

static int add_all(struct nicnames *n, const char *file, yaml_document_t *d)
{
	yaml_node_t *root = yaml_document_get_root_node(d);
	yaml_node_t *ethernets = value_of(d, value_of(d, root, "network"), "ethernets");

	if (!ethernets || ethernets->type != YAML_MAPPING_NODE)
		return 0;
	for (yaml_node_pair_t *p = ethernets->data.mapping.pairs.start;
	     p < ethernets->data.mapping.pairs.top; p++) {
		yaml_node_t *key = yaml_document_get_node(d, p->key);

		if (key && add_interface(n, file, d, key,
					 yaml_document_get_node(d, p->value)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int netplan_read(struct nicnames *n, const char *file, const struct lines *l)
{
	yaml_parser_t parser;
	yaml_document_t document;
	size_t len = 0;
	_cleanup_free_ char *text = lines_text(l, &len);
	int k = 0;

	if (!text || !yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (yaml_parser_load(&parser, &document)) {
		k = add_all(n, file, &document);
		yaml_document_delete(&document);
	}
	yaml_parser_delete(&parser);
	return k;
}
