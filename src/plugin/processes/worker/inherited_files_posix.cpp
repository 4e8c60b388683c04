// SPDX-License-Identifier: GPL-3.0-or-later
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "processes/worker/inherited_files.h"

namespace orthanc_python {

namespace {

#ifdef __linux__
constexpr const char* own_descriptors = "/proc/self/fd";
#else
constexpr const char* own_descriptors = "/dev/fd";
#endif

// Never destroyed: a worker may be forked while the process exits.
orthancs_files& inherited = *new orthancs_files;

// The local port of a socket of the internet's, or 0.
std::uint16_t local_port(int descriptor) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  switch (address.ss_family) {
    case AF_INET: return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
    case AF_INET6: return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
    default: return 0;
  }
}

bool is_same(const struct stat& opened, const std::string& path) noexcept {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 && found.st_dev == opened.st_dev && found.st_ino == opened.st_ino;
}

bool is_orthancs(int descriptor) noexcept {
  struct stat opened{};
  if (fstat(descriptor, &opened) != 0) {
    return false;
  }
  if (S_ISSOCK(opened.st_mode)) {
    const std::uint16_t port = local_port(descriptor);
    return port != 0 && std::count(inherited.ports.begin(), inherited.ports.end(), port) > 0;
  }
  return S_ISREG(opened.st_mode) && std::any_of(inherited.databases.begin(), inherited.databases.end(),
                                                [&](const std::string& path) { return is_same(opened, path); });
}

}  // namespace

void remember_inherited_files(orthancs_files files) { inherited = std::move(files); }

void close_inherited_files() noexcept {
  DIR* folder = opendir(own_descriptors);
  if (folder == nullptr) {
    return;
  }
  while (const dirent* entry = readdir(folder)) {
    const int descriptor = std::atoi(entry->d_name);
    if (descriptor > 2 && descriptor != dirfd(folder) && is_orthancs(descriptor)) {
      close(descriptor);
    }
  }
  closedir(folder);
}

}  // namespace orthanc_python
