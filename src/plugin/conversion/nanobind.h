// SPDX-License-Identifier: GPL-3.0-or-later
// The one place that includes nanobind, so that every file agrees on its name.
#pragma once

#ifdef _WIN32
#include "private_nanobind.h"
#endif

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cstdarg>
#include <cstring>
#include <string>

namespace orthanc_python {

namespace nb = nanobind;

// Raises a Python error with a text formatted as by PyErr_Format: throws it as nb::python_error.
[[noreturn]] inline void raise_error(PyObject* type, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  PyErr_FormatV(type, format, arguments);
  va_end(arguments);
  throw nb::python_error();
}

// Takes over the reference that a function of CPython returns. NULL throws the error that the function has set, as
// nb::python_error.
inline nb::object checked(PyObject* result) {
  if (result == nullptr) {
    throw nb::python_error();
  }
  return nb::steal(result);
}

// Return a text for an error about a value of the script: its type, because the value itself may be large, or a patient's. Only
// None, bools and short ints are written, also in tuples of a few items.
inline nb::object shown(nb::handle value, bool is_item = false) {
  constexpr Py_ssize_t few = 4;
  int too_long = 0;
  if (value.is_none() || PyBool_Check(value.ptr()) ||
      (PyLong_CheckExact(value.ptr()) && (PyLong_AsLongLongAndOverflow(value.ptr(), &too_long), too_long == 0))) {
    return checked(PyObject_Repr(value.ptr()));
  }
  PyObject* type = reinterpret_cast<PyObject*>(Py_TYPE(value.ptr()));
  if (!PyTuple_CheckExact(value.ptr()) || is_item) {
    return checked(PyUnicode_FromFormat("%R", type));
  }
  const Py_ssize_t count = PyTuple_GET_SIZE(value.ptr());
  if (count > few) {
    return checked(PyUnicode_FromFormat("%R of %zd items", type, count));
  }
  nb::list items;
  for (Py_ssize_t i = 0; i < count; ++i) {
    items.append(shown(PyTuple_GET_ITEM(value.ptr(), i), true));
  }
  return checked(PyUnicode_FromFormat("(%U)", nb::object(nb::str(", ").attr("join")(items)).ptr()));
}

// A str from the SDK's text; '' for NULL. Orthanc promises UTF-8; what a network peer sent may break the promise, and must not
// break the callback.
inline nb::object to_text(const char* text, Py_ssize_t size = -1) {
  if (text == nullptr) {
    text = "";
  }
  return checked(PyUnicode_DecodeUTF8(text, size < 0 ? static_cast<Py_ssize_t>(std::strlen(text)) : size, "replace"));
}

inline nb::object to_bytes(const void* data, std::size_t size) {
  return checked(PyBytes_FromStringAndSize(static_cast<const char*>(data), static_cast<Py_ssize_t>(size)));
}

// Return a copy of what a bytes object holds. Another object throws TypeError, as nb::python_error.
inline std::string content_of(nb::handle bytes) {
  char* content = nullptr;
  Py_ssize_t size = 0;
  if (PyBytes_AsStringAndSize(bytes.ptr(), &content, &size) != 0) {
    throw nb::python_error();
  }
  return {content, static_cast<std::size_t>(size)};
}

}  // namespace orthanc_python
