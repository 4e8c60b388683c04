// SPDX-License-Identifier: GPL-3.0-or-later
#include "wishes.h"

#include <stdexcept>
#include <utility>

#include "json.h"

namespace orthanc_python_loader {

namespace {

using orthanc_python::json_value;

const std::string* text_member(const json_value* section, const char* key) {
  const json_value* value = section == nullptr ? nullptr : section->find(key);
  if (value == nullptr) {
    return nullptr;
  }
  const auto* text = std::get_if<std::string>(&value->content);
  if (text == nullptr) {
    throw std::runtime_error("the setting \"" + std::string(key) + "\" of the section \"Python\" must be a string");
  }
  return text;
}

}  // namespace

wishes read_wishes(const std::string& configuration) {
  const json_value root = orthanc_python::parse_json(configuration);
  const json_value* section = root.find("Python");
  wishes result;
  result.script = root.find("PythonScript") != nullptr || (section != nullptr && section->find("Path") != nullptr);
  for (const auto& [key, target] : {std::pair{"VirtualEnv", &result.virtual_environment}, std::pair{"Executable", &result.executable},
                                    std::pair{"Version", &result.version}}) {
    if (const std::string* text = text_member(section, key); text != nullptr) {
      *target = *text;
    }
  }
  return result;
}

}  // namespace orthanc_python_loader
