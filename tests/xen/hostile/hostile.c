/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hostile vbd|vif DOMID ID SECONDS SEED: be the back end of a device of a running guest,
 * which gets the device plugged in; answer with nonsense; when the front end gives the
 * device up, unplug it and begin again. Every round prints its seed.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hostile.h"

/* The longest that a front end may take to show its rings, or to give a device up */
#define PATIENCE 10

/* --- small things ------------------------------------------------------------------- */

uint32_t pick(struct end *e, uint32_t n)
{
	/* Marsaglia's xorshift64 */
	e->random ^= e->random << 13;
	e->random ^= e->random >> 7;
	e->random ^= e->random << 17;
	return (uint32_t)(e->random >> 16) % n;
}

bool once_in(struct end *e, uint32_t n)
{
	return pick(e, n) == 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static char *path_of(const char *dir, const char *node)
{
	char *path;

	if (asprintf(&path, "%s/%s", dir, node) < 0)
		abort();
	return path;
}

void put(struct end *e, const char *dir, const char *node, const char *fmt, ...)
{
	char *path = path_of(dir, node);
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		abort();
	va_end(args);
	if (!xs_write(e->xs, XBT_NULL, path, text, (unsigned int)strlen(text)))
		fprintf(stderr, "hostile: cannot write %s\n", path);
	free(text);
	free(path);
}

long get(struct end *e, const char *dir, const char *node)
{
	char *path = path_of(dir, node);
	char *text = xs_read(e->xs, XBT_NULL, path, NULL);
	char *end = text;
	long v = text ? strtol(text, &end, 10) : -1;

	if (!text || end == text)
		v = -1;
	free(text);
	free(path);
	return v;
}

void *map_refs(struct end *e, const uint32_t *refs, unsigned int n)
{
	return xengnttab_map_domain_grant_refs(e->grants, n, (uint32_t)e->domid,
					       (uint32_t *)refs, 3);
}

void ring_bell(struct end *e)
{
	xenevtchn_notify(e->events, e->port);
}

/* --- one device, from plugging it in to pulling it out --------------------------------
 */

static void make_node(struct end *e, const char *path, bool theirs)
{
	struct xs_permissions p[2] = {
		{ .id = theirs ? (unsigned int)e->domid : 0, .perms = XS_PERM_NONE },
		{ .id = theirs ? 0 : (unsigned int)e->domid, .perms = XS_PERM_READ },
	};

	xs_mkdir(e->xs, XBT_NULL, path);
	xs_set_permissions(e->xs, XBT_NULL, path, p, 2);
}

static void plug(struct end *e, const struct kind *k)
{
	make_node(e, e->back, false);
	put(e, e->back, "frontend", "%s", e->front);
	put(e, e->back, "frontend-id", "%d", e->domid);
	put(e, e->back, "online", "1");
	put(e, e->back, "state", "%d", STATE_INIT_WAIT);
	make_node(e, e->front, true);
	k->describe(e);
	put(e, e->front, "backend-id", "0");
	put(e, e->front, "state", "%d", STATE_INITIALISING);
	put(e, e->front, "backend", "%s", e->back);
}

static void unplug(struct end *e)
{
	xs_rm(e->xs, XBT_NULL, e->front);
	xs_rm(e->xs, XBT_NULL, e->back);
}

static bool is_up(const struct kind *k, long state)
{
	return state == (long)k->ready || state == STATE_CONNECTED;
}

static bool wait_ready(struct end *e, const struct kind *k)
{
	double end = now() + PATIENCE;

	while (now() < end) {
		if (is_up(k, get(e, e->front, "state")))
			return true;
		usleep(20000);
	}
	return false;
}

/* Until the front end gives up, or the time is over */
static void talk(struct end *e, const struct kind *k, double until)
{
	struct pollfd p = { .fd = xenevtchn_fd(e->events), .events = POLLIN };

	while (now() < until) {
		if (poll(&p, 1, 20) > 0) {
			int port = xenevtchn_pending(e->events);

			if (port >= 0)
				xenevtchn_unmask(e->events, (evtchn_port_t)port);
		}
		k->answer(e);
		if (!is_up(k, get(e, e->front, "state")))
			return;
	}
}

static int connect_and_talk(struct end *e, const struct kind *k, double until)
{
	long port = get(e, e->front, "event-channel");
	int ours;

	if (port < 0 || k->map(e) < 0)
		return -1;
	ours = xenevtchn_bind_interdomain(e->events, (uint32_t)e->domid,
					  (evtchn_port_t)port);
	if (ours < 0) {
		k->unmap(e);
		return -1;
	}
	e->port = (evtchn_port_t)ours;
	put(e, e->back, "state", "%d", STATE_CONNECTED);
	talk(e, k, until);
	put(e, e->back, "state", "%d", STATE_CLOSING);
	usleep(200000);
	k->unmap(e);
	xenevtchn_unbind(e->events, e->port);
	put(e, e->back, "state", "%d", STATE_CLOSED);
	return 0;
}

/* A round; whether the front end came to show its rings */
static bool play(struct end *e, const struct kind *k, double until)
{
	bool came;

	plug(e, k);
	came = wait_ready(e, k) && connect_and_talk(e, k, until) == 0;
	/* The device goes when the guest is through with it, or when patience is at its
	 * end */
	for (int i = 0; i < PATIENCE * 50; i++) {
		if (get(e, e->front, "state") == STATE_CLOSED)
			break;
		usleep(20000);
	}
	unplug(e);
	usleep(200000);
	return came;
}

static int run(struct end *e, const struct kind *k, int seconds, uint64_t seed)
{
	double until = now() + seconds;
	unsigned int rounds = 0;
	unsigned int came = 0;

	for (; now() < until; rounds++) {
		uint64_t s = seed + rounds;

		e->random = s * 0x9e3779b97f4a7c15ull | 1;
		printf("round %u: seed %llu\n", rounds, (unsigned long long)s);
		fflush(stdout);
		came += play(e, k, until);
	}
	printf("%s: %u rounds, %u connected, %lu answers that make sense, %lu that do "
	       "not\n",
	       k->type, rounds, came, e->good, e->bad);
	return came * 2 > rounds && e->bad > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct kind *const kinds[] = { &hostile_vbd, &hostile_vif };
	struct end e = { 0 };

	if (argc != 6) {
		fprintf(stderr, "usage: hostile vbd|vif DOMID ID SECONDS SEED\n");
		return 2;
	}
	e.domid = atoi(argv[2]);
	e.id = atoi(argv[3]);
	e.xs = xs_open(0);
	e.grants = xengnttab_open(NULL, 0);
	e.events = xenevtchn_open(NULL, 0);
	if (!e.xs || !e.grants || !e.events) {
		perror("hostile: this is no dom0");
		return 2;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(argv[1], kinds[i]->type) != 0)
			continue;
		e.type = kinds[i]->type;
		if (asprintf(&e.front, "/local/domain/%d/device/%s/%d", e.domid, e.type,
			     e.id) < 0 ||
		    asprintf(&e.back, "/local/domain/0/backend/%s/%d/%d", e.type, e.domid,
			     e.id) < 0)
			abort();
		return run(&e, kinds[i], atoi(argv[4]), strtoull(argv[5], NULL, 10));
	}
	fprintf(stderr, "hostile: no such kind of device: %s\n", argv[1]);
	return 2;
}
