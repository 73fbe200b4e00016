/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/blockname.h"
#include "guest/bootlog_lines.h"

#define LINE_MAX_LEN 1024
/* Of devices, refusals and failures each: a log with more is no log of a guest's boot. */
#define ITEMS_MAX 256

struct major {
	unsigned long num;
	bool refused;
};

/* A device that was not connected when the line was written. */
struct waiting {
	char *node; /* "vbd-768" */
	char *line;
	bool no_driver;
};

struct bootlog_scan {
	struct bootlog *b;
	size_t at;	/* of the next byte in the log */
	size_t line_at; /* of the line being gathered */
	size_t boot_at;
	bool any; /* a line told something */
	char line[LINE_MAX_LEN];
	size_t len;
	struct major *majors;
	size_t n_majors;
	struct waiting *waiting;
	size_t n_waiting;
	struct strv no_major; /* lines of majors that were not given */
	struct strv cdroms;
};

static void reset(struct bootlog_scan *s)
{
	for (size_t i = 0; i < s->n_waiting; i++) {
		free(s->waiting[i].node);
		free(s->waiting[i].line);
	}
	free(s->waiting);
	free(s->majors);
	strv_done(&s->no_major);
	strv_done(&s->cdroms);
	bootlog_free(s->b);
	s->b = NULL;
	s->majors = NULL;
	s->waiting = NULL;
	s->n_majors = s->n_waiting = 0;
	s->any = false;
}

struct bootlog_scan *bootlog_scan_new(void)
{
	_cleanup_(bootlog_scan_freep) struct bootlog_scan *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->b = calloc(1, sizeof(*s->b));
	return s->b ? TAKE_PTR(s) : NULL;
}

void bootlog_scan_free(struct bootlog_scan *s)
{
	if (!s)
		return;
	reset(s);
	free(s);
}

static struct log_dev *find_dev(struct bootlog *b, enum dev_kind kind, const char *name)
{
	for (size_t i = 0; i < b->n_devs; i++)
		if (b->devs[i].kind == kind && streq(b->devs[i].name, name))
			return &b->devs[i];
	return NULL;
}

/* A later line of the same device replaces what was known of it. */
static int put_dev(struct bootlog_scan *s, const struct log_match *m, const char *line,
		   enum dev_kind kind, bool pv)
{
	struct bootlog *b = s->b;
	_cleanup_free_ char *name = strndup(m->dev.p, m->dev.n);
	_cleanup_free_ char *driver = strdup(m->driver ?: "vbd");
	_cleanup_free_ char *proof = strdup(line);
	_cleanup_free_ char *mac = NULL;
	struct log_dev *d;

	if (!name || !driver || !proof)
		return -ENOMEM;
	d = find_dev(b, kind, name);
	if (!d && b->n_devs >= ITEMS_MAX)
		return 0;
	if (m->mac.n) {
		mac = strndup(m->mac.p, m->mac.n);
		if (!mac)
			return -ENOMEM;
		for (char *p = mac; *p; p++)
			*p = (char)tolower((unsigned char)*p);
	} else if (d && d->pv == pv) {
		mac = TAKE_PTR(d->mac);
	}
	if (!d) {
		if (vec_grow(&b->devs, b->n_devs, sizeof(*b->devs)) < 0)
			return -ENOMEM;
		d = &b->devs[b->n_devs++];
	}
	free(d->name);
	free(d->driver);
	free(d->mac);
	free(d->line);
	*d = (struct log_dev){ kind,	      TAKE_PTR(name), pv, TAKE_PTR(driver),
			       TAKE_PTR(mac), TAKE_PTR(proof) };
	return 0;
}

static struct major *find_major(struct bootlog_scan *s, unsigned long num)
{
	for (size_t i = 0; i < s->n_majors; i++)
		if (s->majors[i].num == num)
			return &s->majors[i];
	return NULL;
}

static int put_major(struct bootlog_scan *s, unsigned long num)
{
	struct major *m = find_major(s, num);

	if (!m && s->n_majors < ITEMS_MAX) {
		if (vec_grow(&s->majors, s->n_majors, sizeof(*s->majors)) < 0)
			return -ENOMEM;
		m = &s->majors[s->n_majors++];
		m->num = num;
	}
	if (m)
		m->refused = false;
	return 0;
}

