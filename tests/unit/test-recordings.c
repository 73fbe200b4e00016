/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real guests of Xen, replayed: what tests/xen/guest/record printed in each state, and
 * what our facts and causes make of it, against tests/recordings/STATE.want. libudev sees
 * it in umockdev's testbed (the test runs itself in it), other builds as files.
 */
#include <fcntl.h>
#include <string.h>

#include "checks/cause.h"
#include "guest/emulated.h"
#include "guest/devices_read.h"
#include "tests/unit/mock-machine.h"
#include "tests/unit/tap.h"

#define RECORDING_MAX (4u << 20)

static char *read_text(const char *path)
{
	_cleanup_root_ struct root *r = NULL;
	char *text = NULL;

	if (root_new(&r, "/", NULL) < 0 ||
	    root_read(r, path, RECORDING_MAX, &text, NULL, NULL) < 0)
		return NULL;
	return text;
}

/* --- in the testbed ------------------------------------------------------------ */

/* "0x40000000 0a 0b 0c 0d" */
static void take_cpuid(const char *text)
{
	unsigned int v[5];

	if (mock.n_cpuid == ELEMENTSOF(mock.cpuid) ||
	    sscanf(text, "%x %x %x %x %x", &v[0], &v[1], &v[2], &v[3], &v[4]) != 5)
		return;
	if (v[0] == 1)
		mock.hypervisor_bit = v[3] & (1u << 31);
	mock_leaf(v[0], v[1], v[2], v[3], v[4]);
}

/* "/proc/cmdline=root=…": into the testbed's sysfs, or the folder that stands for procfs
 */
static void take_file(const char *text, const char *testbed, const char *proc)
{
	_cleanup_free_ char *path = strndup(text, strcspn(text, "="));
	const char *value = strchr(text, '=');

	if (!path || !value)
		return;
	if (startswith(path, "/proc/"))
		mock_put(proc, path + strlen("/proc/"), value + 1);
	else
		mock_put(testbed, path + 1, value + 1);
}

static void replay(char *text, const char *testbed, const char *proc)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (startswith(line, "#F "))
			take_file(line + 3, testbed, proc);
		else if (startswith(line, "#C "))
			take_cpuid(line + 3);
	}
}

static void print_device(FILE *out, const struct guest *g, const struct device *d)
{
	enum cause c = d->pv || d->removable ? CAUSE_NONE : cause_of(g, d, d->kind);
	_cleanup_free_ char *why = cause_text(g, c, d->kind);

	fprintf(out, "%s %s: %s on %s%s%s%s%s%s%s%s\n",
		d->kind == DEV_NIC ? "NIC" : "disk", d->name, d->driver ?: "no driver",
		d->bus ?: "no bus", d->pv ? ", PV" : "", d->place ? ", the host's " : "",
		d->place ?: "", d->mac ? ", " : "", d->mac ?: "",
		d->removable ? ", removable" : "",
		!d->removable && device_is_foreign(d) ? ", none of Xen's" : "");
	if (c != CAUSE_NONE)
		fprintf(out, "  %s\n", why);
}

/* testbed: the folder whose sys the machine has at sys. False when it cannot be read. */
static bool print_guest(FILE *out, const char *recording, const char *testbed,
			const char *sys)
{
	_cleanup_free_ char *text = read_text(recording);
	_cleanup_free_ char *proc = mock_tmp();
	_cleanup_(hypervisor_freep) struct hypervisor *hv = NULL;
	_cleanup_(devices_freep) struct devices *d = NULL;
	_cleanup_(xenbus_freep) struct xenbus *bus = NULL;
	struct kernels ks = { 0 };
	struct guest g = { .live = true, .kernels = &ks };

	mock = (struct mock){ .sys = sys, .proc = proc, .arch = "x86_64" };
	if (!text)
		return false;
	replay(text, testbed, proc);
	mock_put(proc, "self/mountinfo", "");
	mock_put(proc, "swaps", "");
	if (hypervisor_read(NULL, true, NULL, &hv, NULL) < 0 ||
	    devices_read(&d, NULL) < 0 || xenbus_read(true, &bus, NULL) < 0)
		return false;
	g.gen = generation_find("debian", 12);
	g.hv = hv;
	g.devices = d;
	g.xenbus = bus;
	fprintf(out, "%s", virt_name(hv->virt));
	if (hv->other)
		fprintf(out, " (%s)", hv->other);
	if (hv->xen_major >= 0)
		fprintf(out, ", Xen %d.%d%s", hv->xen_major, hv->xen_minor,
			hv->xen_extra ?: "");
	fprintf(out, ", host %s, %s, platform device %s\n", arch_name(hv->host.arch),
		hv->host.evidence ?: "no evidence", hv->platform_slot ?: "none");
	for (size_t i = 0; i < d->n; i++)
		print_device(out, &g, &d->v[i]);
	return true;
}

