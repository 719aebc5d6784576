/*
 * The least that a receiver can do: drain a UDP socket with recvmmsg and count newlines. Every cost above this one is
 * the server's own, every cost below it is the kernel's.
 *
 *   drain PORT RECEIVE_BUFFER_BYTES [SILENCE_SECONDS]
 *
 * Prints the bound port (PORT may be 0), and after SIGTERM, or after so many seconds without a datagram, one line of JSON.
 * CPU time is counted from that moment on. Datagrams dropped after the last one received are not in `drops`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { BATCH = 1024, DATAGRAM_BYTES = 8192, CONTROL_BYTES = 64, POLL_MS = 200 };
static unsigned char data[BATCH][DATAGRAM_BYTES], control[BATCH][CONTROL_BYTES];
static volatile sig_atomic_t stopping;

static void on_term(int number) { (void)number; stopping = 1; }

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* A byte loop that the compiler turns into SIMD; a last line without its newline counts too. */
static unsigned long lines_in(const unsigned char *bytes, size_t length) {
  unsigned long lines = 0;
  for (size_t i = 0; i < length; i++) lines += bytes[i] == '\n';
  return length > 0 && bytes[length - 1] != '\n' ? lines + 1 : lines;
}

/* The kernel's count of datagrams that found the receive buffer full, as the newest datagram carries it. */
static unsigned drops_of(struct msghdr *header, unsigned before) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part))
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) memcpy(&before, CMSG_DATA(part), sizeof before);
  return before;
}

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "drain PORT RECEIVE_BUFFER_BYTES [SILENCE_SECONDS]\n"), 2;
  const int buffer = atoi(argv[2]), on = 1, silence_ms = argc > 3 ? atoi(argv[3]) * 1000 : 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])),
                                .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof address;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&address, length) != 0) return perror("bind"), 1;
  getsockname(fd, (struct sockaddr *)&address, &length);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);

  sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
  static struct iovec vectors[BATCH];
  static struct mmsghdr headers[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){data[i], DATAGRAM_BYTES};
    headers[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1, .msg_control = control[i]};
  }
  unsigned long datagrams = 0, bytes = 0, lines = 0;
  unsigned drops = 0;
  int silent_ms = 0;
  const double cpu_before = cpu_seconds();
  while (!stopping && (silence_ms == 0 || silent_ms < silence_ms)) {
    for (int i = 0; i < BATCH; i++) headers[i].msg_hdr.msg_controllen = CONTROL_BYTES;
    const int got = recvmmsg(fd, headers, BATCH, MSG_DONTWAIT, NULL);
    if (got <= 0) {
      /* Bounded, because a signal may come between the loop's question and the call. */
      silent_ms = poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, POLL_MS) == 0 ? silent_ms + POLL_MS : 0;
      continue;
    }
    for (int i = 0; i < got; i++) bytes += headers[i].msg_len, lines += lines_in(data[i], headers[i].msg_len);
    datagrams += (unsigned long)got;
    drops = drops_of(&headers[got - 1].msg_hdr, drops);
    /* Let a batch gather: a call costs more than the datagrams in it. */
    if (got < BATCH / 2) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
  }
  printf("{\"datagrams\":%lu,\"bytes\":%lu,\"lines\":%lu,\"drops\":%u,\"cpuSeconds\":%.6f}\n", datagrams, bytes, lines,
         drops, cpu_seconds() - cpu_before);
  return 0;
}
