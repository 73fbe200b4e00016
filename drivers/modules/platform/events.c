// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels, in the two-level format of the shared info page:
 *
 *	vcpu_info[0].evtchn_upcall_pending   something is pending: the line is up
 *	vcpu_info[0].evtchn_pending_sel      a bit for each word of evtchn_pending
 *	evtchn_pending[], evtchn_mask[]      a bit for each port
 *
 * The line is the platform device's own, so that it may be any CPU's turn, but
 * all ports notify vCPU 0, whose words they are. An event sets its port's bit;
 * the interrupt masks the port, takes the bit away and has the handler called;
 * when that is done the port is unmasked. What rang meanwhile left its bit, and
 * unmasking finds it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/sync_bitops.h>

#include "platform.h"

#define PORTS EVTCHN_2L_NR_CHANNELS
/* So often in a row may a channel ring for nothing before it is slowed down to once a
 * jiffy */
#define MAX_IDLE 64

struct xenpv_channel {
	evtchn_port_t port;
	unsigned int generation; /* of events.generation: the host that the port is of */
	enum xenpv_channel_kind kind;
	unsigned int idle; /* rang for nothing, in a row */
	xenpv_handler handler;
	void *context;
	struct work_struct work;
	struct delayed_work later;
};

static struct {
	struct shared_info *shared;
	struct workqueue_struct *workers;
	struct pci_dev *pdev;
	unsigned int generation;
	spinlock_t lock; /* for writing channel[] */
	struct xenpv_channel __rcu *channel[PORTS];
} events = {
	.lock = __SPIN_LOCK_UNLOCKED(events.lock),
};

static unsigned long *mask_bits(void)
{
	return (unsigned long *)events.shared->evtchn_mask;
}

static unsigned long *pending_bits(void)
{
	return (unsigned long *)events.shared->evtchn_pending;
}

/* Not one that a resume has left behind: its port may be another's by now */
static bool is_of_this_host(const struct xenpv_channel *ch)
{
	return READ_ONCE(ch->generation) == READ_ONCE(events.generation);
}

/*
 * An event that came while the port was masked raised nothing. Xen can raise it
 * for whatever vCPU, and wants to unmask the port itself for that.
 */
static void unmask(evtchn_port_t port)
{
	struct evtchn_unmask op = { .port = port };

	sync_clear_bit(port, mask_bits());
	if (sync_test_bit(port, pending_bits()) &&
	    !sync_test_and_set_bit(port, mask_bits()))
		event_op(EVTCHNOP_unmask, &op);
}

void xenpv_channel_done(struct xenpv_channel *ch, bool had_work)
{
	if (had_work)
		ch->idle = 0;
	else if (++ch->idle > MAX_IDLE) {
		ch->idle = MAX_IDLE;
		queue_delayed_work(events.workers, &ch->later, 1);
		return;
	}
	if (is_of_this_host(ch))
		unmask(ch->port);
}
EXPORT_SYMBOL_GPL(xenpv_channel_done);

static void unmask_later(struct work_struct *work)
{
	struct xenpv_channel *ch = container_of(to_delayed_work(work),
						struct xenpv_channel, later);

	if (is_of_this_host(ch))
		unmask(ch->port);
}

static void run_handler(struct work_struct *work)
{
	struct xenpv_channel *ch = container_of(work, struct xenpv_channel, work);

	xenpv_channel_done(ch, ch->handler(ch->context));
}

static void dispatch(evtchn_port_t port)
{
	struct xenpv_channel *ch;

	sync_set_bit(port, mask_bits());
	sync_clear_bit(port, pending_bits());
	rcu_read_lock();
	ch = rcu_dereference(events.channel[port]);
	if (!ch)
		; /* closed meanwhile; stays masked */
	else if (ch->kind == XENPV_INTERRUPT)
		ch->handler(ch->context);
	else
		queue_work(events.workers, &ch->work);
	rcu_read_unlock();
}

static void dispatch_word(unsigned int word)
{
	unsigned long bits = READ_ONCE(events.shared->evtchn_pending[word]) &
			     ~READ_ONCE(events.shared->evtchn_mask[word]);

	for (; bits; bits &= bits - 1)
		dispatch(word * BITS_PER_LONG + __ffs(bits));
}

static irqreturn_t interrupt(int irq, void *data)
{
	struct vcpu_info *v = &events.shared->vcpu_info[0];
	irqreturn_t r = IRQ_NONE;
	unsigned long words;

	while (xchg(&v->evtchn_upcall_pending, 0)) {
		for (words = xchg(&v->evtchn_pending_sel, 0); words; words &= words - 1)
			dispatch_word(__ffs(words));
		r = IRQ_HANDLED;
	}
	return r;
}

/* --- channels ----------------------------------------------------------------- */

static void port_close(evtchn_port_t port)
{
	struct evtchn_close op = { .port = port };

	event_op(EVTCHNOP_close, &op);
}

