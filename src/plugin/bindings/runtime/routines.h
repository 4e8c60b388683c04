// SPDX-License-Identifier: GPL-3.0-or-later
// The functions and methods of the module as built-in functions of CPython. To the standard library, these are routines with a
// signature. Their names, parameters, defaults and documentation are generated: src/orthanc_sdk/output/routines.py.
#pragma once

#include <cstddef>
#include <string_view>

#include "conversion/nanobind.h"
#include "generated.h"

namespace orthanc_python {

struct parameter {
  const char* name;
  const char* fallback = nullptr;  // the text of the default, None or a number; NULL where an argument must be given
  PyObject* key = nullptr;         // the name and the default in Python, from add_routine() on
  PyObject* value = nullptr;
};

struct routine {
  const char* name;   // "RestApiGet", "RestOutput.AnswerBuffer"
  const char* since;  // the version of Orthanc that brought it, "" if it was always there
  parameter* parameters;
  std::size_t count;
  const char* documentation;  // which begins with CPython's line of the signature
  PyMethodDef definition{};
};

extern routine routines[];
extern const std::size_t routines_count;

// "RestApiGet"_routine is its place in the table. A name that is not there does not compile.
consteval std::size_t operator""_routine(const char* name, std::size_t size) {
  std::size_t index = 0;
  for (const routine_shape& shape : routine_shapes) {
    if (shape.name == std::string_view(name, size)) {
      return index;
    }
    ++index;
  }
  // NOLINTNEXTLINE(bugprone-std-exception-baseclass): it stops the compilation
  throw "the SDK and the tables of src/orthanc_sdk/binding have no such function";
}

using routine_function = PyObject* (*)(PyObject* self, PyObject* const* given, Py_ssize_t positional, PyObject* names) noexcept;

// Adds a function to the module, or a method to its class.
void add_routine(nb::module_& module, routine& described, routine_function function);

// Gives a method a second name.
void add_second_name(nb::module_& module, routine& described, const routine& first);

// Sorts the arguments of a call: one for each parameter. False, with a TypeError, if some are missing, unknown or too many.
bool sort_arguments(const routine& called, PyObject* const* given, Py_ssize_t positional, PyObject* names,
                    PyObject** sorted) noexcept;

// Sets a TypeError, unless the check of the argument has set an error.
void refuse_argument(const routine& called, std::size_t index, PyObject* given, const char* accepted,
                     bool accepts_none) noexcept;
void refuse_receiver(const routine& called) noexcept;

}  // namespace orthanc_python
