/* A GPIO chip that isn't there, for machines without gpio-sim: preloaded into the gate (its keeper inherits it), it shows
 * /dev/gpiochip99 beside the real devices and answers version 2 of the kernel's interface (linux/gpio.h) on it: chip and
 * line information, line requests, values, edge events, epoll. The product's own driver and keeper run above it unchanged.
 * In the folder GATEPOST_CHIP: `levels` (a byte 0 or 1 for each line, logical; a line keeps its level when it is released,
 * as on a Raspberry Pi), `trace` (what was done to outputs, one line each), `edges-N` (a FIFO of line N's events).
 * By calls.h any call on it fails: open, ioctl, epoll_ctl, reads of events, and reads and writes between gate and keeper.
 * What it can't show: a kernel's timing, EBUSY by other programs, electricity. Our own work: no code from elsewhere. */
#include "calls.h"
#include <dirent.h>
#include <limits.h>
#include <linux/gpio.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NAME "gpiochip99"
#define DEVICE "/dev/" NAME
#define LABEL "gatepost-chip"
#define LINES 64
enum { NOT_OURS = -2, CHIP = -1 };

static const char *folder;
static char device_file[PATH_MAX];
static unsigned char *levels;
static int trace = -1, is_keeper;
static long (*real_syscall)(long, ...);

static void path_of(char *path, const char *name) { snprintf(path, PATH_MAX, "%s/%s", folder, name); }

