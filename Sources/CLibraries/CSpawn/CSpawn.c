#include "CSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// Its runtime breaks when a child runs in the parent's memory: give the child a copy there.
#define CHILD_MEMORY 0
#endif
#endif
#ifndef CHILD_MEMORY
#define CHILD_MEMORY CLONE_VM
#endif

// Shared by parent and child.
struct start {
  const cspawn_settings *settings;
  char **shell_argv;  // room for /bin/sh, the path and the arguments
  pid_t parent;
  int error;
  const char *step;
  int path;
};

// The program is being written by somebody: seen when a file was just made and another thread's
// child still holds its descriptor. It passes; wait 1, 2, 4 ... 64 ms, a quarter of a second in
// all.
#define BUSY_TRIES 9

static int fail(struct start *start, const char *step) {
  start->error = errno;
  start->step = step;
  _exit(127);
}

static void close_above(int last) {
  if (syscall(SYS_close_range, (unsigned)last + 1, ~0U, 0U) == 0) return;
  struct rlimit limit;
  int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 1 << 20
                ? (int)limit.rlim_cur
                : 1 << 20;
  for (int descriptor = last + 1; descriptor < end; descriptor++) close(descriptor);
}

static void execute_one(struct start *start, const char *path) {
  const cspawn_settings *s = start->settings;
  for (int try = 0; try < BUSY_TRIES; try++) {
    execve(path, s->argv, s->envp);
    if (errno != ETXTBSY) break;
    struct timespec pause = {0, (1 << (try < 6 ? try : 6)) * 1000000L};
    nanosleep(&pause, 0);
    errno = ETXTBSY;
  }
  if (errno != ENOEXEC) return;
  // A script without a first line that names its interpreter.
  start->shell_argv[0] = "/bin/sh";
  start->shell_argv[1] = (char *)path;
  size_t i = 1;
  for (; s->argv[i - 1] && s->argv[i]; i++) start->shell_argv[i + 1] = s->argv[i];
  start->shell_argv[i + 1] = 0;
  execve("/bin/sh", start->shell_argv, s->envp);
}

static int execute(struct start *start) {
  int error = ENOENT;
  const char *const *paths = start->settings->paths;
  for (int i = 0; paths[i]; i++) {
    execute_one(start, paths[i]);
    if (errno == ENOENT || errno == ENOTDIR) continue;
    error = errno;
    start->path = i;
    if (errno != EACCES) break;
  }
  errno = error;
  return fail(start, "execve");
}

// Runs in the child on a stack of its own but in the parent's memory, so: system calls only, and
// the raw ones for signals and ids, because glibc's wrappers would reach the parent's threads.
static int run_child(void *argument) {
  struct start *start = argument;
  const cspawn_settings *s = start->settings;
#define TRY(step, call) \
  do { \
    if ((call) < 0) return fail(start, step); \
  } while (0)

  uint64_t default_action[4] = {0};
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP)
      syscall(SYS_rt_sigaction, signal, default_action, 0, 8);
  if (s->flags & CSPAWN_SESSION) TRY("setsid", setsid());
  int moved[3];
  for (int i = 0; i < 3; i++) TRY("dup", moved[i] = fcntl(s->standard[i], F_DUPFD, 3));
  for (int i = 0; i < 3; i++) TRY("dup", dup2(moved[i], i));
  close_above(2);
  for (size_t i = 0; i < s->limit_count; i++) {
    struct rlimit limit = {s->limits[i].soft, s->limits[i].hard};
    TRY("setrlimit", setrlimit(s->limits[i].resource, &limit));
  }
  if (s->flags & CSPAWN_MASK) umask(s->mask);
  if (s->flags & CSPAWN_IDS) {
    TRY("setgroups", syscall(SYS_setgroups, s->group_count, s->groups));
    TRY("setgid", syscall(SYS_setresgid, s->gid, s->gid, s->gid));
    TRY("setuid", syscall(SYS_setresuid, s->uid, s->uid, s->uid));
  }
  if (s->directory) TRY("chdir", chdir(s->directory));  // with the rights of the new user
  if (s->flags & CSPAWN_NO_NEW_PRIVS)
    TRY("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  if (s->death_signal) {  // after the ids: changing them clears it
    TRY("pdeathsig", prctl(PR_SET_PDEATHSIG, s->death_signal, 0, 0, 0));
    if (getppid() != start->parent) _exit(127);
  }
  uint64_t no_signals = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &no_signals, 0, 8);
  return execute(start);
}

static void reap_failed(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
}

cspawn_child cspawn_start(const cspawn_settings *settings) {
  cspawn_child child = {-1, -1, 0, 0, 0};
  size_t arguments = 0;
  while (settings->argv[arguments]) arguments++;
  struct start *start = mmap(0, sizeof *start, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                             -1, 0);
  if (start == MAP_FAILED) {
    child.error = errno;
    child.step = "mmap";
    return child;
  }
  start->settings = settings;
  start->shell_argv = malloc((arguments + 3) * sizeof(char *));
  start->parent = getpid();
  if (!start->shell_argv) abort();

  char stack[65536] __attribute__((aligned(16)));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler of ours may run in the child
  child.pid = clone(run_child, stack + sizeof stack,
                    CHILD_MEMORY | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, start, &child.descriptor);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, 0);

  if (child.pid < 0) {
    child.error = error;
    child.step = "clone";
    child.descriptor = -1;
  } else if (start->error) {
    child.error = start->error;
    child.step = start->step;
    child.path = start->path;
    reap_failed(child.pid);
    close(child.descriptor);
    child.pid = child.descriptor = -1;
  }
  free(start->shell_argv);
  munmap(start, sizeof *start);
  return child;
}

int cspawn_reap(int descriptor, cspawn_ending *ending) {
  siginfo_t info;
  struct rusage usage;
  memset(&info, 0, sizeof info);
  memset(&usage, 0, sizeof usage);
  // The raw call, because glibc's does not give the usage.
  if (syscall(SYS_waitid, P_PIDFD, descriptor, &info, WEXITED | WNOHANG, &usage) < 0) return -1;
  if (info.si_pid == 0) return 0;
  ending->exited = info.si_code == CLD_EXITED;
  ending->status = info.si_status;
  ending->user_us = usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec;
  ending->system_us = usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec;
  ending->memory_kib_max = usage.ru_maxrss;
  return 1;
}

int cspawn_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int cspawn_signal(int descriptor, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0);
}

int cspawn_locks_limit(pid_t pid, uint64_t *soft, uint64_t *hard) {
  struct rlimit limit;
  if (prlimit(pid, RLIMIT_LOCKS, 0, &limit) < 0) return -1;
  *soft = limit.rlim_cur;
  *hard = limit.rlim_max;
  return 0;
}

int cspawn_locks_resource(void) { return RLIMIT_LOCKS; }

int cspawn_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

pid_t cspawn_ended_child(void) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

int cspawn_resource(int index) {
  static const int resources[] = {RLIMIT_CPU,   RLIMIT_AS,     RLIMIT_FSIZE,
                                  RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE};
  return resources[index];
}

int cspawn_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int cspawn_counter(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
