/* A disk with a memory: preloaded into the gate (LD_PRELOAD), it writes down in one file, in their true order, every
 * change of a file under GATEPOST_DISK_DIR, every sync (its begin and its end), and what is said to anybody else
 * (sockets, pipes). test/whole/disk.ts plays it back and cuts the power anywhere.
 *
 * One entry: kind (1 byte), path length (u16), offset (u64), length (u32), path, bytes; little endian.
 * Kinds: W write, T truncate, U unlink, R rename (bytes = new path), S sync begins (offset = its number), E sync is
 * through (offset = the same number), A something was said. Our own work: no code from elsewhere. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static const char *dir;
static size_t dir_length;
static uint64_t syncs;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void begin(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  dir = getenv("GATEPOST_DISK_DIR");
  const char *to = getenv("GATEPOST_DISK_RECORD");
  if (!dir || !to) return;
  dir_length = strlen(dir);
  record = open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The path behind a descriptor if it is one of ours to watch; else "". `other` = a socket or a pipe. */
static const char *path_of(int fd, char *into, int *other) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, into, PATH_MAX - 1);
  if (n < 0) n = 0;
  into[n] = 0;
  if (other) *other = strncmp(into, "socket:", 7) == 0 || strncmp(into, "pipe:", 5) == 0;
  return strncmp(into, dir, dir_length) == 0 ? into + dir_length : "";
}

static void note(char kind, const char *path, uint64_t offset, const void *bytes, uint32_t length) {
  unsigned char head[15];
  uint16_t path_length = (uint16_t)strlen(path);
  head[0] = (unsigned char)kind;
  memcpy(head + 1, &path_length, 2);
  memcpy(head + 3, &offset, 8);
  memcpy(head + 11, &length, 4);
  struct iovec all[3] = {{head, 15}, {(void *)path, path_length}, {(void *)bytes, length}};
  if (real_writev(record, all, 3) < 0) abort();
}

#define WATCHING (record >= 0)

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
  if (!WATCHING) return real_pwrite(fd, bytes, length, offset);
  char buffer[PATH_MAX];
  const char *path = path_of(fd, buffer, NULL);
  if (!*path) return real_pwrite(fd, bytes, length, offset);
  pthread_mutex_lock(&turn);
  ssize_t done = real_pwrite(fd, bytes, length, offset);
  if (done > 0) note('W', path, (uint64_t)offset, bytes, (uint32_t)done);
  pthread_mutex_unlock(&turn);
  return done;
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

ssize_t write(int fd, const void *bytes, size_t length) {
  if (!WATCHING || fd == record) return real_write(fd, bytes, length);
  char buffer[PATH_MAX];
  int other = 0;
  const char *path = path_of(fd, buffer, &other);
  if (!*path && !other) return real_write(fd, bytes, length);
  pthread_mutex_lock(&turn);
  /* Said at the earliest: before the words leave. Written where the file's end (or the place) was. */
  off_t at = *path ? lseek(fd, 0, SEEK_CUR) : 0;
  if (*path && (fcntl(fd, F_GETFL) & O_APPEND)) at = lseek(fd, 0, SEEK_END);
  if (!*path) note('A', "", 0, bytes, (uint32_t)length);
  ssize_t done = real_write(fd, bytes, length);
  if (*path && done > 0) note('W', path, (uint64_t)at, bytes, (uint32_t)done);
  pthread_mutex_unlock(&turn);
  return done;
}

static void said(const struct iovec *parts, int count) {
  for (int i = 0; i < count; i++)
    if (parts[i].iov_len > 0) note('A', "", 0, parts[i].iov_base, (uint32_t)parts[i].iov_len);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!WATCHING || fd == record) return real_writev(fd, parts, count);
  char buffer[PATH_MAX];
  int other = 0;
  const char *path = path_of(fd, buffer, &other);
  if (*path) { /* part by part, so that each has its place */
    ssize_t all = 0;
    for (int i = 0; i < count; i++) {
      ssize_t done = write(fd, parts[i].iov_base, parts[i].iov_len);
      if (done < 0) return all > 0 ? all : done;
      all += done;
    }
    return all;
  }
  if (!other) return real_writev(fd, parts, count);
  pthread_mutex_lock(&turn);
  said(parts, count);
  ssize_t done = real_writev(fd, parts, count);
  pthread_mutex_unlock(&turn);
  return done;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
  if (!WATCHING) return real_sendmsg(fd, message, flags);
  pthread_mutex_lock(&turn);
  said(message->msg_iov, (int)message->msg_iovlen);
  ssize_t done = real_sendmsg(fd, message, flags);
  pthread_mutex_unlock(&turn);
  return done;
}

static int synced(int fd, int (*real)(int)) {
  char buffer[PATH_MAX];
  const char *path = WATCHING ? path_of(fd, buffer, NULL) : "";
  if (!*path) return real(fd);
  pthread_mutex_lock(&turn);
  uint64_t number = ++syncs;
  note('S', path, number, "", 0);
  pthread_mutex_unlock(&turn);
  int done = real(fd);
  pthread_mutex_lock(&turn);
  if (done == 0) note('E', path, number, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int ftruncate64(int fd, off_t length) {
  char buffer[PATH_MAX];
  const char *path = WATCHING ? path_of(fd, buffer, NULL) : "";
  if (!*path) return real_ftruncate(fd, length);
  pthread_mutex_lock(&turn);
  int done = real_ftruncate(fd, length);
  if (done == 0) note('T', path, (uint64_t)length, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
  if (!WATCHING || strncmp(path, dir, dir_length) != 0) return real_unlink(path);
  pthread_mutex_lock(&turn);
  int done = real_unlink(path);
  if (done == 0) note('U', path + dir_length, 0, "", 0);
  pthread_mutex_unlock(&turn);
  return done;
}

int rename(const char *from, const char *to) {
  if (!WATCHING || strncmp(from, dir, dir_length) != 0) return real_rename(from, to);
  pthread_mutex_lock(&turn);
  int done = real_rename(from, to);
  const char *name = strncmp(to, dir, dir_length) == 0 ? to + dir_length : to;
  if (done == 0) note('R', from + dir_length, 0, name, (uint32_t)strlen(name));
  pthread_mutex_unlock(&turn);
  return done;
}
