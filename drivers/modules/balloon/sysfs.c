// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/devices/system/xen_memory/xen_memory0, with the names and units that tools
 * know from kernels with a balloon of their own (the kernel's
 * Documentation/ABI/stable/sysfs-devices-system-xen_memory). What is there is in the
 * kernel's count: the RAM that it found, less the balloon. A target that is written
 * there holds until the host changes the store's.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "balloon.h"

static struct balloon *balloon_of(struct device *dev)
{
	return container_of(dev, struct balloon, dev);
}

static u64 target_kib(const struct balloon *b)
{
	return BALLOON_KIB(b->kernel - min(b->kernel, balloon_aim(b)));
}

static ssize_t set_target(struct balloon *b, unsigned long target, ssize_t count)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	balloon_want(b, b->kernel > target ? b->kernel - target : 0);
	return count;
}

static ssize_t target_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", target_kib(balloon_of(dev)) << 10);
}

/* Bytes, or with one of the suffixes K, M, G and so on */
static ssize_t target_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	char *end;
	u64 bytes;

	if (!isdigit(buf[0]))
		return -EINVAL;
	bytes = memparse(buf, &end);
	if (*skip_spaces(end))
		return -EINVAL;
	return set_target(balloon_of(dev), balloon_pages_of_bytes(bytes), count);
}

static ssize_t target_kb_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%llu\n", target_kib(balloon_of(dev)));
}

static ssize_t target_kb_store(struct device *dev, struct device_attribute *attr,
			       const char *buf, size_t count)
{
	u64 kib;
	int err;

	err = kstrtou64(buf, 0, &kib);
	if (err)
		return err;
	return set_target(balloon_of(dev), balloon_pages_of_kib(kib), count);
}

static ssize_t schedule_delay_show(struct device *dev, struct device_attribute *attr,
				   char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(balloon_of(dev)->delay));
}

static ssize_t max_schedule_delay_show(struct device *dev, struct device_attribute *attr,
				       char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(balloon_of(dev)->max_delay));
}

static ssize_t max_schedule_delay_store(struct device *dev, struct device_attribute *attr,
					const char *buf, size_t count)
{
	unsigned int seconds;
	int err;

	err = kstrtouint(buf, 0, &seconds);
	if (err)
		return err;
	WRITE_ONCE(balloon_of(dev)->max_delay, clamp(seconds, 1U, 3600U));
	return count;
}

static ssize_t retry_count_show(struct device *dev, struct device_attribute *attr,
				char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(balloon_of(dev)->attempts));
}

static ssize_t max_retry_count_show(struct device *dev, struct device_attribute *attr,
				    char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(balloon_of(dev)->max_attempts));
}

static ssize_t max_retry_count_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	unsigned int attempts;
	int err;

	err = kstrtouint(buf, 0, &attempts);
	if (err)
		return err;
	WRITE_ONCE(balloon_of(dev)->max_attempts, attempts);
	return count;
}

static DEVICE_ATTR_RW(target);
static DEVICE_ATTR_RW(target_kb);
static DEVICE_ATTR_RO(schedule_delay);
static DEVICE_ATTR_RW(max_schedule_delay);
static DEVICE_ATTR_RO(retry_count);
static DEVICE_ATTR_RW(max_retry_count);

static struct attribute *control_attributes[] = {
	&dev_attr_target.attr,
	&dev_attr_target_kb.attr,
	&dev_attr_schedule_delay.attr,
	&dev_attr_max_schedule_delay.attr,
	&dev_attr_retry_count.attr,
	&dev_attr_max_retry_count.attr,
	NULL,
};

static const struct attribute_group control_group = {
	.attrs = control_attributes,
};

/* --- info/ -------------------------------------------------------------------- */

static ssize_t current_kb_show(struct device *dev, struct device_attribute *attr,
			       char *buf)
{
	const struct balloon *b = balloon_of(dev);

	return sysfs_emit(buf, "%llu\n",
			  BALLOON_KIB(b->kernel - min(b->kernel, balloon_size(b))));
}

static ssize_t emit_stock(struct device *dev, enum balloon_kind kind, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  BALLOON_KIB(READ_ONCE(balloon_of(dev)->stock[kind].pages)));
}

static ssize_t low_kb_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_stock(dev, BALLOON_LOW, buf);
}

static ssize_t high_kb_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return emit_stock(dev, BALLOON_HIGH, buf);
}

static DEVICE_ATTR_RO(current_kb);
static DEVICE_ATTR_RO(low_kb);
static DEVICE_ATTR_RO(high_kb);

static struct attribute *info_attributes[] = {
	&dev_attr_current_kb.attr,
	&dev_attr_low_kb.attr,
	&dev_attr_high_kb.attr,
	NULL,
};

static const struct attribute_group info_group = {
	.name = "info",
	.attrs = info_attributes,
};

static const struct attribute_group *groups[] = {
	&control_group,
	&info_group,
	NULL,
};

/* --- the device --------------------------------------------------------------- */

static struct bus_type xen_memory = {
	.name = "xen_memory",
	.dev_name = "xen_memory",
};

static void release(struct device *dev)
{
	kfree(balloon_of(dev));
}

int balloon_sysfs_init(void)
{
	return subsys_system_register(&xen_memory, NULL);
}

void balloon_sysfs_exit(void)
{
	bus_unregister(&xen_memory);
}

void balloon_sysfs_device(struct balloon *b)
{
	b->dev.bus = &xen_memory;
	b->dev.groups = groups;
	b->dev.release = release;
}
