/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What xen-platform-pci gives to the other modules: the xen bus, the store,
 * event channels, grants, shared rings.
 *
 * Functions return 0 or more, or a negative errno, and may sleep unless they
 * say otherwise. What the back end shares with us is hostile: each value is
 * read once (READ_ONCE for each field, which RING_COPY_RESPONSE is not), checked,
 * and then used.
 */
#ifndef XENPV_H
#define XENPV_H

#include <linux/device.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/grant_table.h>
#include <xen/interface/event_channel.h>
#include <xen/interface/io/xenbus.h>

struct page;

/* --- devices and drivers ------------------------------------------------------ */

struct xenpv_device {
	struct device dev;	 /* on the bus "xen": "vbd-768" */
	const char *type;	 /* "vbd" */
	const char *id;		 /* "768" */
	const char *nodename;	 /* "device/vbd/768" */
	const char *otherend;	 /* "/local/domain/0/backend/vbd/7/768" */
	domid_t otherend_id;	 /* of the domain of the back end */
	enum xenbus_state state; /* ours, as last written */
};

#define to_xenpv(d) container_of(d, struct xenpv_device, dev)

/*
 * The calls for one device never overlap: each but @accept is made with the
 * device's lock held, in a context that may sleep, and gets no memory that would have to
 * be written to a disk first (GFP_NOIO). otherend may be used in them, and in work of the
 * driver's that has stopped when @suspend returns.
 */
struct xenpv_driver {
	struct device_driver driver;
	const char *type; /* "vbd" */
	bool storage;	  /* memory may become free by writing to the device */
	/* May be missing. -ENODEV: the device is to be left as it is, also in the store */
	int (*accept)(struct xenpv_device *xd);
	/* Both ends are at the beginning: a device that was in use has been closed */
	int (*probe)(struct xenpv_device *xd);
	void (*remove)(struct xenpv_device *xd);
	/*
	 * Called once after @probe, once after @resume, and whenever the other end
	 * writes its state, be it the same again
	 */
	void (*otherend_changed)(struct xenpv_device *xd, enum xenbus_state state);
	/* Before a suspend: hold new requests back */
	void (*suspend)(struct xenpv_device *xd);
	/*
	 * After it, on a new host: connect again. Rings, grants and channels of the old one
	 * mean nothing any more; xenpv_ring_done() and xenpv_channel_close() still release
	 * what is ours, and xenpv_grant_end() finds everything given back.
	 */
	int (*resume)(struct xenpv_device *xd);
	/* After a suspend that did not take place: go on */
	void (*cancelled)(struct xenpv_device *xd);
};

int xenpv_driver_register(struct xenpv_driver *drv, struct module *owner);
void xenpv_driver_unregister(struct xenpv_driver *drv);

/* Write our state to the store. In the state that is asked for already, nothing is
 * written. */
int xenpv_switch_state(struct xenpv_device *xd, enum xenbus_state state);
/* The state of the other end as the store has it now; XenbusStateUnknown when it has none
 */
enum xenbus_state xenpv_otherend_state(struct xenpv_device *xd);
/*
 * Say Closing, then Closed, and wait for the other end to follow; for five seconds each,
 * which only a broken one takes. Nothing is said to one that is gone.
 */
void xenpv_goodbye(struct xenpv_device *xd);
/*
 * The device cannot go on: one line in the log, the same in the store's
 * error/NODENAME/error, where the tool stack looks, and our state Closing.
 * @error is a negative errno.
 */
__printf(3, 4) void xenpv_fatal(struct xenpv_device *xd, int error, const char *fmt, ...);

/* --- what is emulated --------------------------------------------------------- */

/* Still there beside their PV twins, because they were not unplugged */
enum xenpv_emulated {
	XENPV_EMULATED_DISKS = 1, /* the IDE and SCSI disks */
	/* the first IDE disk alone (unplug=aux-ide-disks) */
	XENPV_EMULATED_FIRST_DISK = 2,
	XENPV_EMULATED_NICS = 4,
	/* AHCI's, which has six, in the place of IDE's four (hdtype="ahci") */
	XENPV_EMULATED_AHCI_DISKS = 8,
	XENPV_EMULATED_SCSI_DISKS = 16,
};

unsigned int xenpv_emulated(void); /* a set of the above */

/* --- the store ---------------------------------------------------------------- */

/* 0 is no transaction */
struct xenpv_transaction {
	u32 id;
};

#define XENPV_NO_TRANSACTION ((struct xenpv_transaction){ 0 })

/* A value as a string, to be freed with kfree(). -ENOENT: no such node. @node may be "".
 */
int xenpv_store_read(struct xenpv_transaction t, const char *dir, const char *node,
		     char **ret);
/* A value as a number of base 10. -ENOENT: no such node, -EINVAL: no number */
int xenpv_store_read_u64(struct xenpv_transaction t, const char *dir, const char *node,
			 u64 *ret);
