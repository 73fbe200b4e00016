// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ethtool.h>
#include <linux/string.h>

#include "compat.h"
#include "vnif.h"

static const struct {
	char name[ETH_GSTRING_LEN];
	bool rx;
	size_t offset;
} counters[] = {
	{ "tx_bounced", false, offsetof(struct vnif_counters, copied) },
	{ "tx_no_memory", false, offsetof(struct vnif_counters, no_memory) },
	{ "rx_copied", true, offsetof(struct vnif_counters, copied) },
	{ "rx_checksums_repaired", true,
	  offsetof(struct vnif_counters, checksums_repaired) },
	{ "rx_no_memory", true, offsetof(struct vnif_counters, no_memory) },
};

void vnif_read_stats(const struct vnif_stats *stats, struct vnif_counters *ret)
{
	unsigned int start;

	do {
		start = vnif_stats_begin(&stats->sync);
		*ret = stats->c;
	} while (vnif_stats_retry(&stats->sync, start));
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct vnif *nif = netdev_priv(dev);

	strscpy(info->driver, "vif", sizeof(info->driver));
	strscpy(info->bus_info, dev_name(&nif->xd->dev), sizeof(info->bus_info));
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(counters) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		memcpy(data + i * ETH_GSTRING_LEN, counters[i].name, ETH_GSTRING_LEN);
}

static void get_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct vnif *nif = netdev_priv(dev);
	struct vnif_counters tx;
	struct vnif_counters rx;
	unsigned int i;

	vnif_read_stats(&nif->tx_stats, &tx);
	vnif_read_stats(&nif->rx_stats, &rx);
	for (i = 0; i < ARRAY_SIZE(counters); i++) {
		const void *from = counters[i].rx ? &rx : &tx;

		data[i] = *(const u64 *)(from + counters[i].offset);
	}
}

const struct ethtool_ops vnif_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
};
