/*
 * Sends datagrams over loopback as fast as one core can, or paced: a sender that costs so little that the receiver is
 * what is measured.
 *
 *   send PORT FILE DATAGRAMS DATAGRAMS_PER_SECOND SOCKETS      (0 a second: unpaced)
 *
 * FILE holds the datagrams, each after its length (32 bits, little endian); they are sent in order, again and again.
 * Every socket is one client to the kernel, which spreads clients over the receiver's sockets. Prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 64, SOCKETS_MAX = 1024, DATAGRAMS_MAX = 1 << 22, NAP_NS = 500000 };
static struct iovec vectors[DATAGRAMS_MAX];
static unsigned lines_in[DATAGRAMS_MAX];
static int sockets[SOCKETS_MAX];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* Fills `vectors` and `lines_in` and answers how many datagrams there are; 0 when the file is not readable. */
static int load(const char *path) {
  FILE *file = fopen(path, "rb");
  unsigned char size[4];
  int count = 0;
  if (file == NULL) return 0;
  while (count < DATAGRAMS_MAX && fread(size, 1, 4, file) == 4) {
    const size_t length = size[0] | size[1] << 8 | size[2] << 16 | (size_t)size[3] << 24;
    unsigned char *data = malloc(length + 1);
    if (data == NULL || fread(data, 1, length, file) != length) return 0;
    vectors[count] = (struct iovec){data, length};
    for (size_t i = 0; i < length; i++) lines_in[count] += data[i] == '\n';
    lines_in[count] += length > 0 && data[length - 1] != '\n';
    count++;
  }
  fclose(file);
  return count;
}

static int connected(int port) {
  const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port),
                                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  const int fd = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
  return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? fd : -1;
}

int main(int argc, char **argv) {
  if (argc != 6) return fprintf(stderr, "send PORT FILE DATAGRAMS DATAGRAMS_PER_SECOND SOCKETS\n"), 2;
  const long total = atol(argv[3]), rate = atol(argv[4]);
  const int socket_count = atoi(argv[5]), held = load(argv[2]);
  if (held == 0 || socket_count < 1 || socket_count > SOCKETS_MAX) return fprintf(stderr, "send: bad arguments\n"), 2;
  for (int i = 0; i < socket_count; i++)
    if ((sockets[i] = connected(atoi(argv[1]))) < 0) return perror("connect"), 1;
  static struct mmsghdr headers[BATCH];
  long sent = 0, bytes = 0, lines = 0, failed = 0;
  const double start = now();
  for (long turn = 0; sent < total; turn++) {
    const long due = rate == 0 ? total : (long)((now() - start) * rate);
    long want = (due < total ? due : total) - sent;
    if (want <= 0) {
      nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
      continue;
    }
    if (want > BATCH) want = BATCH;
    for (int i = 0; i < want; i++)
      headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[(sent + i) % held], .msg_iovlen = 1};
    const int got = sendmmsg(sockets[turn % socket_count], headers, (unsigned)want, 0);
    if (got <= 0) {
      /* Nobody listens, or no memory: counted as refused and gone past, so that the run ends. */
      failed++, sent++;
      continue;
    }
    for (int i = 0; i < got; i++) bytes += headers[i].msg_len, lines += lines_in[(sent + i) % held];
    sent += got;
  }
  const double seconds = now() - start;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"datagrams\":%ld,\"lines\":%ld,\"bytes\":%ld,\"seconds\":%.6f,\"failed\":%ld,\"cpuSeconds\":%.6f}\n",
         sent - failed, lines, bytes, seconds, failed, cpu);
  return 0;
}
