// SPDX-License-Identifier: GPL-3.0-or-later
// The interpreters in Windows' registry, PEP 514: Software\Python\<company>\<tag>\InstallPath, of the user and of the machine.
#include <windows.h>

#include "search/candidates.h"

namespace orthanc_python_loader {

namespace {

namespace fs = std::filesystem;

class registry_key {
public:
  registry_key(HKEY parent, const std::wstring& path, REGSAM view) {
    if (RegOpenKeyExW(parent, path.c_str(), 0, KEY_READ | view, &key_) != ERROR_SUCCESS) {
      key_ = nullptr;
    }
  }
  ~registry_key() {
    if (key_ != nullptr) {
      RegCloseKey(key_);
    }
  }
  registry_key(const registry_key&) = delete;
  registry_key& operator=(const registry_key&) = delete;

  HKEY get() const noexcept { return key_; }

  std::vector<std::wstring> names() const {
    std::vector<std::wstring> result;
    wchar_t name[256];  // the longest name of a key has 255 characters
    for (DWORD i = 0; key_ != nullptr; ++i) {
      DWORD size = 256;
      if (RegEnumKeyExW(key_, i, name, &size, nullptr, nullptr, nullptr, nullptr) != ERROR_SUCCESS) {
        break;
      }
      result.emplace_back(name, size);
    }
    return result;
  }

  // A text, or an empty one; `name` is nullptr for the key's own value.
  std::wstring value(const wchar_t* name) const {
    wchar_t text[4096];
    DWORD size = sizeof text;
    if (key_ == nullptr || RegGetValueW(key_, nullptr, name, RRF_RT_REG_SZ, nullptr, text, &size) != ERROR_SUCCESS) {
      return {};
    }
    return text;
  }

private:
  HKEY key_ = nullptr;
};

void add_interpreters(const registry_key& company, std::vector<candidate>& found) {
  const std::vector<std::wstring> tags = company.names();
  // The names are sorted by the system; later versions come last.
  for (auto tag = tags.rbegin(); tag != tags.rend(); ++tag) {
    const registry_key installation(company.get(), *tag + L"\\InstallPath", 0);
    fs::path executable = installation.value(L"ExecutablePath");
    if (const fs::path folder = installation.value(nullptr); executable.empty() && !folder.empty()) {
      executable = folder / "python.exe";
    }
    // A file that this account cannot look at, such as a Python of the Microsoft Store, is listed with the reason why it cannot
    // be run.
    std::error_code error;
    if (!executable.empty() && fs::status(executable, error).type() != fs::file_type::not_found) {
      found.push_back({executable, "the registry"});
    }
  }
}

}  // namespace

std::vector<candidate> registered_interpreters() {
  std::vector<candidate> found;
  for (const auto& [hive, view] : {std::pair<HKEY, REGSAM>{HKEY_CURRENT_USER, 0},
                                   {HKEY_LOCAL_MACHINE, KEY_WOW64_64KEY},
                                   {HKEY_LOCAL_MACHINE, KEY_WOW64_32KEY}}) {
    const registry_key companies(hive, L"Software\\Python", view);
    for (const std::wstring& company : companies.names()) {
      if (company != L"PyLauncher") {
        add_interpreters(registry_key(companies.get(), company, view), found);
      }
    }
  }
  return found;
}

}  // namespace orthanc_python_loader
