/* SPDX-License-Identifier: GPL-2.0-only */
/* What changed in the kernel's interface for network drivers between 5.10 and 6.12 */
#ifndef VNIF_COMPAT_H
#define VNIF_COMPAT_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <linux/version.h>

static inline void vnif_napi_add(struct net_device *dev, struct napi_struct *napi,
				 int (*poll)(struct napi_struct *napi, int budget))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
	netif_napi_add(dev, napi, poll);
#else
	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT);
#endif
}

/* With the rtnl lock held. Before 5.13 modules have no way to ask for it. */
static inline int vnif_use_napi_thread(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 13, 0)
	return dev_set_threaded(dev, true);
#else
	return -EOPNOTSUPP;
#endif
}

static inline void vnif_set_address(struct net_device *dev, const u8 *address)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 15, 0)
	eth_hw_addr_set(dev, address);
#else
	ether_addr_copy(dev->dev_addr, address);
#endif
}

static inline void vnif_set_tso_size(struct net_device *dev, unsigned int size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	netif_set_tso_max_size(dev, size);
#else
	netif_set_gso_max_size(dev, size);
#endif
}

static inline unsigned int vnif_stats_begin(const struct u64_stats_sync *sync)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return u64_stats_fetch_begin(sync);
#else
	return u64_stats_fetch_begin_irq(sync);
#endif
}

static inline bool vnif_stats_retry(const struct u64_stats_sync *sync, unsigned int start)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	return u64_stats_fetch_retry(sync, start);
#else
	return u64_stats_fetch_retry_irq(sync, start);
#endif
}

static inline void vnif_timer_stop(struct timer_list *timer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	timer_delete_sync(timer);
#else
	del_timer_sync(timer);
#endif
}

#endif
