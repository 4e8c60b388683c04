// SPDX-License-Identifier: GPL-3.0-or-later
// Uses the system's functions, because each C runtime in the process keeps a copy that the others do not see.
#include <windows.h>

#include <vector>

#include "system/paths.h"
#include "system/process_environment.h"

namespace orthanc_python {

std::string read_environment(const char* name) {
  const std::wstring wide = path_from(name).wstring();
  std::vector<wchar_t> value(GetEnvironmentVariableW(wide.c_str(), nullptr, 0) + 1);
  value[GetEnvironmentVariableW(wide.c_str(), value.data(), static_cast<DWORD>(value.size()))] = L'\0';
  return text_of(std::filesystem::path(value.data()));
}

void set_environment(const char* name, const std::string& value) {
  SetEnvironmentVariableW(path_from(name).c_str(), path_from(value).c_str());
}

void remove_from_environment(const char* name) { SetEnvironmentVariableW(path_from(name).c_str(), nullptr); }

}  // namespace orthanc_python
