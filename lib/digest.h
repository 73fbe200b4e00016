/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 by nettle, as lower-case hexadecimal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DIGEST_HEX 65 /* 64 digits and the NUL */

/* Bytes as 2 * len digits and a NUL. */
void digest_hex(const void *raw, size_t len, char *hex);

/* Of a buffer. */
void digest_buf(const void *buf, size_t len, char hex[DIGEST_HEX]);

/*
 * Of all bytes of a regular file, from its start; the file offset does not
 * move. ret_size may be NULL. Returns 0 or the negative errno of pread().
 */
int digest_fd(int fd, char hex[DIGEST_HEX], uint64_t *ret_size);
