/* A disk that fails once: preloaded into a program (LD_PRELOAD), it counts every call that changes something under
 * GATEPOST_FAIL_DIR (open for writing, write, sync, truncate, rename, unlink, mkdir), writes one letter for each into
 * GATEPOST_FAIL_LOG, and answers the GATEPOST_FAIL_AT-th with GATEPOST_FAIL_ERRNO instead of doing it; with
 * GATEPOST_FAIL_ON every later one too.
 * A line that fails while the program runs: with GATEPOST_FAIL_LINE (a serial port's node) or GATEPOST_FAIL_PORT (a TCP
 * port, ours or the other end's) it counts the calls on that line instead (open, read, write, terminal settings; connect,
 * accept, read, write) by calls.h, where a test says which of the next ones fail and how.
 * Our own work: no code from elsewhere. */
#include "calls.h"
#include <limits.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

static const char *dir;
static size_t dir_length;
static int calls_log = -1, fail_errno = EIO, fail_on;
static long fail_at;
static atomic_long calls;

static const char *line;
static int port;

__attribute__((constructor)) static void begin(void) {
  const char *to = getenv("GATEPOST_FAIL_LOG"), *at = getenv("GATEPOST_FAIL_AT"), *what = getenv("GATEPOST_FAIL_ERRNO");
  const char *watched = getenv("GATEPOST_FAIL_DIR"), *shared = getenv("GATEPOST_FAIL_CONTROL");
  if (shared) {
    open_control(shared);
    line = getenv("GATEPOST_FAIL_LINE");
    port = getenv("GATEPOST_FAIL_PORT") ? atoi(getenv("GATEPOST_FAIL_PORT")) : 0;
  }
  if (!watched || !to) return;
  if (at) fail_at = atol(at);
  if (what) fail_errno = atoi(what);
  fail_on = getenv("GATEPOST_FAIL_ON") != NULL;
  calls_log = REAL(open)(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dir_length = strlen(watched);
  dir = watched;
}

/* Whether this call is the one that fails. */
static int fails(const char *path, char letter) {
  if (!dir || !path || strncmp(path, dir, dir_length) != 0) return 0;
  long number = atomic_fetch_add(&calls, 1) + 1;
  int now = fail_at > 0 && (number == fail_at || (fail_on && number > fail_at));
  if (now) letter = (char)(letter - 'a' + 'A');
  if (REAL(write)(calls_log, &letter, 1) < 0) abort();
  if (now) errno = fail_errno;
  return now;
}

static int fd_fails(int fd, char letter) {
  if (!dir || fd == calls_log) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0) return 0;
  path[n] = 0;
  return fails(path, letter);
}

static int is_port(const struct sockaddr *at) {
  if (at->sa_family == AF_INET) return ntohs(((const struct sockaddr_in *)at)->sin_port) == port;
  return at->sa_family == AF_INET6 && ntohs(((const struct sockaddr_in6 *)at)->sin6_port) == port;
}

static int is_line(int fd) {
  if (!control) return 0;
  if (line) {
    char at[64], path[PATH_MAX], node[PATH_MAX];
    snprintf(at, sizeof at, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(at, path, sizeof path - 1);
    if (n <= 0 || strncmp(path, "/dev/", 5) != 0 || !realpath(line, node)) return 0;
    path[n] = 0;
    return strcmp(path, node) == 0;
  }
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &size) != 0) return 0;
  if (is_port((struct sockaddr *)&address)) return 1;
  size = sizeof address;
  return getpeername(fd, (struct sockaddr *)&address, &size) == 0 && is_port((struct sockaddr *)&address);
}
/* errno is the caller's own unless a call really fails. */
static int on_line_fails(int fd, const char *name) {
  int before = errno;
  int now = is_line(fd);
  errno = before;
  return now && call_fails(name);
}

static int opens(const char *path, int flags) {
  if (control && line && path && strcmp(path, line) == 0) return call_fails("open");
  return (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(path, 'o');
}
#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = (mode_t)va_arg(more, unsigned); \
    va_end(more); \
  }
int open(const char *path, int flags, ...) { MODE(flags) return opens(path, flags) ? -1 : REAL(open)(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opens(path, flags) ? -1 : REAL(open64)(path, flags, mode); }

ssize_t write(int fd, const void *bytes, size_t n) { return fd_fails(fd, 'w') || on_line_fails(fd, "write") ? -1 : REAL(write)(fd, bytes, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return fd_fails(fd, 'w') ? -1 : REAL(pwrite)(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) { return fd_fails(fd, 'w') ? -1 : REAL(pwrite64)(fd, b, n, at); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fd_fails(fd, 'w') || on_line_fails(fd, "writev") ? -1 : REAL(writev)(fd, v, n); }
int fsync(int fd) { return fd_fails(fd, 's') ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fd_fails(fd, 's') ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { return fd_fails(fd, 't') ? -1 : REAL(ftruncate)(fd, n); }
int ftruncate64(int fd, off_t n) { return fd_fails(fd, 't') ? -1 : REAL(ftruncate64)(fd, n); }
int rename(const char *from, const char *to) { return fails(from, 'r') ? -1 : REAL(rename)(from, to); }
int unlink(const char *path) { return fails(path, 'u') ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return fails(path, 'm') ? -1 : REAL(mkdir)(path, mode); }

ssize_t read(int fd, void *bytes, size_t n) { return on_line_fails(fd, "read") ? -1 : REAL(read)(fd, bytes, n); }
ssize_t recvmsg(int fd, struct msghdr *m, int flags) { return on_line_fails(fd, "recvmsg") ? -1 : REAL(recvmsg)(fd, m, flags); }
ssize_t sendmsg(int fd, const struct msghdr *m, int flags) { return on_line_fails(fd, "sendmsg") ? -1 : REAL(sendmsg)(fd, m, flags); }
int tcsetattr(int fd, int when, const struct termios *to) { return on_line_fails(fd, "tcsetattr") ? -1 : REAL(tcsetattr)(fd, when, to); }
int tcgetattr(int fd, struct termios *to) { return on_line_fails(fd, "tcgetattr") ? -1 : REAL(tcgetattr)(fd, to); }
int connect(int fd, const struct sockaddr *to, socklen_t size) {
  if (control && !line && is_port(to) && call_fails("connect")) return -1;
  return REAL(connect)(fd, to, size);
}
int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags) { return on_line_fails(fd, "accept4") ? -1 : REAL(accept4)(fd, from, size, flags); }
