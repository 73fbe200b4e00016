/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/page.h"
#include "cli/reporttables.h"
#include "lib/atomic.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\"/>\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	"<meta name=\"color-scheme\" content=\"light dark\"/>\n"
	"<meta http-equiv=\"Content-Security-Policy\" "
	"content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n";

static const char style[] =
	"<style>\n"
	":root { --paper: #fff; --ink: #1c2024; --faint: #59616a; --line: #d5d9de;\n"
	"  --band: #f3f5f7; --green: #11662f; --yellow: #7a5200; --red: #b3161b }\n"
	"@media (prefers-color-scheme: dark) {\n"
	"  :root { --paper: #15181c; --ink: #e4e7ea; --faint: #9fa8b2; --line: #363c44;\n"
	"    --band: #1e2328; --green: #6fd08c; --yellow: #e5b95c; --red: #ff8a87 } }\n"
	"body { margin: 0; background: var(--paper); color: var(--ink);\n"
	"  font: 1rem/1.5 system-ui, sans-serif }\n"
	"main { max-width: 84rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }\n"
	"h1 { font-size: 1.5rem; margin: 0 }\n"
	"p { margin: .4rem 0; overflow-wrap: anywhere }\n"
	".faint { color: var(--faint) }\n"
	".verdict::first-letter { text-transform: uppercase }\n"
	".verdict { margin: 1rem 0; padding: .7rem 1rem; background: var(--band);\n"
	"  border-left: .4rem solid; font-weight: 600 }\n"
	".green { color: var(--green) }\n"
	".yellow { color: var(--yellow) }\n"
	".red { color: var(--red) }\n"
	"td.green, td.yellow, td.red { font-weight: 600 }\n"
	".wide { overflow-x: auto; margin: 1.5rem 0 }\n"
	".wide:focus-visible { outline: .15rem solid var(--faint) }\n"
	"table { border-collapse: collapse; width: 100%; font-size: .9rem }\n"
	"caption { text-align: left; font-size: 1.15rem; font-weight: 600;\n"
	"  padding-bottom: .4rem }\n"
	"th, td { text-align: left; vertical-align: top; padding: .35rem .7rem;\n"
	"  border-bottom: 1px solid var(--line); white-space: nowrap }\n"
	"thead th { background: var(--band); color: var(--faint); font-weight: 600 }\n"
	".wrap { white-space: normal; min-width: 11rem; overflow-wrap: anywhere }\n"
	/* Narrow: each row a card of its own */
	"@media screen and (max-width: 52rem) {\n"
	"  thead { position: absolute; clip-path: inset(50%) }\n"
	"  table, caption, tbody, tr, td { display: block }\n"
	"  tr { border: 1px solid var(--line); margin: 0 0 .6rem; padding: .3rem }\n"
	"  td, .wrap { white-space: normal; overflow-wrap: anywhere; border: 0;\n"
	"    min-width: 0; padding: .1rem .4rem .1rem 8rem; text-indent: -7.6rem }\n"
	"  td::before { content: attr(data-name); display: inline-block; width: 7.6rem;\n"
	"    text-indent: 0; color: var(--faint); font-weight: 400 }\n"
	"  td:empty { display: none } }\n"
	"@media print {\n"
	"  main { max-width: none; padding: 0 } .wide { overflow: visible }\n"
	"  tr, .verdict { break-inside: avoid } table { font-size: 7.5pt }\n"
	"  th, td { white-space: normal; padding: .15rem .3rem }\n"
	"  .wrap { min-width: 0 } }\n"
	"</style>\n";

/* A page holds no U+FFFE and U+FFFF: XML has no such characters. */
static bool is_no_character(const char *s)
{
	return startswith(s, "\xef\xbf\xbe") || startswith(s, "\xef\xbf\xbf");
}

/* Text: as a terminal gets it, and without a character that markup is made of. */
static void put(FILE *f, const char *s)
{
	static const struct {
		char c;
		const char *as;
	} marks[] = { { '&', "&amp;" },
		      { '<', "&lt;" },
		      { '>', "&gt;" },
		      { '"', "&quot;" },
		      { '\'', "&#39;" } };
	_cleanup_free_ char *clean = printable(s);

	for (const char *p = clean; p && *p; p++) {
		size_t i = 0;

		while (i < ELEMENTSOF(marks) && marks[i].c != *p)
			i++;
		if (i < ELEMENTSOF(marks)) {
			fputs(marks[i].as, f);
		} else if (is_no_character(p)) {
			fprintf(f, "\\xef\\xbf\\x%02x", (unsigned char)p[2]);
			p += 2;
		} else {
			fputc(*p, f);
		}
	}
}

/* "MATCHED BY" of a terminal is "Matched by" here. */
static void put_name(FILE *f, const char *name)
{
	fputc(*name, f);
	for (name++; *name; name++)
		fputc(tolower((unsigned char)*name), f);
}

