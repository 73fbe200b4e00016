/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of xen-platform-pci share with one another. */
#ifndef XENPV_PLATFORM_H
#define XENPV_PLATFORM_H

#include "xenpv.h"

/* Behind xenpv.h, as they do not include what they need */
#include <xen/interface/features.h>
#include <xen/interface/hvm/params.h>
#include <xen/interface/memory.h>
#include <xen/interface/sched.h>
#include <xen/interface/version.h>

struct kobject;
struct pci_dev;

/* --- hypercall.c -------------------------------------------------------------- */

/* -ENODEV: no Xen underneath */
int hypercall_init(void);
/* One of xen/interface/xen.h's; its own return value, negative errnos of Xen's are ours.
 * Any context. */
long hypercall(unsigned int number, unsigned long a1, unsigned long a2, unsigned long a3);
long event_op(unsigned int command, void *argument);
long grant_op(unsigned int command, void *argument, unsigned int count);
long version_op(unsigned int command, void *argument);
int hvm_param_get(u32 index, u64 *ret);
int hvm_param_set(u32 index, u64 value);

/* --- main.c ------------------------------------------------------------------- */

/*
 * The device's memory is an address range with nothing behind it, where Xen
 * puts pages that it shares. platform_memory() is where we see its page @index (or
 * NULL: beyond its end).
 */
void *platform_memory(unsigned int index);
/* Put a page of Xen's into page @index of the device's memory: any context */
int platform_map(unsigned int index, unsigned int space, unsigned long frame);

enum platform_pages {
	PAGE_SHARED_INFO,
	PAGE_GRANTS, /* the first of them; the rest follow */
};

/* --- events.c ----------------------------------------------------------------- */

int events_init(struct pci_dev *pdev);
/* On a new host, with interrupts off: no channel is left of the old ones */
int events_resume(void);
/* A channel on a port that exists already */
int channel_bind(evtchn_port_t port, enum xenpv_channel_kind kind, xenpv_handler handler,
		 void *context, struct xenpv_channel **ret);

/* --- grants.c ----------------------------------------------------------------- */

int grants_init(void);
int grants_resume(void);

/* --- store.c, watches.c ------------------------------------------------------- */

struct store_part {
	const void *data;
	u32 len;
};

int store_init(void);
/* No request is under way until store_resume() or store_cancelled() */
void store_suspend(void);
int store_resume(void);
void store_cancelled(void);
/*
 * One request, and its answer with a NUL behind it, to be freed with kfree();
 * @ret and @ret_len may be NULL. The errno that the store answers with, or
 * -EIO when it answers nonsense.
 */
int store_talk(u32 type, u32 transaction, const struct store_part *parts, unsigned int n,
	       char **ret, u32 *ret_len);
/* As store_talk, by a thread that has entered, or that holds the store suspended */
int store_talk_entered(u32 type, u32 transaction, const struct store_part *parts,
		       unsigned int n, char **ret, u32 *ret_len);
/* Hold a suspend off, as every request does by itself */
void store_enter(void);
void store_leave(void);

int watches_init(void);
/* An event's body as it came, of @len bytes and a NUL; takes it over */
void watches_event(char *body, u32 len);
/* Set all of them again, with the store suspended */
void watches_resume(void);

/* --- bus.c, devices.c --------------------------------------------------------- */

/* A device with what the bus needs */
struct bus_device {
	struct xenpv_device xd;
	/* of the other end's state; set while a driver is bound */
	struct xenpv_watch watch;
	struct work_struct work; /* to tell the driver of it */
	struct mutex lock;	 /* held while the driver is called; for @bound, too */
	struct mutex writing;	 /* of our own state */
	/* the other end may be another one soon: not told of it */
	bool suspended;
	unsigned int host; /* counts the hosts, up to the one that it came back on */
	bool bound;	   /* a driver is set up: after its probe, before its remove */
};

#define to_bus_device(d) container_of(d, struct bus_device, xd.dev)

extern const struct attribute_group *device_groups[];

void bus_device_init(struct bus_device *d);

int bus_init(void);
struct bus_type *xenpv_bus(void);
/* Of all devices that have a driver */
void bus_suspend(void);
void bus_resume(void);
void bus_cancelled(void);

/* Add what the store lists, now and whenever that changes; remove what it no longer lists
 */
int devices_init(void);
/* Where the back end is, read again: -ENOENT, -EINVAL */
int device_find_otherend(struct xenpv_device *xd);

/* --- unplug.c ----------------------------------------------------------------- */

void unplug_emulated(void);
/* Not from a probe, which may hold the lock of the PCI bus */
void unplug_forget(void);
/*
 * The function after that one, or the first, on the bus that has the emulated devices.
 * References as pci_get_device() has them.
 */
struct pci_dev *next_function(struct pci_dev *from);

/* --- remains.c ---------------------------------------------------------------- */

/*
 * The emulated disks that can be seen to be there, also after they were to be unplugged:
 * of enum xenpv_emulated, those of AHCI and of SCSI
 */
unsigned int remaining_disks(void);

/* --- sysfs.c ------------------------------------------------------------------ */

int hypervisor_sysfs_init(void);

/* --- control.c, suspend.c ----------------------------------------------------- */

int control_init(void);
/* 0: we run on a new host now; 1: it did not take place */
int suspend_guest(void);

#endif
