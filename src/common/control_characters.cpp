// SPDX-License-Identifier: GPL-3.0-or-later
#include "control_characters.h"

namespace orthanc_python {

namespace {

bool is_between(unsigned char byte, int low, int high) { return byte >= low && byte <= high; }

// Return the length of the UTF-8 sequence at this place (Unicode, table 3-7), or 0 if it is not UTF-8. The text ends with a
// NUL, at which each comparison fails.
std::size_t sequence_length(const unsigned char* bytes) {
  const unsigned char first = bytes[0];
  if (first < 0x80) {
    return 1;
  }
  if (is_between(first, 0xc2, 0xdf)) {
    return is_between(bytes[1], 0x80, 0xbf) ? 2 : 0;
  }
  const std::size_t length = is_between(first, 0xe0, 0xef) ? 3 : is_between(first, 0xf0, 0xf4) ? 4 : 0;
  const int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (length == 0 || !is_between(bytes[1], low, high)) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_between(bytes[i], 0x80, 0xbf)) {
      return 0;
    }
  }
  return length;
}

}  // namespace

int control_character(const char* place, std::size_t& size) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(place);
  size = sequence_length(bytes);
  if (size == 0) {
    size = 1;
    return bytes[0];
  }
  if (size == 1) {
    return (bytes[0] < 0x20 && bytes[0] != '\t') || bytes[0] == 0x7f ? bytes[0] : -1;
  }
  if (size == 2) {
    return bytes[0] == 0xc2 && bytes[1] < 0xa0 ? bytes[1] : -1;
  }
  const bool ends_line = size == 3 && bytes[0] == 0xe2 && bytes[1] == 0x80 && (bytes[2] == 0xa8 || bytes[2] == 0xa9);
  return ends_line ? 0x2000 + bytes[2] - 0x80 : -1;
}

const char* find_control(const char* text) {
  for (std::size_t size = 0;; text += size) {
    while (*text >= 0x20 && *text < 0x7f) {  // most texts have nothing else
      ++text;
    }
    if (*text == '\0' || control_character(text, size) >= 0) {
      return text;
    }
  }
}

}  // namespace orthanc_python
