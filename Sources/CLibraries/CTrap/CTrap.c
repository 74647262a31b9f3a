#include "CTrap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The page as it is in the file, in the machine's own byte order: it is read where it was written.
#define MAGIC 0x3130504152544c50  // "PLTRAP01"
#define PAGE_BYTES 4096
#define STACK_BYTES (64 * 1024)

struct ctrap_page {
  uint64_t magic;
  uint64_t reserved[7];
  ctrap_mark marks[CTRAP_MARKS_MAX];
};

_Static_assert(sizeof(struct ctrap_page) <= PAGE_BYTES, "the marks fit into a page");

static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT};
#define SIGNAL_COUNT (int)(sizeof signals / sizeof *signals)
static struct sigaction previous[SIGNAL_COUNT];

static _Thread_local ctrap_page *current_page;
static _Thread_local ctrap_place current_place;
static _Thread_local bool is_prepared;
static pthread_key_t stack_key;

static bool is_same(const ctrap_place *one, const ctrap_place *other) {
  return one->topic == other->topic && one->partition == other->partition &&
         one->offset == other->offset && one->index == other->index;
}

// Nothing here may allocate, lock or call what is not safe in a signal handler.
static void mark(ctrap_page *page, const ctrap_place *place) {
  static atomic_flag is_marking = ATOMIC_FLAG_INIT;
  // The first thread that traps ends the process; a second one need not be told apart.
  if (atomic_flag_test_and_set(&is_marking)) return;
  ctrap_mark *least = &page->marks[0];
  for (int i = 0; i < CTRAP_MARKS_MAX; i++) {
    ctrap_mark *found = &page->marks[i];
    if (found->count > 0 && is_same(&found->place, place)) {
      found->count++;
      return;
    }
    if (found->count < least->count) least = found;
  }
  least->count = 0;
  least->place = *place;
  least->count = 1;
}

static void on_trap(int number, siginfo_t *info, void *context) {
  (void)context;
  bool is_raised = info->si_code <= 0;
  bool is_foreign = is_raised && info->si_pid != getpid();
  if (current_page && !is_foreign) mark(current_page, &current_place);
  for (int i = 0; i < SIGNAL_COUNT; i++) {
    if (signals[i] == number) sigaction(number, &previous[i], NULL);
  }
  // What the processor raised comes again when the instruction is tried again, with its address.
  // What was raised by a call, and a breakpoint that lies behind its instruction, does not.
  if (is_raised || number == SIGTRAP) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), number);
}

static void free_stack(void *stack) {
  stack_t none = {.ss_flags = SS_DISABLE};
  sigaltstack(&none, NULL);
  munmap(stack, STACK_BYTES);
}

// A trap that comes from a full stack has no room for its handler there, and one whose signal is
// blocked ends the process without it.
static void prepare_thread(void) {
  is_prepared = true;
  sigset_t traps;
  sigemptyset(&traps);
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaddset(&traps, signals[i]);
  pthread_sigmask(SIG_UNBLOCK, &traps, NULL);
  stack_t found;
  if (sigaltstack(NULL, &found) == 0 && !(found.ss_flags & SS_DISABLE)) return;
  void *memory =
      mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  stack_t stack = {.ss_sp = memory, .ss_size = STACK_BYTES};
  if (sigaltstack(&stack, NULL) == 0 && pthread_setspecific(stack_key, memory) == 0) return;
  free_stack(memory);
}

static void take_signals(void) {
  pthread_key_create(&stack_key, free_stack);
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < SIGNAL_COUNT; i++) sigaction(signals[i], &action, &previous[i]);
}

// 0, or -1 with errno.
static int prepare(int file) {
  struct stat facts;
  if (fstat(file, &facts) != 0) return -1;
  if (facts.st_size == PAGE_BYTES) return 0;
  if (facts.st_size != 0) {
    errno = EINVAL;
    return -1;
  }
  return posix_fallocate(file, 0, PAGE_BYTES) == 0 ? 0 : (errno = ENOSPC, -1);
}

ctrap_page *ctrap_open(const char *path) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return NULL;
  void *memory = MAP_FAILED;
  if (prepare(file) == 0) {
    memory = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  int code = errno;
  close(file);
  errno = code;
  if (memory == MAP_FAILED) return NULL;
  ctrap_page *page = memory;
  if (page->magic == 0) page->magic = MAGIC;
  if (page->magic != MAGIC) {
    munmap(memory, PAGE_BYTES);
    errno = EINVAL;
    return NULL;
  }
  pthread_once(&once, take_signals);
  return page;
}

void ctrap_close(ctrap_page *page) { munmap(page, PAGE_BYTES); }

void ctrap_enter(ctrap_page *page, ctrap_place place) {
  if (!is_prepared) prepare_thread();
  // A signal between these finds no page, or the page with the whole place.
  current_page = NULL;
  atomic_signal_fence(memory_order_release);
  current_place = place;
  atomic_signal_fence(memory_order_release);
  current_page = page;
}

void ctrap_leave(void) { current_page = NULL; }

int ctrap_marks(const ctrap_page *page, ctrap_mark *marks) {
  int count = 0;
  for (int i = 0; i < CTRAP_MARKS_MAX; i++) {
    if (page->marks[i].count > 0) marks[count++] = page->marks[i];
  }
  return count;
}

void ctrap_clear(ctrap_page *page, ctrap_place place) {
  for (int i = 0; i < CTRAP_MARKS_MAX; i++) {
    if (is_same(&page->marks[i].place, &place)) page->marks[i].count = 0;
  }
}
