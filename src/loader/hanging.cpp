// SPDX-License-Identifier: GPL-3.0-or-later
#include "hanging.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "system/paths.h"
#include "system/process_environment.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;
using orthanc_python::path_from;
using orthanc_python::read_environment;

constexpr long long week = 7LL * 24 * 3600;  // seconds; a disk that was not there yet must not count for ever

long long now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// A line has the time of the event, and this: when the interpreter was changed, and its path.
std::string identity(const fs::path& executable) {
  std::error_code error;
  const auto changed = fs::last_write_time(executable, error);
  const long long time = error ? 0 : static_cast<long long>(changed.time_since_epoch().count());  // 128 bits in libc++
  return std::to_string(time) + " " + orthanc_python::text_of(fs::absolute(executable, error));
}

// Return the file, or an empty path.
fs::path memory() {
#ifdef _WIN32
  const std::string folder = read_environment("LOCALAPPDATA");
#else
  std::string folder = read_environment("XDG_CACHE_HOME");
  if (const std::string home = read_environment("HOME"); folder.empty() && !home.empty()) {
    folder = home + "/.cache";
  }
#endif
  return folder.empty() ? fs::path() : path_from(folder) / "orthanc-python" / "hanging-interpreters.txt";
}

struct event {
  std::string line;
  std::string interpreter;  // its identity
};

// Return those of the last week.
std::vector<event> recent_events() {
  std::ifstream file(memory());
  std::vector<event> result;
  for (std::string line; std::getline(file, line);) {
    const auto blank = line.find(' ');
    if (blank != std::string::npos && now() - std::atoll(line.c_str()) < week) {
      result.push_back({line, line.substr(blank + 1)});
    }
  }
  return result;
}

}  // namespace

bool is_known_to_hang(const fs::path& executable) {
  const std::vector<event> events = recent_events();
  const std::string wanted = identity(executable);
  return std::any_of(events.begin(), events.end(), [&](const event& each) { return each.interpreter == wanted; });
}

void forget_hanging(const fs::path& executable) noexcept {
  try {
    const std::string forgotten = identity(executable);
    const fs::path written = path_from(orthanc_python::text_of(memory()) + ".new");
    std::ofstream file(written, std::ios::trunc);
    for (const event& each : recent_events()) {
      if (each.interpreter != forgotten) {
        file << each.line + "\n";
      }
    }
    file.close();
    if (file) {
      fs::rename(written, memory());
    }
  } catch (const std::exception&) {
    return;  // it is asked twice again
  }
}

void remember_hanging(const fs::path& executable) noexcept {
  try {
    std::error_code error;  // a folder that cannot be made is found when the file is opened
    fs::create_directories(memory().parent_path(), error);
    std::ofstream file(memory(), std::ios::app);
    file << std::to_string(now()) + " " + identity(executable) + "\n";
  } catch (const std::exception&) {
    return;  // it costs the timeout again
  }
}

}  // namespace orthanc_python_loader
