// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <vector>

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

// Return whether the mode bits grant this account the right: then something else denies it. Root is as any account here: it
// is denied where it has no more rights, as on a network share with root_squash.
bool granted_by_mode(const struct stat& status, int mode) {
  const mode_t others = mode == R_OK ? S_IROTH : S_IXOTH;
  if (status.st_uid == geteuid()) {
    return (status.st_mode & (others << 6)) != 0;
  }
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(getgroups(0, nullptr), 0)));
  groups.resize(static_cast<std::size_t>(std::max(getgroups(static_cast<int>(groups.size()), groups.data()), 0)));
  groups.push_back(getegid());
  const bool member = std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
  return (status.st_mode & (member ? others << 3 : others)) != 0;
}

// Where to look if the mode bits grant what the system denies.
std::string other_rules(const std::string& path, bool program) {
#ifdef __APPLE__
  return "look for an access list (ls -led " + path + ") and the system's privacy settings" +
         (program ? ", or a volume mounted with noexec (mount)" : "");
#else
  return "look for an access list (getfacl " + path + ") and rules of SELinux, AppArmor or systemd" +
         (program ? ", or a file system mounted with noexec (findmnt -T " + path + ")" : "");
#endif
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
  const bool known = stat(found.c_str(), &status) == 0;
  const bool folder = known && S_ISDIR(status.st_mode);
  const std::string verb = mode == R_OK ? "read " : folder ? "enter the folder " : "execute ";
  const std::string bits = mode == R_OK ? folder ? "rx" : "r" : folder ? "x" : "rx";
  const std::string denial = "the account " + account() + " may not " + verb + found.string();
  if (known && granted_by_mode(status, mode)) {
    return denial + ", although its mode allows it; " + other_rules(found.string(), mode == X_OK && !folder);
  }
  return denial + "; allow it with: chmod a+" + bits + " " + found.string();
}

bool may_exist(const fs::path& path) {
  std::error_code error;  // of access: it is there, but not for this account
  return fs::exists(path, error) || !access_obstacle(path, right::execute).empty();
}

}  // namespace orthanc_python
