// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets' work between two network namespaces, as little of it our own as may
 * be: what is measured is the kernel. Prints what it did, one number a line:
 * nanoseconds, and turns that the spinner made meanwhile, for each run.
 *
 *	load spin FILE			counts turns in FILE, until killed
 *	load KIND FILE FROM TO ADDRESS RUNS COUNT SIZE BATCH
 *
 * KIND: udp, gso, rr, crr, bulk. FILE is the spinner's: its turns tell how long
 * the CPU had nothing else to do.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX 64
#define SIZE_MAX_UDP 65507
#define CHUNK (128 << 10)

struct work {
	const char *kind, *from, *to, *address;
	long runs, count, size, batch;
	volatile uint64_t *turns;
};

static char buffer[BATCH_MAX][SIZE_MAX_UDP + 1];

static volatile uint64_t *map_turns(const char *file)
{
	int fd = open(file, O_RDWR | O_CREAT, 0600);
	void *at;

	if (fd < 0 || ftruncate(fd, 4096))
		err(1, "%s", file);
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		err(1, "mmap of %s", file);
	close(fd);
	return at;
}

/* Two instructions a turn. */
static void spin(volatile uint64_t *turns)
{
	struct sched_param lowest = { 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &lowest))
		err(1, "SCHED_IDLE");
	asm volatile("1: addq $1, %0\n\tjmp 1b" : "+m"(*turns));
	__builtin_unreachable();
}

static void enter(const char *namespace)
{
	static const char *within;
	char path[256];
	int fd;

	if (namespace == within)
		return;
	within = namespace;
	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static int new_socket(const char *namespace, int type)
{
	int fd, yes = 1, room = 32 << 20;

	enter(namespace);
	fd = socket(AF_INET, type, 0);
	if (fd < 0)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (type == SOCK_DGRAM) {
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	} else {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	}
	return fd;
}

static struct sockaddr_in whom(const struct work *w)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(5300) };

	if (inet_pton(AF_INET, w->address, &to.sin_addr) != 1)
		errx(1, "%s: no address", w->address);
	return to;
}

static int listener(const struct work *w, int type)
{
	struct sockaddr_in to = whom(w);
	int fd = new_socket(w->to, type);

	if (bind(fd, (void *)&to, sizeof(to)))
		err(1, "bind");
	if (type == SOCK_STREAM && listen(fd, 16))
		err(1, "listen");
	return fd;
}

static int connected(const struct work *w, int type)
{
	struct sockaddr_in to = whom(w);
	int fd = new_socket(w->from, type);

	if (connect(fd, (void *)&to, sizeof(to)))
		err(1, "connect");
	return fd;
}

/* size bytes in or out, however many calls that takes; 0 at the end. */
static int whole(ssize_t (*act)(int, void *, size_t), int fd, long size)
{
	while (size > 0) {
		ssize_t n = act(fd, buffer[0], size < CHUNK ? size : CHUNK);

		if (n < 0)
			err(1, "a connection");
		if (!n)
			return 0;
		size -= n;
	}
	return 1;
}

static ssize_t put(int fd, void *at, size_t size)
{
	return write(fd, at, size);
}

static ssize_t get(int fd, void *at, size_t size)
{
	return read(fd, at, size);
}

/* Of one connection: what rr and crr ask, or all of a bulk, then an answer. */
static void serve(const struct work *w, int fd)
{
	while (whole(get, fd, w->size))
		whole(put, fd, 1);
	close(fd);
}

static void serve_all(const struct work *w, int listening)
{
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			err(1, "accept");
		serve(w, fd);
	}
}

static void ask(const struct work *w, int fd)
{
	whole(put, fd, w->size);
	if (!whole(get, fd, 1))
		errx(1, "no answer");
}

static void connections(const struct work *w)
{
	for (long n = 0; n < w->count; n++) {
		int fd = connected(w, SOCK_STREAM);

		ask(w, fd);
		close(fd);
	}
}

