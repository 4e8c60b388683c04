// SPDX-License-Identifier: GPL-3.0-or-later
#include "log_text.h"

#include <cstdio>
#include <cstring>

#include "control_characters.h"

namespace orthanc_python {

namespace {

constexpr const char* indentation = "    ";

void append_escaped(std::string& target, int code) {
  char escape[8];
  if (code == '\n' || code == '\r') {
    target += code == '\n' ? "\\n" : "\\r";
  } else {
    std::snprintf(escape, sizeof escape, code > 0xff ? "\\u%04x" : "\\x%02x", static_cast<unsigned>(code));
    target += escape;
  }
}

// The length of the end of a line at this place; 0 if there is none.
std::size_t line_end(const char* place) { return *place == '\n' ? 1 : std::strncmp(place, "\r\n", 2) == 0 ? 2 : 0; }

// take_line_end(place) appends the end of a line that is kept, and returns its length; 0 if there is none.
template <class F> std::string escaped(const char* text, F&& take_line_end) {
  std::string result;
  while (*text != '\0') {
    const char* next = find_control(text);
    result.append(text, next);
    text = next;
    if (*text == '\0') {
      break;
    }
    if (const std::size_t length = take_line_end(text, result); length > 0) {
      text += length;
    } else {
      std::size_t size = 1;
      const int code = control_character(text, size);
      append_escaped(result, code);
      text += size;
    }
  }
  return result;
}

}  // namespace

std::string one_line(const char* text) {
  return text == nullptr ? std::string() : escaped(text, [](const char*, std::string&) { return 0; });
}

log_lines::log_lines(const char* text) : given_(text) {
  if (*find_control(text) != '\0') {
    given_ = nullptr;
    changed_ = escaped(text, [](const char* place, std::string& result) {
      const std::size_t length = line_end(place);
      if (length > 0) {
        result += '\n';
        if (place[length] != '\0' && line_end(place + length) == 0) {
          result += indentation;
        }
      }
      return length;
    });
  }
}

}  // namespace orthanc_python