/* --- the tests ----------------------------------------------------------------- */

/* What is umockdev's of a recording: all but the lines with a # before them */
static char *devices_of(const char *recording)
{
	char *text = read_text(recording);
	size_t n = 0;

	if (!text)
		return NULL;
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");

		len += p[len] == '\n';
		if (*p != '#') {
			memmove(text + n, p, len);
			n += len;
		}
		p += len;
	}
	text[n] = '\0';
	return text;
}

/* Standard output of umockdev-run over this program; NULL when it cannot be had. */
static char *run_testbed(const char *self, const char *recording)
{
	_cleanup_free_ char *words = devices_of(recording);
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *out = strf("%s/out", top);
	_cleanup_free_ char *devices = strf("%s/devices", top);

	if (!words)
		return NULL;
	mock_put(top, "devices", words);
	return mock_testbed(self, devices, recording, out) ? read_text(out) : NULL;
}

/* The same from files. */
static char *print_files(const char *recording)
{
	_cleanup_free_ char *words = devices_of(recording);
	_cleanup_free_ char *top = mock_tmp();
	_cleanup_free_ char *sys = strf("%s/sys", top);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!words || !out || mkdir(sys, 0755) < 0)
		abort();
	mock_sysfs(sys, words);
	print_guest(out, recording, top, sys);
	fclose(out);
	return text;
}

static void test_recording(const char *self, const char *dir, const char *name)
{
	_cleanup_free_ char *recording = strf("%s/%s", dir, name);
	_cleanup_free_ char *want_file = strf("%s/%.*s.want", dir,
					      (int)(strlen(name) - strlen(".rec")), name);
	_cleanup_free_ char *want = read_text(want_file);
	const char *text = want;
	_cleanup_free_ char *got = NULL;

	if (devices_know_udev && !mock_has_testbed()) {
		skip(name, "umockdev-run does not run here");
		return;
	}
	got = devices_know_udev ? run_testbed(self, recording) : print_files(recording);
	/* the licence's line */
	if (text && *text == '#')
		text += strcspn(text, "\n") + 1;
	is(got ?: "(cannot be replayed)", text, name);
}

static void test_all(const char *self)
{
	_cleanup_free_ char *dir = NULL;
	_cleanup_free_ char *given = strf("%s/tests/recordings", getenv("srcdir") ?: ".");
	_cleanup_strv_ struct strv names = { 0 };
	_cleanup_root_ struct root *r = NULL;
	size_t n = 0;

	dir = realpath(given, NULL);
	if (!dir || root_new(&r, dir, NULL) < 0 || root_list(r, "/", &names, NULL) < 0) {
		ok(false, "%s is there", given);
		return;
	}
	for (size_t i = 0; i < names.n; i++) {
		if (!endswith(names.v[i], ".rec"))
			continue;
		n++;
		test_recording(self, dir, names.v[i]);
	}
	ok(n >= 3, "%zu recordings", n);
}

int main(int argc, char **argv)
{
	const char *testbed = getenv("UMOCKDEV_DIR");

	if (argc > 1)
		return !testbed || !print_guest(stdout, argv[1], testbed, "/sys");
	/* umockdev's library comes before a sanitizer's, which dislikes that. */
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 0);
	test_all(argv[0]);
	return tap_done();
}
