// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>
// Behind it, because it needs its types.
#include <sddl.h>

#include <vector>

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

// The name by the environment; empty without one.
std::string user_name() {
  wchar_t name[256];
  const DWORD size = GetEnvironmentVariableW(L"USERNAME", name, 256);
  return size == 0 || size >= 256 ? "" : text_of(fs::path(std::wstring(name, size)));
}

// The SID of this process's account, such as "S-1-5-20"; empty if it cannot be had.
std::string account_sid() {
  HANDLE token = nullptr;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
    return {};
  }
  DWORD size = 0;
  GetTokenInformation(token, TokenUser, nullptr, 0, &size);
  std::vector<unsigned char> user(size);
  wchar_t* text = nullptr;
  std::string result;
  if (size > 0 && GetTokenInformation(token, TokenUser, user.data(), size, &size) &&
      ConvertSidToStringSidW(reinterpret_cast<const TOKEN_USER*>(user.data())->User.Sid, &text)) {
    result = text_of(fs::path(text));
    LocalFree(text);
  }
  CloseHandle(token);
  return result;
}

// Accounts of the system, whose USERNAME is the machine's or a word that icacls does not know in every language: LocalSystem,
// LocalService, NetworkService, and those of single services.
bool is_of_a_service(const std::string& sid) {
  return sid == "S-1-5-18" || sid == "S-1-5-19" || sid == "S-1-5-20" || sid.starts_with("S-1-5-80-");
}

}  // namespace

// Windows lets every account pass folders by default, so only the path itself is asked for.
std::string access_obstacle(const fs::path& path, right wanted) {
  if (!denied(path, wanted == right::read ? GENERIC_READ : GENERIC_EXECUTE)) {
    return {};
  }
  const std::string name = user_name();
  const std::string sid = account_sid();
  const bool by_sid = !sid.empty() && (name.empty() || is_of_a_service(sid));
  const std::string account = by_sid ? "*" + sid : name.empty() ? "of this process" : name;
  return "the account " + account + " may not read " + text_of(path) + "; allow it with: icacls \"" + text_of(path) +
         "\" /grant \"" + account + ":(RX)\"";
}

// Ask for the folder's entry: std::filesystem follows an alias of the Microsoft Store, and cannot open its target.
bool may_exist(const fs::path& path) {
  return GetFileAttributesW(path.c_str()) != INVALID_FILE_ATTRIBUTES || GetLastError() == ERROR_ACCESS_DENIED;
}

}  // namespace orthanc_python