/* The same, and @otherwise where that fails or the number is above @max */
unsigned int xenpv_store_number(const char *dir, const char *node, unsigned int otherwise,
				unsigned int max);
__printf(4, 5) int xenpv_store_write(struct xenpv_transaction t, const char *dir,
				     const char *node, const char *fmt, ...);
int xenpv_store_remove(struct xenpv_transaction t, const char *dir, const char *node);
/* The names of the nodes in a directory; one allocation, to be freed with kfree() */
int xenpv_store_list(const char *dir, const char *node, char ***ret, unsigned int *ret_n);

/*
 * Do @body in a transaction, and again as long as somebody else wrote meanwhile.
 * Nothing is written when it fails, with its error. It gives the transaction to all
 * its calls for the store: a suspend waits for its end, and other calls for the suspend.
 */
int xenpv_transact(int (*body)(struct xenpv_transaction t, void *context), void *context);

/*
 * @changed is called once when the watch is set, and whenever something at or
 * below @path changes, in a context that may sleep; never by two threads at
 * once, and never after xenpv_watch_remove() has returned. @changed must not
 * remove its own watch. @path has to live as long as the watch.
 */
struct xenpv_watch {
	const char *path;
	void (*changed)(struct xenpv_watch *w, const char *path);
	/* the store's own */
	struct list_head list;
	u32 token;
};

int xenpv_watch_add(struct xenpv_watch *w);
void xenpv_watch_remove(struct xenpv_watch *w);

/* --- grants ------------------------------------------------------------------- */

/* References without a page yet. -ENOSPC: the table is full. Does not sleep. */
int xenpv_grants_get(unsigned int n, grant_ref_t *ret_refs);
/* Whether there are more than rings and NICs may need: others do with fewer else */
bool xenpv_grants_plenty(void);
/* Give them back; what they granted must have been ended. Does not sleep. */
void xenpv_grants_put(unsigned int n, const grant_ref_t *refs);
/* Let the other end use a page. Does not sleep. */
void xenpv_grant(grant_ref_t ref, domid_t to, struct page *page, bool read_only);
/*
 * Take it back. False: the other end still has the page, which then must not be
 * used for anything else; the reference stays granted. Does not sleep.
 */
bool xenpv_grant_end(grant_ref_t ref);
/*
 * Take it back, now or as soon as the other end lets go; then put the reference
 * back and drop one reference of the page (if there is one). Does not sleep.
 */
void xenpv_grant_discard(grant_ref_t ref, struct page *page);

/* --- shared rings ------------------------------------------------------------- */

#define XENPV_RING_PAGES 16

struct xenpv_ring {
	void *memory; /* zeroed, contiguous; NULL: none */
	unsigned int pages;
	struct page *page[XENPV_RING_PAGES];
	grant_ref_t ref[XENPV_RING_PAGES];
};

/* Memory for a ring, granted to the other end of @xd */
int xenpv_ring_init(struct xenpv_device *xd, unsigned int pages, struct xenpv_ring *ret);
/* Safe on one that is all zero, and twice */
void xenpv_ring_done(struct xenpv_ring *ring);

/* --- event channels ----------------------------------------------------------- */

struct xenpv_channel;

/*
 * Called with the channel masked, which it stays until the handler is done: no
 * second call meanwhile, no event lost. A handler of a thread is done when it
 * returns, with whether there was anything to do; one in the interrupt must not
 * sleep, its return value is ignored, and it is done when
 * xenpv_channel_done() was called, in whatever context. A channel that keeps
 * ringing with nothing to do is slowed down.
 */
typedef bool (*xenpv_handler)(void *context);

enum xenpv_channel_kind {
	XENPV_THREAD, /* in a worker thread, which there is also when memory is short */
	XENPV_INTERRUPT, /* in the interrupt */
};

/* A channel that the other end of @xd may bind to; its port goes to the store */
int xenpv_channel_open(struct xenpv_device *xd, enum xenpv_channel_kind kind,
		       xenpv_handler handler, void *context, struct xenpv_channel **ret);
/*
 * Waits for a handler that runs in a thread; one in the interrupt has returned, but
 * that nobody calls xenpv_channel_done() any more is for the caller to see to. NULL is
 * fine.
 */
void xenpv_channel_close(struct xenpv_channel *ch);
evtchn_port_t xenpv_channel_port(const struct xenpv_channel *ch);
/* Ring. Does not sleep. */
void xenpv_channel_notify(struct xenpv_channel *ch);
/* May come before the handler in the interrupt has returned, on another CPU. Does not sleep. */
void xenpv_channel_done(struct xenpv_channel *ch, bool had_work);

/* --- memory ------------------------------------------------------------------- */

/* Hypercall memory_op. The argument is the interface's structure for @command. Does not
 * sleep. */
long xenpv_memory_op(unsigned int command, void *argument);

#endif
