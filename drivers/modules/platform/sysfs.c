// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/hypervisor, with the files of a kernel that knows Xen itself
 * (Documentation/ABI/stable/sysfs-hypervisor-xen and testing/…).
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "platform.h"

static ssize_t type_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "xen\n");
}

static ssize_t guest_type_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "HVM\n");
}

static ssize_t uuid_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	char *text;
	ssize_t r;

	r = xenpv_store_read(XENPV_NO_TRANSACTION, "vm", "", &text);
	if (r < 0)
		return r;
	/* /vm/UUID */
	r = sysfs_emit(buf, "%s\n", strrchr(text, '/') ? strrchr(text, '/') + 1 : text);
	kfree(text);
	return r;
}

static ssize_t major_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%ld\n", version_op(XENVER_version, NULL) >> 16);
}

static ssize_t minor_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return sysfs_emit(buf, "%ld\n", version_op(XENVER_version, NULL) & 0xffff);
}

/* A text of @size bytes that need not end */
static ssize_t show_text(char *buf, unsigned int command, size_t size)
{
	char *text = kzalloc(size + 1, GFP_KERNEL);
	long r;

	if (!text)
		return -ENOMEM;
	r = version_op(command, text);
	if (r >= 0)
		r = sysfs_emit(buf, "%s\n", text);
	kfree(text);
	return r;
}

static ssize_t extra_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_text(buf, XENVER_extraversion, sizeof(struct xen_extraversion));
}

static ssize_t capabilities_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_text(buf, XENVER_capabilities, sizeof(struct xen_capabilities_info));
}

static ssize_t changeset_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	return show_text(buf, XENVER_changeset, sizeof(struct xen_changeset_info));
}

/* --- how Xen was compiled ----------------------------------------------------- */

static ssize_t show_compile_info(char *buf, size_t offset, size_t size)
{
	struct xen_compile_info *info = kzalloc(sizeof(*info) + 1, GFP_KERNEL);
	long r;

	if (!info)
		return -ENOMEM;
	r = version_op(XENVER_compile_info, info);
	if (r >= 0)
		r = sysfs_emit(buf, "%.*s\n", (int)size, (char *)info + offset);
	kfree(info);
	return r;
}

#define COMPILE_INFO(name, field)                                                       \
	static ssize_t name##_show(struct kobject *k, struct kobj_attribute *a,         \
				   char *buf)                                           \
	{                                                                               \
		return show_compile_info(buf, offsetof(struct xen_compile_info, field), \
					 sizeof_field(struct xen_compile_info, field)); \
	}
COMPILE_INFO(compiler, compiler)
COMPILE_INFO(compiled_by, compile_by)
COMPILE_INFO(compile_date, compile_date)

/* --- properties --------------------------------------------------------------- */

static ssize_t virtual_start_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct xen_platform_parameters p = {};
	long r = version_op(XENVER_platform_parameters, &p);

	return r < 0 ? r
		     : sysfs_emit(buf, "%0*lx\n", (int)sizeof(p.virt_start) * 2,
				  (unsigned long)p.virt_start);
}

static ssize_t pagesize_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	long r = version_op(XENVER_pagesize, NULL);

	return r < 0 ? r : sysfs_emit(buf, "%lx\n", r);
}

static ssize_t features_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct xen_feature_info f = { .submap_idx = 0 };
	ssize_t n = 0;
	long r;

	/* The highest first, as one number */
	for (f.submap_idx = XENFEAT_NR_SUBMAPS; f.submap_idx-- > 0;) {
		r = version_op(XENVER_get_features, &f);
		if (r < 0)
			return r;
		n += sysfs_emit_at(buf, n, "%08x", f.submap);
	}
	return n + sysfs_emit_at(buf, n, "\n");
}

static ssize_t buildid_show(struct kobject *k, struct kobj_attribute *a, char *buf)
{
	struct xen_build_id *id = kzalloc(PAGE_SIZE, GFP_KERNEL);
	long r;

	if (!id)
		return -ENOMEM;
	id->len = 256;
	r = version_op(XENVER_build_id, id);
	if (r == -EPERM)
		r = sysfs_emit(buf, "<denied>");
	else if (r > 0 && r <= 256)
		r = sysfs_emit(buf, "%*phN\n", (int)r, id->buf);
	else if (r >= 0)
		r = -ENODATA;
	kfree(id);
	return r;
}

/* --- the tree ----------------------------------------------------------------- */

#define FILE(name) static struct kobj_attribute name##_file = __ATTR_RO(name)
FILE(type);
FILE(guest_type);
FILE(uuid);
FILE(major);
FILE(minor);
FILE(extra);
FILE(compiler);
FILE(compiled_by);
FILE(compile_date);
FILE(capabilities);
FILE(changeset);
FILE(virtual_start);
FILE(pagesize);
FILE(features);
FILE(buildid);

static struct attribute *of_root[] = { &type_file.attr, &guest_type_file.attr,
				       &uuid_file.attr, NULL };
static struct attribute *of_version[] = { &major_file.attr, &minor_file.attr,
					  &extra_file.attr, NULL };
static struct attribute *of_compilation[] = { &compiler_file.attr, &compiled_by_file.attr,
					      &compile_date_file.attr, NULL };
static struct attribute *of_properties[] = { &capabilities_file.attr,
					     &changeset_file.attr,
					     &virtual_start_file.attr,
					     &pagesize_file.attr,
					     &features_file.attr,
					     &buildid_file.attr,
					     NULL };

static const struct attribute_group root = { .attrs = of_root };
static const struct attribute_group version = { .name = "version", .attrs = of_version };
static const struct attribute_group compilation = { .name = "compilation",
						    .attrs = of_compilation };
static const struct attribute_group properties = { .name = "properties",
						   .attrs = of_properties };

static const struct attribute_group *groups[] = { &root, &version, &compilation,
						  &properties, NULL };

/* A kernel that knows no hypervisor has no such folder */
static struct kobject *folder(void)
{
#ifdef CONFIG_SYS_HYPERVISOR
	return kobject_get(hypervisor_kobj);
#else
	return kobject_create_and_add("hypervisor", NULL);
#endif
}

int hypervisor_sysfs_init(void)
{
	struct kobject *k = folder();
	int r;

	if (!k)
		return -ENOMEM;
	r = sysfs_create_groups(k, groups);
	if (r < 0)
		kobject_put(k);
	return r;
}
