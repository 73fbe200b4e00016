// SPDX-License-Identifier: GPL-2.0-only
/* The network front end: the module, and its devices as the xen bus sees them */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "compat.h"
#include "vnif.h"

static bool trusted = true;
module_param(trusted, bool, 0444);
MODULE_PARM_DESC(trusted, "back ends may read the pages that packets are part of; "
			  "otherwise what is sent is copied (default: yes)");

/*
 * One interrupt line rings for all event channels, those of the disks too. In the
 * soft interrupt of the CPU that has it, a busy network device would take that
 * CPU's time; a thread can go elsewhere.
 */
static bool threaded = true;
module_param(threaded, bool, 0444);
MODULE_PARM_DESC(threaded, "poll in a thread where there is more than one CPU "
			   "(default: yes)");

static bool twins;
module_param(twins, bool, 0444);
MODULE_PARM_DESC(twins, "run although the emulated devices are there, too (default: no)");

bool vnif_trusts_all(void)
{
	return trusted;
}

bool vnif_wants_thread(void)
{
	return threaded && num_online_cpus() > 1;
}

static int read_mac(struct vnif *nif)
{
	u8 mac[ETH_ALEN];
	char *text;
	int err = xenpv_store_read(XENPV_NO_TRANSACTION, nif->xd->nodename, "mac", &text);

	if (err)
		return err;
	if (strlen(text) != 3 * ETH_ALEN - 1 || !mac_pton(text, mac) ||
	    !is_valid_ether_addr(mac))
		err = -EINVAL;
	else
		vnif_set_address(nif->dev, mac);
	kfree(text);
	return err;
}

static int vnif_accept(struct xenpv_device *xd)
{
	if ((xenpv_emulated() & XENPV_EMULATED_NICS) && !twins) {
		dev_warn(&xd->dev, "left alone, as it is there as an emulated NIC too\n");
		return -ENODEV;
	}
	return 0;
}

static int vnif_probe(struct xenpv_device *xd)
{
	struct net_device *dev;
	int err;

	dev = vnif_create(xd);
	if (!dev)
		return -ENOMEM;
	err = read_mac(netdev_priv(dev));
	if (err) {
		xenpv_fatal(xd, err, "no valid address in the node mac");
		free_netdev(dev);
		return err;
	}
	dev_set_drvdata(&xd->dev, netdev_priv(dev));
	return 0;
}

static void unregister(struct vnif *nif)
{
	vnif_quiesce(nif);
	if (nif->registered)
		unregister_netdev(nif->dev);
	nif->registered = false;
}

/* The rings and pages remain until remove(), by when the back end has let go of them. */
static void shut(struct vnif *nif)
{
	nif->shut = true;
	unregister(nif);
	xenpv_switch_state(nif->xd, XenbusStateClosed);
}

static void vnif_otherend_changed(struct xenpv_device *xd, enum xenbus_state state)
{
	struct vnif *nif = dev_get_drvdata(&xd->dev);

	if (nif->shut)
		return;
	switch (state) {
	case XenbusStateInitWait:
		if (xd->state == XenbusStateInitialising)
			vnif_connect(nif);
		break;
	case XenbusStateConnected:
		/* The switches learn where we are now. */
		if (nif->connected)
			netdev_notify_peers(nif->dev);
		break;
	case XenbusStateClosed:
		/* Left by the driver before us: the back end will begin again. */
		if (xd->state == XenbusStateInitialising)
			break;
		fallthrough;
	case XenbusStateClosing:
		shut(nif);
		break;
	default:
		break;
	}
}

static void vnif_remove(struct xenpv_device *xd)
{
	struct vnif *nif = dev_get_drvdata(&xd->dev);
	bool used = nif->tx_ring.memory;

	unregister(nif);
	if (used)
		xenpv_goodbye(xd);
	vnif_release(nif);
	/* An address that changed before unregister() may have asked for it again. */
	cancel_delayed_work_sync(&nif->multicast);
	dev_set_drvdata(&xd->dev, NULL);
	free_netdev(nif->dev);
}

static void vnif_suspend(struct xenpv_device *xd)
{
	struct vnif *nif = dev_get_drvdata(&xd->dev);

	rtnl_lock();
	netif_device_detach(nif->dev);
	vnif_set_live(nif, false);
	rtnl_unlock();
}

static int vnif_resume(struct xenpv_device *xd)
{
	struct vnif *nif = dev_get_drvdata(&xd->dev);

	if (nif->shut)
		return 0;
	vnif_quiesce(nif);
	vnif_release(nif);
	return xenpv_switch_state(xd, XenbusStateInitialising);
}

static void vnif_cancelled(struct xenpv_device *xd)
{
	struct vnif *nif = dev_get_drvdata(&xd->dev);

	rtnl_lock();
	spin_lock_irq(&nif->tx_lock);
	nif->live = nif->connected && !test_bit(VNIF_BROKEN, &nif->flags);
	spin_unlock_irq(&nif->tx_lock);
	netif_device_attach(nif->dev);
	/* Addresses may have changed meanwhile. */
	if (nif->live)
		schedule_delayed_work(&nif->multicast, 0);
	rtnl_unlock();
}

static struct xenpv_driver vnif_driver = {
	.driver.name = "vif",
	.type = "vif",
	.accept = vnif_accept,
	.probe = vnif_probe,
	.remove = vnif_remove,
	.otherend_changed = vnif_otherend_changed,
	.suspend = vnif_suspend,
	.resume = vnif_resume,
	.cancelled = vnif_cancelled,
};

static int __init vnif_init(void)
{
	return xenpv_driver_register(&vnif_driver, THIS_MODULE);
}
module_init(vnif_init);

static void __exit vnif_exit(void)
{
	xenpv_driver_unregister(&vnif_driver);
}
module_exit(vnif_exit);

MODULE_DESCRIPTION("Network front end for Xen");
MODULE_LICENSE("GPL");
MODULE_ALIAS("xen:vif");
/* No device stands for the balloon, so nothing else would have it loaded */
MODULE_SOFTDEP("pre: xen-balloon");
