// SPDX-License-Identifier: GPL-3.0-or-later
#include "python_sources.h"

#include <cstring>
#include <string>

namespace orthanc_python {

namespace {

const embedded_source& find(const char* name) {
  std::size_t i = 0;
  while (std::strcmp(embedded_sources[i].name, name) != 0) {
    ++i;
  }
  return embedded_sources[i];
}

// The one module that cannot be imported.
nb::object execute_importer() {
  const nb::object code = checked(Py_CompileString(find("importer").text, "<orthanc-python importer.py>", Py_file_input));
  return checked(PyImport_ExecCodeModule("_orthanc_importer", code.ptr()));
}

nb::object view(const embedded_source& source) {
  return checked(PyMemoryView_FromMemory(const_cast<char*>(source.text), static_cast<Py_ssize_t>(source.size), PyBUF_READ));
}

}  // namespace

void init_embedded_modules() {
  nb::dict sources;
  for (std::size_t i = 0; i < embedded_sources_count; ++i) {
    sources[embedded_sources[i].name] = view(embedded_sources[i]);
  }
  execute_importer().attr("install")(sources);
}

nb::object embedded_module(const char* name) {
  const std::string full_name = std::string("_orthanc_") + name;
  return checked(PyImport_ImportModuleLevel(full_name.c_str(), nullptr, nullptr, nullptr, 0));
}

nb::object library_module(const char* name) { return embedded_module("importer").attr("library_module")(name); }

}  // namespace orthanc_python
