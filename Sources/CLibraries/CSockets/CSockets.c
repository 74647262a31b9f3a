#include "CSockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int sockets_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int sockets_epoll_add(int epoll, int fd, enum sockets_watch watch, uint64_t token) {
  uint32_t events = EPOLLIN;
  if (watch == SOCKETS_WATCH_LISTENER) events |= EPOLLEXCLUSIVE;
  if (watch == SOCKETS_WATCH_CONNECTION) events |= EPOLLOUT | EPOLLRDHUP | EPOLLET;
  struct epoll_event event = {.events = events, .data.u64 = token};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int sockets_epoll_remove(int epoll, int fd) { return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int sockets_epoll_wait(int epoll, uint64_t *tokens, uint32_t *events, int max, int timeout_ms) {
  struct epoll_event ready[256];
  if (max > 256) max = 256;
  int count = epoll_wait(epoll, ready, max, timeout_ms);
  if (count < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < count; i++) {
    tokens[i] = ready[i].data.u64;
    events[i] = ready[i].events;
  }
  return count;
}

int sockets_wakeup_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void sockets_wakeup_raise(int fd) {
  /* A full counter means that a wake-up is already due. */
  (void)eventfd_write(fd, 1);
}

void sockets_wakeup_clear(int fd) {
  eventfd_t value;
  (void)eventfd_read(fd, &value);
}

static int failed(sockets_failure *failure, const char *step, int fd) {
  int code = errno;
  failure->step = step;
  failure->reason = strerror(code);
  if (fd >= 0) close(fd);
  errno = code;
  return -1;
}

static uint16_t port_of(int fd) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &size)) return 0;
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

static int listen_on(
    const struct addrinfo *target, uint16_t port, int backlog, sockets_failure *failure) {
  int fd = socket(target->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(failure, "socket", -1);
  int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_storage address;
  memcpy(&address, target->ai_addr, target->ai_addrlen);
  if (target->ai_family == AF_INET6) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&address;
    six->sin6_port = htons(port);
    /* "::" serves IPv4 too. */
    int only = memcmp(&six->sin6_addr, &in6addr_any, sizeof in6addr_any) != 0;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  } else {
    ((struct sockaddr_in *)&address)->sin_port = htons(port);
  }
  if (bind(fd, (struct sockaddr *)&address, target->ai_addrlen)) return failed(failure, "bind", fd);
  if (listen(fd, backlog)) return failed(failure, "listen", fd);
  return fd;
}

int sockets_listen_tcp(
    const char *host, uint16_t *port, int backlog, int *fds, int max, sockets_failure *failure) {
  struct addrinfo hints = {
      .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
  struct addrinfo *targets = NULL;
  int code = getaddrinfo(host, NULL, &hints, &targets);
  if (code) {
    failure->step = "resolve";
    failure->reason = gai_strerror(code);
    return -1;
  }
  int count = 0;
  for (const struct addrinfo *target = targets; target && count < max; target = target->ai_next) {
    int fd = listen_on(target, *port, backlog, failure);
    if (fd < 0) {
      /* A name may stand for an address family that this machine does not have. */
      if (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL) continue;
      while (count > 0) close(fds[--count]);
      freeaddrinfo(targets);
      return -1;
    }
    fds[count++] = fd;
    if (*port == 0) *port = port_of(fd);
  }
  freeaddrinfo(targets);
  return count > 0 ? count : -1;
}

int sockets_listen_unix(const char *path, int backlog, sockets_failure *failure) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return failed(failure, "bind", -1);
  }
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(failure, "socket", -1);
  int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
  if (bound && errno == EADDRINUSE) {
    /* Left behind by a process that died: nobody answers, so its place may be taken. */
    struct stat status;
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int dead = !lstat(path, &status) && S_ISSOCK(status.st_mode) && probe >= 0
        && connect(probe, (struct sockaddr *)&address, sizeof address) && errno == ECONNREFUSED;
    if (probe >= 0) close(probe);
    errno = EADDRINUSE;
    if (dead && !unlink(path)) bound = bind(fd, (struct sockaddr *)&address, sizeof address);
  }
  if (bound) return failed(failure, "bind", fd);
  /* Before listen() nobody can connect, so no moment is left in which others may. */
  if (chmod(path, S_IRUSR | S_IWUSR)) return failed(failure, "chmod", fd);
  if (listen(fd, backlog)) return failed(failure, "listen", fd);
  return fd;
}

int sockets_accept(int listener, sockets_peer *peer) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  int fd = accept4(listener, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return -1;
  memset(peer, 0, sizeof *peer);
  if (address.ss_family == AF_UNIX || size < sizeof(sa_family_t)) return fd;
  if (address.ss_family == AF_INET) {
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    peer->family = 4;
    peer->port = ntohs(four->sin_port);
    memcpy(peer->address, &four->sin_addr, 4);
  } else {
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;
    int mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
    peer->family = mapped ? 4 : 6;
    peer->port = ntohs(six->sin6_port);
    memcpy(peer->address, six->sin6_addr.s6_addr + (mapped ? 12 : 0), mapped ? 4 : 16);
  }
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void sockets_set_send_buffer(int fd, int bytes) {
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

ptrdiff_t sockets_send(int fd, const void *bytes, size_t count, int more) {
  return send(fd, bytes, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
}

static int64_t now_in(clockid_t clock, int64_t units_per_second) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * units_per_second + time.tv_nsec / (1000000000 / units_per_second);
}

int64_t sockets_monotonic_ms(void) { return now_in(CLOCK_MONOTONIC_COARSE, 1000); }

int64_t sockets_monotonic_us(void) { return now_in(CLOCK_MONOTONIC, 1000000); }
