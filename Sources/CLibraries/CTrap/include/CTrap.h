// Notes where a thread is, in memory that a trap does not lose: a page of a file, mapped shared.
//
// A trap (an illegal instruction, a bad address, an abort) cannot be caught. A handler on a stack
// of its own marks the place that the thread had entered and hands the signal on to whatever was
// there before, so the process ends as it would have ended. A kill from outside marks nothing.
#pragma once
#include <stdint.h>

// Places that a page can keep; when it is full, one that was marked least is given up.
#define CTRAP_MARKS_MAX 64

typedef struct ctrap_page ctrap_page;

typedef struct {
  int32_t topic;
  int32_t partition;
  int64_t offset;
  int32_t index;
} ctrap_place;

typedef struct {
  ctrap_place place;
  uint32_t count;
} ctrap_mark;

// Maps the page in a file, making it if there is none, and takes over the signals of traps. NULL on
// failure, with errno; EINVAL says that the file is something else.
ctrap_page *ctrap_open(const char *path);

// No thread may be at a place of the page.
void ctrap_close(ctrap_page *page);

// The calling thread is at this place now, until it leaves or enters another one.
void ctrap_enter(ctrap_page *page, ctrap_place place);
void ctrap_leave(void);

// Copies the marks, at most CTRAP_MARKS_MAX; gives how many there are.
int ctrap_marks(const ctrap_page *page, ctrap_mark *marks);

// Forgets the marks of a place.
void ctrap_clear(ctrap_page *page, ctrap_place place);
