/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two of libvirt's domains compared, but for what we change in them. */
#pragma once

#include <libxml/tree.h>
#include <stdbool.h>

/* An element of that name, in no namespace. */
bool xml_is_element(const xmlNode *n, const char *name);

/*
 * Both and all that follows them have the same elements, attributes, texts and comments;
 * passed over are blanks, and in disks and NICs texts and what a change replaces.
 * Recurses as deep as the document, which libxml2 limits.
 */
bool xml_same_nodes(const xmlNode *a, const xmlNode *b);
