/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A back end in dom0 that answers with nonsense: what its kinds of device share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

/* What xen/io/ring.h wants to have, compiled with -D__XEN_TOOLS__ */
#define xen_mb()  __sync_synchronize()
#define xen_rmb() __sync_synchronize()
#define xen_wmb() __sync_synchronize()

/* Of xen/io/xenbus.h */
enum state {
	STATE_INITIALISING = 1,
	STATE_INIT_WAIT = 2,
	STATE_INITIALISED = 3,
	STATE_CONNECTED = 4,
	STATE_CLOSING = 5,
	STATE_CLOSED = 6,
};

struct end {
	struct xs_handle *xs;
	xengnttab_handle *grants;
	xenevtchn_handle *events;
	int domid;
	const char *type; /* "vbd" */
	int id;		  /* 51776 */
	char *front;	  /* "/local/domain/7/device/vbd/51776" */
	char *back;
	evtchn_port_t port; /* ours */
	uint64_t random;
	unsigned long good; /* answers that made sense */
	unsigned long bad;
};

struct kind {
	const char *type;
	enum state ready; /* the front end's, when its rings are in the store */
	/* What the store says of the device before the front end has seen it */
	void (*describe)(struct end *e);
	/* -1: its rings cannot be mapped */
	int (*map)(struct end *e);
	void (*unmap)(struct end *e);
	/* Answer what is there; ring or not */
	void (*answer)(struct end *e);
};

extern const struct kind hostile_vbd;
extern const struct kind hostile_vif;

/* The next number, below n */
uint32_t pick(struct end *e, uint32_t n);
/* Once in n times */
bool once_in(struct end *e, uint32_t n);
void put(struct end *e, const char *dir, const char *node, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* -1: no such node, or no number */
long get(struct end *e, const char *dir, const char *node);
/* Map pages of the guest, writable; NULL */
void *map_refs(struct end *e, const uint32_t *refs, unsigned int n);
void ring_bell(struct end *e);
