// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest is saved, or moved: the hypercall that ends it here returns on
 * another host, or not at all. What Xen shared with us is then of that host.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/sched/mm.h>
#include <linux/stop_machine.h>
#include <linux/syscore_ops.h>

#include "platform.h"

/*
 * Clocks and interrupt controllers stand still meanwhile, as for a sleep to memory: else
 * the time of a night in a file would look like a CPU that hangs. A kernel that cannot
 * sleep has no way to say so.
 */
static int hold_clocks(void)
{
#ifdef CONFIG_PM_SLEEP
	return syscore_suspend();
#else
	return 0;
#endif
}

static void let_clocks_go(void)
{
#ifdef CONFIG_PM_SLEEP
	syscore_resume();
#endif
	touch_nmi_watchdog();
}

/* With all CPUs here and no interrupt: nobody rings or grants until the pages are back */
static int stopped(void *data)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_suspend };
	int *error = data;
	long r;

	r = hold_clocks();
	if (r)
		return r;
	/* 1: it did not take place */
	r = hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&op, 0);
	if (r == 0)
		*error = events_resume();
	if (r == 0 && *error == 0)
		*error = grants_resume();
	let_clocks_go();
	return r;
}

static int suspend(void)
{
	int error = 0;
	int r;

	bus_suspend();
	store_suspend();
	/* The first CPU, as the clocks are its own */
	r = stop_machine(stopped, &error, cpumask_of(0));
	if (r) {
		store_cancelled();
		bus_cancelled();
		return r;
	}
	if (error < 0)
		pr_err("Xen does not give back what it shared: error %d\n", error);
	store_resume();
	bus_resume();
	pr_info("back, on this or another host\n");
	return 0;
}

/* Between the two the disks are held back: no memory may have to be written out first */
int suspend_guest(void)
{
	unsigned int noio = memalloc_noio_save();
	int r = suspend();

	memalloc_noio_restore(noio);
	return r;
}
