/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <string.h>

#include "guest/bootlog_lines.h"

/*
 * Patterns begin at the first character of the kernel's text. In them
 *
 *	%d  a device's name       %n  a decimal number    %m  a MAC
 *	%w  a word without space  %s  the rest            *   anything
 *
 * Sources: K, read in the kernels' own source and seen on real guests; D, the
 * documentation; S, the source of later kernels. The first row that fits counts.
 */
static const struct {
	enum log_event event;
	const char *pattern;
	const char *driver;
} rows[] = {
	{ LOG_BOOT, "Linux version %w *", NULL },
	{ LOG_CMDLINE, "Kernel command line: %s", NULL },
	/* the drivers announce themselves: K; kmod and upstream: D, S */
	{ LOG_XEN, "Xen version *", NULL },
	{ LOG_PLATFORM, "Hypercall area is %n pages.*", NULL },
	{ LOG_PLATFORM, "platform_pci_unplug: *", NULL },
	{ LOG_PLATFORM, "xen_platform_pci: unplugged the emulated *", NULL },
	{ LOG_BALLOON, "xen_mem: Initialising balloon driver*", NULL },
	{ LOG_BALLOON, "xen:balloon: Initialising balloon driver*", NULL },
	{ LOG_BALLOON, "xen/balloon: Initialising balloon driver*", NULL },
	{ LOG_VNIF, "netfront: Initialising virtual ethernet driver*", NULL },
	{ LOG_VNIF, "xen_netfront: Initialising Xen virtual ethernet driver*", NULL },
	{ LOG_VNIF, "Initialising Xen virtual ethernet driver*", NULL },
	/* block: the first is printed before the attempt, the second after it */
	{ LOG_MAJOR, "Registering block device major %n*", NULL },
	{ LOG_MAJOR, "xen-vbd: registered block device major %n*", NULL },
	{ LOG_NO_MAJOR, "register_blkdev: cannot get major %n for *", NULL },
	{ LOG_NO_MAJOR, "xen_blk: can't get major %n with name *", NULL },
	{ LOG_NO_MAJOR, "can't get major %n with name *", NULL },
	{ LOG_PARTITIONS, " %d:*", NULL },
	{ LOG_DISK_PV, "blkfront: %d: *", "vbd" },
	{ LOG_DISK_EMUL, "%d: *, ATA DISK drive*", "ide-disk" },
	{ LOG_CDROM, "%d: *, ATAPI *", NULL },
	{ LOG_DISK_EMUL, "sd %w [%d] *", "sd" },
	{ LOG_DISK_EMUL, "sd %w Attached scsi disk %d", "sd" },
	{ LOG_DISK_EMUL, "Attached scsi disk %d at *", "sd" },
	{ LOG_DISK_EMUL, "SCSI device %d: *", "sd" },
	/* network */
	{ LOG_NIC_PV, "netfront: device %d has copying receive path*", "vif" },
	{ LOG_NIC_PV, "netfront: device %d has flipping receive path*", "vif" },
	{ LOG_NIC_PV, "vif %w %d: renamed from *", "vif" },
	{ LOG_NIC_EMUL, "%d: RTL-8139C+ at %w %m, *", "8139cp" },
	{ LOG_NIC_EMUL, "8139cp %w %d: RTL-8139C+ at %w %m, *", "8139cp" },
	{ LOG_NIC_EMUL, "%d: RealTek RTL8139 at %w %m, *", "8139too" },
	{ LOG_NIC_EMUL, "%d: RealTek RTL8139 * at %w %m, *", "8139too" },
	{ LOG_NIC_EMUL, "8139too %w %d: RealTek RTL8139 at %w %m, *", "8139too" },
	{ LOG_NIC_EMUL, "%d: RealTek RTL-8029 found at %w IRQ %n, %m*", "ne2k-pci" },
	{ LOG_NIC_EMUL, "ne2k-pci %w %d: RealTek RTL-8029 found at %w IRQ %n, %m*",
	  "ne2k-pci" },
	{ LOG_NIC_EMUL, "e1000 %w %d: (PCI*) %m", "e1000" },
	{ LOG_NIC_EMUL, "e1000 %w %d: Intel(R) PRO/1000 Network Connection*", "e1000" },
	{ LOG_NIC_EMUL, "e1000: %d: e1000_probe: Intel(R) PRO/1000 Network Connection*",
	  "e1000" },
	{ LOG_NIC_EMUL, "pcnet32: %d: registered as *", "pcnet32" },
	{ LOG_NIC_EMUL, "%d: registered as PCnet*", "pcnet32" },
	/* what looks like success in the documentation's sample and is none: K */
	{ LOG_REFUSED, "vbd %w %n *", NULL },
	{ LOG_REFUSED, "vif %w %n *", NULL },
	{ LOG_WAITING, "XENBUS: Timeout connecting to device: %w *", NULL },
	{ LOG_WAITING, "xenbus_probe_frontend: Timeout connecting to device: %w *",
	  NULL },
	{ LOG_NO_DRIVER, "XENBUS: Device with no driver: %w", NULL },
	{ LOG_NO_DRIVER, "xenbus_probe_frontend: Device with no driver: %w", NULL },
	{ LOG_FAILURE, "Detected Xen platform device but not Xen VMM?*", NULL },
	{ LOG_FAILURE, "xen-platform-pci:no resources found*", NULL },
	{ LOG_FAILURE, "xen-platform-pci: no resources found*", NULL },
	{ LOG_FAILURE, "xen_platform_pci: the emulated %w are not unplugged: *", NULL },
	{ LOG_FAILURE, "xen_%w Unknown symbol *", NULL },
	{ LOG_FAILURE, "xen_%w disagrees about version of symbol *", NULL },
	{ LOG_FAILURE, "Kernel panic*", NULL },
};

