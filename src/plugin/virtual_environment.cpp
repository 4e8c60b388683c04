// SPDX-License-Identifier: GPL-3.0-or-later
#include "virtual_environment.h"

#include <fstream>
#include <stdexcept>
#include <string>

#include "nanobind.h"
#include "paths.h"
#include "platform/shared_library.h"
#include "sdk.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

// "3.13", from the headers.
const std::string python_version = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);

#ifdef _WIN32
constexpr const char* in_environment[] = {"Scripts/python.exe", "python.exe"};
const std::string beside_library = "python.exe";
const std::string python_command = "py -" + python_version;
#else
constexpr const char* in_environment[] = {"bin/python", "bin/python3"};
const std::string beside_library = "bin/python" + python_version;
const std::string python_command = "python" + python_version;
#endif

// A value of pyvenv.cfg (PEP 405), or an empty text.
std::string environment_value(const fs::path& environment, const std::string& key) {
  std::ifstream file(environment / "pyvenv.cfg");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + " = ")) {
      line.erase(0, key.size() + 3);
      line.erase(line.find_last_not_of(" \r\n") + 1);
      return line;
    }
  }
  return {};
}

// Refuses an environment of another version of Python, whose packages this one cannot load.
void check_environment(const fs::path& environment) {
  std::string version = environment_value(environment, "version");
  if (version.empty()) {
    version = environment_value(environment, "version_info");  // virtualenv and uv
  }
  if (!version.empty() && !(version + ".").starts_with(python_version + ".")) {
    throw std::runtime_error("the virtual environment " + text_of(environment) + " is of Python " + version +
                             ", but this plugin is built for Python " + python_version + "; take the plugin for that Python, or make the "
                             "environment with: " + python_command + " -m venv " + text_of(environment));
  }
}

// Where a virtual environment has its interpreter. Throws if there is none.
fs::path interpreter_of(const fs::path& environment) {
  std::error_code ignored;
  for (const char* relative : in_environment) {
    if (const fs::path found = environment / relative; fs::exists(found, ignored)) {
      return fs::absolute(found, ignored);
    }
  }
  throw std::runtime_error("the setting \"VirtualEnv\" is \"" + text_of(environment) +
                           "\", which is not a virtual environment; make it with: " + python_command + " -m venv " + text_of(environment));
}

// The interpreter that belongs to the libpython in use, so that sys.executable can start worker processes: it is in the same folder
// (Windows), or in `bin` of a folder above.
fs::path interpreter_beside_library() {
  std::error_code ignored;
  const fs::path library = fs::weakly_canonical(python_library_path(), ignored);
  for (fs::path prefix = library.parent_path(); prefix.has_relative_path(); prefix = prefix.parent_path()) {
    if (const fs::path found = prefix / beside_library; fs::exists(found, ignored)) {
      return found;
    }
  }
  return {};
}

// An environment keeps the standard library of the Python that made it, which may not fit another build of the same version.
void warn_of_other_home(const fs::path& environment) {
  std::error_code ignored;
  const fs::path home = fs::weakly_canonical(path_from(environment_value(environment, "home")), ignored);
  const fs::path own = interpreter_beside_library().parent_path();
  if (!home.empty() && !own.empty() && home != own) {
    log_warning("Python: the virtual environment " + text_of(environment) + " was made by the Python in " + text_of(home) +
                ", but the plugin uses the one in " + text_of(own) + "; if imports fail, make it with: " +
                text_of(own / fs::path(beside_library).filename()) + " -m venv " + text_of(environment));
  }
}

}  // namespace

fs::path choose_executable(const configuration& settings) {
  if (!settings.executable.empty()) {
    return path_from(settings.executable);
  }
  if (settings.virtual_environment.empty()) {
    return interpreter_beside_library();
  }
  const fs::path environment = path_from(settings.virtual_environment);
  check_environment(environment);
  warn_of_other_home(environment);
  return interpreter_of(environment);
}

}  // namespace orthanc_python
