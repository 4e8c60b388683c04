// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedded/python_sources.h"

#include <marshal.h>

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

// CPython changes the number with each change of its bytecode. The sources are compiled where it differs.
bool has_bytecode() { return embedded_magic_number != 0 && PyImport_GetMagicNumber() == embedded_magic_number; }

// The one module that cannot be imported.
nb::object execute_importer() {
  const embedded_source& importer = find("importer");
  const nb::object code = checked(
      has_bytecode() ? PyMarshal_ReadObjectFromString(importer.bytecode, static_cast<Py_ssize_t>(importer.bytecode_size))
                     : Py_CompileString(importer.text, "<orthanc-python importer.py>", Py_file_input));
  return checked(PyImport_ExecCodeModule("_orthanc_importer", code.ptr()));
}

nb::object view(const char* bytes, std::size_t size) {
  return checked(PyMemoryView_FromMemory(const_cast<char*>(bytes), static_cast<Py_ssize_t>(size), PyBUF_READ));
}

}  // namespace

void init_embedded_modules() {
  nb::dict sources;
  nb::dict bytecode;
  for (std::size_t i = 0; i < embedded_sources_count; ++i) {
    const embedded_source& source = embedded_sources[i];
    sources[source.name] = view(source.text, source.size);
    if (has_bytecode()) {
      bytecode[source.name] = view(source.bytecode, source.bytecode_size);
    }
  }
  execute_importer().attr("install")(sources, bytecode);
}

nb::object embedded_module(const char* name) {
  const std::string full_name = std::string("_orthanc_") + name;
  return checked(PyImport_ImportModuleLevel(full_name.c_str(), nullptr, nullptr, nullptr, 0));
}

nb::object library_module(const char* name) { return embedded_module("importer").attr("library_module")(name); }

}  // namespace orthanc_python
