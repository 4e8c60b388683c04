// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/candidates.h"

#include <sstream>
#include <stdexcept>

#include "environments.h"
#include "system/access.h"
#include "system/paths.h"
#include "system/process_environment.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;
using orthanc_python::access_obstacle;
using orthanc_python::environment_interpreter;
using orthanc_python::may_exist;
using orthanc_python::path_from;
using orthanc_python::read_environment;
using orthanc_python::right;

#ifdef _WIN32
constexpr char path_separator = ';';
constexpr const char* suffix = ".exe";
constexpr const char* system_folders = "";
constexpr const char* python_command = "py";
#else
constexpr char path_separator = ':';
constexpr const char* suffix = "";
constexpr const char* system_folders = ":/usr/local/bin:/usr/bin";  // a service may have a PATH without them
constexpr const char* python_command = "python3";
#endif

constexpr int oldest_minor = 10;
constexpr int newest_minor = 19;  // names to look for on PATH, not a promise

// The virtual environment (PEP 405) that a file lies in, or an empty path.
fs::path environment_around(const fs::path& file) {
  std::error_code ignored;
  for (fs::path folder = file.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (fs::exists(folder / "pyvenv.cfg", ignored)) {
      return folder;
    }
  }
  return {};
}

std::vector<std::string> names(const std::string& version) {
  if (!version.empty()) {
    return {"python" + version, "python3", "python"};
  }
  std::vector<std::string> result{"python3", "python"};
  for (int minor = newest_minor; minor >= oldest_minor; --minor) {
    result.push_back("python3." + std::to_string(minor));
  }
  return result;
}

std::vector<fs::path> folders_of_path() {
  std::vector<fs::path> result;
  std::istringstream stream(read_environment("PATH") + system_folders);
  for (std::string folder; std::getline(stream, folder, path_separator);) {
    if (!folder.empty()) {
      result.push_back(path_from(folder));
    }
  }
  return result;
}

void add_from_path(std::vector<candidate>& found, const std::string& version) {
  std::vector<fs::path> folders = folders_of_path();
  std::erase_if(folders, [&](const fs::path& folder) {
    const std::string problem = access_obstacle(folder, right::execute);
    if (!problem.empty()) {
      found.push_back({folder, "PATH", false, problem});
    }
    return !problem.empty();
  });
  for (const std::string& name : names(version)) {
    for (const fs::path& folder : folders) {
      std::error_code error;  // of access to a link's target: the attempt to run it meets the same error
      const fs::path executable = folder / (name + suffix);
      if (may_exist(executable) && !fs::is_directory(executable, error)) {
        found.push_back({executable, "PATH"});
      }
    }
  }
}

// Return the interpreter of an environment that is not wished; empty if it has none.
candidate in_environment(const fs::path& environment, const std::string& reason) {
  if (const std::string problem = access_obstacle(environment, right::execute); !problem.empty()) {
    return {environment, reason, false, problem};
  }
  return {environment_interpreter(environment), reason};
}

candidate wished_executable(const std::string& setting) {
  const std::string what = "the setting \"Executable\" is \"" + setting + "\"";
  orthanc_python::require_access(what + ":", path_from(setting), right::execute);
  if (!may_exist(path_from(setting))) {
    throw std::runtime_error(what + ", which does not exist");
  }
  return {path_from(setting), "the setting \"Executable\"", true};
}

}  // namespace

std::vector<candidate> find_candidates(const wishes& wished, const fs::path& loader) {
  if (!wished.executable.empty()) {
    return {wished_executable(wished.executable)};
  }
  if (!wished.virtual_environment.empty()) {
    const fs::path environment = orthanc_python::configured_environment(wished.virtual_environment, python_command);
    return {{environment_interpreter(environment), "the setting \"VirtualEnv\"", true}};
  }
  std::vector<candidate> found;
  if (const fs::path around = environment_around(loader); !around.empty()) {
    found.push_back(in_environment(around, "the virtual environment that the plugin is installed in"));
  }
  if (const std::string active = read_environment("VIRTUAL_ENV"); !active.empty()) {
    found.push_back(in_environment(path_from(active), "the environment variable VIRTUAL_ENV"));
  }
  std::erase_if(found, [](const candidate& each) { return each.executable.empty(); });
  add_from_path(found, wished.version);
  for (candidate& registered : registered_interpreters()) {
    found.push_back(std::move(registered));
  }
  return found;
}

}  // namespace orthanc_python_loader
