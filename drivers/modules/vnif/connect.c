// SPDX-License-Identifier: GPL-2.0-only
/* From the back end's offer to a running device, and back */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "compat.h"
#include "vnif.h"

static bool offered(const struct vnif *nif, const char *feature)
{
	return xenpv_store_number(nif->xd->otherend, feature, 0, 1);
}

static int read_offer(struct vnif *nif)
{
	struct vnif_offer *offer = &nif->offer;

	if (!offered(nif, "feature-rx-copy"))
		return -EOPNOTSUPP;
	offer->sg = offered(nif, "feature-sg");
	offer->csum4 = !offered(nif, "feature-no-csum-offload");
	offer->csum6 = offered(nif, "feature-ipv6-csum-offload");
	offer->tso4 = offered(nif, "feature-gso-tcpv4");
	offer->tso6 = offered(nif, "feature-gso-tcpv6");
	/*
	 * A filter that cannot be switched off again would take away what a bridge
	 * or a multicast router in the guest needs.
	 */
	offer->multicast = offered(nif, "feature-multicast-control") &&
			   offered(nif, "feature-dynamic-multicast-control");
	offer->trusted = vnif_trusts_all() &&
			 xenpv_store_number(nif->xd->nodename, "trusted", 1, 1);
	return 0;
}

/* Left by another driver, a back end would believe them */
static void remove_leftovers(struct vnif *nif)
{
	static const char *const nodes[] = {
		"multi-queue-num-queues",
		"event-channel-tx",
		"event-channel-rx",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		char *value;

		if (xenpv_store_read(XENPV_NO_TRANSACTION, nif->xd->nodename, nodes[i],
				     &value))
			continue;
		kfree(value);
		xenpv_store_remove(XENPV_NO_TRANSACTION, nif->xd->nodename, nodes[i]);
	}
}

