// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls. A module cannot have the page of stubs that Xen offers: it would
 * need executable memory of its own. So the instruction itself is used, which
 * depends on the processor's maker alone.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jump_label.h>
#include <linux/module.h>
#include <asm/processor.h>

#include "platform.h"

static DEFINE_STATIC_KEY_FALSE(is_amd);
/* Elsewhere the instruction is none */
static bool is_xen;

#ifdef CONFIG_X86_64
#define CALL(instruction)                                      \
	asm volatile(instruction                               \
		     : "=a"(ret), "+D"(a1), "+S"(a2), "+d"(a3) \
		     : "0"((unsigned long)number)              \
		     : "memory", "rcx", "r8", "r9", "r10", "r11")
#else
#define CALL(instruction)                                      \
	asm volatile(instruction                               \
		     : "=a"(ret), "+b"(a1), "+c"(a2), "+d"(a3) \
		     : "0"((unsigned long)number)              \
		     : "memory")
#endif

long hypercall(unsigned int number, unsigned long a1, unsigned long a2, unsigned long a3)
{
	long ret;

	if (static_branch_likely(&is_amd))
		CALL(".byte 0x0f, 0x01, 0xd9"); /* vmmcall */
	else
		CALL(".byte 0x0f, 0x01, 0xc1"); /* vmcall */
	return ret;
}

long xenpv_memory_op(unsigned int command, void *argument)
{
	if (!is_xen)
		return -ENODEV;
	return hypercall(__HYPERVISOR_memory_op, command, (unsigned long)argument, 0);
}
EXPORT_SYMBOL_GPL(xenpv_memory_op);

long event_op(unsigned int command, void *argument)
{
	return hypercall(__HYPERVISOR_event_channel_op, command, (unsigned long)argument,
			 0);
}

long grant_op(unsigned int command, void *argument, unsigned int count)
{
	return hypercall(__HYPERVISOR_grant_table_op, command, (unsigned long)argument,
			 count);
}

long version_op(unsigned int command, void *argument)
{
	return hypercall(__HYPERVISOR_xen_version, command, (unsigned long)argument, 0);
}

int hvm_param_get(u32 index, u64 *ret)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index };
	long error = hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, (unsigned long)&p,
			       0);

	if (error < 0)
		return error;
	*ret = p.value;
	return 0;
}

int hvm_param_set(u32 index, u64 value)
{
	struct xen_hvm_param p = { .domid = DOMID_SELF, .index = index, .value = value };

	return hypercall(__HYPERVISOR_hvm_op, HVMOP_set_param, (unsigned long)&p, 0);
}

int hypercall_init(void)
{
	/* The first leaf that says "XenVMMXenVMM"; another hypervisor's may come before
	 * it */
	u32 base = hypervisor_cpuid_base("XenVMMXenVMM", 2);
	u8 vendor = boot_cpu_data.x86_vendor;
	u32 version;

	if (!base)
		return -ENODEV;
	if (vendor == X86_VENDOR_AMD || vendor == X86_VENDOR_HYGON)
		static_branch_enable(&is_amd);
	is_xen = true;
	version = cpuid_eax(base + 1);
	pr_info("Xen %u.%u\n", version >> 16, version & 0xffff);
	return 0;
}
