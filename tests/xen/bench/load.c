/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load on a disk or on a network, of a guest:
 *
 *	load disk DEVICE read|write sequential|random BYTES DEPTH SECONDS
 *	load send|receive|echo HOST PORT SECONDS
 *	load serve PORT
 *
 * What is printed is how much was done, in how many seconds: requests, bytes, for echo
 * round trips. serve is the other end, for ever. Without a library of its own, for an
 * initramfs that has none.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHUNK 65536
/* What a socket holds back must not count for much */
#define SOCKET_BUFFER 131072

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void report(uint64_t done, double began)
{
	printf("%llu %.3f\n", (unsigned long long)done, now() - began);
}

/* Marsaglia's xorshift64, the same sequence in each run */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* --- disks -------------------------------------------------------------------- */

struct disk {
	int fd;
	bool write;
	bool random;
	size_t bytes;	 /* of a request */
	uint64_t blocks; /* of so many bytes that the disk has */
	uint64_t next;
	uint64_t state;
};

static void submit(aio_context_t context, struct disk *d, struct iocb *cb, void *data)
{
	uint64_t block = d->random ? next_random(&d->state) % d->blocks
				   : d->next++ % d->blocks;

	*cb = (struct iocb){
		.aio_lio_opcode = d->write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)d->fd,
		.aio_buf = (uintptr_t)data,
		.aio_nbytes = d->bytes,
		.aio_offset = (int64_t)(block * d->bytes),
		.aio_data = (uintptr_t)cb,
	};
	if (syscall(SYS_io_submit, context, 1L, &cb) != 1)
		die("io_submit");
}

static void load_disk(struct disk *d, unsigned int depth, double seconds)
{
	struct iocb *cbs = calloc(depth, sizeof(*cbs));
	struct io_event *events = calloc(depth, sizeof(*events));
	aio_context_t context = 0;
	char *data;
	unsigned int flying = depth;
	uint64_t done = 0;
	double began;

	if (!cbs || !events || posix_memalign((void **)&data, 4096, depth * d->bytes))
		die("memory");
	memset(data, 0x5a, depth * d->bytes);
	if (syscall(SYS_io_setup, depth, &context) < 0)
		die("io_setup");
	began = now();
	for (unsigned int i = 0; i < depth; i++)
		submit(context, d, &cbs[i], data + i * d->bytes);
	while (flying) {
		long n = syscall(SYS_io_getevents, context, 1L, (long)depth, events,
				 NULL);
		bool over = now() - began >= seconds;

		if (n < 1)
			die("io_getevents");
		for (long i = 0; i < n; i++) {
			struct iocb *cb = (struct iocb *)(uintptr_t)events[i].data;

			if (events[i].res != (int64_t)d->bytes)
				die("a request failed");
			done++;
			if (over)
				flying--;
			else
				submit(context, d, cb, (void *)(uintptr_t)cb->aio_buf);
		}
	}
	report(done, began);
}

static void disk(char **arg)
{
	struct disk d = {
		.write = !strcmp(arg[1], "write"),
		.random = !strcmp(arg[2], "random"),
		.bytes = strtoul(arg[3], NULL, 10),
		.state = 88172645463325252,
	};
	uint64_t size;

	d.fd = open(arg[0], (d.write ? O_RDWR : O_RDONLY) | O_DIRECT);
	if (d.fd < 0 || ioctl(d.fd, BLKGETSIZE64, &size) < 0)
		die(arg[0]);
	d.blocks = size / d.bytes;
	load_disk(&d, (unsigned int)strtoul(arg[4], NULL, 10), strtod(arg[5], NULL));
}

/* --- networks ------------------------------------------------------------------- */

static int a_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;
	int size = SOCKET_BUFFER;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		die("socket");
	return fd;
}

/* The mode is the first byte of a connection: what the client does */
static void network(char mode, char **arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(arg[1])) };
	static char data[CHUNK];
	double seconds = strtod(arg[2], NULL);
	int fd = a_socket();
	uint64_t done = 0;
	double began;
	ssize_t n = 1;

	if (inet_pton(AF_INET, arg[0], &to.sin_addr) != 1 ||
	    connect(fd, (void *)&to, sizeof(to)) < 0 || write(fd, &mode, 1) != 1)
		die(arg[0]);
	began = now();
	while (n > 0 && now() - began < seconds) {
		switch (mode) {
		case 's':
			n = write(fd, data, sizeof(data));
			done += n > 0 ? (uint64_t)n : 0;
			break;
		case 'r':
			n = read(fd, data, sizeof(data));
			done += n > 0 ? (uint64_t)n : 0;
			break;
		default:
			n = write(fd, data, 1) == 1 ? read(fd, data, 1) : -1;
			done++;
		}
	}
	if (n <= 0)
		die("connection");
	/* What was sent counts when the other end has it */
	if (mode == 's' && (shutdown(fd, SHUT_WR) < 0 || read(fd, data, 1) != 0))
		die("connection");
	report(done, began);
}

static void serve_one(int fd)
{
	static char data[CHUNK];
	char mode;
	ssize_t n = read(fd, &mode, 1);

	while (n > 0) {
		switch (mode) {
		case 's':
			n = read(fd, data, sizeof(data));
			break;
		case 'r':
			n = send(fd, data, sizeof(data), MSG_NOSIGNAL);
			break;
		default:
			n = read(fd, data, 1);
			if (n == 1)
				n = send(fd, data, 1, MSG_NOSIGNAL);
		}
	}
	close(fd);
}

static void serve(char **arg)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)atoi(arg[0])) };
	int fd = a_socket();

	if (bind(fd, (void *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		die("listen");
	for (;;) {
		int client = accept(fd, NULL, NULL);

		if (client < 0)
			die("accept");
		serve_one(client);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "disk") && argc == 8)
		disk(argv + 2);
	else if (!strcmp(what, "serve") && argc == 3)
		serve(argv + 2);
	else if ((!strcmp(what, "send") || !strcmp(what, "receive") ||
		  !strcmp(what, "echo")) &&
		 argc == 5)
		network(*what, argv + 2);
	else
		return fprintf(stderr, "load: see the head of load.c\n"), 2;
	return 0;
}
