// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/schema.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace orthanc_python {

namespace {

template <class T> const T* get(const json_value* value) {
  return value == nullptr ? nullptr : std::get_if<T>(&value->content);
}

long long number_of(const json_value& schema, const char* key, long long otherwise) {
  const json_value* value = schema.find(key);
  return value == nullptr ? otherwise : whole_number(*value).value_or(otherwise);
}

bool has_type(const json_value& value, const std::string& type) {
  return (type == "boolean" && get<bool>(&value) != nullptr) || (type == "string" && get<std::string>(&value) != nullptr) ||
         (type == "array" && get<json_value::array>(&value) != nullptr) ||
         (type == "object" && get<json_value::object>(&value) != nullptr) ||
         (type == "integer" && whole_number(value).has_value());
}

// "3.13" or "3.14t"; "" stands for no version.
bool is_version(const std::string& text) {
  const std::size_t digits = text.find_last_of("0123456789");
  const bool is_numbered = text.starts_with("3.") && digits >= 2 && text.find_first_not_of("0123456789", 2) >= digits;
  return text.empty() || (is_numbered && (digits + 1 == text.size() || text.substr(digits + 1) == "t"));
}

bool fits_text(const std::string& text, const json_value& schema) {
  if (schema.find("format") != nullptr && !is_version(text)) {
    return false;
  }
  const auto* words = get<json_value::array>(schema.find("enum"));
  const auto is_text = [&](const json_value& word) { return *get<std::string>(&word) == text; };
  return static_cast<long long>(text.size()) >= number_of(schema, "minLength", 0) &&
         (words == nullptr || std::any_of(words->begin(), words->end(), is_text));
}

bool fits_members(const json_value::object& members, const json_value& schema) {
  if (const auto* required = get<json_value::array>(schema.find("required")); required != nullptr) {
    for (const json_value& key : *required) {
      if (!members.contains(*get<std::string>(&key))) {
        return false;
      }
    }
  }
  const bool* others = get<bool>(schema.find("additionalProperties"));
  return std::all_of(members.begin(), members.end(), [&](const auto& member) {
    const json_value* known = schema.find("properties")->find(member.first);
    return known == nullptr ? others == nullptr || *others : fits(member.second, *known);
  });
}

bool fits_items(const json_value::array& items, const json_value& schema) {
  return static_cast<long long>(items.size()) >= number_of(schema, "minItems", 0) &&
         std::all_of(items.begin(), items.end(), [&](const json_value& item) { return fits(item, *schema.find("items")); });
}

}  // namespace

std::optional<long long> whole_number(const json_value& value) {
  const auto* number = get<json_number>(&value);
  if (number == nullptr) {
    return std::nullopt;
  }
  long long result = 0;
  const char* end = number->text.data() + number->text.size();
  const auto [rest, error] = std::from_chars(number->text.data(), end, result);
  return error == std::errc() && rest == end ? std::optional(result) : std::nullopt;
}

bool fits(const json_value& value, const json_value& schema) {
  if (const auto* choices = get<json_value::array>(schema.find("anyOf")); choices != nullptr) {
    return std::any_of(choices->begin(), choices->end(), [&](const json_value& each) { return fits(value, each); });
  }
  if (!has_type(value, *get<std::string>(schema.find("type")))) {
    return false;
  }
  if (const auto* text = get<std::string>(&value); text != nullptr) {
    return fits_text(*text, schema);
  }
  if (const auto* members = get<json_value::object>(&value); members != nullptr) {
    return fits_members(*members, schema);
  }
  if (const auto* items = get<json_value::array>(&value); items != nullptr) {
    return fits_items(*items, schema);
  }
  const std::optional<long long> number = whole_number(value);
  return !number || (*number >= number_of(schema, "minimum", std::numeric_limits<long long>::min()) &&
                     *number <= number_of(schema, "maximum", std::numeric_limits<long long>::max()));
}

std::string shown(const json_value& value) {
  if (const bool* flag = get<bool>(&value); flag != nullptr) {
    return *flag ? "true" : "false";
  }
  if (const auto* number = get<json_number>(&value); number != nullptr) {
    return number->text;
  }
  if (const auto* text = get<std::string>(&value); text != nullptr) {
    return "\"" + *text + "\"";
  }
  return get<json_value::object>(&value) != nullptr  ? "an object"
         : get<json_value::array>(&value) != nullptr ? "a list"
                                                     : "null";
}

}  // namespace orthanc_python
