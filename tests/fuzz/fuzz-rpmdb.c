/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as the rpm database: it is read, or one sentence says why it is not. */
#include <pthread.h>
#include <signal.h>

#include "guest/rpmdb.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = { "/var/lib/rpm/Packages",
				     "/var/lib/rpm/rpmdb.sqlite" };

/* Of the sanitizers' runtime, where there is one */
extern __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

/* librpm may crash in the child, which is there for that: none of libFuzzer's business.
 */
static void in_child(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

	for (size_t i = 0; i < ELEMENTSOF(signals); i++)
		signal(signals[i], SIG_DFL);
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *file = files[size && data[0] == 'S'];
	_cleanup_free_ char *name = root_name(fuzz_tree()->root, file);
	_cleanup_(rpmdb_freep) struct rpmdb *db = NULL;
	_cleanup_err_ struct err e = ERR_INIT;
	static bool told;

	if (!told)
		pthread_atfork(NULL, NULL, in_child);
	told = true;
	fuzz_put(file, data, size);
	check(rpmdb_read(fuzz_tree()->root, &db, &e) == 0);
	check(db->state == RPMDB_OK || db->state == RPMDB_CORRUPT);
	check((db->state == RPMDB_OK) == !db->problem);
	check(db->state == RPMDB_OK || !db->n);
	unlink(name);
	return 0;
}