static int write_nodes(struct xenpv_transaction t, void *context)
{
	struct vnif *nif = context;
	const struct {
		const char *name;
		unsigned int value;
	} nodes[] = {
		{ "tx-ring-ref", nif->tx_ring.ref[0] },
		{ "rx-ring-ref", nif->rx_ring.ref[0] },
		{ "event-channel", xenpv_channel_port(nif->channel) },
		{ "request-rx-copy", 1 },
		{ "request-multicast-control", nif->filtering },
		{ "feature-rx-notify", 1 },
		{ "feature-sg", 1 },
		{ "feature-no-csum-offload", 0 },
		{ "feature-ipv6-csum-offload", 1 },
		{ "feature-gso-tcpv4", 1 },
		{ "feature-gso-tcpv6", 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		int err = xenpv_store_write(t, nif->xd->nodename, nodes[i].name, "%u",
					    nodes[i].value);

		if (err)
			return err;
	}
	return 0;
}

/* In the interrupt. The channel stays masked until the poll has nothing left to do. */
static bool ring(void *context)
{
	struct vnif *nif = context;

	set_bit(VNIF_RINGING, &nif->flags);
	napi_schedule(&nif->napi);
	return true;
}

static int set_up(struct vnif *nif)
{
	int err;

	clear_bit(VNIF_BROKEN, &nif->flags);
	nif->had_work = false;
	nif->filtering = nif->offer.multicast;
	nif->filter_full = false;
	/* First the channel: whoever fills a ring may have to ring. */
	err = xenpv_channel_open(nif->xd, XENPV_INTERRUPT, ring, nif, &nif->channel);
	if (err) {
		nif->channel = NULL;
		return err;
	}
	err = vnif_tx_init(nif);
	if (err)
		return err;
	err = vnif_rx_init(nif);
	if (err)
		return err;
	remove_leftovers(nif);
	return xenpv_transact(write_nodes, nif);
}

static unsigned int max_mtu(const struct vnif *nif)
{
	return nif->offer.sg ? XEN_NETIF_MAX_TX_SIZE - ETH_HLEN : ETH_DATA_LEN;
}

/* The first time. With the rtnl lock held. */
static int announce(struct vnif *nif)
{
	struct net_device *dev = nif->dev;
	unsigned int mtu = xenpv_store_number(nif->xd->nodename, "mtu", 0, U16_MAX);
	int err;

	if (mtu >= dev->min_mtu && mtu <= dev->max_mtu)
		dev->mtu = mtu;
	err = register_netdevice(dev);
	if (err)
		return err;
	nif->registered = true;
	if (vnif_wants_thread() && vnif_use_napi_thread(dev))
		netdev_info(dev, "no thread for the polling\n");
	return 0;
}

void vnif_set_live(struct vnif *nif, bool live)
{
	spin_lock_irq(&nif->tx_lock);
	nif->live = live;
	spin_unlock_irq(&nif->tx_lock);
}

static int register_or_adapt(struct vnif *nif)
{
	int err = 0;

	rtnl_lock();
	nif->dev->max_mtu = max_mtu(nif);
	/* Another back end than before */
	if (nif->registered)
		netdev_update_features(nif->dev);
	else
		err = announce(nif);
	rtnl_unlock();
	return err;
}

/* Not of a device that is detached, as after a suspend. With the rtnl lock held. */
static void adapt_mtu(struct net_device *dev)
{
	if (dev->mtu > dev->max_mtu && dev_set_mtu(dev, dev->max_mtu))
		netdev_warn(dev, "the MTU is more than the back end takes: %u\n",
			    dev->max_mtu);
}

static void go_live(struct vnif *nif)
{
	struct net_device *dev = nif->dev;

	rtnl_lock();
	vnif_set_live(nif, true);
	netif_carrier_on(dev);
	netif_device_attach(dev);
	adapt_mtu(dev);
	/* The poll may break the device, so it comes last. */
	smp_store_release(&nif->connected, true);
	if (nif->polling) {
		netif_wake_queue(dev);
		netif_addr_lock_bh(dev);
		vnif_set_rx_mode(dev);
		netif_addr_unlock_bh(dev);
		vnif_kick(nif);
	}
	rtnl_unlock();
}

int vnif_connect(struct vnif *nif)
{
	struct xenpv_device *xd = nif->xd;
	int err = read_offer(nif);

	if (err) {
		xenpv_fatal(xd, err, "the back end does not copy (feature-rx-copy)");
		return err;
	}
	err = set_up(nif);
	if (err) {
		xenpv_fatal(xd, err, "setting up the rings");
		goto failed;
	}
	err = register_or_adapt(nif);
	if (err) {
		xenpv_fatal(xd, err, "registering the network device");
		goto failed;
	}
	err = xenpv_switch_state(xd, XenbusStateConnected);
	if (err) {
		xenpv_fatal(xd, err, "writing the state");
		goto failed;
	}
	go_live(nif);
	return 0;

failed:
	vnif_quiesce(nif);
	vnif_release(nif);
	return err;
}

void vnif_quiesce(struct vnif *nif)
{
	rtnl_lock();
	vnif_set_live(nif, false);
	/* An event for a device that is gone already would outlive it. */
	if (nif->registered)
		netif_carrier_off(nif->dev);
	if (nif->polling)
		napi_disable(&nif->napi);
	nif->connected = false;
	vnif_timer_stop(&nif->refill);
	/* A poll that is complete may still be on its way to xenpv_channel_done(). */
	synchronize_net();
	xenpv_channel_close(nif->channel);
	nif->channel = NULL;
	clear_bit(VNIF_RINGING, &nif->flags);
	if (nif->polling)
		napi_enable(&nif->napi);
	rtnl_unlock();
	cancel_work_sync(&nif->failed);
	cancel_delayed_work_sync(&nif->multicast);
}

void vnif_release(struct vnif *nif)
{
	vnif_tx_done(nif);
	vnif_rx_done(nif);
	vnif_multicast_forget(nif);
}