static void messages(struct mmsghdr *all, struct iovec *parts, const struct work *w)
{
	for (long n = 0; n < w->batch; n++) {
		parts[n] = (struct iovec){ buffer[n], w->size };
		all[n] = (struct mmsghdr){
			.msg_hdr = { .msg_iov = &parts[n], .msg_iovlen = 1 } };
	}
}

static void send_batch(const struct work *w, int fd, struct mmsghdr *all, int gso)
{
	long sent = 0;

	if (gso) {
		if (send(fd, buffer, w->size * w->batch, 0) != w->size * w->batch)
			err(1, "send");
		return;
	}
	while (sent < w->batch) {
		int n = sendmmsg(fd, all + sent, w->batch - sent, 0);

		if (n < 1)
			err(1, "sendmmsg");
		sent += n;
	}
}

/* A batch sent, then a batch received, so that nothing is ever lost. */
static void datagrams(const struct work *w, int from, int to, int gso)
{
	struct mmsghdr out[BATCH_MAX], in[BATCH_MAX];
	struct iovec out_parts[BATCH_MAX], in_parts[BATCH_MAX];

	messages(out, out_parts, w);
	messages(in, in_parts, w);
	for (long n = 0; n < w->count; n += w->batch) {
		long received = 0;

		send_batch(w, from, out, gso);
		while (received < w->batch) {
			int got = recvmmsg(to, in + received, w->batch - received,
					   MSG_WAITFORONE, NULL);

			if (got < 1)
				err(1, "recvmmsg");
			received += got;
		}
	}
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void measure(const struct work *w, int fd, int to, int gso)
{
	for (long run = 0; run < w->runs; run++) {
		uint64_t turns = *w->turns, start = now();

		if (to >= 0)
			datagrams(w, fd, to, gso);
		else if (fd < 0)
			connections(w);
		else
			for (long n = 0; n < w->count; n++)
				ask(w, fd);
		printf("%llu %llu\n", (unsigned long long)(now() - start),
		       (unsigned long long)(*w->turns - turns));
	}
}

static void udp(const struct work *w, int gso)
{
	int to = listener(w, SOCK_DGRAM), from = connected(w, SOCK_DGRAM);
	int size = w->size;
	struct timeval limit = { .tv_sec = 20 };

	if (gso && setsockopt(from, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		err(1, "UDP_SEGMENT");
	setsockopt(to, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	measure(w, from, to, gso);
}

static void tcp(const struct work *w, int each)
{
	int listening = listener(w, SOCK_STREAM);
	pid_t server = fork();

	if (server < 0)
		err(1, "fork");
	if (!server) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve_all(w, listening);
	}
	measure(w, each ? -1 : connected(w, SOCK_STREAM), -1, 0);
	kill(server, SIGKILL);
}

int main(int argc, char **argv)
{
	struct work w;

	if (argc == 3 && !strcmp(argv[1], "spin"))
		spin(map_turns(argv[2]));
	if (argc != 10)
		errx(2, "spin FILE | KIND FILE FROM TO ADDRESS RUNS COUNT SIZE BATCH");
	w = (struct work){ argv[1], argv[3], argv[4], argv[5], atol(argv[6]),
			   atol(argv[7]), atol(argv[8]), atol(argv[9]), map_turns(argv[2]) };
	if (w.batch < 1 || w.batch > BATCH_MAX)
		errx(2, "a batch is of 1 to %d", BATCH_MAX);
	memset(buffer, 'x', sizeof(buffer));
	if (!strcmp(w.kind, "udp") || !strcmp(w.kind, "gso"))
		udp(&w, w.kind[0] == 'g');
	else if (!strcmp(w.kind, "rr") || !strcmp(w.kind, "bulk"))
		tcp(&w, 0);
	else if (!strcmp(w.kind, "crr"))
		tcp(&w, 1);
	else
		errx(2, "%s: no kind of load", w.kind);
	return 0;
}