static void set_channel(evtchn_port_t port, struct xenpv_channel *ch)
{
	unsigned long flags;

	spin_lock_irqsave(&events.lock, flags);
	rcu_assign_pointer(events.channel[port], ch);
	spin_unlock_irqrestore(&events.lock, flags);
}

int channel_bind(evtchn_port_t port, enum xenpv_channel_kind kind, xenpv_handler handler,
		 void *context, struct xenpv_channel **ret)
{
	struct xenpv_channel *ch;

	if (port >= PORTS)
		return -ENOSPC;
	ch = kzalloc(sizeof(*ch), GFP_KERNEL);
	if (!ch)
		return -ENOMEM;
	ch->port = port;
	ch->generation = events.generation;
	ch->kind = kind;
	ch->handler = handler;
	ch->context = context;
	INIT_WORK(&ch->work, run_handler);
	INIT_DELAYED_WORK(&ch->later, unmask_later);
	*ret = ch;
	set_channel(port, ch);
	unmask(port);
	return 0;
}

int xenpv_channel_open(struct xenpv_device *xd, enum xenpv_channel_kind kind,
		       xenpv_handler handler, void *context, struct xenpv_channel **ret)
{
	struct evtchn_alloc_unbound op = {
		.dom = DOMID_SELF,
		.remote_dom = xd->otherend_id,
	};
	int r;

	r = event_op(EVTCHNOP_alloc_unbound, &op);
	if (r < 0)
		return r;
	r = channel_bind(op.port, kind, handler, context, ret);
	if (r < 0)
		port_close(op.port);
	return r;
}
EXPORT_SYMBOL_GPL(xenpv_channel_open);

void xenpv_channel_close(struct xenpv_channel *ch)
{
	if (!ch)
		return;
	if (is_of_this_host(ch)) {
		sync_set_bit(ch->port, mask_bits());
		set_channel(ch->port, NULL);
	}
	synchronize_rcu();
	cancel_work_sync(&ch->work);
	cancel_delayed_work_sync(&ch->later);
	if (is_of_this_host(ch)) {
		sync_set_bit(ch->port, mask_bits());
		port_close(ch->port);
	}
	kfree(ch);
}
EXPORT_SYMBOL_GPL(xenpv_channel_close);

evtchn_port_t xenpv_channel_port(const struct xenpv_channel *ch)
{
	return ch->port;
}
EXPORT_SYMBOL_GPL(xenpv_channel_port);

void xenpv_channel_notify(struct xenpv_channel *ch)
{
	struct evtchn_send op = { .port = ch->port };

	if (is_of_this_host(ch))
		event_op(EVTCHNOP_send, &op);
}
EXPORT_SYMBOL_GPL(xenpv_channel_notify);

/* --- the page and the line ---------------------------------------------------- */

/* Everything masked, and the line told to Xen: bits 63 to 56 say that it is a PCI
 * device's */
static int connect(void)
{
	struct pci_dev *pdev = events.pdev;
	u8 pin = 0;
	u64 via;
	int r;

	r = platform_map(PAGE_SHARED_INFO, XENMAPSPACE_shared_info, 0);
	if (r < 0)
		return r;
	memset(mask_bits(), 0xff, sizeof(events.shared->evtchn_mask));
	/* What was pending before we came is no one's */
	memset(pending_bits(), 0, sizeof(events.shared->evtchn_pending));
	pci_read_config_byte(pdev, PCI_INTERRUPT_PIN, &pin);
	via = (u64)HVM_PARAM_CALLBACK_TYPE_PCI_INTX << 56 |
	      (u64)pci_domain_nr(pdev->bus) << 32 | (u64)pdev->bus->number << 16 |
	      (u64)pdev->devfn << 8 | ((pin - 1) & 3);
	return hvm_param_set(HVM_PARAM_CALLBACK_IRQ, via);
}

int events_resume(void)
{
	memset(events.channel, 0, sizeof(events.channel));
	WRITE_ONCE(events.generation, events.generation + 1);
	return connect();
}

int events_init(struct pci_dev *pdev)
{
	int r;

	events.pdev = pdev;
	events.shared = platform_memory(PAGE_SHARED_INFO);
	/* Threads of their own for all that are busy, on whatever CPU is free; also when
	 * memory is short */
	events.workers = alloc_workqueue("xenpv",
					 WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!events.workers)
		return -ENOMEM;
	r = connect();
	if (r < 0) {
		dev_err(&pdev->dev, "Xen takes no interrupt line: error %d\n", r);
		return r;
	}
	r = request_irq(pdev->irq, interrupt, IRQF_SHARED, "xen-platform-pci", pdev);
	if (r < 0)
		dev_err(&pdev->dev, "interrupt %u: error %d\n", pdev->irq, r);
	return r;
}
