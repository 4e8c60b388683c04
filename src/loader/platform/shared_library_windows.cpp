// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <stdexcept>
#include <system_error>
#include <vector>

#include "platform/shared_library.h"
#include "system/error_text.h"
#include "system/paths.h"

namespace orthanc_python_loader {

namespace {

HMODULE own_module(DWORD flags) noexcept {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flags, reinterpret_cast<const wchar_t*>(&own_module), &module);
  return module;
}

}  // namespace

// Each library of Windows' names those that it needs, so there is nothing to be done for `global`.
void* open_library(const std::filesystem::path& path, bool) {
  // The libraries that it needs are looked for beside it first, such as Python's vcruntime140.dll.
  HMODULE library = LoadLibraryExW(path.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (library == nullptr) {
    const std::error_code error(static_cast<int>(GetLastError()), std::system_category());
    throw std::runtime_error("cannot open " + orthanc_python::text_of(path) + ": " + orthanc_python::error_text(error));
  }
  return library;
}

void close_library(void* library) noexcept { FreeLibrary(static_cast<HMODULE>(library)); }

void pin_library(const std::filesystem::path& path) noexcept {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN, path.c_str(), &module);
}

void* find_function(void* library, const char* name) {
  void* function = reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
  if (function == nullptr) {
    throw std::runtime_error(std::string("the plugin has no function ") + name);
  }
  return function;
}

std::filesystem::path this_library() {
  std::vector<wchar_t> path(32768);  // the longest there is
  path.resize(GetModuleFileNameW(own_module(GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT), path.data(),
                                 static_cast<DWORD>(path.size())));
  return std::filesystem::absolute(std::filesystem::path(path.begin(), path.end()));
}

void pin_this_library() { own_module(GET_MODULE_HANDLE_EX_FLAG_PIN); }

}  // namespace orthanc_python_loader
