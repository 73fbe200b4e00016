/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cli/progress.h"
#include "lib/strv.h"
#include "lib/utf8.h"

#define ERASE	  "\r\033[K"
#define TICK_NSEC 500000000L /* half a second */
#define SUFFIX	  16	     /* " (4294967295 s)" */

struct progress {
	timer_t timer;
	struct sigaction before;
	size_t width;
	/* The handler reads these, and runs between two statements of ours. */
	char *volatile text; /* with ERASE before it; NULL: nothing to say */
	volatile unsigned int ticks;
	volatile bool drawn;
};

/* A terminal that takes no more is no reason to fail. */
static void put(const char *s, size_t len)
{
	if (write(STDERR_FILENO, s, len) < 0)
		return;
}

/* " (12 s)", from the end; sprintf() is not for signal handlers. */
static void put_seconds(unsigned int n)
{
	char buf[SUFFIX] = { [SUFFIX - 3] = ' ', 's', ')' };
	size_t at = SUFFIX - 3;

	for (; n; n /= 10)
		buf[--at] = (char)('0' + n % 10);
	buf[--at] = '(';
	buf[--at] = ' ';
	put(buf + at, SUFFIX - at);
}

static void on_tick(int sig, siginfo_t *info, void *context)
{
	struct progress *p = info->si_value.sival_ptr;
	int saved = errno;

	if (info->si_code != SI_TIMER)
		return;
	p->ticks += 1 + (unsigned int)info->si_overrun;
	if (p->text) {
		p->drawn = true;
		put(p->text, strlen(p->text));
		if (p->ticks > 1)
			put_seconds(p->ticks / 2);
	}
	errno = saved;
}

static bool can_erase(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && !streq(term, "dumb");
}

struct progress *progress_start(void)
{
	static const struct itimerspec every = { { 0, TICK_NSEC }, { 0, TICK_NSEC } };
	struct sigaction act = { .sa_sigaction = on_tick,
				 .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct winsize size = { 0 };
	struct progress *p = can_erase() ? calloc(1, sizeof(*p)) : NULL;

	if (!p)
		return NULL;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &size);
	p->width = size.ws_col > 2 * SUFFIX ? size.ws_col : 80;
	event.sigev_value.sival_ptr = p;
	sigaction(SIGALRM, &act, &p->before);
	if (timer_create(CLOCK_MONOTONIC, &event, &p->timer) < 0) {
		sigaction(SIGALRM, &p->before, NULL);
		free(p);
		return NULL;
	}
	timer_settime(p->timer, 0, &every, NULL);
	return p;
}

static void set_text(struct progress *p, char *text)
{
	char *old = p->text;

	p->text = text;
	free(old);
}

static void erase(struct progress *p)
{
	set_text(p, NULL);
	if (p->drawn)
		put(ERASE, strlen(ERASE));
	p->drawn = false;
}

void progress_end(struct progress *p)
{
	if (!p)
		return;
	timer_delete(p->timer);
	/* One that was on its way when the timer went is not for this program to die of.
	 */
	signal(SIGALRM, SIG_IGN);
	sigaction(SIGALRM, &p->before, NULL);
	erase(p);
	free(p);
}

/* So much of it as is as wide as the line at most: no character is wider than its bytes
 * are many. */
static void cut(char *text, size_t width)
{
	size_t n = strlen(text);

	if (n <= width)
		return;
	n = width;
	while (n && (text[n] & 0xc0) == 0x80)
		n--;
	text[n] = '\0';
}

void progress_say(struct progress *p, const char *fmt, ...)
{
	_cleanup_free_ char *raw = NULL;
	_cleanup_free_ char *text = NULL;
	va_list ap;

	if (!p)
		return;
	if (!fmt) {
		erase(p);
		return;
	}
	va_start(ap, fmt);
	if (vasprintf(&raw, fmt, ap) < 0)
		raw = NULL;
	va_end(ap);
	text = raw ? printable(raw) : NULL;
	if (!text)
		return;
	cut(text, p->width - SUFFIX);
	set_text(p, strf(ERASE "%s", text));
}
