// SPDX-License-Identifier: GPL-3.0-or-later
#include "python_sources.h"

#include <string>

namespace orthanc_python {

namespace {

std::string full_name(const char* name) { return std::string("_orthanc_") + name; }

void load(const embedded_source& source) {
  const std::string path = std::string("<orthanc-python ") + source.name + ".py>";
  const nb::object code = nb::steal(Py_CompileString(source.text, path.c_str(), Py_file_input));
  if (!code.is_valid() || !nb::steal(PyImport_ExecCodeModuleEx(full_name(source.name).c_str(), code.ptr(), path.c_str())).is_valid()) {
    throw nb::python_error();
  }
}

}  // namespace

nb::object embedded_module(const char* name) {
  const std::string wanted = full_name(name);
  PyObject* modules = PyImport_GetModuleDict();
  if (PyDict_GetItemString(modules, wanted.c_str()) == nullptr) {
    // In the order of their list, in which each follows those that it imports.
    for (std::size_t i = 0; i < embedded_sources_count; ++i) {
      if (PyDict_GetItemString(modules, full_name(embedded_sources[i].name).c_str()) == nullptr) {
        load(embedded_sources[i]);
      }
      if (wanted == full_name(embedded_sources[i].name)) {
        break;
      }
    }
  }
  return nb::borrow(PyDict_GetItemString(modules, wanted.c_str()));
}

}  // namespace orthanc_python
