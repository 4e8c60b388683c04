// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes for the JSON reader: it must end with a value or std::runtime_error, and must not make malformed UTF-8 of
// well-formed.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "json.h"

namespace {

using orthanc_python::json_value;

// By RFC 3629, section 4.
bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t offset) {
      return i + offset < text.size() ? static_cast<unsigned char>(text[i + offset]) : 0u;
    };
    const auto follows = [&](std::size_t offset) { return (byte(offset) & 0xC0) == 0x80; };
    const unsigned first = byte(0), second = byte(1);
    if (first < 0x80) {
      i += 1;
    } else if (first >= 0xC2 && first <= 0xDF && follows(1)) {
      i += 2;
    } else if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2) && (first != 0xE0 || second >= 0xA0) &&
               (first != 0xED || second <= 0x9F)) {
      i += 3;
    } else if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3) && (first != 0xF0 || second >= 0x90) &&
               (first != 0xF4 || second <= 0x8F)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_texts(const json_value& value) {
  if (const auto* text = std::get_if<std::string>(&value.content)) {
    check(is_utf8(*text));
  } else if (const auto* items = std::get_if<json_value::array>(&value.content)) {
    for (const json_value& item : *items) {
      check_texts(item);
    }
  } else if (const auto* members = std::get_if<json_value::object>(&value.content)) {
    for (const auto& [key, member] : *members) {
      check(is_utf8(key) && value.find(key) == &member);
      check_texts(member);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const json_value value = orthanc_python::parse_json(text);
    if (is_utf8(text)) {
      check_texts(value);
    }
  } catch (const std::runtime_error&) {
  }
  return 0;
}
