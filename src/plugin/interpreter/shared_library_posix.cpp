// SPDX-License-Identifier: GPL-3.0-or-later
#include <dlfcn.h>

#include <stdexcept>

#include "conversion/nanobind.h"
#include "interpreter/shared_library.h"

namespace orthanc_python {

namespace {

std::string path_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : "";
}

}  // namespace

void share_python_symbols() {
  const std::string path = python_library_path().string();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL | RTLD_NOLOAD) == nullptr) {
    const char* reason = dlerror();
    throw std::runtime_error("cannot make " + path + " visible to extension modules: " + (reason ? reason : "unknown error"));
  }
}

void pin_plugin() noexcept {
  const std::string path = path_of(reinterpret_cast<const void*>(&pin_plugin));
  dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
}

std::filesystem::path python_library_path() { return path_of(reinterpret_cast<const void*>(&Py_IsInitialized)); }

void* find_python_symbol(const char* name) noexcept { return dlsym(RTLD_DEFAULT, name); }

}  // namespace orthanc_python
