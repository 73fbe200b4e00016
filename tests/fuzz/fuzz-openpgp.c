/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a signature or a key: its packets lie in it, one behind the other. */
#include "drivers/openpgp.h"
#include "tests/fuzz/fuzz.h"

static void walk(const uint8_t *p, size_t len)
{
	struct openpgp_packet packet;

	while (openpgp_packet(p, len, &packet)) {
		check(packet.whole && packet.whole <= len);
		check(packet.body >= p && packet.body + packet.len <= p + packet.whole);
		openpgp_signature_kind(&packet);
		p += packet.whole;
		len -= packet.whole;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "SIGNATURE", "PUBLIC KEY BLOCK" };
	_cleanup_free_ char *text = calloc(1, size + 1);

	check(text != NULL);
	memcpy(text, data, size);
	for (size_t i = 0; i < ELEMENTSOF(kinds); i++) {
		_cleanup_free_ uint8_t *packets = NULL;
		size_t len = 0;

		if (openpgp_unwrap(text, size, kinds[i], &packets, &len) == 0)
			walk(packets, len);
	}
	return 0;
}
