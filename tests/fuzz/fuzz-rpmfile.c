/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as an RPM, by our own reader: its parts lie in the file, and so do the values
 * of its tags. */
#include <string.h>

#include "drivers/rpmfile.h"
#include "tests/fuzz/fuzz.h"

static bool within(const uint8_t *p, size_t len, const uint8_t *data, size_t size)
{
	return p >= data && len <= size && (size_t)(p - data) <= size - len;
}

static void read_tags(const struct rpm_header *h)
{
	static const enum rpm_tag tags[] = {
		RPM_SIG_DSA, RPM_SIG_SHA1, RPM_SIG_MD5,
		RPM_NAME,    RPM_EPOCH,	   RPM_PAYLOAD_DIGEST
	};

	for (size_t i = 0; i < ELEMENTSOF(tags); i++) {
		const char *text = rpm_header_text(h, tags[i]);
		const uint8_t *bytes = rpm_header_bytes(h, tags[i], 20);
		int64_t number = rpm_header_number(h, tags[i]);

		check(rpm_header_has(h, tags[i]) || (!text && !bytes && number == -1));
		check(!text || within((const uint8_t *)text, strlen(text) + 1, h->data,
				      h->data_len));
		check(!bytes || within(bytes, 20, h->data, h->data_len));
		check(number >= -1 && number <= UINT32_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_err_ struct err e = ERR_INIT;
	struct rpm_file f;

	if (!rpm_file_parse(data, size, &f))
		return 0;
	check(within(f.signature.start, f.signature.len, data, size));
	check(within(f.header.start, f.header.len, data, size));
	check(f.payload + f.payload_len == data + size);
	read_tags(&f.signature);
	read_tags(&f.header);
	check(rpm_file_digests(&f, &e) == 0 || e.msg);
	return 0;
}
