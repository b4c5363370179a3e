/* A disk that fails once: preloaded into a program (LD_PRELOAD), it counts every call that changes something under
 * GATEPOST_FAIL_DIR (open for writing, write, sync, truncate, rename, unlink, mkdir), writes one letter for each into
 * GATEPOST_FAIL_LOG, and answers the GATEPOST_FAIL_AT-th with GATEPOST_FAIL_ERRNO instead of doing it; with
 * GATEPOST_FAIL_ON every later one too. Our own work: no code from elsewhere. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *dir;
static size_t dir_length;
static int calls_log = -1, fail_errno = EIO, fail_on;
static long fail_at;
static atomic_long calls;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *to = getenv("GATEPOST_FAIL_LOG"), *at = getenv("GATEPOST_FAIL_AT"), *what = getenv("GATEPOST_FAIL_ERRNO");
  const char *watched = getenv("GATEPOST_FAIL_DIR");
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

static int opens(const char *path, int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR)) && fails(path, 'o'); }
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

ssize_t write(int fd, const void *bytes, size_t n) { return fd_fails(fd, 'w') ? -1 : REAL(write)(fd, bytes, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t at) { return fd_fails(fd, 'w') ? -1 : REAL(pwrite)(fd, b, n, at); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t at) { return fd_fails(fd, 'w') ? -1 : REAL(pwrite64)(fd, b, n, at); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fd_fails(fd, 'w') ? -1 : REAL(writev)(fd, v, n); }
int fsync(int fd) { return fd_fails(fd, 's') ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fd_fails(fd, 's') ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t n) { return fd_fails(fd, 't') ? -1 : REAL(ftruncate)(fd, n); }
int ftruncate64(int fd, off_t n) { return fd_fails(fd, 't') ? -1 : REAL(ftruncate64)(fd, n); }
int rename(const char *from, const char *to) { return fails(from, 'r') ? -1 : REAL(rename)(from, to); }
int unlink(const char *path) { return fails(path, 'u') ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return fails(path, 'm') ? -1 : REAL(mkdir)(path, mode); }
