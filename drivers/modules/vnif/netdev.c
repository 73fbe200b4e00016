// SPDX-License-Identifier: GPL-2.0-only
/* The network device: its poll, and what the kernel asks of it */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#include "compat.h"
#include "vnif.h"

/* --- what goes wrong while it runs -------------------------------------------- */

static void failed_work(struct work_struct *work)
{
	struct vnif *nif = container_of(work, struct vnif, failed);

	xenpv_fatal(nif->xd, -EPROTO, "%s", nif->reason);
}

void vnif_break(struct vnif *nif, const char *reason)
{
	if (test_and_set_bit(VNIF_BROKEN, &nif->flags))
		return;
	nif->reason = reason;
	WRITE_ONCE(nif->live, false);
	netif_carrier_off(nif->dev);
	schedule_work(&nif->failed);
}

/* --- the poll ----------------------------------------------------------------- */

void vnif_kick(struct vnif *nif)
{
	local_bh_disable();
	napi_schedule(&nif->napi);
	local_bh_enable();
}

static void refill_timer(struct timer_list *timer)
{
	vnif_kick(container_of(timer, struct vnif, refill));
}

/* The poll is over. What comes in from here on rings. */
static void finish(struct vnif *nif, int n)
{
	bool had_work = nif->had_work;

	nif->had_work = false;
	if (!napi_complete_done(&nif->napi, n)) {
		nif->had_work |= had_work;
		return;
	}
	/* Polls that no event asked for have nothing to unmask. */
	if (test_and_clear_bit(VNIF_RINGING, &nif->flags))
		xenpv_channel_done(nif->channel, had_work);
}

static int poll(struct napi_struct *napi, int budget)
{
	struct vnif *nif = container_of(napi, struct vnif, napi);
	bool connected = smp_load_acquire(&nif->connected); /* before its rings */
	int n;

	if (connected && vnif_tx_clean(nif, budget))
		nif->had_work = true;
	/* netpoll, which wants nothing but room to transmit */
	if (budget == 0)
		return 0;
	n = connected ? vnif_rx_poll(nif, budget) : 0;
	if (!connected || test_bit(VNIF_BROKEN, &nif->flags)) {
		/* The channel stays masked: nobody listens. */
		napi_complete_done(napi, 0);
		return 0;
	}
	/*
	 * Both rings are armed while the poll is still ours: a second one at the
	 * same time could move the ring on and have its mark overwritten.
	 */
	if (n == budget || vnif_rx_pending(nif))
		return budget;
	finish(nif, n);
	return n;
}

/* --- the network device ------------------------------------------------------- */

static int vnif_open(struct net_device *dev)
{
	struct vnif *nif = netdev_priv(dev);

	napi_enable(&nif->napi);
	nif->polling = true;
	netif_start_queue(dev);
	/* An event that came while the interface was down was not answered. */
	vnif_kick(nif);
	return 0;
}

static int vnif_stop(struct net_device *dev)
{
	struct vnif *nif = netdev_priv(dev);

	netif_stop_queue(dev);
	nif->polling = false;
	napi_disable(&nif->napi);
	vnif_timer_stop(&nif->refill);
	return 0;
}

static void vnif_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *ret)
{
	struct vnif *nif = netdev_priv(dev);
	struct vnif_counters tx;
	struct vnif_counters rx;

	vnif_read_stats(&nif->tx_stats, &tx);
	vnif_read_stats(&nif->rx_stats, &rx);
	ret->tx_packets = tx.packets;
	ret->tx_bytes = tx.bytes;
	ret->tx_errors = tx.errors;
	ret->tx_dropped = tx.dropped;
	ret->rx_packets = rx.packets;
	ret->rx_bytes = rx.bytes;
	ret->rx_errors = rx.errors;
	ret->rx_dropped = rx.dropped;
}

static netdev_features_t vnif_fix_features(struct net_device *dev,
					   netdev_features_t features)
{
	const struct vnif *nif = netdev_priv(dev);
	const struct vnif_offer *offer = &nif->offer;

	if (!offer->sg)
		features &= ~NETIF_F_SG;
	if (!offer->csum4)
		features &= ~NETIF_F_IP_CSUM;
	if (!offer->csum6)
		features &= ~NETIF_F_IPV6_CSUM;
	/* The kernel itself takes segmentation away where it has no SG or checksum. */
	if (!offer->tso4)
		features &= ~NETIF_F_TSO;
	if (!offer->tso6)
		features &= ~NETIF_F_TSO6;
	return features;
}

static const struct net_device_ops vnif_ops = {
	.ndo_open = vnif_open,
	.ndo_stop = vnif_stop,
	.ndo_start_xmit = vnif_xmit,
	.ndo_get_stats64 = vnif_get_stats64,
	.ndo_fix_features = vnif_fix_features,
	.ndo_set_rx_mode = vnif_set_rx_mode,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void init_netdev(struct net_device *dev, struct xenpv_device *xd)
{
	SET_NETDEV_DEV(dev, &xd->dev);
	dev->netdev_ops = &vnif_ops;
	dev->ethtool_ops = &vnif_ethtool_ops;
	dev->min_mtu = ETH_MIN_MTU;
	dev->hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |
			   NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_RXCSUM;
	/*
	 * Back ends check what they are sent, so what guests' guests send may pass. A
	 * page is granted by its number, so that it may be high memory.
	 */
	dev->features = dev->hw_features | NETIF_F_GSO_ROBUST | NETIF_F_HIGHDMA;
	/* A packet is ours until the back end is done with it. */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	vnif_set_tso_size(dev, XEN_NETIF_MAX_TX_SIZE);
	netif_carrier_off(dev);
}

struct net_device *vnif_create(struct xenpv_device *xd)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct vnif));
	struct vnif *nif;

	if (!dev)
		return NULL;
	init_netdev(dev, xd);
	nif = netdev_priv(dev);
	nif->xd = xd;
	nif->dev = dev;
	spin_lock_init(&nif->tx_lock);
	u64_stats_init(&nif->tx_stats.sync);
	u64_stats_init(&nif->rx_stats.sync);
	timer_setup(&nif->refill, refill_timer, 0);
	INIT_WORK(&nif->failed, failed_work);
	INIT_DELAYED_WORK(&nif->multicast, vnif_multicast_work);
	vnif_napi_add(dev, &nif->napi, poll);
	return dev;
}
