// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/http/http_request.h"

#include <unordered_map>
#include <utility>

#include "callbacks/registry/registrations.h"

namespace orthanc_python {

namespace {

// Return the string of a literal, by the address of the literal. It is made once and kept for the life of the process. To make
// the strings of each request anew would be a fifth of what a callback in Python costs more than one in C.
nb::object interned(const char* literal) {
  static nb::ft_mutex mutex;
  static auto& known = *new std::unordered_map<const char*, PyObject*>;
  const nb::ft_lock_guard lock(mutex);
  PyObject*& text = known[literal];
  if (text == nullptr) {
    text = PyUnicode_InternFromString(literal);
  }
  if (text == nullptr) {
    throw nb::python_error();
  }
  return nb::borrow(text);
}

}  // namespace

nb::object method_name(OrthancPluginHttpMethod method) {
  switch (method) {
    case OrthancPluginHttpMethod_Get: return interned("GET");
    case OrthancPluginHttpMethod_Post: return interned("POST");
    case OrthancPluginHttpMethod_Put: return interned("PUT");
    case OrthancPluginHttpMethod_Delete: return interned("DELETE");
    default: throw std::runtime_error("unknown HTTP method");
  }
}

void keyword_call::keyword(const char* name, nb::object value) {
  names_[count_ - positional_] = interned(name);
  push(std::move(value));
}

nb::object keyword_call::operator()(const measured_call& measured) const {
  const std::size_t keywords = count_ - positional_;
  const nb::object names = checked(PyTuple_New(static_cast<Py_ssize_t>(keywords)));
  for (std::size_t i = 0; i < keywords; ++i) {
    PyTuple_SET_ITEM(names.ptr(), static_cast<Py_ssize_t>(i), nb::object(names_[i]).release().ptr());
  }
  std::array<PyObject*, capacity + 1> arguments{};
  for (std::size_t i = 1; i <= count_; ++i) {
    arguments[i] = arguments_[i].ptr();
  }
  nb::object result = awaited(checked(PyObject_Vectorcall(measured.function(), arguments.data() + 1,
                                                          positional_ | PY_VECTORCALL_ARGUMENTS_OFFSET, names.ptr())));
  measured.note_return();
  return result;
}

}  // namespace orthanc_python
