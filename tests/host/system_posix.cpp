// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>
#include <pthread.h>

#include "services.h"
#include "system.h"

namespace host {

namespace {

constexpr std::size_t small = 100 << 10;

void* run(void* function) {
  (*static_cast<std::function<void()>*>(function))();
  return nullptr;
}

}  // namespace

std::vector<std::filesystem::path> arguments(int count, char** values) { return {values + 1, values + count}; }

void* open_library(const std::filesystem::path& path, bool global) {
  void* library = dlopen(path.c_str(), RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
  if (library == nullptr) {
    print(std::string("cannot open: ") + dlerror());
  }
  return library;
}

void* find_function(void* library, const char* name) { return dlsym(library, name); }

void close_library(void* library) { dlclose(library); }

void run_on_small_stacks(std::vector<std::function<void()>> functions) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, small);
  std::vector<pthread_t> threads(functions.size());
  for (std::size_t i = 0; i < functions.size(); ++i) {
    pthread_create(&threads[i], &attributes, run, &functions[i]);
  }
  pthread_attr_destroy(&attributes);
  for (const pthread_t thread : threads) {
    pthread_join(thread, nullptr);
  }
}

}  // namespace host
