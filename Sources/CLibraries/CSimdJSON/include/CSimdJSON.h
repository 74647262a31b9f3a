#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// A parsed document: one allocation that holds simdjson's tape and, behind it, its strings.
/// 16 bytes behind the last string can be read. `csj_free` gives it back.
typedef struct {
  uint64_t *tape;
  const uint8_t *strings;
} csj_document;

/// Parses `count` bytes (no padding needed; they are copied) and fills in `document`.
/// Containers may be nested `depth_max` deep. Returns 0, or simdjson's error code and no document.
/// The parser and its scratch memory belong to the calling thread.
int csj_parse(const uint8_t *bytes, size_t count, size_t depth_max, csj_document *document);

void csj_free(csj_document document);

/// simdjson's text for one of its error codes.
const char *csj_error_text(int code);

#ifdef __cplusplus
}
#endif