/*
 * A partition table that was read proves a disk on PV when its major was registered
 * by xen-vbd, without refusal, and no emulation announced the disk before: IDE reads
 * tables too, and again when somebody partitions the disk.
 */
static int partitions(struct bootlog_scan *s, const struct log_match *m, const char *line)
{
	_cleanup_free_ char *name = strndup(m->dev.p, m->dev.n);
	const struct major *major;
	unsigned int num;

	if (!name)
		return -ENOMEM;
	if (!blockname_major(name, &num) || find_dev(s->b, DEV_DISK, name))
		return 0;
	major = find_major(s, num);
	if (!major || major->refused)
		return 0;
	return put_dev(s, m, line, DEV_DISK, true);
}

/* "vbd-768:" or "device/vbd/768" -> "vbd-768"; NULL when it is neither. */
static char *node_name(const struct log_str *word)
{
	_cleanup_free_ char *s = strndup(word->p, word->n);
	size_t n;
	char *slash;

	if (!s)
		return NULL;
	n = strlen(s);
	if (n && s[n - 1] == ':')
		s[n - 1] = '\0';
	if (!startswith(s, "device/"))
		return TAKE_PTR(s);
	slash = strchr(s + 7, '/');
	if (slash)
		*slash = '-';
	return strdup(s + 7);
}

static int refused(struct bootlog_scan *s, const struct log_match *m, const char *line)
{
	struct bootlog *b = s->b;
	struct log_refusal *r;

	if (b->n_refusals >= ITEMS_MAX)
		return 0;
	if (vec_grow(&b->refusals, b->n_refusals, sizeof(*b->refusals)) < 0)
		return -ENOMEM;
	r = &b->refusals[b->n_refusals++];
	r->node = node_name(&m->word);
	r->line = strdup(line);
	if (!r->node || !r->line)
		return -ENOMEM;
	if (startswith(r->node, "vbd-"))
		return blockname_of_vbd(strtoul(r->node + 4, NULL, 10), &r->disk);
	return 0;
}

static int wait_for(struct bootlog_scan *s, const struct log_match *m, const char *line)
{
	struct waiting *w;

	if (s->n_waiting >= ITEMS_MAX)
		return 0;
	if (vec_grow(&s->waiting, s->n_waiting, sizeof(*s->waiting)) < 0)
		return -ENOMEM;
	w = &s->waiting[s->n_waiting++];
	w->node = node_name(&m->word);
	w->line = strdup(line);
	w->no_driver = m->event == LOG_NO_DRIVER;
	return w->node && w->line ? 0 : -ENOMEM;
}