__attribute__((constructor)) static void begin(void) {
  real_syscall = REAL(syscall);
  char path[PATH_MAX], command[512] = "";
  if (!(folder = getenv("GATEPOST_CHIP"))) return;
  path_of(device_file, NAME);
  path_of(path, "levels");
  int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
  levels = fd < 0 ? MAP_FAILED : mmap(NULL, LINES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  path_of(path, "trace");
  trace = REAL(open)(path, O_WRONLY | O_APPEND | O_CLOEXEC);
  if (levels == MAP_FAILED || trace < 0) abort();
  open_control(getenv("GATEPOST_FAIL_CONTROL"));
  fd = REAL(open)("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t n = REAL(read)(fd, command, sizeof command - 1);
  for (ssize_t i = 0; i < n; i++) if (!command[i]) command[i] = ' ';
  is_keeper = strstr(command, "keeper.cjs") != NULL;
  REAL(close)(fd);
}

/* The line that this file descriptor stands for, CHIP for the chip itself. */
static int line_at(int fd) {
  char at[64], path[PATH_MAX];
  int before = errno, line = NOT_OURS;
  snprintf(at, sizeof at, "/proc/self/fd/%d", fd);
  ssize_t n = folder ? readlink(at, path, sizeof path - 1) : -1;
  if (n > 0) {
    path[n] = 0;
    if (strcmp(path, device_file) == 0) line = CHIP;
    size_t length = strlen(folder);
    if (strncmp(path, folder, length) == 0) sscanf(path + length, "/edges-%d", &line);
  }
  errno = before;
  return line;
}

/* Whether it is an end of what gate and keeper say to each other. */
static int is_pipe(int fd) {
  int domain = 0, before = errno;
  socklen_t size = sizeof domain;
  if (!folder || (is_keeper ? fd > 1 : fd <= 2)) return 0;
  int is = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
  errno = before;
  return is;
}
static int fails_at(int fd, const char *name, const char *keepers) {
  return (is_pipe(fd) && call_fails(is_keeper ? keepers : name)) || (line_at(fd) >= 0 && call_fails("read events"));
}

static void drive(unsigned line, int level, const char *what) {
  char text[64];
  levels[line] = (unsigned char)level;
  int n = snprintf(text, sizeof text, "%d %u %s %d\n", getpid(), line, what, level);
  if (REAL(write)(trace, text, (size_t)n) != n) abort();
}

static int take(struct gpio_v2_line_request *request) {
  char name[32], path[PATH_MAX];
  unsigned line = request->offsets[0];
  if (request->num_lines != 1 || line >= LINES) return errno = EINVAL, -1;
  snprintf(name, sizeof name, "edges-%u", line);
  path_of(path, name);
  if (mkfifo(path, 0600) != 0 && errno != EEXIST) abort();
  if (request->config.flags & GPIO_V2_LINE_FLAG_OUTPUT) {
    int level = 0;
    for (unsigned i = 0; i < request->config.num_attrs; i++)
      if (request->config.attrs[i].attr.id == GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES)
        level = (int)(request->config.attrs[i].attr.values & 1);
    drive(line, level, "claim");
  }
  request->fd = REAL(open)(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return request->fd < 0 ? -1 : 0;
}

static int answer(int line, unsigned long request, void *argument) {
  struct gpio_v2_line_values *values = argument;
  if (line == CHIP) switch (request) {
    case GPIO_GET_CHIPINFO_IOCTL: {
      struct gpiochip_info *info = argument;
      *info = (struct gpiochip_info){.name = NAME, .label = LABEL, .lines = LINES};
      return 0;
    }
    case GPIO_V2_GET_LINEINFO_IOCTL: return 0;
    case GPIO_V2_GET_LINE_IOCTL: return take(argument);
  }
  else switch (request) {
    case GPIO_V2_LINE_GET_VALUES_IOCTL: return values->bits = levels[line], 0;
    case GPIO_V2_LINE_SET_VALUES_IOCTL: return drive((unsigned)line, (int)(values->bits & 1), "set"), 0;
  }
  return errno = EINVAL, -1;
}
int ioctl(int fd, unsigned long request, ...) {
  va_list more;
  va_start(more, request);
  void *argument = va_arg(more, void *);
  va_end(more);
  int line = line_at(fd);
  if (line == NOT_OURS) return REAL(ioctl)(fd, request, argument);
  return call_fails(is_keeper ? "keeper's ioctl" : "ioctl") ? -1 : answer(line, request, argument);
}

/* libc's functions are asked for by name and from libc alone (koffi): here they are found first. */
void *dlopen(const char *file, int mode) {
  Dl_info self;
  if (folder && file && strcmp(file, "libc.so.6") == 0 && dladdr((void *)&levels, &self)) file = self.dli_fname;
  return REAL(dlopen)(file, mode);
}

static int is_device(const char *path) { return folder && path && strcmp(path, DEVICE) == 0; }
#define MODE(flags) \
  mode_t mode = 0; \
  if (flags & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = (mode_t)va_arg(more, unsigned); \
    va_end(more); \
  }
int open(const char *path, int flags, ...) {
  MODE(flags)
  if (is_device(path)) return call_fails(is_keeper ? "keeper's open" : "open") ? -1 : REAL(open)(device_file, flags);
  return REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  if (is_device(path)) return call_fails(is_keeper ? "keeper's open" : "open") ? -1 : REAL(open64)(device_file, flags);
  return REAL(open64)(path, flags, mode);
}
ssize_t read(int fd, void *bytes, size_t n) { return fails_at(fd, "read keeper", "keeper's read") ? -1 : REAL(read)(fd, bytes, n); }
ssize_t write(int fd, const void *bytes, size_t n) { return fails_at(fd, "write keeper", "keeper's write") ? -1 : REAL(write)(fd, bytes, n); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fails_at(fd, "write keeper", "keeper's write") ? -1 : REAL(writev)(fd, v, n); }
int epoll_ctl(int poll, int what, int fd, struct epoll_event *event) {
  return what == EPOLL_CTL_ADD && line_at(fd) >= 0 && call_fails("epoll_ctl") ? -1 : REAL(epoll_ctl)(poll, what, fd, event);
}

/* The device among the others, and where it is looked at by its path (libuv: statx). */
int scandir64(const char *path, struct dirent64 ***names, int (*keep)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  int n = REAL(scandir64)(path, names, keep, order);
  if (n < 0 || !folder || strcmp(path, "/dev") != 0) return n;
  struct dirent64 **more = realloc(*names, sizeof **names * ((size_t)n + 1)), *ours = calloc(1, sizeof *ours);
  if (!more || !ours) abort();
  strcpy(ours->d_name, NAME);
  ours->d_type = DT_CHR;
  more[n] = ours;
  *names = more;
  return n + 1;
}
long syscall(long number, ...) {
  va_list more;
  long a[6];
  va_start(more, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (number == SYS_statx && is_device((const char *)a[1])) a[1] = (long)device_file;
  return (real_syscall ? real_syscall : REAL(syscall))(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
