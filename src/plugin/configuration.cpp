// SPDX-License-Identifier: GPL-3.0-or-later
#include "configuration.h"

#include <charconv>
#include <stdexcept>

#include "configured_files.h"
#include "process_environment.h"
#include "sdk.h"

namespace orthanc_python {

namespace {

// From the loader: the interpreter that it has picked.
constexpr const char* executable_variable = "ORTHANC_PYTHON_EXECUTABLE";

template <class T> void read(const json_value& section, const std::string& key, const char* type, T& target) {
  if (const json_value* value = section.find(key); value != nullptr) {
    const T* content = std::get_if<T>(&value->content);
    if (content == nullptr) {
      throw std::runtime_error("the setting \"" + key + "\" of Orthanc's configuration must be " + type);
    }
    target = *content;
  }
}

// A path, or a list of them.
std::vector<std::string> read_paths(const json_value& value) {
  if (const auto* path = std::get_if<std::string>(&value.content); path != nullptr) {
    return path->empty() ? std::vector<std::string>() : std::vector{*path};
  }
  std::vector<std::string> result;
  if (const auto* list = std::get_if<json_value::array>(&value.content); list != nullptr) {
    for (const json_value& item : *list) {
      if (const auto* path = std::get_if<std::string>(&item.content); path != nullptr && !path->empty()) {
        result.push_back(*path);
      }
    }
    if (!result.empty() && result.size() == list->size()) {
      return result;
    }
  }
  throw std::runtime_error(
      "the setting \"Path\" of the section \"Python\" must be the path of a script, or a list of such paths: [\"/etc/orthanc/first.py\"]");
}

// A whole number of seconds, not negative.
void read_seconds(const json_value& section, const std::string& key, int& target) {
  json_number number{std::to_string(target)};
  const std::string type = "a number of seconds, without decimals";
  read(section, key, type.c_str(), number);
  const char* end = number.text.data() + number.text.size();
  int value = 0;
  if (const auto [rest, error] = std::from_chars(number.text.data(), end, value); error != std::errc() || rest != end || value < 0) {
    throw std::runtime_error("the setting \"" + key + "\" of Orthanc's configuration must be " + type + ", not " + number.text);
  }
  target = value;
}

std::string listed(const std::vector<std::string>& paths) {
  std::string result;
  for (const std::string& path : paths) {
    result += (result.empty() ? "" : ", ") + path;
  }
  return result;
}

void warn_of_overridden(const std::string& winner, const std::string& used, const std::string& loser, const std::string& ignored) {
  log_warning("Python: the setting \"" + winner + "\" (" + used + ") wins over \"" + loser + "\" of the section \"Python\" (" + ignored +
              "), which is ignored; remove one of the two");
}

std::string orthanc_configuration() {
  char* text = OrthancPluginGetConfiguration(sdk());
  if (text == nullptr) {
    throw std::runtime_error("Orthanc does not give its configuration");
  }
  std::string result(text);
  OrthancPluginFreeString(sdk(), text);
  return result;
}

}  // namespace

configuration read_configuration() {
  const json_value root = parse_json(orthanc_configuration());
  configuration result;
  result.files = configured_files(root);
  if (const json_value* section = root.find("Python"); section != nullptr) {
    if (!std::holds_alternative<json_value::object>(section->content)) {
      throw std::runtime_error("the setting \"Python\" of Orthanc's configuration must be an object");
    }
    if (const json_value* paths = section->find("Path"); paths != nullptr) {
      result.scripts = read_paths(*paths);
    }
    result.section = *section;
    read(*section, "Verbose", "true or false", result.verbose);
    read(*section, "AllowThreads", "true or false", result.allow_threads);
    read_seconds(*section, "StopTimeout", result.stop_timeout);
    read(*section, "VirtualEnv", "a string", result.virtual_environment);
  }
  result.executable = read_environment(executable_variable);
  remove_from_environment(executable_variable);  // the processes that a script starts must not see it
  // The global settings win.
  if (root.find("PythonScript") != nullptr) {
    std::string script;
    read(root, "PythonScript", "a string", script);
    if (!result.scripts.empty() && result.scripts != std::vector{script}) {
      warn_of_overridden("PythonScript", script, "Path", listed(result.scripts));
    }
    result.scripts.clear();
    if (!script.empty()) {
      result.scripts.push_back(script);
    }
  }
  const bool verbose_of_section = result.verbose;
  read(root, "PythonVerbose", "true or false", result.verbose);
  if (result.verbose != verbose_of_section && result.section.find("Verbose") != nullptr) {
    warn_of_overridden("PythonVerbose", result.verbose ? "true" : "false", "Verbose", verbose_of_section ? "true" : "false");
  }
  return result;
}

}  // namespace orthanc_python
