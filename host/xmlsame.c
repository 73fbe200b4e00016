/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/xmlsame.h"
#include "lib/strv.h"

bool xml_is_element(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && !n->ns &&
	       streq((const char *)n->name, name);
}

static bool is_blank(const xmlNode *n)
{
	return n->type == XML_TEXT_NODE && xmlIsBlankNode(n);
}

/* Between elements of a disk or a NIC, where libvirt reads no text; what stands on both
 * sides of one that is taken out becomes one text. */
static bool is_beside(const xmlNode *n)
{
	return n->type == XML_TEXT_NODE && n->parent &&
	       (xml_is_element(n->parent, "disk") ||
		xml_is_element(n->parent, "interface"));
}

/* What edit() changes, as far as the domain tells what became of it. */
static bool is_ours(const xmlNode *n)
{
	static const char *const names[][2] = {
		{ "disk", "target" },
		{ "disk", "address" },
		{ "interface", "mac" },
		{ "interface", "model" },
	};

	for (size_t i = 0; n->parent && i < ELEMENTSOF(names); i++)
		if (xml_is_element(n->parent, names[i][0]) &&
		    xml_is_element(n, names[i][1]))
			return true;
	return false;
}

static const xmlNode *next_that_counts(const xmlNode *n)
{
	while (n && (is_blank(n) || is_beside(n) || is_ours(n)))
		n = n->next;
	return n;
}

static bool same_attributes(const xmlNode *a, const xmlNode *b)
{
	const xmlAttr *x = a->properties;
	const xmlAttr *y = b->properties;

	for (; x && y; x = x->next, y = y->next) {
		xmlChar *v = xmlNodeListGetString(a->doc, x->children, 1);
		xmlChar *w = xmlNodeListGetString(b->doc, y->children, 1);
		bool good = xmlStrEqual(x->name, y->name) && xmlStrEqual(v, w);

		xmlFree(v);
		xmlFree(w);
		if (!good)
			return false;
	}
	return !x && !y;
}

bool xml_same_nodes(const xmlNode *a, const xmlNode *b)
{
	for (;; a = a->next, b = b->next) {
		a = next_that_counts(a);
		b = next_that_counts(b);
		if (!a || !b)
			return !a && !b;
		if (a->type != b->type || !xmlStrEqual(a->name, b->name))
			return false;
		if (a->type != XML_ELEMENT_NODE) {
			if (!xmlStrEqual(a->content, b->content))
				return false;
		} else if (!same_attributes(a, b) ||
			   !xml_same_nodes(a->children, b->children)) {
			return false;
		}
	}
}
