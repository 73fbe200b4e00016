/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the network front end share */
#ifndef VNIF_H
#define VNIF_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <xen/interface/io/netif.h>

#include "xenpv.h"

/* 5.11: the interface's headers have both in one */
#ifndef XEN_FRONT_RING_INIT
#define XEN_FRONT_RING_INIT(r, s, size)      \
	do {                                 \
		SHARED_RING_INIT(s);         \
		FRONT_RING_INIT(r, s, size); \
	} while (0)
#endif

#define VNIF_TX_SLOTS __CONST_RING_SIZE(xen_netif_tx, PAGE_SIZE)
#define VNIF_RX_SLOTS __CONST_RING_SIZE(xen_netif_rx, PAGE_SIZE)

/* Ring slots that a packet may need: its data, and one extra info for TSO */
#define VNIF_TX_NEED (XEN_NETIF_NR_SLOTS_MIN + 1)

/* Up to so many bytes are copied out of a received page, which then is used again */
#define VNIF_RX_HEAD 256

/* Reference 0 is Xen's own, for the console */
#define VNIF_NO_REF 0

enum vnif_slot_kind {
	VNIF_FREE,
	VNIF_DATA,    /* a piece of a packet */
	VNIF_CONTROL, /* a request without data: multicast */
	VNIF_LOST,    /* the back end did not give the page back: out of use */
};

/* One transmit request, by its id */
struct vnif_tx_slot {
	struct sk_buff *skb;
	struct page *page;
	grant_ref_t ref;
	u16 next; /* of the free ones */
	u8 kind;  /* enum vnif_slot_kind */
	bool own; /* the page is a copy of ours, not a part of the skb */
};

/* One receive request, by its place in the ring. A page may be there and not granted. */
struct vnif_rx_slot {
	struct page *page;
	grant_ref_t ref;
	bool granted;
};

/* The packet that is being received; it may take several polls to arrive */
struct vnif_rx_packet {
	struct sk_buff *skb; /* NULL: none yet, or dropped */
	unsigned int slots;
	unsigned int extras;
	u16 flags; /* of the first slot */
	u16 gso_size;
	u8 gso_type;
	bool begun;
	bool more;  /* data to follow */
	bool extra; /* the next response is an extra info */
	bool drop;
};

struct vnif_counters {
	u64 packets;
	u64 bytes;
	u64 errors;
	u64 dropped;
	u64 copied;
	u64 checksums_repaired;
	u64 no_memory;
};

/* One writer at a time: transmit under tx_lock, receive in the poll */
struct vnif_stats {
	struct u64_stats_sync sync;
	struct vnif_counters c;
};

/* What the back end offers */
struct vnif_offer {
	bool sg;
	bool csum4;
	bool csum6;
	bool tso4;
	bool tso6;
	bool multicast;
	bool trusted; /* that is ours: may it see more than the packets */
};

/* Bits of vnif.flags */
enum {
	VNIF_RINGING, /* the handler was called, xenpv_channel_done() not yet */
	VNIF_BROKEN,  /* the back end misbehaved: nothing is done any more */
};

/*
 * One device, one queue: the back end's multi-queue-max-queues is not used. All
 * events come by one interrupt line, so that more queues would not be served at
 * the same time.
 *
 * rtnl:     polling, and every change of live and connected
 * tx_lock:  tx, tx_slots, tx_free, tx_extras, channel for transmit. Taken with
 *           interrupts off, as netpoll may transmit in any context.
 * the poll: rx, rx_slots, packet, had_work. With the poll disabled, whoever did that.
 */
struct vnif {
	struct xenpv_device *xd;
	struct net_device *dev;
	struct napi_struct napi;
	struct xenpv_channel *channel;
	struct vnif_offer offer;
	unsigned long flags;
	bool live;	/* requests may be sent */
	bool connected; /* there is something to poll */
	bool polling;	/* the interface is up, the poll enabled */
	bool registered;
	bool shut; /* closed for good */
	bool had_work;

	spinlock_t tx_lock;
	struct xen_netif_tx_front_ring tx;
	struct xenpv_ring tx_ring;
	struct vnif_tx_slot tx_slots[VNIF_TX_SLOTS];
	unsigned int tx_free;	/* the first free slot, VNIF_TX_SLOTS: none */
	unsigned int tx_extras; /* extra infos without a response yet */
	struct vnif_stats tx_stats;

