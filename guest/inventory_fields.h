/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the inventory's writer and reader only: inventory.c, inventory_parse.c. */
#pragma once

#include <stddef.h>

#include <json-c/json.h>

#include "guest/devices.h"

#define INVENTORY_SCHEMA 1

/*
 * One table a struct, from which it is both written and read; what is a list of
 * structs itself is a row with a table of its own.
 */
enum field_type {
	STRING,
	OPTIONAL,
	LATER, /* the same, which inventories of earlier versions have not */
	BOOL,
	UNSIGNED,
	SIGNED,
	STRINGS,
	LIST
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;		    /* of the value; of the pointer for LIST */
	size_t count;		    /* LIST: offset of the number */
	size_t size;		    /* LIST: of an element */
	const struct field *fields; /* LIST: of an element */
};

/* The inventory's own fields, and a device's but for its kind. */
extern const struct field inventory_fields[];
extern const struct field inventory_device_fields[];
/* By enum dev_kind. */
extern const char *const inventory_kinds[2];

DEFINE_CLEANUP(json_object *, json_object_put)
#define _cleanup_json_ _cleanup_(json_object_putp)
