#pragma once

#include <stddef.h>
#include <stdint.h>

/* Sockets, epoll and eventfd: what Swift's Glibc module does not show. Every function that returns
 * an int returns -1 and sets errno on failure, unless it says otherwise. */

/* Bits of epoll events, as the kernel defines them. */
enum sockets_event {
  SOCKETS_READABLE = 0x001,
  SOCKETS_WRITABLE = 0x004,
  SOCKETS_ERROR = 0x008,
  SOCKETS_HANG_UP = 0x010,
  SOCKETS_PEER_CLOSED = 0x2000,
};

/* How a descriptor is watched. */
enum sockets_watch {
  SOCKETS_WATCH_LISTENER = 0,   /* readable, level triggered, one loop is woken */
  SOCKETS_WATCH_CONNECTION = 1, /* readable, writable and peer closed, edge triggered */
  SOCKETS_WATCH_WAKEUP = 2,     /* readable, level triggered */
};

/* The far end of an accepted connection. */
typedef struct {
  uint8_t family; /* 4, 6, or 0 for a Unix socket */
  uint16_t port;
  uint8_t address[16];
} sockets_peer;

/* What sockets_listen_tcp could not do. */
typedef struct {
  const char *step; /* "resolve", "socket", "bind", "listen" */
  const char *reason;
} sockets_failure;

int sockets_epoll_create(void);
int sockets_epoll_add(int epoll, int fd, enum sockets_watch watch, uint64_t token);
int sockets_epoll_remove(int epoll, int fd);
/* Waits at most timeout_ms (-1: for ever); returns how many events came, 0 when interrupted. */
int sockets_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int max, int timeout_ms);

int sockets_wakeup_create(void);
void sockets_wakeup_raise(int fd);
void sockets_wakeup_clear(int fd);

/* Listens on every address that host names; port 0 takes a free one, the same for all of them.
 * Fills fds, returns how many there are and stores the port. */
int sockets_listen_tcp(
    const char *host, uint16_t *port, int backlog, int *fds, int max, sockets_failure *failure);
/* Listens on a Unix socket that only its owner may use. A socket that nobody serves is replaced. */
int sockets_listen_unix(const char *path, int backlog, sockets_failure *failure);
int sockets_accept(int listener, sockets_peer *peer);
void sockets_set_send_buffer(int fd, int bytes);

/* Sends without raising SIGPIPE; more: further bytes follow at once. */
ptrdiff_t sockets_send(int fd, const void *bytes, size_t count, int more);

/* Monotonic time; the first is that of the last clock tick (1 to 4 ms old) and cheaper. */
int64_t sockets_monotonic_ms(void);
int64_t sockets_monotonic_us(void);