static bool is_dev_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!_.-", c));
}

/* Six pairs of hexadecimal digits with colons between them. */
static size_t mac_length(const char *s)
{
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return 0;
	return 17;
}

/* One placeholder at s: how many characters it takes; 0: it does not fit. */
static size_t take(char kind, const char *s, struct log_match *m)
{
	size_t n = 0;

	switch (kind) {
	case 'd':
		while (n < 32 && is_dev_char(s[n]))
			n++;
		m->dev = (struct log_str){ s, n };
		break;
	case 'w':
		while (s[n] && s[n] != ' ')
			n++;
		m->word = (struct log_str){ s, n };
		break;
	case 'm':
		n = mac_length(s);
		m->mac = (struct log_str){ s, n };
		break;
	case 'n':
		m->num = 0;
		while (n < 10 && isdigit((unsigned char)s[n]))
			m->num = m->num * 10 + (unsigned long)(s[n++] - '0');
		break;
	default:
		break;
	}
	return n;
}

static bool fits(const char *pattern, const char *s, struct log_match *m)
{
	for (; *pattern; pattern++) {
		if (*pattern == '*') {
			if (!pattern[1])
				return true;
			for (; *s; s++)
				if (*s == pattern[1] || pattern[1] == '%')
					if (fits(pattern + 1, s, m))
						return true;
			return false;
		}
		if (*pattern == '%' && pattern[1] == 's') {
			m->rest = (struct log_str){ s, strlen(s) };
			return true;
		}
		if (*pattern == '%') {
			size_t n = take(*++pattern, s, m);

			if (!n)
				return false;
			s += n;
			continue;
		}
		if (*s++ != *pattern)
			return false;
	}
	return !*s;
}

struct log_match bootlog_match(const char *line)
{
	for (size_t i = 0; i < ELEMENTSOF(rows); i++) {
		struct log_match m = { .event = rows[i].event, .driver = rows[i].driver };

		if (fits(rows[i].pattern, line, &m))
			return m;
	}
	return (struct log_match){ .event = LOG_NOTHING };
}

/* --- prefixes ------------------------------------------------------------ */

/* "K> ", "R> ": a recorder's. */
static const char *strip_recorder(const char *s)
{
	return startswith(s, "K> ") || startswith(s, "R> ") ? s + 3 : s;
}

/* Each 'd' of a shape is a digit, 'a' a letter, '_' a digit or space. */
static bool has_shape(const char *s, const char *shape)
{
	for (; *shape; shape++, s++) {
		unsigned char c = (unsigned char)*s;
		bool good = *shape == 'd'   ? isdigit(c) != 0
			    : *shape == 'a' ? isalpha(c) != 0
			    : *shape == '_' ? isdigit(c) || c == ' '
					    : c == (unsigned char)*shape;

		if (!good)
			return false;
	}
	return true;
}

/*
 * "Nov 25 02:08:27 host kernel: ", or with a time such as 2026-11-25T02:08:27.5+01:00.
 * The tag stands right after the host's name: "kernel: " further on is another's text.
 */
static const char *strip_syslog(const char *s)
{
	if (has_shape(s, "aaa _d dd:dd:dd "))
		s += 16;
	else if (has_shape(s, "dddd-dd-ddTdd:dd:dd"))
		s = strchrnul(s, ' ') + 1;
	else
		return s;
	if (!s[-1])
		return NULL;
	s = strchrnul(s, ' ');
	return startswith(s, " kernel: ") ? s + 9 : NULL;
}

/* "<6>" */
static const char *strip_priority(const char *s)
{
	if (s[0] == '<' && isdigit((unsigned char)s[1])) {
		const char *p = s + 2;

		while (isdigit((unsigned char)*p) && p < s + 4)
			p++;
		if (*p == '>')
			return p + 1;
	}
	return s;
}

/* "[   12.345678] " */
static const char *strip_timestamp(const char *s)
{
	const char *p = s + 1;

	if (s[0] != '[')
		return s;
	while (*p == ' ' || *p == '.' || isdigit((unsigned char)*p))
		p++;
	return *p == ']' && p[1] == ' ' && p > s + 1 ? p + 2 : s;
}

const char *bootlog_strip(const char *line)
{
	static const char *(*const rules[])(const char *) = {
		strip_recorder,
		strip_syslog,
		strip_priority,
		strip_timestamp,
	};

	for (size_t i = 0; line && i < ELEMENTSOF(rules); i++)
		line = rules[i](line);
	return line;
}
