// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/runtime/arguments.h"

#include <cstring>

namespace orthanc_python {

namespace {

[[noreturn]] void throw_overflow(PyObject* number, const std::string& range) {
  raise_error(PyExc_OverflowError, "%R is not in the range %s", number, range.c_str());
}

nb::object index_of(PyObject* object) { return checked(PyNumber_Index(object)); }

const char* utf8_of(PyObject* object, Py_ssize_t* size) {
  const char* data = PyUnicode_AsUTF8AndSize(object, size);
  if (data == nullptr) {
    throw nb::python_error();
  }
  return data;
}

}  // namespace

const char* text::c_str() const {
  Py_ssize_t size = 0;
  const char* data = utf8_of(object, &size);
  if (std::strlen(data) != static_cast<std::size_t>(size)) {
    raise_error(PyExc_ValueError, "embedded null character");
  }
  return data;
}

buffer_view::buffer_view(const buffer& argument) {
  if (argument.object == Py_None) {
    return;
  }
  if (PyUnicode_Check(argument.object)) {
    Py_ssize_t size = 0;
    data_ = utf8_of(argument.object, &size);
    size_ = static_cast<std::size_t>(size);
    return;
  }
  if (PyObject_GetBuffer(argument.object, &view_, PyBUF_SIMPLE) != 0) {
    throw nb::python_error();
  }
  data_ = view_.buf;
  size_ = static_cast<std::size_t>(view_.len);
}

buffer_view::~buffer_view() {
  if (view_.obj != nullptr) {
    PyBuffer_Release(&view_);
  }
}

void buffer_view::throw_too_large(std::size_t size, std::size_t bits) {
  raise_error(PyExc_OverflowError, "%zu bytes are more than the %zu-bit size of this SDK function allows", size, bits);
}

std::int64_t signed_value(PyObject* object, std::int64_t minimum, std::int64_t maximum) {
  const nb::object index = index_of(object);
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || value < minimum || value > maximum) {
    throw_overflow(index.ptr(), std::to_string(minimum) + ".." + std::to_string(maximum));
  }
  return value;
}

std::uint64_t unsigned_value(PyObject* object, std::uint64_t maximum) {
  const nb::object index = index_of(object);
  const unsigned long long value = PyLong_AsUnsignedLongLong(index.ptr());
  if (PyErr_Occurred() != nullptr) {
    PyErr_Clear();  // negative, or more than 64 bits
    throw_overflow(index.ptr(), "0.." + std::to_string(maximum));
  }
  if (value > maximum) {
    throw_overflow(index.ptr(), "0.." + std::to_string(maximum));
  }
  return value;
}

string_map_view::string_map_view(const string_map& argument) {
  if (argument.object == Py_None) {
    return;
  }
  const nb::ft_object_guard guard(nb::handle(argument.object));  // without a GIL another thread might change it meanwhile
  PyObject *key, *value;
  Py_ssize_t position = 0;
  while (PyDict_Next(argument.object, &position, &key, &value)) {
    for (PyObject* item : {key, value}) {
      if (!PyUnicode_Check(item)) {
        raise_error(PyExc_TypeError, "keys and values must be str, not %R", Py_TYPE(item));
      }
      texts_.emplace_back(text{item}.c_str());
    }
  }
  for (std::size_t i = 0; i < texts_.size(); i += 2) {
    keys_.push_back(texts_[i].c_str());
    values_.push_back(texts_[i + 1].c_str());
  }
}

}  // namespace orthanc_python
