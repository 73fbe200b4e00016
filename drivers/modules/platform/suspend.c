// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest is saved, or moved: the hypercall that ends it here returns on
 * another host, or not at all. What Xen shared with us is then of that host.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/nmi.h>
#include <linux/stop_machine.h>

#include "platform.h"

/* With all CPUs here and no interrupt: nobody rings or grants until the pages are back */
static int stopped(void *data)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_suspend };
	int *error = data;
	long r;

	/* 1: it did not take place */
	r = hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&op, 0);
	/* However long that was, no CPU was stuck */
	touch_nmi_watchdog();
	if (r)
		return r;
	*error = events_resume();
	if (*error == 0)
		*error = grants_resume();
	return 0;
}

int suspend_guest(void)
{
	int error = 0;
	int r;

	bus_suspend();
	store_suspend();
	r = stop_machine(stopped, &error, NULL);
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
