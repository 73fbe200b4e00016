/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/codec.h"
#include "lib/strv.h"

#define BUFFER ((size_t)256 * 1024)

int write_all(int fd, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

ssize_t pread_all(int fd, void *buf, size_t len, uint64_t offset)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = pread(fd, (uint8_t *)buf + have, len - have,
				  (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int scratch_file(void)
{
	int fd = memfd_create("xenpv", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const char *tmp = secure_getenv("TMPDIR");
	_cleanup_free_ char *path = NULL;

	if (fd >= 0)
		return fd;
	path = strf("%s/xenpv.XXXXXX", tmp && *tmp ? tmp : "/var/tmp");
	fd = path ? mkostemp(path, O_CLOEXEC) : -1;
	if (fd < 0)
		return path ? -errno : -ENOMEM;
	unlink(path);
	return fd;
}

int scratch_seal(int fd)
{
	const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

	/* EINVAL: no memfd. Its file has no name by which others could open it. */
	return fcntl(fd, F_ADD_SEALS, seals) < 0 && errno != EINVAL ? -errno : 0;
}

struct unpack {
	int fd;
	const struct codec *codec; /* NULL: plain */
	char *label;
	uint64_t start;	    /* of the stream, in the file */
	uint64_t at;	    /* next byte to be read from the file */
	uint64_t end;	    /* nothing is read from there on */
	struct codec_io io; /* io.in: what was read and not yet taken, in buf */
	bool started;
	bool ended;
	uint8_t *buf;
};

int unpack_open(struct unpack **ret, int fd, uint64_t offset, enum comp c,
		const char *label, struct err *e)
{
	_cleanup_(unpack_freep) struct unpack *u = NULL;
	const struct codec *codec = c == COMP_NONE ? NULL : codec_row(c);

	if (codec && !codec->dec_init)
		return err_set(e, ENOTSUP, "%s: reading %s is not supported", label,
			       codec->name);
	u = calloc(1, sizeof(*u));
	if (!u)
		return err_nomem(e);
	u->fd = fd;
	u->start = u->at = offset;
	u->end = UINT64_MAX;
	u->codec = codec;
	u->label = strdup(label);
	if (!u->label)
		return err_nomem(e);
	if (codec) {
		u->started = true;
		u->buf = malloc(BUFFER);
		u->io.in = u->buf;
		if (!u->buf || codec->dec_init(&u->io) < 0)
			return err_nomem(e);
	}
	*ret = TAKE_PTR(u);
	return 0;
}

int unpack_open_file(struct unpack **ret, int fd, const char *label, enum comp *ret_comp,
		     struct err *e)
{
	uint8_t magic[COMP_MAGIC_MAX];
	ssize_t n = pread_all(fd, magic, sizeof(magic), 0);
	enum comp c;
	int k;

	if (n < 0)
		return err_errno(e, (int)n, "%s", label);
	c = comp_detect(magic, (size_t)n);
	k = unpack_open(ret, fd, 0, c, label, e);
	if (k < 0)
		return k;
	if (ret_comp)
		*ret_comp = c;
	return n > 0;
}

void unpack_free(struct unpack *u)
{
	if (!u)
		return;
	if (u->started && u->io.priv)
		u->codec->dec_end(&u->io);
	free(u->buf);
	free(u->label);
	free(u);
}

void unpack_limit(struct unpack *u, uint64_t end)
{
	u->end = end;
}

uint64_t unpack_consumed(const struct unpack *u)
{
	return u->at - u->io.in_len - u->start;
}

static ssize_t pull(struct unpack *u, void *buf, size_t len)
{
	uint64_t left = u->end > u->at ? u->end - u->at : 0;
	ssize_t n = pread_all(u->fd, buf, len < left ? len : (size_t)left, u->at);

	if (n > 0)
		u->at += (uint64_t)n;
	return n;
}

/* Move what is left to the front and read on behind it. */
static int refill(struct unpack *u, struct err *e)
{
	ssize_t n;

	memmove(u->buf, u->io.in, u->io.in_len);
	u->io.in = u->buf;
	n = pull(u, u->buf + u->io.in_len, BUFFER - u->io.in_len);
	if (n < 0)
		return err_errno(e, (int)-n, "%s: reading at offset %llu", u->label,
				 (unsigned long long)u->at);
	u->io.in_eof = (size_t)n < BUFFER - u->io.in_len;
	u->io.in_len += (size_t)n;
	return n > 0;
}

static int bad_stream(struct unpack *u, int r, struct err *e)
{
	unsigned long long at = u->start;

	if (r == -ENOMEM)
		return err_nomem(e);
	return err_set(e, EINVAL, "%s: the %s stream at offset %llu is corrupt%s%s",
		       u->label, u->codec->name, at, u->io.why ? ": " : "",
		       u->io.why ?: "");
}

static ssize_t read_plain(struct unpack *u, void *buf, size_t len, struct err *e)
{
	ssize_t n = pull(u, buf, len);

	if (n < 0)
		return err_errno(e, (int)-n, "%s: reading at offset %llu", u->label,
				 (unsigned long long)u->at);
	return n;
}

ssize_t unpack_read(struct unpack *u, void *buf, size_t len, struct err *e)
{
	if (!u->codec)
		return read_plain(u, buf, len, e);
	u->io.out = buf;
	u->io.out_len = len;
	while (!u->ended && u->io.out_len) {
		size_t in = u->io.in_len;
		size_t out = u->io.out_len;
		int r;

		if (!in && !u->io.in_eof) {
			r = refill(u, e);
			if (r < 0)
				return r;
			in = u->io.in_len;
		}
		r = u->codec->dec_run(&u->io);
		if (r < 0)
			return bad_stream(u, r, e);
		u->ended = r == CODEC_END;
		if (u->ended || u->io.in_len < in || u->io.out_len < out)
			continue;
		/* No progress: only more input can help. */
		if (!u->io.in_eof) {
			r = refill(u, e);
			if (r < 0)
				return r;
			if (r > 0)
				continue;
		}
		return err_set(e, EINVAL, "%s: the %s stream at offset %llu is cut short",
			       u->label, u->codec->name, (unsigned long long)u->start);
	}
	return (ssize_t)(len - u->io.out_len);
}

struct pack {
	int fd;
	const struct codec *codec; /* NULL: plain */
	char *label;
	struct codec_io io;
	uint64_t written;
	uint8_t *buf;
	size_t have; /* plain: bytes in buf */
};

int pack_open(struct pack **ret, int fd, enum comp c, const char *label, struct err *e)
{
	_cleanup_(pack_freep) struct pack *p = NULL;
	const struct codec *codec = c == COMP_NONE ? NULL : codec_row(c);

	if (codec && !codec->enc_init)
		return err_set(e, ENOTSUP,
			       "%s is compressed by %s, which this version can read but "
			       "not write",
			       label, codec->name);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_nomem(e);
	p->fd = fd;
	p->codec = codec;
	p->label = strdup(label);
	p->buf = malloc(BUFFER);
	if (!p->label || !p->buf || (codec && codec->enc_init(&p->io) < 0))
		return err_nomem(e);
	*ret = TAKE_PTR(p);
	return 0;
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	if (p->codec && p->io.priv)
		p->codec->enc_end(&p->io);
	free(p->buf);
	free(p->label);
	free(p);
}

static int put(struct pack *p, const void *buf, size_t len, struct err *e)
{
	int r = write_all(p->fd, buf, len);

	if (r < 0)
		return err_errno(e, r, "writing %s", p->label);
	p->written += len;
	return 0;
}

static int encode(struct pack *p, bool finish, struct err *e)
{
	for (;;) {
		int r;
		int w;

		p->io.out = p->buf;
		p->io.out_len = BUFFER;
		r = p->codec->enc_run(&p->io, finish);
		if (r < 0)
			return err_set(e, r, "%s: compressing by %s failed", p->label,
				       p->codec->name);
		w = put(p, p->buf, BUFFER - p->io.out_len, e);
		if (w < 0)
			return w;
		if (r == CODEC_END || (!finish && !p->io.in_len))
			return 0;
	}
}

int pack_write(struct pack *p, const void *buf, size_t len, struct err *e)
{
	int r;

	if (p->codec) {
		p->io.in = buf;
		p->io.in_len = len;
		return encode(p, false, e);
	}
	if (p->have + len <= BUFFER) {
		memcpy(p->buf + p->have, buf, len);
		p->have += len;
		return 0;
	}
	r = put(p, p->buf, p->have, e);
	p->have = 0;
	return r < 0 ? r : put(p, buf, len, e);
}

int pack_finish(struct pack *p, uint64_t *ret_len, struct err *e)
{
	int r = p->codec ? encode(p, true, e) : put(p, p->buf, p->have, e);

	if (r < 0)
		return r;
	p->have = 0;
	if (ret_len)
		*ret_len = p->written;
	return 0;
}
