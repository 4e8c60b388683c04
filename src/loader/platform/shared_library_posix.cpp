// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/shared_library.h"

#include <dlfcn.h>

#include <stdexcept>

namespace orthanc_python_loader {

void* open_library(const std::filesystem::path& path, bool global) {
  void* library = dlopen(path.c_str(), RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
  if (library == nullptr) {
    const char* reason = dlerror();
    throw std::runtime_error("cannot open " + path.string() + ": " + (reason ? reason : "unknown error"));
  }
  return library;
}

void close_library(void* library) noexcept { dlclose(library); }

void pin_library(const std::filesystem::path& path) noexcept { dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE); }

void* find_function(void* library, const char* name) {
  void* function = dlsym(library, name);
  if (function == nullptr) {
    throw std::runtime_error(std::string("the plugin has no function ") + name);
  }
  return function;
}

std::filesystem::path this_library() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&this_library), &info) == 0 || info.dli_fname == nullptr) {
    throw std::runtime_error("the loader does not find itself");
  }
  return std::filesystem::absolute(info.dli_fname);
}

void pin_this_library() { pin_library(this_library()); }

}  // namespace orthanc_python_loader
