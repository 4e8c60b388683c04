// SPDX-License-Identifier: GPL-3.0-or-later
// Reads Orthanc's configuration before Python runs: some of its settings decide how Python starts.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace orthanc_python {

// A number as it is written: its conversion would pull in the locale machinery of the C++ library, half a megabyte.
struct json_number {
  std::string text;
};

// A JSON value (RFC 8259).
struct json_value {
  using object = std::map<std::string, json_value>;
  using array = std::vector<json_value>;
  std::variant<std::nullptr_t, bool, json_number, std::string, array, object> content;

  // The member of an object, or nullptr.
  const json_value* find(const std::string& key) const {
    const auto* members = std::get_if<object>(&content);
    if (members == nullptr) {
      return nullptr;
    }
    const auto found = members->find(key);
    return found == members->end() ? nullptr : &found->second;
  }
};

// Throws std::runtime_error on malformed text.
json_value parse_json(const std::string& text);

}  // namespace orthanc_python