	struct xen_netif_rx_front_ring rx;
	struct xenpv_ring rx_ring;
	struct vnif_rx_slot rx_slots[VNIF_RX_SLOTS];
	struct vnif_rx_packet packet;
	struct timer_list refill;
	struct vnif_stats rx_stats;

	struct delayed_work multicast;
	bool filtering;	  /* what request-multicast-control says */
	bool filter_full; /* the back end refused an address */
	bool sync_failed; /* an address could not be sent */

	struct work_struct failed;
	const char *reason;

	/* While they are handed out to either ring */
	grant_ref_t refs[VNIF_TX_SLOTS];
};

/* --- main.c ------------------------------------------------------------------- */

/* The module's parameters */
bool vnif_trusts_all(void);
bool vnif_wants_thread(void);

/* --- netdev.c ----------------------------------------------------------------- */

/* The network device, not registered; NULL: no memory */
struct net_device *vnif_create(struct xenpv_device *xd);
/*
 * The back end does what it must not: end it all, with one line in the log. In
 * any context; @reason is a constant.
 */
void vnif_break(struct vnif *nif, const char *reason);
/* Poll soon. In a context that may sleep or in the timer. */
void vnif_kick(struct vnif *nif);

/* --- connect.c ---------------------------------------------------------------- */

/* Everything that takes the back end from InitWait to a running device */
int vnif_connect(struct vnif *nif);
/* Whether requests may be sent */
void vnif_set_live(struct vnif *nif, bool live);
/* No event, poll or transmission after this; pages and grants remain. Twice is fine. */
void vnif_quiesce(struct vnif *nif);
/* Release what vnif_connect() set up, after vnif_quiesce(). Twice is fine. */
void vnif_release(struct vnif *nif);

/* --- tx_packet.c -------------------------------------------------------------- */

/* A packet in pieces of which none crosses a page */
struct vnif_tx_packet {
	unsigned int n;
	bool own; /* the pages are copies of ours */
	struct {
		struct page *page;
		u16 offset;
		u16 len;
	} piece[XEN_NETIF_NR_SLOTS_MIN];
};

/* Into pieces. -EMSGSIZE: no packet that can be sent */
int vnif_tx_prepare(const struct vnif *nif, struct sk_buff *skb,
		    struct vnif_tx_packet *p);
/* The pieces that are copies; nothing else is undone */
void vnif_tx_free_copies(struct vnif_tx_packet *p);

/* --- tx.c --------------------------------------------------------------------- */

/* In skb->cb, from the first request of a packet to its last response */
struct vnif_tx_cb {
	unsigned int slots;
	bool failed;
	bool kept; /* the back end still sees a page of it */
};

#define VNIF_CB(skb) ((struct vnif_tx_cb *)(skb)->cb)

netdev_tx_t vnif_xmit(struct sk_buff *skb, struct net_device *dev);
/* Add or remove a multicast address at the back end. -ENOSPC: the ring is full */
int vnif_tx_control(struct vnif *nif, u8 type, const u8 *address);

/* --- tx_done.c ---------------------------------------------------------------- */

int vnif_tx_init(struct vnif *nif);
void vnif_tx_done(struct vnif *nif);
/* Take responses. @budget is the poll's. True: there were some. */
bool vnif_tx_clean(struct vnif *nif, int budget);

/* --- rx.c --------------------------------------------------------------------- */

int vnif_rx_init(struct vnif *nif);
void vnif_rx_done(struct vnif *nif);
/* The number of packets, at most @budget */
int vnif_rx_poll(struct vnif *nif, int budget);
/* False: nothing is there, and the back end will ring for the next response */
bool vnif_rx_pending(struct vnif *nif);

/* --- multicast.c -------------------------------------------------------------- */

void vnif_set_rx_mode(struct net_device *dev);
void vnif_multicast_work(struct work_struct *work);
/* The back end knows no address any more */
void vnif_multicast_forget(struct vnif *nif);

/* --- ethtool.c ---------------------------------------------------------------- */

extern const struct ethtool_ops vnif_ethtool_ops;
void vnif_read_stats(const struct vnif_stats *stats, struct vnif_counters *ret);

/* Write: begin, add to c, end */
#define vnif_count(stats, member, n)                    \
	do {                                            \
		u64_stats_update_begin(&(stats)->sync); \
		(stats)->c.member += (n);               \
		u64_stats_update_end(&(stats)->sync);   \
	} while (0)

#endif
