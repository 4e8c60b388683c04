// SPDX-License-Identifier: GPL-3.0-or-later
#include "python_sources.h"

#include <string>

namespace orthanc_python {

namespace {

std::string full_name(const char* name) { return std::string("_orthanc_") + name; }

// The module of that full name, if it has been imported.
nb::object imported(const std::string& name) {
  const nb::object text = nb::steal(PyUnicode_FromString(name.c_str()));
  nb::object module = nb::steal(PyImport_GetModule(text.ptr()));
  PyErr_Clear();
  return module;
}

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
  nb::object module = imported(wanted);
  // In the order of their list, in which each follows those that it imports. The last one runs the script, so that all are there
  // before a second thread can ask for any.
  for (std::size_t i = 0; !module.is_valid() && i < embedded_sources_count; ++i) {
    const std::string next = full_name(embedded_sources[i].name);
    if (!imported(next).is_valid()) {
      load(embedded_sources[i]);
    }
    if (next == wanted) {
      module = imported(wanted);
    }
  }
  if (!module.is_valid()) {
    PyErr_Format(PyExc_ImportError, "the plugin's own module %s is not there", wanted.c_str());
    throw nb::python_error();
  }
  return module;
}

}  // namespace orthanc_python
