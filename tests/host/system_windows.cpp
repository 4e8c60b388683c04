// SPDX-License-Identifier: GPL-3.0-or-later
#include <windows.h>

#include <filesystem>

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

void* open_library(const std::string& path) {
  const std::filesystem::path wide(std::u8string(path.begin(), path.end()));
  HMODULE library = LoadLibraryW(wide.c_str());
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
