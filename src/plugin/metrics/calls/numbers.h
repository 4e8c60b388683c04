// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and texts as metrics and JSON have them, whatever the locale.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace orthanc_python {

// Seconds with up to nine decimals, such as "0.0025" or "60.0".
inline std::string seconds_text(std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  nanoseconds = std::max<std::int64_t>(nanoseconds, 0);
  std::string decimals = std::to_string(second + nanoseconds % second).substr(1);
  decimals.erase(decimals.find_last_not_of('0') == std::string::npos ? 1 : decimals.find_last_not_of('0') + 1);
  return std::to_string(nanoseconds / second) + "." + decimals;
}

// Within quotation marks, for both formats: neither has a control character that stands for itself.
inline std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else {
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result + '"';
}

// A member of a JSON object, whose value is JSON already.
inline std::string member_of(const char* name, const std::string& value) { return quoted(name) + ": " + value; }

}  // namespace orthanc_python