static int keep(char **to, const struct log_str *from)
{
	char *copy = strndup(from->p, from->n);

	if (!copy)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int add_bounded(struct strv *v, const char *line)
{
	return v->n < ITEMS_MAX ? strv_add(v, line) : 0;
}

static int new_boot(struct bootlog_scan *s, const struct log_match *m)
{
	reset(s);
	s->b = calloc(1, sizeof(*s->b));
	if (!s->b)
		return -ENOMEM;
	s->boot_at = s->line_at;
	s->any = true;
	return keep(&s->b->release, &m->word);
}

static int no_major(struct bootlog_scan *s, const struct log_match *m, const char *line)
{
	struct major *major = find_major(s, m->num);

	if (major)
		major->refused = true;
	return s->no_major.n < ITEMS_MAX ? strv_addf(&s->no_major, "%lu %s", m->num, line)
					 : 0;
}

/* Act on what one line says. */
static int act(struct bootlog_scan *s, const struct log_match *m, const char *line)
{
	struct bootlog *b = s->b;

	switch (m->event) {
	case LOG_NOTHING:
		return 0;
	case LOG_BOOT:
		return new_boot(s, m);
	case LOG_CMDLINE:
		return keep(&b->cmdline, &m->rest);
	case LOG_XEN:
		b->xen = true;
		return 0;
	case LOG_PLATFORM:
		b->platform = true;
		return 0;
	case LOG_BALLOON:
		b->balloon = true;
		return 0;
	case LOG_VBD:
		b->vbd = true;
		return 0;
	case LOG_VNIF:
		b->vnif = true;
		return 0;
	case LOG_MAJOR:
		b->vbd = true;
		return put_major(s, m->num);
	case LOG_NO_MAJOR:
		return no_major(s, m, line);
	case LOG_PARTITIONS:
		return partitions(s, m, line);
	case LOG_DISK_PV:
		b->vbd = true;
		return put_dev(s, m, line, DEV_DISK, true);
	case LOG_DISK_EMUL:
		return put_dev(s, m, line, DEV_DISK, false);
	case LOG_CDROM: {
		_cleanup_free_ char *name = strndup(m->dev.p, m->dev.n);

		return name ? add_bounded(&s->cdroms, name) : -ENOMEM;
	}
	case LOG_NIC_PV:
		return put_dev(s, m, line, DEV_NIC, true);
	case LOG_NIC_EMUL:
		return put_dev(s, m, line, DEV_NIC, false);
	case LOG_REFUSED:
		return refused(s, m, line);
	case LOG_WAITING:
	case LOG_NO_DRIVER:
		return wait_for(s, m, line);
	case LOG_FAILURE:
		return add_bounded(&b->failures, line);
	}
	return 0;
}

static int end_line(struct bootlog_scan *s)
{
	struct log_match m;
	const char *text;

	while (s->len && (s->line[s->len - 1] == '\r' || s->line[s->len - 1] == ' '))
		s->len--;
	s->line[s->len] = '\0';
	s->len = 0;
	text = bootlog_strip(s->line);
	if (!text || !*text)
		return 0;
	m = bootlog_match(text);
	/* Reading a partition table is an everyday event and no sign of a boot. */
	if (m.event != LOG_NOTHING && m.event != LOG_PARTITIONS && !s->any) {
		s->any = true;
		s->boot_at = s->line_at;
	}
	return act(s, &m, text);
}

int bootlog_scan_feed(struct bootlog_scan *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++, s->at++) {
		if (text[i] != '\n') {
			/* What a line has more than this is not looked at. */
			if (s->len < sizeof(s->line) - 1)
				s->line[s->len++] = text[i];
			continue;
		}
		if (end_line(s) < 0)
			return -ENOMEM;
		s->line_at = s->at + 1;
	}
	return 0;
}

/* The disk is there by emulation, as a disk or a CD-ROM. */
static bool emulated(struct bootlog_scan *s, const char *disk)
{
	const struct log_dev *d = disk ? find_dev(s->b, DEV_DISK, disk) : NULL;

	return (d && !d->pv) || (disk && strv_has(&s->cdroms, disk));
}

/* A refused major is expected when each disk that was refused for it is an emulated one.
 */
static int judge_majors(struct bootlog_scan *s)
{
	for (size_t i = 0; i < s->no_major.n; i++) {
		char *line;
		unsigned long num = strtoul(s->no_major.v[i], &line, 10);
		bool benign = false;

		for (size_t k = 0; k < s->b->n_refusals; k++) {
			const struct log_refusal *r = &s->b->refusals[k];
			unsigned int major;

			if (!r->disk || !blockname_major(r->disk, &major) || major != num)
				continue;
			benign = r->benign;
			if (!benign)
				break;
		}
		if (!benign && add_bounded(&s->b->failures, line + 1) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool is_benign(const struct bootlog *b, const char *node)
{
	for (size_t i = 0; i < b->n_refusals; i++)
		if (b->refusals[i].benign && streq(b->refusals[i].node, node))
			return true;
	return false;
}

/*
 * A device that waits is a failure, unless its refusal is expected, or it only lacked a
 * driver that came later. Keyboard and frame buffer need none.
 */
static int judge_waiting(struct bootlog_scan *s)
{
	for (size_t i = 0; i < s->n_waiting; i++) {
		const struct waiting *w = &s->waiting[i];
		bool vbd = startswith(w->node, "vbd-");
		bool vif = startswith(w->node, "vif-");

		if ((!vbd && !vif) || is_benign(s->b, w->node))
			continue;
		if (w->no_driver && (vbd ? s->b->vbd : s->b->vnif))
			continue;
		if (add_bounded(&s->b->failures, w->line) < 0)
			return -ENOMEM;
	}
	return 0;
}

int bootlog_scan_end(struct bootlog_scan *s, struct bootlog **ret, size_t *ret_at)
{
	if (s->len && end_line(s) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < s->b->n_refusals; i++)
		s->b->refusals[i].benign = emulated(s, s->b->refusals[i].disk);
	if (judge_majors(s) < 0 || judge_waiting(s) < 0)
		return -ENOMEM;
	*ret_at = s->boot_at;
	*ret = s->any ? TAKE_PTR(s->b) : NULL;
	return 0;
}