/* A column in which no line has anything is left out. */
static bool is_used(const struct report *r, const struct table *t, size_t column)
{
	for (size_t l = 0; l < t->lines(r); l++) {
		const char *colour = NULL;
		_cleanup_free_ char *text = t->cell(r, l, column, &colour);

		if (text && *text)
			return true;
	}
	return false;
}

static void put_cell(FILE *f, const struct report *r, const struct table *t, size_t line,
		     size_t column)
{
	const struct column *c = &t->columns[column];
	const char *colour = NULL;
	_cleanup_free_ char *text = t->cell(r, line, column, &colour);

	fprintf(f, "<td role=\"cell\" data-name=\"");
	put_name(f, c->name);
	fprintf(f, "\" class=\"%s\">", colour ?: c->wrap ? "wrap" : "plain");
	put(f, text ?: "");
	fprintf(f, "</td>");
}

static void put_table(FILE *f, const struct report *r, const struct table *t)
{
	bool used[ELEMENTSOF(t->columns)] = { false };

	if (!t->lines(r)) {
		fprintf(f, "<p class=\"faint\">%s: none.</p>\n", t->title);
		return;
	}
	/* What is wider than the window is scrolled, with the keyboard as well. */
	fprintf(f,
		"<div class=\"wide\" role=\"region\" aria-label=\"%s\" tabindex=\"0\">\n"
		"<table role=\"table\">\n<caption>%s</caption>\n<thead><tr role=\"row\">",
		t->title, t->title);
	for (size_t c = 0; t->columns[c].name; c++) {
		used[c] = is_used(r, t, c);
		if (!used[c])
			continue;
		fprintf(f, "<th role=\"columnheader\" scope=\"col\">");
		put_name(f, t->columns[c].name);
		fprintf(f, "</th>");
	}
	fprintf(f, "</tr></thead>\n<tbody>\n");
	for (size_t l = 0; l < t->lines(r); l++) {
		fprintf(f, "<tr role=\"row\">");
		for (size_t c = 0; t->columns[c].name; c++)
			if (used[c])
				put_cell(f, r, t, l, c);
		fprintf(f, "</tr>\n");
	}
	fprintf(f, "</tbody>\n</table>\n</div>\n");
}

static void put_time(FILE *f)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32] = "";

	if (gmtime_r(&now, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(f, "<time datetime=\"%s\">%s</time>", text, text);
}

static void put_head(FILE *f, const struct report *r)
{
	const char *name = r->g ? r->g->distro->name : r->o->root;

	fputs(head, f);
	fprintf(f, "<title>%s: ", program_name(r->o->program));
	put(f, name);
	fprintf(f, "</title>\n%s</head>\n<body>\n<main>\n<h1>", style);
	put(f, name);
	fprintf(f, "</h1>\n<p class=\"faint\">%s %s, ", program_name(r->o->program),
		PACKAGE_VERSION);
	put_time(f);
	fprintf(f, "</p>\n<p class=\"verdict %s\">%s. ", r->pass ? "green" : "red",
		r->pass ? "pass" : "fail");
	put(f, r->error.code ? err_text(&r->error)
	       : r->pass     ? r->summary ?: ""
			     : "Not verified: see below.");
	fprintf(f, "</p>\n");
}

char *page_text(const struct report *r)
{
	static const struct table *const tables[] = { &table_devices, &table_findings,
						      &table_kernels, &table_bundles,
						      &table_facts };
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool bad;

	if (!f)
		return NULL;
	put_head(f, r);
	for (size_t i = 0; i < ELEMENTSOF(tables); i++)
		put_table(f, r, tables[i]);
	fprintf(f, "</main>\n</body>\n</html>\n");
	bad = ferror(f);
	if (fclose(f) == 0 && !bad)
		return text;
	free(text);
	return NULL;
}

static int write_file(const char *file, const char *text, struct err *e)
{
	_cleanup_free_ char *dir = path_folder(file);
	_cleanup_root_ struct root *r = NULL;
	_cleanup_close_ int fd = -1;
	int k;

	if (!dir)
		return err_nomem(e);
	k = root_new(&r, dir, NULL);
	if (k < 0)
		return err_errno(e, k, "%s", file);
	fd = root_open(r, "/", O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return fd;
	k = atomic_replace(fd, path_base(file), text, 0666);
	if (k == -EEXIST)
		return err_set(e, EEXIST, "%s: is there, and is no regular file", file);
	return k < 0 ? err_errno(e, k, "%s: cannot write the report", file) : 0;
}

int page_write(const struct report *r, struct err *e)
{
	_cleanup_free_ char *text = page_text(r);

	if (!text)
		return err_nomem(e);
	if (!streq(r->o->report, "-"))
		return write_file(r->o->report, text, e);
	fputs(text, stdout);
	return 0;
}
