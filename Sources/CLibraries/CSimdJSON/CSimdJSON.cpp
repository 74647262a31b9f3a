#include "CSimdJSON.h"
#include <simdjson.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

namespace {

constexpr size_t padding = simdjson::SIMDJSON_PADDING;
// The scratch memory is about 15 times the longest text; what a thread keeps of it is bounded.
constexpr size_t least = 4096;
constexpr size_t kept_max = 256 * 1024;
// Up to here the strings are copied by their bound; beyond, a walk that finds their end is cheaper.
constexpr size_t bound_max = 4096;
constexpr size_t readable_behind = 16;

struct scratch {
  simdjson::dom::parser parser;
  std::unique_ptr<uint8_t[]> input;
  size_t capacity = 0;
  size_t depth = 0;

  int reserve(size_t count, size_t depth_max) {
    if (count <= capacity && depth == depth_max) return simdjson::SUCCESS;
    size_t wanted = capacity > least ? capacity : least;
    while (wanted < count) wanted *= 2;
    depth = 0;
    if (auto error = parser.allocate(wanted, depth_max)) return error;
    if (wanted > capacity) {
      capacity = 0;
      if (auto error = parser.doc.allocate(wanted)) return error;
      input.reset(new (std::nothrow) uint8_t[wanted + padding]);
      if (!input) return simdjson::MEMALLOC;
    }
    capacity = wanted;
    depth = depth_max;
    return simdjson::SUCCESS;
  }
};

thread_local std::unique_ptr<scratch> own;

/// Where the strings of a tape of `words` words end: behind the last one.
size_t end_of_strings(const uint64_t *tape, size_t words, const uint8_t *strings) {
  size_t end = 0;
  for (size_t i = 1; i < words; i++) {
    switch (tape[i] >> 56) {
    case '"': {
      size_t at = tape[i] & 0x00FFFFFFFFFFFFFF;
      uint32_t length;
      memcpy(&length, strings + at, sizeof length);
      end = at + sizeof length + length + 1;
      break;
    }
    case 'l': case 'u': case 'd': i++; break;
    default: break;
    }
  }
  return end;
}

int copy_out(const simdjson::dom::document &from, size_t count, csj_document *document) {
  const uint64_t *tape = from.tape.get();
  const uint8_t *strings = from.string_buf.get();
  size_t words = tape[0] & 0x00FFFFFFFFFFFFFF;
  size_t length = count <= bound_max ? 5 * (count + 1) / 3 : end_of_strings(tape, words, strings);
  auto *block =
      static_cast<uint64_t *>(malloc(words * sizeof(uint64_t) + length + readable_behind));
  if (!block) return simdjson::MEMALLOC;
  auto *behind = reinterpret_cast<uint8_t *>(block + words);
  memcpy(block, tape, words * sizeof(uint64_t));
  memcpy(behind, strings, length);
  memset(behind + length, 0, readable_behind);
  document->tape = block;
  document->strings = behind;
  return simdjson::SUCCESS;
}

} // namespace

int csj_parse(const uint8_t *bytes, size_t count, size_t depth_max, csj_document *document) {
  if (count == 0) return simdjson::EMPTY;
  if (!own) {
    own.reset(new (std::nothrow) scratch);
    if (!own) return simdjson::MEMALLOC;
  }
  int error = own->reserve(count, depth_max);
  if (!error) {
    memcpy(own->input.get(), bytes, count);
    memset(own->input.get() + count, ' ', padding);
    error = own->parser.parse(own->input.get(), count, false).error();
  }
  if (!error) error = copy_out(own->parser.doc, count, document);
  if (own->capacity > kept_max) own.reset();
  return error;
}

void csj_free(csj_document document) { free(document.tape); }

const char *csj_error_text(int code) {
  return simdjson::error_message(static_cast<simdjson::error_code>(code));
}
