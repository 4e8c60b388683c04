// SPDX-License-Identifier: GPL-3.0-or-later
#include "settings/settings.h"

#include <stdexcept>

#include "settings/schema.h"

namespace orthanc_python {

extern const char settings_schema[];

namespace {

const json_value& members_of(const json_value& schema) { return *schema.find("properties"); }

// The settings outside of the section, and the section.
const json_value& table() {
  static const json_value schema = parse_json(settings_schema);
  return members_of(schema);
}

void check(const json_value& value, const json_value& schema, const std::string& name) {
  if (!fits(value, schema)) {
    throw std::runtime_error("the setting " + name + " must be " + text_setting(schema, "expected") + ", not " + shown(value));
  }
}

void check_members(const json_value& values, const json_value& schemas, const std::string& place) {
  for (const auto& [name, schema] : std::get<json_value::object>(schemas.content)) {
    if (const json_value* value = values.find(name); value != nullptr && name != "Python") {
      check(*value, schema, "\"" + name + "\"" + place);
    }
  }
}

}  // namespace

const json_value& section_table() { return members_of(*table().find("Python")); }

plugin_settings read_settings(const json_value& configuration) {
  plugin_settings result{{json_value::object()}, {}};
  if (const json_value* section = configuration.find("Python"); section != nullptr) {
    if (!std::holds_alternative<json_value::object>(section->content)) {
      check(*section, *table().find("Python"), "\"Python\"");
    }
    check_members(*section, section_table(), " of the section \"Python\"");
    result.section = *section;
  }
  check_members(configuration, table(), "");
  auto& members = std::get<json_value::object>(result.section.content);
  for (const auto& [name, value] : members) {
    if (section_table().find(name) == nullptr) {
      result.unknown.push_back(name);
    }
  }
  for (const auto& [name, schema] : std::get<json_value::object>(section_table().content)) {
    if (const json_value* value = schema.find("default"); value != nullptr) {
      members.emplace(name, *value);
    }
  }
  return result;
}

std::vector<std::string> texts_setting(const json_value& settings, const char* name) {
  std::vector<std::string> result;
  const json_value* value = settings.find(name);
  if (value == nullptr) {
    return result;
  }
  if (const auto* text = std::get_if<std::string>(&value->content); text != nullptr) {
    return text->empty() ? result : std::vector{*text};
  }
  for (const json_value& item : std::get<json_value::array>(value->content)) {
    result.push_back(std::get<std::string>(item.content));
  }
  return result;
}

std::string text_setting(const json_value& section, const char* name) {
  const json_value* value = section.find(name);
  return value == nullptr ? std::string() : std::get<std::string>(value->content);
}

bool flag_setting(const json_value& section, const char* name) { return std::get<bool>(section.find(name)->content); }

int number_setting(const json_value& section, const char* name) {
  return static_cast<int>(whole_number(*section.find(name)).value());
}

}  // namespace orthanc_python
