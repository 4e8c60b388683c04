// SPDX-License-Identifier: GPL-3.0-or-later
#include "environments.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "system/access.h"
#include "system/paths.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

#ifdef _WIN32
constexpr const char* interpreters[] = {"Scripts/python.exe", "python.exe"};  // the latter: conda
#else
constexpr const char* interpreters[] = {"bin/python", "bin/python3"};
#endif

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// "3.13" of "python3.13" (a folder of lib) or of "python313.dll"; empty for another name.
std::string version_in(const fs::path& file) {
  std::string name = text_of(file.filename());
#ifdef _WIN32
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  if (!name.starts_with("python3") || !name.ends_with(".dll")) {
    return {};
  }
  name = "3." + name.substr(7, name.size() - 11);
#else
  if (!name.starts_with("python3.")) {
    return {};
  }
  name.erase(0, 6);
#endif
  const auto end = name.find_first_not_of("0123456789", 2);
  const std::string rest = end == std::string::npos ? "" : name.substr(end);
  return name.size() > 2 && end != 2 && (rest.empty() || rest == "t") ? name : "";
}

// Return the environment around an interpreter in it, and any other path as it is.
fs::path without_interpreter(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {  // an error is found again by the caller
    return path;
  }
  const fs::path folder = path.parent_path();
  const std::string name = text_of(folder.filename());
  return name == "bin" || name == "Scripts" ? folder.parent_path() : folder;
}

}  // namespace

fs::path environment_interpreter(const fs::path& environment) {
  for (const char* relative : interpreters) {
    const fs::path found = environment / relative;
    if (may_exist(found)) {
      return found;
    }
  }
  return {};
}

fs::path configured_environment(const std::string& setting, const std::string& python) {
  const std::string what = "the setting \"VirtualEnv\" is \"" + setting + "\":";
  require_access(what, path_from(setting), right::execute);
  const fs::path environment = without_interpreter(path_from(setting));
  require_access(what, environment, right::execute);
  require_access(what, environment / "pyvenv.cfg", right::read);
  const fs::path interpreter = environment_interpreter(environment);
  if (interpreter.empty()) {
    throw std::runtime_error(what + " it is not a virtual environment; make it with: " + python + " -m venv " + setting);
  }
  require_access(what, interpreter, right::execute);
  return environment;
}

// As CPython reads the file: keys in any case, blanks around "=" or none.
std::string environment_value(const fs::path& environment, const std::string& key) {
  std::ifstream file(environment / "pyvenv.cfg");
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    std::string name = trimmed(line.substr(0, equals));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    if (equals != std::string::npos && name == key) {
      return trimmed(line.substr(equals + 1));
    }
  }
  return {};
}

std::vector<std::string> environment_versions(const fs::path& environment) {
  for (const char* key : {"version", "version_info"}) {  // the latter: virtualenv and uv
    if (const std::string version = environment_value(environment, key); !version.empty()) {
      return {version};
    }
  }
#ifdef _WIN32
  const fs::path folder = environment;
#else
  const fs::path folder = environment / "lib";
#endif
  require_access("the environment's folder", folder, right::read);
  std::vector<std::string> found;
  std::error_code error;  // there may be no such folder
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (const std::string version = version_in(entry.path()); !version.empty()) {
      found.push_back(version);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const std::string& a, const std::string& b) { return std::atoi(a.c_str() + 2) > std::atoi(b.c_str() + 2); });
  return found;
}

}  // namespace orthanc_python
