// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <shellapi.h>

#include "services.h"
#include "system.h"

namespace host {

namespace {

constexpr SIZE_T small_stack = 100 << 10;

DWORD WINAPI run(void* function) {
  (*static_cast<std::function<void()>*>(function))();
  return 0;
}

}  // namespace

// Not main's own: these are in the code page.
std::vector<std::filesystem::path> arguments(int, char**) {
  int count = 0;
  wchar_t** values = CommandLineToArgvW(GetCommandLineW(), &count);
  std::vector<std::filesystem::path> result(values + 1, values + count);
  LocalFree(values);
  return result;
}

void* open_library(const std::filesystem::path& path, bool) {
  HMODULE library = LoadLibraryW(path.c_str());
  if (library == nullptr) {
    print("cannot open: error " + std::to_string(GetLastError()));
  }
  return library;
}

void* find_function(void* library, const char* name) {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(library), name));
}

void close_library(void* library) { FreeLibrary(static_cast<HMODULE>(library)); }

void run_on_small_stacks(std::vector<std::function<void()>> functions) {
  std::vector<HANDLE> threads;
  for (auto& function : functions) {
    threads.push_back(CreateThread(nullptr, small_stack, run, &function, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr));
  }
  for (const HANDLE thread : threads) {
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
  }
}

}  // namespace host
