// SPDX-License-Identifier: GPL-3.0-or-later
// The interpreters in Windows' registry, PEP 514: Software\Python\<company>\<tag>\InstallPath, of the user and of the machine.
#include <windows.h>

#include <algorithm>
#include <cwchar>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "search/candidates.h"
#include "system/access.h"

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

// The version that a tag such as "3.14", "3.14t-arm64" or "Anaconda39-64" begins with, or has in it.
struct tag_version {
  std::vector<unsigned long> numbers;
  bool threaded = false;
};

tag_version version_of(const std::wstring& tag) {
  constexpr auto digits = L"0123456789";
  tag_version result;
  std::size_t place = tag.find_first_of(digits);
  while (place < tag.size() && std::wstring_view(digits).find(tag[place]) != std::wstring_view::npos) {
    const std::size_t end = std::min(tag.find_first_not_of(digits, place), tag.size());
    result.numbers.push_back(std::wcstoul(tag.substr(place, end - place).c_str(), nullptr, 10));
    place = end + (end < tag.size() && tag[end] == L'.' ? 1 : 0);
  }
  const std::wstring rest = place < tag.size() ? tag.substr(place) : L"";
  result.threaded = rest == L"t" || rest.starts_with(L"t-");
  return result;
}

// The registry sorts tags as texts: 3.9 after 3.14.
void sort_by_version(std::vector<std::wstring>& tags) {
  std::sort(tags.begin(), tags.end(), [](const std::wstring& one, const std::wstring& other) {
    const auto numbers = version_of(one).numbers;
    const auto others = version_of(other).numbers;
    return numbers != others ? numbers > others : one < other;
  });
}

void add_interpreters(const registry_key& company, std::vector<candidate>& found, std::vector<candidate>& threaded) {
  std::vector<std::wstring> tags = company.names();
  sort_by_version(tags);
  for (const std::wstring& tag : tags) {
    const registry_key installation(company.get(), tag + L"\\InstallPath", 0);
    fs::path executable = installation.value(L"ExecutablePath");
    if (const fs::path folder = installation.value(nullptr); executable.empty() && !folder.empty()) {
      executable = folder / "python.exe";
    }
    // A file that this account cannot look at, such as a Python of the Microsoft Store, is listed with the reason why it cannot
    // be run.
    if (!executable.empty() && orthanc_python::may_exist(executable)) {
      (version_of(tag).threaded ? threaded : found).push_back({executable, "the registry"});
    }
  }
}

}  // namespace

std::vector<candidate> registered_interpreters() {
  std::vector<candidate> found;
  std::vector<candidate> threaded;
  for (const auto& [hive, view] : {std::pair<HKEY, REGSAM>{HKEY_CURRENT_USER, 0},
                                   {HKEY_LOCAL_MACHINE, KEY_WOW64_64KEY},
                                   {HKEY_LOCAL_MACHINE, KEY_WOW64_32KEY}}) {
    const registry_key companies(hive, L"Software\\Python", view);
    for (const std::wstring& company : companies.names()) {
      if (company != L"PyLauncher") {
        add_interpreters(registry_key(companies.get(), company, view), found, threaded);
      }
    }
  }
  found.insert(found.end(), threaded.begin(), threaded.end());
  return found;
}

}  // namespace orthanc_python_loader
