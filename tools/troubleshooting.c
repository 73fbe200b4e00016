/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints docs/troubleshooting.md, from the table of checks, that of causes, and what
 * troubles.c adds. Fails when a check has no entry there, or an entry no check.
 */
#include <stdio.h>
#include <string.h>

#include "checks/cause.h"
#include "checks/checks.h"
#include "tools/troubles.h"

/* A cell of a table: its bars are escaped, line ends are breaks. */
static void print_cell(const char *text, const char *quote)
{
	printf(" %s", quote);
	for (; *text; text++) {
		if (*text == '\n')
			printf("%s<br>%s", quote, quote);
		else if (*text == '|')
			printf("\\|");
		else
			putchar(*text);
	}
	printf("%s |", quote);
}

static void print_row(const char *printed, const char *why, const char *remedy)
{
	printf("|");
	print_cell(printed, "`");
	print_cell(why, "");
	print_cell(remedy, "");
	printf("\n");
}

static void print_head(const char *first)
{
	printf("| %s | why | what to do |\n| --- | --- | --- |\n", first);
}

/* Why a device of a running guest is emulated or missing. */
static int print_causes(void)
{
	static const struct guest nobody = { 0 };
	static const struct {
		enum dev_kind kind;
		const char *name;
	} kinds[] = { { DEV_DISK, "a disk" }, { DEV_NIC, "a NIC" } };

	printf("\nOf a guest whose kernel unplugs, the finding ends in the cause:\n\n"
	       "| cause | `cause` in JSON | what to do |\n| --- | --- | --- |\n");
	for (int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++) {
		_cleanup_free_ char *text = cause_text(&nobody, (enum cause)c, DEV_DISK);
		const char *said = NULL;

		if (!text)
			return -ENOMEM;
		printf("| `%s` | %s |", text, cause_id((enum cause)c));
		for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
			const char *r = cause_remedy((enum cause)c, kinds[i].kind);
			bool same = streq(r,
					  cause_remedy((enum cause)c, kinds[1 - i].kind));

			if (!streq(said, r))
				printf("%s%s%s%s", i && said ? "; " : " ",
				       same ? "" : kinds[i].name, same ? "" : ": ", r);
			said = r;
		}
		printf(" |\n");
	}
	return 0;
}

static int print_check(const struct check *c)
{
	bool any = false;

	printf("\n## %s\n\n%s, by xenpv-%s. %s.\n\n", c->id, c->title,
	       c->stage == STAGE_PREFLIGHT ? "check" : "verify", c->source);
	print_head("found");
	for (const struct trouble *t = finding_troubles; t->id; t++)
		if (streq(t->id, c->id)) {
			print_row(t->printed, t->why, t->remedy);
			any = true;
		}
	if (!any) {
		fprintf(stderr, "tools/troubles.c has nothing about the check %s\n",
			c->id);
		return -ENOENT;
	}
	return c->stage == STAGE_RUNNING ? print_causes() : 0;
}

int main(void)
{
	size_t n;
	const struct check *checks = check_table(&n);
	int k = 0;

	printf("<!-- SPDX-License-Identifier: GPL-2.0-or-later -->\n"
	       "<!-- Written by `make readme`, from checks/ and tools/troubles.c. -->\n"
	       "# Troubleshooting\n\n"
	       "What the commands and the guest's console say, why, and what to do. Each "
	       "section is a\ncheck, by the id that the tables and `--json` have; … "
	       "stands for what differs. With\n`xenpv-install --force ID` the install "
	       "goes "
	       "on although a check fails.\n\n"
	       "## On the guest's console\n\n");
	print_head("printed");
	for (const struct trouble *t = console_troubles; t->printed; t++)
		print_row(t->printed, t->why, t->remedy);
	for (size_t i = 0; k == 0 && i < n; i++)
		k = print_check(&checks[i]);
	for (const struct trouble *t = finding_troubles; t->id; t++)
		if (!check_find(t->id)) {
			fprintf(stderr, "tools/troubles.c: there is no check %s\n",
				t->id);
			k = -ENOENT;
		}
	return k < 0 || ferror(stdout) ? 1 : 0;
}
