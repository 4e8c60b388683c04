// SPDX-License-Identifier: GPL-3.0-or-later
#include "choice.h"

#include <set>
#include <stdexcept>
#include <vector>

#include "candidates.h"
#include "json.h"
#include "paths.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;
using orthanc_python::json_value;
using orthanc_python::text_of;

constexpr int own_bits = sizeof(void*) * 8;

// Beside the loader lies a folder with a plugin for each Python.
fs::path plugin_for(const std::string& version, const fs::path& loader) {
  return loader.parent_path() / "OrthancPython" / ("OrthancPython-python" + version + loader.extension().string());
}

std::string available_versions(const fs::path& loader) {
  std::set<std::string> versions;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(loader.parent_path() / "OrthancPython", ignored)) {
    const std::string name = text_of(entry.path().stem());
    if (const auto start = name.find("-python"); start != std::string::npos) {
      versions.insert(name.substr(start + 7));
    }
  }
  std::string result;
  for (const std::string& version : versions) {
    result += (result.empty() ? "" : ", ") + version;
  }
  return result.empty() ? "none" : result;
}

std::string how_to_get_library(const interpreter& found) {
#if defined(__linux__)
  return "install libpython" + found.version + " (Debian, Ubuntu: apt-get install libpython" + found.version +
         "; pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared pyenv install " + found.release + ")";
#else
  return "install Python " + found.version + " from python.org";
#endif
}

// What keeps an interpreter from being used; empty if nothing does.
std::string obstacle(const interpreter& found, const wishes& wished, const fs::path& loader) {
  if (!wished.version.empty() && found.version != wished.version) {
    return "the setting \"Version\" asks for " + wished.version;
  }
  if (found.bits != own_bits) {
    return "it is built for " + std::to_string(found.bits) + " bits, and Orthanc for " + std::to_string(own_bits);
  }
  std::error_code ignored;
  if (!fs::exists(plugin_for(found.version, loader), ignored)) {
    return "there is no plugin for Python " + found.version + " in " + text_of(loader.parent_path() / "OrthancPython") +
           ", which has: " + available_versions(loader);
  }
  if (found.library.empty()) {
    return "it has no shared library: " + how_to_get_library(found);
  }
  return {};
}

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

choice choose_interpreter(const wishes& wished, const fs::path& loader) {
  std::string refused;
  std::set<fs::path> seen;
  for (const candidate& tried : find_candidates(wished, loader)) {
    std::error_code ignored;
    if (!seen.insert(fs::absolute(tried.executable, ignored)).second) {
      continue;
    }
    std::string problem;
    std::string description = text_of(tried.executable);
    try {
      const interpreter found = ask_interpreter(tried.executable);
      description = describe(found);
      problem = obstacle(found, wished, loader);
      if (problem.empty()) {
        return {found, plugin_for(found.version, loader), tried.reason};
      }
    } catch (const std::runtime_error& error) {
      problem = error.what();
    }
    refused += "\n  " + tried.reason + ": " + description + ": " + problem;
  }
  throw std::runtime_error("no Python interpreter can be used; plugins are there for Python " + available_versions(loader) + ". " +
                           (refused.empty() ? "None was found: install one, or set \"Executable\" or \"VirtualEnv\" in the section "
                                              "\"Python\" of Orthanc's configuration"
                                            : "Found:" + refused));
}

}  // namespace orthanc_python_loader
