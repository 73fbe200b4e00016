// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tool stack asks the whole guest for: it writes a word to
 * control/shutdown, or a key to control/sysrq, and we take it away to say that
 * it was heard.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/sysrq.h>
#include <linux/workqueue.h>

#include "platform.h"

static bool shutdown = true;
module_param(shutdown, bool, 0644);
MODULE_PARM_DESC(shutdown, "Power off, halt or restart when the host asks for it");
static bool suspend = true;
module_param(suspend, bool, 0644);
MODULE_PARM_DESC(suspend, "Let the host save or migrate the guest");
static bool sysrq = true;
module_param(sysrq, bool, 0644);
MODULE_PARM_DESC(sysrq, "Let the host press SysRq keys");

static void power_off(void)
{
	orderly_poweroff(false);
}

static void restart(void)
{
	orderly_reboot();
}

static void save(void)
{
	int r = suspend_guest();

	if (r < 0)
		pr_err("the guest cannot be suspended: error %d\n", r);
}

static const struct {
	const char *word;
	const bool *allowed;
	void (*act)(void);
} words[] = {
	{ "poweroff", &shutdown, power_off },
	{ "halt", &shutdown, power_off },
	{ "reboot", &shutdown, restart },
	{ "suspend", &suspend, save },
};

struct taking {
	const char *node;
	char *value;
};

static int read_and_empty(struct xenpv_transaction t, void *context)
{
	struct taking *x = context;
	int r;

	/* Of an attempt before this one */
	kfree(x->value);
	x->value = NULL;
	r = xenpv_store_read(t, "control", x->node, &x->value);
	if (r < 0 || !*x->value)
		return r;
	return xenpv_store_write(t, "control", x->node, "%s", "");
}

/* Read a node of control/ and empty it, in one; the caller frees. NULL: there is nothing. */
static char *take(const char *node)
{
	struct taking x = { .node = node };

	if (xenpv_transact(read_and_empty, &x) == 0 && *x.value)
		return x.value;
	kfree(x.value);
	return NULL;
}

static void act(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i].word))
			continue;
		if (!READ_ONCE(*words[i].allowed)) {
			pr_warn("the host asks for %s, which a parameter forbids\n",
				word);
			return;
		}
		pr_info("the host asks for %s\n", word);
		words[i].act();
		return;
	}
	pr_warn("the host asks for \"%s\", which is not known\n", word);
}

static void asked(struct work_struct *work)
{
	char *word = take("shutdown");

	if (word)
		act(word);
	kfree(word);
}

static void pressed(struct work_struct *work)
{
	char *key = take("sysrq");

	if (key && READ_ONCE(sysrq))
		handle_sysrq(*key);
	kfree(key);
}

/* A suspend waits until no watch's function runs */
static DECLARE_WORK(asked_work, asked);
static DECLARE_WORK(pressed_work, pressed);

static void shutdown_changed(struct xenpv_watch *w, const char *path)
{
	queue_work(system_long_wq, &asked_work);
}

static void sysrq_changed(struct xenpv_watch *w, const char *path)
{
	queue_work(system_long_wq, &pressed_work);
}

static struct xenpv_watch shutdown_watch = { .path = "control/shutdown",
					     .changed = shutdown_changed };
static struct xenpv_watch sysrq_watch = { .path = "control/sysrq",
					  .changed = sysrq_changed };

int control_init(void)
{
	static const struct {
		const char *node;
		const bool *allowed;
	} features[] = {
		{ "feature-poweroff", &shutdown },
		{ "feature-reboot", &shutdown },
		{ "feature-suspend", &suspend },
	};
	size_t i;
	int r;

	r = xenpv_watch_add(&shutdown_watch);
	if (r == 0 && IS_ENABLED(CONFIG_MAGIC_SYSRQ))
		r = xenpv_watch_add(&sysrq_watch);
	/* Only told; older tool stacks let nobody write them */
	for (i = 0; i < ARRAY_SIZE(features) && r == 0; i++)
		xenpv_store_write(XENPV_NO_TRANSACTION, "control", features[i].node, "%d",
				  *features[i].allowed);
	return r;
}
