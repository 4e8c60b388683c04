// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's own Python code (the folders beside this file) and the parts of the dashboard's page, carried in the library.
#pragma once

#include <cstddef>

#include "conversion/nanobind.h"

namespace orthanc_python {

struct embedded_source {
  const char* name;      // the file's stem; of a part of the page the whole name
  const char* text;      // NUL-terminated
  std::size_t size;      // without the NUL
  const char* bytecode;  // as marshal writes it; null where the build had no interpreter to compile it
  std::size_t bytecode_size;
};

extern const embedded_source embedded_sources[];
extern const std::size_t embedded_sources_count;
extern const long embedded_magic_number;  // of the CPython whose bytecode it is; 0 if there is none

// Makes them importable as "_orthanc_<name>".
void init_embedded_modules();

// Has them import this module as `orthanc`, as it is now, whatever the script puts in its place or replaces in it.
void share_with_embedded_modules(nb::module_& module);

// That module, as it was then.
nb::object module_of_embedded();

// The embedded module of that name, executed at its first use. Raises what it raises.
nb::object embedded_module(const char* name);

// The module of the standard library, also where the script's folder has a file of that name.
nb::object library_module(const char* name);

}  // namespace orthanc_python
