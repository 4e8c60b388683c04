// SPDX-License-Identifier: GPL-3.0-or-later
#include "interpreter/virtual_environment.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "conversion/nanobind.h"
#include "environments.h"
#include "interpreter/shared_library.h"
#include "sdk/sdk.h"
#include "system/access.h"
#include "system/error_text.h"
#include "system/paths.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

// "3.13", from the headers.
const std::string linked_version = std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION);

#ifdef Py_GIL_DISABLED
const std::string threading = "t";
#else
const std::string threading;
#endif

#ifdef _WIN32
const std::string usual_program = "python.exe";
const std::string threaded_program = "python" + linked_version + "t.exe";
const std::string python_command = "py -" + linked_version + threading;
#else
const std::string usual_program = "bin/python" + linked_version;
const std::string threaded_program = "bin/python" + linked_version + "t";
const std::string python_command = "python" + linked_version + threading;
#endif

// Where a folder has both Pythons, the usual name is that of the one with the GIL.
const std::vector<std::string> programs =
    threading.empty() ? std::vector{usual_program} : std::vector{threaded_program, usual_program};

// Return whether a version such as "3.13.1" or "3.13t" is the plugin's. Only folders show whether Python is free-threaded.
bool is_own(const std::string& version) {
  return version == linked_version + threading || version.starts_with(linked_version + ".");
}

// A loader has looked at the setting already.
void check_version(const std::string& wished) {
  if (!wished.empty() && wished != linked_version + threading) {
    throw std::runtime_error("the setting \"Version\" asks for " + wished + ", but this plugin is built for Python " +
                             linked_version + threading + "; take the plugin for that Python, or remove the setting");
  }
}

// Refuses an environment of another version of Python, whose packages this one cannot load.
void check_environment(const fs::path& environment) {
  const std::vector<std::string> versions = environment_versions(environment);
  if (!versions.empty() && std::none_of(versions.begin(), versions.end(), is_own)) {
    throw std::runtime_error("the virtual environment " + text_of(environment) + " is of Python " + versions.front() +
                             ", but this plugin is built for Python " + linked_version + threading +
                             "; take the plugin for that Python, or "
                             "make the environment with: " +
                             python_command + " -m venv " + text_of(environment));
  }
}

// The interpreter that belongs to the libpython in use, so that sys.executable can start worker processes: it is in the same
// folder (Windows), or in `bin` of a folder above.
fs::path interpreter_beside_library() {
  std::error_code error;
  const fs::path library = fs::weakly_canonical(python_library_path(), error);
  if (error) {
    log_warning("Python: cannot resolve the path " + text_of(python_library_path()) + ": " + error_text(error));
  }
  for (fs::path prefix = library.parent_path(); prefix.has_relative_path(); prefix = prefix.parent_path()) {
    for (const std::string& name : programs) {
      const fs::path found = prefix / name;
      if (const std::string obstacle = access_obstacle(found, right::execute); !obstacle.empty()) {
        log_warning("Python: an interpreter cannot be used: " + obstacle);
      } else if (fs::exists(found, error)) {
        return found;
      }
    }
  }
  return {};
}

// Warn of an environment that another build of the same version has made: it keeps that one's standard library.
void warn_of_other_home(const fs::path& environment) {
  const std::string noted = environment_value(environment, "home");
  std::error_code error;
  const fs::path home = fs::weakly_canonical(path_from(noted), error);
  if (error && !noted.empty()) {
    log_warning("Python: cannot resolve the path " + noted + " in pyvenv.cfg of " + text_of(environment) + ": " +
                error_text(error));
  }
  const fs::path interpreter = interpreter_beside_library();
  const fs::path own = interpreter.parent_path();
  if (!home.empty() && !own.empty() && home != own) {
    log_warning("Python: the virtual environment " + text_of(environment) + " was made by the Python in " + text_of(home) +
                ", but the plugin uses the one in " + text_of(own) +
                "; if imports fail, make it with: " + text_of(interpreter) + " -m venv " + text_of(environment));
  }
}

}  // namespace

fs::path choose_executable(const configuration& settings) {
  if (!settings.executable.empty()) {
    return path_from(settings.executable);
  }
  check_version(settings.version);
  if (settings.virtual_environment.empty()) {
    return interpreter_beside_library();
  }
  const fs::path environment = configured_environment(settings.virtual_environment, python_command);
  check_environment(environment);
  warn_of_other_home(environment);
  return std::filesystem::absolute(environment_interpreter(environment));
}

}  // namespace orthanc_python
