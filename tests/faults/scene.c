/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "lib/strv.h"
#include "tests/faults/scene.h"
#include "tests/unit/snapshot.h"

#define FLAGS SNAPSHOT_NO_INVENTORY

int run_command(void *running)
{
	const struct running *r = running;

	if (ftruncate(r->output, 0) < 0 || lseek(r->output, 0, SEEK_SET) < 0 ||
	    dup2(r->output, STDOUT_FILENO) < 0 || dup2(r->output, STDERR_FILENO) < 0)
		die("the command's output");
	execv(r->argv[0], r->argv);
	die(r->argv[0]);
}

/* Without a tracer: the exit status, or -1. */
static int run_plain(const struct scene *s, char **argv)
{
	struct running r = { argv, s->output };
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (pid == 0)
		_exit(run_command(&r));
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int run_option(const struct scene *s, const char *option)
{
	char root[] = "--root";
	_cleanup_free_ char *last = must(strdup(option));
	char *argv[] = { s->command, root, s->root, last, NULL };

	return run_plain(s, argv);
}

void scene_begin(const struct scene *s, const struct way *w)
{
	model_store(w->from->tree, s->root);
}

char *scene_output(const struct scene *s)
{
	off_t len = lseek(s->output, 0, SEEK_END);
	char *text = must(calloc(1, (size_t)len + 1));

	if (pread(s->output, text, (size_t)len, 0) != len)
		die("the command's output");
	return text;
}

/* Lines that begin with a command's name */
size_t scene_errors(const struct scene *s)
{
	_cleanup_free_ char *text = scene_output(s);
	size_t n = 0;

	for (const char *line = text; *line; line = line_next(line))
		n += startswith(line, "xenpv-");
	return n;
}

bool scene_complain(const struct scene *s, const char *at, const char *fmt, ...)
{
	char output[512];
	ssize_t n = pread(s->output, output, sizeof(output) - 1, 0);
	va_list ap;

	printf("# %s: ", at);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n#  said: %.*s\n", n < 0 ? 0 : (int)n, output);
	return false;
}

bool scene_is_whole(const struct scene *s, const struct way *w, const char *at)
{
	_cleanup_free_ char *now = snapshot(s->root, FLAGS);
	_cleanup_free_ char *mixed = snapshot_mixed(now, w->from->text, w->to->text);

	return !mixed || scene_complain(s, at, "neither old nor new: %s", mixed);
}

static char *whole(const struct scene *s)
{
	return must(snapshot(s->root, FLAGS | SNAPSHOT_WHOLE));
}

bool scene_ends(const struct scene *s, const struct state *a, const struct state *b,
		const char *at)
{
	_cleanup_free_ char *now = whole(s);
	_cleanup_free_ char *end = NULL;
	int status;

	if (!streq(now, a->text) && !streq(now, b->text)) {
		scene_complain(s, at, "neither the old nor the new tree");
		snapshot_differ(now, a->text);
		snapshot_differ(now, b->text);
		return false;
	}
	if (streq(now, s->start.text))
		return true;
	status = run_option(s, "--uninstall");
	end = whole(s);
	if (status == STATUS_DONE && streq(end, s->start.text))
		return true;
	scene_complain(s, at, "uninstall (%d) does not lead to the start", status);
	snapshot_differ(end, s->start.text);
	return false;
}

bool scene_recovers(const struct scene *s, const struct way *w, const char *at)
{
	int status = run_option(s, "--recover");

	if (status != STATUS_DONE)
		return scene_complain(s, at, "the recovery exits %d", status);
	return scene_ends(s, w->from, w->to, at);
}
