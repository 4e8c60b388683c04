// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/choice.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "hanging.h"
#include "log_text.h"
#include "platform/subprocess.h"
#include "search/candidates.h"
#include "system/access.h"
#include "system/paths.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;
using orthanc_python::access_obstacle;
using orthanc_python::right;
using orthanc_python::text_of;

constexpr int own_bits = sizeof(void*) * 8;

// Beside the loader lies a folder with a plugin for each Python.
fs::path plugins_of(const fs::path& loader) { return loader.parent_path() / "OrthancPython"; }

fs::path plugin_for(const std::string& version, const fs::path& loader) {
  return plugins_of(loader) / ("OrthancPython-python" + version + loader.extension().string());
}

std::string available_versions(const fs::path& loader) {
  if (const std::string obstacle = access_obstacle(plugins_of(loader), right::read); !obstacle.empty()) {
    return "unknown (" + obstacle + ")";
  }
  std::set<std::string> versions;
  std::error_code error;  // no such folder: none
  for (const auto& entry : fs::directory_iterator(plugins_of(loader), error)) {
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

// Return why an interpreter cannot be used; empty if it can.
std::string obstacle(const interpreter& found, const wishes& wished, const fs::path& loader) {
  if (!wished.version.empty() && found.version != wished.version) {
    return "the setting \"Version\" asks for " + wished.version;
  }
  if (found.bits != own_bits) {
    return "it is built for " + std::to_string(found.bits) + " bits, and Orthanc for " + std::to_string(own_bits);
  }
  const fs::path plugin = plugin_for(found.version, loader);
  if (const std::string denied = access_obstacle(plugin, right::read); !denied.empty()) {
    return denied;
  }
  std::error_code error;  // of access: checked above
  if (!fs::exists(plugin, error)) {
    return "there is no plugin for Python " + found.version + " in " + text_of(plugins_of(loader)) +
           ", which has: " + available_versions(loader);
  }
  if (found.library.empty()) {
    return "it has no shared library: " + how_to_get_library(found);
  }
  return access_obstacle(found.library, right::read);
}

// Goes through the candidates, and keeps why each was refused.
class search {
public:
  search(const wishes& wished, const fs::path& loader, const open_choice& open)
      : wished_(wished), loader_(loader), open_(open) {}

  // Return whether a candidate was opened; then `result` has it. One that is known to hang, and still does, is put off.
  bool try_one(const candidate& tried, choice& result) {
    // A wish is tried whatever happened before.
    if (tried.problem.empty() && !tried.wished && is_known_to_hang(tried.executable) && !answers_now(tried.executable)) {
      refuse(tried, text_of(tried.executable), "it did not answer at an earlier start" + advice, true);
      put_off_.push_back(tried);
      return false;
    }
    return ask_and_open(tried, result);
  }

  // The same for those that were put off, with all the time: perhaps they are only slow.
  bool try_those_put_off(choice& result) {
    return std::any_of(put_off_.begin(), put_off_.end(), [&](const candidate& each) { return ask_and_open(each, result); });
  }

  // Each on a line.
  std::string refused() const {
    std::string result;
    for (const refusal& each : refused_) {
      result += "\n  " + orthanc_python::one_line(each.text);
    }
    return result;
  }

private:
  static inline const std::string advice = "; remove it, or name another by the setting \"Executable\"";

  // Perhaps only the system was slow at that start: forget it if the interpreter answers in a brief time, or fails.
  static bool answers_now(const fs::path& executable) {
    try {
      ask_interpreter(executable, brief_timeout);
    } catch (const timeout_error&) {
      return false;
    } catch (const std::runtime_error&) {
      // The next question says why.
    }
    forget_hanging(executable);
    return true;
  }

  bool ask_and_open(const candidate& tried, choice& result) {
    if (!tried.problem.empty()) {
      refuse(tried, text_of(tried.executable), tried.problem);
      return false;
    }
    std::string description = text_of(tried.executable);
    try {
      const interpreter found = ask_interpreter(tried.executable);
      // A shim is found under another path than its interpreter's.
      description = (found.executable == tried.executable ? "" : description + ": ") + describe(found);
      if (const std::string problem = obstacle(found, wished_, loader_); !problem.empty()) {
        refuse(tried, description, problem);
        return false;
      }
      result = {found, plugin_for(found.version, loader_), tried.reason, {}};
    } catch (const timeout_error& error) {
      remember_hanging(tried.executable);
      refuse(tried, description, error.what() + advice, true);
      return false;
    } catch (const std::runtime_error& error) {
      refuse(tried, description, error.what());
      return false;
    }
    try {
      open_(result);
      result.refused = refused_;
      return true;
    } catch (const std::runtime_error& error) {
      refuse(tried, description, error.what(), true);
      return false;
    }
  }

  void refuse(const candidate& tried, const std::string& description, const std::string& problem, bool unexpected = false) {
    refused_.push_back({tried.reason + ": " + description + ": " + problem, unexpected});
  }

  const wishes& wished_;
  const fs::path& loader_;
  const open_choice& open_;
  std::vector<refusal> refused_;
  std::vector<candidate> put_off_;
};

}  // namespace

choice choose_interpreter(const wishes& wished, const fs::path& loader, const open_choice& open) {
  search tries(wished, loader, open);
  std::set<fs::path> seen;
  choice result;
  for (const candidate& tried : find_candidates(wished, loader)) {
    std::error_code error;  // only the current folder can be missing
    if (seen.insert(fs::absolute(tried.executable, error)).second && tries.try_one(tried, result)) {
      return result;
    }
  }
  if (tries.try_those_put_off(result)) {
    return result;
  }
  throw std::runtime_error(
      "no Python interpreter can be used; plugins are there for Python " + available_versions(loader) + ". " +
      (tries.refused().empty() ? "None was found: install one, or set \"Executable\" or \"VirtualEnv\" in the section "
                                 "\"Python\" of Orthanc's configuration"
                               : "Found:" + tries.refused()));
}

}  // namespace orthanc_python_loader
