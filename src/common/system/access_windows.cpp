// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include "system/access.h"
#include "system/paths.h"

namespace orthanc_python {

namespace {

namespace fs = std::filesystem;

bool denied(const fs::path& path, DWORD rights) {
  const DWORD shared = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
  // The flag is what opens folders.
  const HANDLE file = CreateFileW(path.c_str(), rights, shared, nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return GetLastError() == ERROR_ACCESS_DENIED;
  }
  CloseHandle(file);
  return false;
}

// By the environment: GetUserName would need another DLL.
std::string account() {
  wchar_t name[256];
  const DWORD size = GetEnvironmentVariableW(L"USERNAME", name, 256);
  return size == 0 || size >= 256 ? "of this process" : text_of(fs::path(std::wstring(name, size)));
}

}  // namespace

// Windows lets every account pass folders by default, so only the path itself is asked for.
std::string access_obstacle(const fs::path& path, right wanted) {
  if (!denied(path, wanted == right::read ? GENERIC_READ : GENERIC_EXECUTE)) {
    return {};
  }
  return "the account " + account() + " may not read " + text_of(path) + "; allow it with: icacls \"" + text_of(path) +
         "\" /grant \"" + account() + ":(RX)\"";
}

}  // namespace orthanc_python
