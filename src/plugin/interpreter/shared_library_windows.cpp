// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <vector>

#include "conversion/nanobind.h"
#include "interpreter/shared_library.h"
#include "system/paths.h"

namespace orthanc_python {

namespace {

HMODULE module_of(const void* address, DWORD flags) noexcept {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | flags, static_cast<const wchar_t*>(address), &module);
  return module;
}

HMODULE python_module() noexcept {
  return module_of(reinterpret_cast<const void*>(&Py_IsInitialized), GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT);
}

}  // namespace

// The extension modules name the DLL that they need. python.exe finds further ones in its own folder, such as
// vcruntime140_1.dll where no other program has brought it, and Orthanc's folder is another.
void share_python_symbols() { AddDllDirectory(python_library_path().parent_path().c_str()); }

void pin_plugin() noexcept { module_of(reinterpret_cast<const void*>(&pin_plugin), GET_MODULE_HANDLE_EX_FLAG_PIN); }

std::filesystem::path python_library_path() {
  std::vector<wchar_t> path(32768);  // the longest there is
  path.resize(GetModuleFileNameW(python_module(), path.data(), static_cast<DWORD>(path.size())));
  return std::filesystem::path(path.begin(), path.end());
}

void* find_python_symbol(const char* name) noexcept { return reinterpret_cast<void*>(GetProcAddress(python_module(), name)); }

}  // namespace orthanc_python
