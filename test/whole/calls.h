/* Which call fails: what a test and the programs it runs share, for fail.c and chip.c. The file GATEPOST_FAIL_CONTROL is
 * one for all of them, so that a call is counted whichever process makes it. Our own work: no code from elsewhere. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* Calls so far, the two from which on one fails (0 = none), the error, how many have failed. From which on: a test sets
 * them while calls go on, and one that is passed meanwhile must not be waited for in vain. */
struct control {
  _Atomic long long calls, first, second, error, failed;
  /* The names of the last two that failed. */
  char names[2][24];
};
static struct control *control;

static void open_control(const char *file) {
  int fd = REAL(open)(file, O_RDWR | O_CLOEXEC);
  void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) abort();
  control = at;
}

/* Counts this call; whether it fails. errno is left alone unless it does. */
static int call_fails(const char *name) {
  long long number = atomic_fetch_add(&control->calls, 1) + 1;
  _Atomic long long *next = control->first != 0 ? &control->first : &control->second;
  long long at = atomic_load(next);
  if (at == 0 || number < at || !atomic_compare_exchange_strong(next, &at, 0)) return 0;
  strncpy(control->names[atomic_fetch_add(&control->failed, 1) % 2], name, sizeof control->names[0] - 1);
  errno = (int)control->error;
  return 1;
}
