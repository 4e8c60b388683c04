// SPDX-License-Identifier: GPL-3.0-or-later
#include "candidates.h"

#include <sstream>
#include <stdexcept>

#include "paths.h"
#include "process_environment.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;
using orthanc_python::path_from;
using orthanc_python::read_environment;

#ifdef _WIN32
constexpr char path_separator = ';';
constexpr const char* suffix = ".exe";
constexpr const char* in_environment[] = {"Scripts/python.exe", "python.exe"};  // the latter: conda
constexpr const char* system_folders = "";
constexpr const char* make_environment = "py -m venv ";
#else
constexpr char path_separator = ':';
constexpr const char* suffix = "";
constexpr const char* in_environment[] = {"bin/python", "bin/python3"};
constexpr const char* system_folders = ":/usr/local/bin:/usr/bin";  // a service may have a PATH without them
constexpr const char* make_environment = "python3 -m venv ";
#endif

constexpr int oldest_minor = 10;
constexpr int newest_minor = 19;  // names to look for on PATH, not a promise

// The interpreter of a virtual environment, or an empty path.
fs::path interpreter_of(const fs::path& environment) {
  std::error_code ignored;
  for (const char* relative : in_environment) {
    if (fs::exists(environment / relative, ignored)) {
      return environment / relative;
    }
  }
  return {};
}

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

void add_from_path(std::vector<candidate>& found, const std::string& version) {
  const std::string folders = read_environment("PATH") + system_folders;
  for (const std::string& name : names(version)) {
    std::istringstream stream(folders);
    for (std::string folder; std::getline(stream, folder, path_separator);) {
      std::error_code ignored;
      const fs::path executable = path_from(folder) / (name + suffix);
      if (!folder.empty() && fs::is_regular_file(executable, ignored)) {
        found.push_back({executable, "PATH"});
      }
    }
  }
}

}  // namespace

std::vector<candidate> find_candidates(const wishes& wished, const fs::path& loader) {
  std::error_code ignored;
  if (!wished.executable.empty()) {
    if (!fs::exists(path_from(wished.executable), ignored)) {
      throw std::runtime_error("the setting \"Executable\" is \"" + wished.executable + "\", which does not exist");
    }
    return {{path_from(wished.executable), "the setting \"Executable\""}};
  }
  if (!wished.virtual_environment.empty()) {
    const fs::path executable = interpreter_of(path_from(wished.virtual_environment));
    if (executable.empty()) {
      throw std::runtime_error("the setting \"VirtualEnv\" is \"" + wished.virtual_environment +
                               "\", which is not a virtual environment; make it with: " + make_environment + wished.virtual_environment);
    }
    return {{executable, "the setting \"VirtualEnv\""}};
  }
  std::vector<candidate> found;
  if (const fs::path around = environment_around(loader); !around.empty()) {
    found.push_back({interpreter_of(around), "the virtual environment that the plugin is installed in"});
  }
  if (const std::string active = read_environment("VIRTUAL_ENV"); !active.empty()) {
    found.push_back({interpreter_of(path_from(active)), "the environment variable VIRTUAL_ENV"});
  }
  std::erase_if(found, [](const candidate& each) { return each.executable.empty(); });
  add_from_path(found, wished.version);
  for (candidate& registered : registered_interpreters()) {
    found.push_back(std::move(registered));
  }
  return found;
}

}  // namespace orthanc_python_loader
