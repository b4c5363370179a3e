/* A disk whose sync takes GATEPOST_SYNC_MS, preloaded (LD_PRELOAD) into a contender: nearer an SD card. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static void wait_for_it(void) {
  const char *ms = getenv("GATEPOST_SYNC_MS");
  long n = ms == NULL ? 10 : atol(ms);
  struct timespec left = {n / 1000, (n % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  wait_for_it();
  return real(fd);
}

int fdatasync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  wait_for_it();
  return real(fd);
}
