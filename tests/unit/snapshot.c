/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "installer/node.h"
#include "installer/transaction.h"
#include "tests/unit/snapshot.h"

#define RECENT 1600000000 /* 2020: what is later was written by the test */

static void die(const char *what)
{
	perror(what);
	abort();
}

static void print_node(FILE *out, const char *path, const struct node *n, nlink_t links,
		       unsigned int flags)
{
	bool whole = flags & SNAPSHOT_WHOLE;

	fprintf(out, "%s %s %04o %u:%u %s%s", path, node_type_name(n->type),
		n->attrs.mode, n->attrs.uid, n->attrs.gid,
		n->type == NODE_FILE ? n->digest : "", n->link ? n->link : "");
	if (n->type == NODE_BLOCK)
		fprintf(out, " %u:%u", major(n->rdev), minor(n->rdev));
	for (size_t i = 0; i < n->attrs.n; i++) {
		/* The mark of a run that is under way: whether it goes again, counts. */
		if (!whole && streq(n->attrs.x[i].name, "trusted.xenpv"))
			continue;
		fprintf(out, " %s=", n->attrs.x[i].name);
		for (size_t k = 0; k < n->attrs.x[i].len; k++)
			fprintf(out, "%02x", ((unsigned char *)n->attrs.x[i].value)[k]);
	}
	if (whole && n->attrs.mtime.tv_sec < RECENT)
		fprintf(out, " %" PRId64 ".%09ld", (int64_t)n->attrs.mtime.tv_sec,
			n->attrs.mtime.tv_nsec);
	else if (whole)
		fprintf(out, " now");
	if (whole && n->type != NODE_DIR)
		fprintf(out, " x%u", (unsigned int)links);
	fputc('\n', out);
}

/* What the tool keeps for itself: of these, only that they are there. */
static bool is_record(const char *path, unsigned int flags)
{
	return streq(path, STATE_DIR "/journal") ||
	       (flags & SNAPSHOT_NO_INVENTORY &&
		streq(path, STATE_DIR "/inventory.json"));
}

static void walk(FILE *out, const struct root *r, const char *dir, unsigned int flags)
{
	_cleanup_close_ int fd = root_open(r, dir, O_RDONLY | O_DIRECTORY, 0, NULL);
	_cleanup_strv_ struct strv names = { 0 };

	if (fd < 0 || root_list(r, dir, &names, NULL) < 0)
		die(dir);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *path = strf("%s/%s", streq(dir, "/") ? "" : dir,
						 names.v[i]);
		_cleanup_node_ struct node n = { 0 };
		struct stat st;

		if (node_read(fd, names.v[i], path, &n, NULL) < 0 ||
		    fstatat(fd, names.v[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			die(path);
		if (is_record(path, flags))
			fprintf(out, "%s\n", path);
		else
			print_node(out, path, &n, st.st_nlink, flags);
		if (n.type == NODE_DIR)
			walk(out, r, path, flags);
	}
}

char *snapshot(const char *dir, unsigned int flags)
{
	_cleanup_root_ struct root *r = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out || root_new(&r, dir, NULL) < 0)
		die(dir);
	walk(out, r, "/", flags);
	fclose(out);
	return text;
}

static bool has_line_of(const char *text, const char *line, size_t len)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += p != text || *p == '\n';
		/* A snapshot's line goes on with the time, which is not compared. */
		if (strncmp(p, line, len) == 0 && (p[len] == ' ' || p[len] == '\n'))
			return true;
	}
	return false;
}

/* The state folder, what is staged, and originals that are kept. */
static bool is_our_own(const char *line, size_t len)
{
	static const char *const ends[] = { ".xenpv-new ", ".xenpv-old ", ".xenpv-left ",
					    ".xenpv-orig " };

	for (size_t i = 0; i < ELEMENTSOF(ends); i++)
		if (memmem(line, len, ends[i], strlen(ends[i])))
			return true;
	return startswith(line, STATE_DIR);
}

/* A folder that was not there before: its owner and label come after it. */
static bool is_new_folder(const char *line, const char *old)
{
	size_t len = strcspn(line, " ");

	return startswith(line + len, " a folder ") && !has_line_of(old, line, len);
}

/* A path that both snapshots have, and the text has not. */
static char *missing(const char *text, const char *old, const char *new)
{
	_cleanup_free_ char *copy = strdup(old);
	char *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t len = strcspn(line, " ");

		if (!is_our_own(line, strlen(line)) && has_line_of(new, line, len) &&
		    !has_line_of(text, line, len))
			return strf("missing: %s", line);
	}
	return NULL;
}

char *snapshot_mixed(const char *now, const char *old, const char *new)
{
	_cleanup_free_ char *copy = strdup(now);
	char *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t len = strlen(line);

		if (!is_our_own(line, len) && !has_line_of(old, line, len) &&
		    !has_line_of(new, line, len) && !is_new_folder(line, old))
			return strdup(line);
	}
	return missing(now, old, new);
}

void snapshot_differ(const char *got, const char *want)
{
	while (*got && *want) {
		int n = (int)strcspn(got, "\n");
		int m = (int)strcspn(want, "\n");

		if (n != m || strncmp(got, want, (size_t)n) != 0) {
			printf("#   got: %.*s\n#  want: %.*s\n", n, got, m, want);
			return;
		}
		got += n + 1;
		want += m + 1;
	}
	printf("#   got: %s\n#  want: %s\n", *got ? got : "(end)",
	       *want ? want : "(end)");
}
