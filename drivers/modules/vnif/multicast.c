// SPDX-License-Identifier: GPL-2.0-only
/* The back end's filter for multicast: the addresses, and whether it filters at all */
#include <linux/netdevice.h>

#include "vnif.h"

#define RETRY_DELAY (HZ / 10)

static int send(struct net_device *dev, u8 type, const unsigned char *address)
{
	struct vnif *nif = netdev_priv(dev);
	int err = vnif_tx_control(nif, type, address);

	if (err)
		nif->sync_failed = true;
	return err;
}

static int add(struct net_device *dev, const unsigned char *address)
{
	return send(dev, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, address);
}

static int del(struct net_device *dev, const unsigned char *address)
{
	return send(dev, XEN_NETIF_EXTRA_TYPE_MCAST_DEL, address);
}

/* An interface that wants everything, or more than the back end's list takes */
static bool wants_filter(const struct vnif *nif)
{
	return !(nif->dev->flags & (IFF_PROMISC | IFF_ALLMULTI)) && !nif->filter_full;
}

/* Called with the lock of the addresses held */
void vnif_set_rx_mode(struct net_device *dev)
{
	struct vnif *nif = netdev_priv(dev);

	if (!nif->live || !nif->offer.multicast)
		return;
	nif->sync_failed = false;
	__dev_mc_sync(dev, add, del);
	if (wants_filter(nif) != nif->filtering)
		mod_delayed_work(system_wq, &nif->multicast, 0);
	else if (nif->sync_failed)
		schedule_delayed_work(&nif->multicast, RETRY_DELAY);
}

void vnif_multicast_work(struct work_struct *work)
{
	struct vnif *nif = container_of(to_delayed_work(work), struct vnif, multicast);
	bool filter = wants_filter(nif);

	if (!nif->live || !nif->offer.multicast)
		return;
	if (filter != nif->filtering) {
		/* Where that fails it is tried when the addresses change next. */
		if (xenpv_store_write(XENPV_NO_TRANSACTION, nif->xd->nodename,
				      "request-multicast-control", "%u", filter))
			return;
		nif->filtering = filter;
	}
	netif_addr_lock_bh(nif->dev);
	vnif_set_rx_mode(nif->dev);
	netif_addr_unlock_bh(nif->dev);
}

void vnif_multicast_forget(struct vnif *nif)
{
	if (!nif->registered)
		return;
	netif_addr_lock_bh(nif->dev);
	__dev_mc_unsync(nif->dev, NULL);
	netif_addr_unlock_bh(nif->dev);
}
