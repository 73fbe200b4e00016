// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of the store, as the drivers make them. No memory for them is had by writing
 * to a disk: it may be one that is held back, and goes on when it has the answer; and a
 * suspend waits for a transaction with the disks held back already.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <xen/interface/io/xs_wire.h>

#include "platform.h"

static char *join(const char *dir, const char *node)
{
	return kasprintf(GFP_NOIO, "%s%s%s", dir, *node ? "/" : "", node);
}

/* A request about a path, with whatever else follows it */
static int ask(u32 type, struct xenpv_transaction t, const char *dir, const char *node,
	       const char *more, char **ret, u32 *ret_len)
{
	struct store_part parts[2] = {};
	char *path;
	int r;

	path = join(dir, node);
	if (!path)
		return -ENOMEM;
	parts[0].data = path;
	parts[0].len = strlen(path) + 1;
	if (more) {
		parts[1].data = more;
		parts[1].len = strlen(more);
	}
	r = store_talk(type, t.id, parts, more ? 2 : 1, ret, ret_len);
	kfree(path);
	return r;
}

int xenpv_store_read(struct xenpv_transaction t, const char *dir, const char *node,
		     char **ret)
{
	return ask(XS_READ, t, dir, node, NULL, ret, NULL);
}
EXPORT_SYMBOL_GPL(xenpv_store_read);

int xenpv_store_read_u64(struct xenpv_transaction t, const char *dir, const char *node,
			 u64 *ret)
{
	char *text;
	int r;

	r = xenpv_store_read(t, dir, node, &text);
	if (r < 0)
		return r;
	r = kstrtou64(text, 10, ret);
	kfree(text);
	return r < 0 ? -EINVAL : 0;
}
EXPORT_SYMBOL_GPL(xenpv_store_read_u64);

unsigned int xenpv_store_number(const char *dir, const char *node, unsigned int otherwise,
				unsigned int max)
{
	u64 v;

	if (xenpv_store_read_u64(XENPV_NO_TRANSACTION, dir, node, &v) < 0 || v > max)
		return otherwise;
	return v;
}
EXPORT_SYMBOL_GPL(xenpv_store_number);

int xenpv_store_write(struct xenpv_transaction t, const char *dir, const char *node,
		      const char *fmt, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, fmt);
	text = kvasprintf(GFP_NOIO, fmt, args);
	va_end(args);
	if (!text)
		return -ENOMEM;
	r = ask(XS_WRITE, t, dir, node, text, NULL, NULL);
	kfree(text);
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_store_write);

int xenpv_store_remove(struct xenpv_transaction t, const char *dir, const char *node)
{
	return ask(XS_RM, t, dir, node, NULL, NULL, NULL);
}
EXPORT_SYMBOL_GPL(xenpv_store_remove);

int xenpv_store_list(const char *dir, const char *node, char ***ret, unsigned int *ret_n)
{
	unsigned int n = 0;
	unsigned int i;
	char **names;
	char *copy;
	char *text;
	u32 len;
	int r;

	r = ask(XS_DIRECTORY, XENPV_NO_TRANSACTION, dir, node, NULL, &text, &len);
	if (r < 0)
		return r;
	for (i = 0; i < len; i++)
		n += !text[i];
	/* The pointers, and behind them what they point at */
	names = kmalloc((n + 1) * sizeof(*names) + len + 1, GFP_NOIO);
	if (names) {
		copy = memcpy(names + n + 1, text, len + 1);
		for (i = 0; i < n; i++, copy += strlen(copy) + 1)
			names[i] = copy;
		*ret = names;
		*ret_n = n;
	}
	kfree(text);
	return names ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_GPL(xenpv_store_list);

/* --- transactions ------------------------------------------------------------- */

static int begin(struct xenpv_transaction *ret)
{
	struct store_part none = { .data = "", .len = 1 };
	char *text;
	u32 id;
	int r;

	r = store_talk_entered(XS_TRANSACTION_START, 0, &none, 1, &text, NULL);
	if (r < 0)
		return r;
	r = kstrtou32(text, 10, &id);
	kfree(text);
	if (r == 0 && !id)
		r = -EIO;
	if (r == 0)
		ret->id = id;
	return r;
}

/* -EAGAIN: somebody else wrote meanwhile */
static int end(struct xenpv_transaction t, bool abort)
{
	struct store_part how = { .data = abort ? "F" : "T", .len = 2 };

	return store_talk_entered(XS_TRANSACTION_END, t.id, &how, 1, NULL, NULL);
}

static int try_once(int (*body)(struct xenpv_transaction t, void *context), void *context)
{
	struct xenpv_transaction t;
	int ended;
	int r;

	r = begin(&t);
	if (r < 0)
		return r;
	r = body(t, context);
	ended = end(t, r < 0);
	return r < 0 ? r : ended;
}

int xenpv_transact(int (*body)(struct xenpv_transaction t, void *context), void *context)
{
	int r;

	do {
		store_enter();
		r = try_once(body, context);
		store_leave();
	} while (r == -EAGAIN);
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_transact);
