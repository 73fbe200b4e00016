/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line on a terminal, as the other end of a pseudo-terminal gets it. The timer's
 * signal is blocked but where a test waits: however slow the machine is, nothing is drawn
 * in between.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "cli/progress.h"
#include "lib/strv.h"
#include "tests/unit/tap.h"

#define ERASE "\r\033[K"

struct terminal {
	int us, them; /* them: what standard error is while a test runs */
	int kept;
};

/* Without echo, and without "\r" for each "\n". */
static bool terminal_open(struct terminal *t)
{
	static const struct winsize size = { .ws_row = 24, .ws_col = 60 };
	struct termios raw;

	t->us = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->us < 0 || grantpt(t->us) < 0 || unlockpt(t->us) < 0)
		return false;
	t->them = open(ptsname(t->us), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->them < 0 || tcgetattr(t->them, &raw) < 0)
		return false;
	cfmakeraw(&raw);
	tcsetattr(t->them, TCSANOW, &raw);
	ioctl(t->them, TIOCSWINSZ, &size);
	t->kept = dup(STDERR_FILENO);
	return dup2(t->them, STDERR_FILENO) >= 0;
}

/* What comes up to *until, which is waited for; meanwhile with these signals blocked. */
static char *read_until(const struct terminal *t, const char *until, const sigset_t *mask)
{
	static const struct timespec patience = { .tv_sec = 20 };
	char *all = strdup("");
	int ticks = 0;

	while (all && !strstr(all, until)) {
		struct pollfd p = { .fd = t->us, .events = POLLIN };
		int ready = ppoll(&p, 1, &patience, mask);
		char buf[256];
		ssize_t n = ready > 0 ? read(t->us, buf, sizeof(buf) - 1) : ready;
		char *more;

		/* The timer's signal; as long as the patience */
		if (n < 0 && errno == EINTR && ticks++ < 40)
			continue;
		if (n <= 0)
			break;
		buf[n] = '\0';
		more = strf("%s%s", all, buf);
		free(all);
		all = more;
	}
	return all;
}

static char *seen(const struct terminal *t, const char *until)
{
	sigset_t none;

	sigemptyset(&none);
	return read_until(t, until, &none);
}

/* What has come since the last look: all before what we write now. */
static char *seen_yet(const struct terminal *t)
{
	char *all = NULL;

	if (write(t->them, "\n", 1) == 1)
		all = read_until(t, "\n", NULL);
	if (!all || !endswith(all, "\n"))
		abort();
	all[strlen(all) - 1] = '\0';
	return all;
}

/* Time for a tick. */
static void idle(void)
{
	sigset_t none;

	sigemptyset(&none);
	ppoll(NULL, 0, &(struct timespec){ .tv_sec = 1 }, &none);
}

static void test_line(const struct terminal *t)
{
	struct progress *p = progress_start();
	_cleanup_free_ char *quick = NULL;
	_cleanup_free_ char *line = NULL;
	_cleanup_free_ char *later = NULL;
	_cleanup_free_ char *erased = NULL;
	_cleanup_free_ char *silent = NULL;
	_cleanup_free_ char *end = NULL;

	ok(p != NULL, "there is a terminal");
	progress_say(p, "reading %s", "a\033[2Jb\n");
	quick = seen_yet(t);
	is(quick, "", "nothing at once");
	line = seen(t, "\\x0a");
	ok(startswith(line, ERASE "reading a\\x1b[2Jb\\x0a"),
	   "then the line, without control characters");
	later = seen(t, "reading a\\x1b[2Jb\\x0a (");
	ok(strstr(later, "reading a\\x1b[2Jb\\x0a ("), "and for how long");
	progress_say(p, NULL);
	erased = seen(t, ERASE);
	ok(endswith(erased, ERASE), "it is erased");
	idle();
	silent = seen_yet(t);
	is(silent, "", "and stays so");
	progress_end(p);
	end = seen_yet(t);
	is(end, "", "nothing to erase in the end");
}

/* "ä" is cut whole, and its bytes count. */
static void test_width(const struct terminal *t)
{
	_cleanup_(progress_endp) struct progress *p = progress_start();
	_cleanup_free_ char *line = NULL;
	_cleanup_free_ char *time = NULL;
	_cleanup_free_ char *end = NULL;

	progress_say(p, "%s",
		     "x\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
		     "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4");
	line = seen(t, "x");
	/* Behind it, if the machine is slow, for how long. */
	line[strcspn(line, " ")] = '\0';
	time = seen_yet(t);
	is_int((long long)strlen(line), (long long)strlen(ERASE) + 43,
	       "as wide as the terminal, less what tells the time");
	progress_end(TAKE_PTR(p));
	end = seen_yet(t);
	is(end, ERASE, "erased in the end");
}

static void test_none(void)
{
	_cleanup_(progress_endp) struct progress *p = NULL;

	setenv("TERM", "dumb", 1);
	p = progress_start();
	ok(!p, "none on a terminal that cannot erase");
	progress_say(p, "reading");
	setenv("TERM", "xterm", 1);
}

static void test_no_terminal(void)
{
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	_cleanup_(progress_endp) struct progress *p = NULL;

	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		abort();
	p = progress_start();
	ok(!p, "none without a terminal");
}

int main(void)
{
	struct terminal t;
	sigset_t tick;

	sigemptyset(&tick);
	sigaddset(&tick, SIGALRM);
	sigprocmask(SIG_BLOCK, &tick, NULL);
	setenv("TERM", "xterm", 1);
	if (!terminal_open(&t)) {
		skip("progress", "no pseudo-terminal here");
		return tap_done();
	}
	test_line(&t);
	test_width(&t);
	test_none();
	test_no_terminal();
	dup2(t.kept, STDERR_FILENO);
	return tap_done();
}
