// What Swift cannot say itself about child processes: clone with all settings, process descriptors,
// epoll and its kind. Nothing here keeps state.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

typedef struct {
  int resource;  // RLIMIT_...
  uint64_t soft, hard;
} cspawn_limit;

enum {
  CSPAWN_SESSION = 1,       // a session and process group of its own
  CSPAWN_MASK = 2,          // use `mask`
  CSPAWN_IDS = 4,           // use `uid`, `gid`, `groups`
  CSPAWN_NO_NEW_PRIVS = 8,  // set-user-id programs give nothing
};

typedef struct {
  const char *const *paths;  // NULL at the end; tried in this order, as execvp does with PATH
  char *const *argv;
  char *const *envp;
  const char *directory;     // or NULL
  int standard[3];           // become 0, 1 and 2; every other descriptor is closed
  unsigned flags;
  unsigned mask;
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  size_t group_count;
  const cspawn_limit *limits;
  size_t limit_count;
  int death_signal;          // sent when the thread that calls cspawn_start ends; 0 for none
} cspawn_settings;

// error 0, or errno and the step that failed; pid and descriptor are then -1.
typedef struct {
  pid_t pid;
  int descriptor;
  int error;
  const char *step;
  int path;                  // which of the paths the error is about, for the step "execve"
} cspawn_child;

typedef struct {
  int exited;                // 1: status is the exit code; 0: status is the signal
  int status;
  int64_t user_us, system_us, memory_kib_max;
} cspawn_ending;

// Returns when the child runs its program or has failed. The calling thread stands still until
// then.
cspawn_child cspawn_start(const cspawn_settings *settings);

// 1 and the ending when the child has ended, 0 while it runs, -1 with errno.
int cspawn_reap(int descriptor, cspawn_ending *ending);

int cspawn_open(pid_t pid);                     // a descriptor of a running process, or -1
int cspawn_signal(int descriptor, int signal);

// The mark is a value of RLIMIT_LOCKS, see Mark.swift. 0, or -1 with errno.
int cspawn_locks_limit(pid_t pid, uint64_t *soft, uint64_t *hard);
int cspawn_locks_resource(void);

int cspawn_adopt_orphans(void);                 // from now on, those of our descendants
pid_t cspawn_ended_child(void);                 // one that nobody has taken note of yet, or 0

int cspawn_resource(int index);                 // RLIMIT_... in the order of ResourceLimit.Kind
int cspawn_pipe(int ends[2]);                   // both closed on exec
int cspawn_counter(void);                       // an eventfd, not blocking
