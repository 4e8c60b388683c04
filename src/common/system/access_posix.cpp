// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "system/access.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as Linux follows

bool denied(const fs::path& path, int mode) {
  return faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) != 0 && errno == EACCES;
}

// Return the first file or folder on the way to a path that lacks the right, and set `mode` to that right.
fs::path first_denied(const fs::path& path, int& mode, int links) {
  fs::path walked;
  for (auto part = path.begin(); part != path.end(); ++part) {
    const fs::path folder = walked;
    walked /= *part;
    std::error_code error;
    const fs::path target = fs::read_symlink(walked, error);  // fails for what is not a link
    if (!error && links > 0) {
      fs::path followed = target.is_absolute() ? target : folder / target;
      for (++part; part != path.end(); ++part) {
        followed /= *part;
      }
      return first_denied(followed, mode, links - 1);
    }
    const bool last = std::next(part) == path.end();
    if (!last && denied(walked, X_OK)) {
      mode = X_OK;
      return walked;
    }
    if (last && denied(walked, mode)) {
      return walked;
    }
  }
  return {};
}

std::string account() {
  const passwd* entry = getpwuid(geteuid());
  return entry == nullptr ? std::to_string(geteuid()) : entry->pw_name;
}

}  // namespace

std::string access_obstacle(const fs::path& path, right wanted) {
  int mode = wanted == right::read ? R_OK : X_OK;
  std::error_code ignored;  // only the current folder can be missing, and then nothing is found
  const fs::path found = first_denied(fs::absolute(path, ignored), mode, most_links);
  if (found.empty()) {
    return {};
  }
  struct stat status{};
  const bool folder = stat(found.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  const std::string verb = mode == R_OK ? "read " : folder ? "enter the folder " : "execute ";
  const std::string bits = mode == R_OK ? folder ? "rx" : "r" : folder ? "x" : "rx";
  return "the account " + account() + " may not " + verb + found.string() + "; allow it with: chmod a+" + bits + " " +
         found.string();
}

}  // namespace orthanc_python
