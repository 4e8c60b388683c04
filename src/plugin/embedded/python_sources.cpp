// SPDX-License-Identifier: GPL-3.0-or-later
#include "embedded/python_sources.h"

#include <marshal.h>

#include <cstring>

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

// The one module that cannot be imported. A script may delete it from sys.modules: this reference is never given back.
PyObject* importer = nullptr;

void execute_importer() {
  const embedded_source& source = find("importer");
  const nb::object code =
      checked(has_bytecode() ? PyMarshal_ReadObjectFromString(source.bytecode, static_cast<Py_ssize_t>(source.bytecode_size))
                             : Py_CompileString(source.text, "<orthanc-python importer.py>", Py_file_input));
  importer = checked(PyImport_ExecCodeModule("_orthanc_importer", code.ptr())).release().ptr();
}

nb::object view(const char* bytes, std::size_t size) {
  return checked(PyMemoryView_FromMemory(const_cast<char*>(bytes), static_cast<Py_ssize_t>(size), PyBUF_READ));
}

}  // namespace

void init_embedded_modules() {
  nb::dict sources;
  nb::dict bytecode;
  const bool uses_bytecode = has_bytecode();
  for (std::size_t i = 0; i < embedded_sources_count; ++i) {
    const embedded_source& source = embedded_sources[i];
    sources[source.name] = view(source.text, source.size);
    if (uses_bytecode && source.bytecode != nullptr) {
      bytecode[source.name] = view(source.bytecode, source.bytecode_size);
    }
  }
  execute_importer();
  nb::handle(importer).attr("install")(sources, bytecode);
}

void share_with_embedded_modules(nb::module_& module) { nb::handle(importer).attr("share")(module); }

nb::object module_of_embedded() { return nb::handle(importer).attr("shared"); }

nb::object embedded_module(const char* name) { return nb::handle(importer).attr("embedded")(name); }

nb::object library_module(const char* name) { return nb::handle(importer).attr("library_module")(name); }

}  // namespace orthanc_python
