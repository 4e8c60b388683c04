// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/runtime/routines.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace orthanc_python {

namespace {

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

nb::object value_of(const char* fallback) {
  return std::strcmp(fallback, "None") == 0 ? nb::none() : checked(PyLong_FromString(fallback, nullptr, 10));
}

// CPython names what a call gives by strings that are nearly always interned.
std::size_t index_of(const routine& called, PyObject* name) noexcept {
  for (std::size_t i = 0; i < called.count; ++i) {
    if (called.parameters[i].key == name) {
      return i;
    }
  }
  for (std::size_t i = 0; i < called.count; ++i) {
    if (PyUnicode_CompareWithASCIIString(name, called.parameters[i].name) == 0) {
      return i;
    }
  }
  return nowhere;
}

void refuse_count(const routine& called, Py_ssize_t given) noexcept {
  if (called.count == 0) {
    PyErr_Format(PyExc_TypeError, "%s() takes no arguments (%zd given)", called.name, given);
  } else {
    PyErr_Format(PyExc_TypeError, "%s() takes at most %zu argument%s (%zd given)", called.name, called.count,
                 called.count == 1 ? "" : "s", given);
  }
}

void refuse_name(const routine& called, PyObject* name) noexcept {
  try {
    std::string names;
    for (std::size_t i = 0; i < called.count; ++i) {
      names += (names.empty() ? "; its arguments are " : ", ") + std::string(called.parameters[i].name);
    }
    PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'%s", called.name, name, names.c_str());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  }
}

bool add_keywords(const routine& called, PyObject* const* values, PyObject* names, PyObject** sorted) noexcept {
  const Py_ssize_t count = PyTuple_GET_SIZE(names);
  for (Py_ssize_t i = 0; i < count; ++i) {
    PyObject* const name = PyTuple_GET_ITEM(names, i);
    const std::size_t index = index_of(called, name);
    if (index == nowhere) {
      refuse_name(called, name);
      return false;
    }
    if (sorted[index] != nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", called.name, name);
      return false;
    }
    sorted[index] = values[i];
  }
  return true;
}

PyMethodDef& defined(routine& described, PyCFunction function) {
  const char* dot = std::strchr(described.name, '.');
  described.definition = {dot == nullptr ? described.name : dot + 1, function, METH_FASTCALL | METH_KEYWORDS,
                          described.documentation};
  for (std::size_t i = 0; i < described.count; ++i) {
    parameter& each = described.parameters[i];
    each.key = checked(PyUnicode_InternFromString(each.name)).release().ptr();
    each.value = each.fallback == nullptr ? nullptr : value_of(each.fallback).release().ptr();
  }
  return described.definition;
}

void add(nb::module_& module, routine& described, PyCFunction function) {
  PyMethodDef& definition = defined(described, function);
  const char* dot = std::strchr(described.name, '.');
  if (dot == nullptr) {
    const nb::object name = module.attr("__name__");
    module.attr(definition.ml_name) = checked(PyCFunction_NewEx(&definition, module.ptr(), name.ptr()));
  } else {
    const nb::object type = module.attr(std::string(described.name, dot).c_str());
    type.attr(definition.ml_name) = checked(PyDescr_NewMethod(reinterpret_cast<PyTypeObject*>(type.ptr()), &definition));
  }
}

}  // namespace

void add_routine(nb::module_& module, routine& described, routine_function function) {
  add(module, described, reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function)));
}

void add_second_name(nb::module_& module, routine& described, const routine& first) {
  add(module, described, first.definition.ml_meth);
}

bool sort_arguments(const routine& called, PyObject* const* given, Py_ssize_t positional, PyObject* names,
                    PyObject** sorted) noexcept {
  const auto count = static_cast<std::size_t>(positional);
  if (count > called.count) {
    refuse_count(called, positional);
    return false;
  }
  std::copy_n(given, count, sorted);
  std::fill(sorted + count, sorted + called.count, nullptr);
  if (names != nullptr && !add_keywords(called, given + count, names, sorted)) {
    return false;
  }
  for (std::size_t i = 0; i < called.count; ++i) {
    if (sorted[i] == nullptr) {
      sorted[i] = called.parameters[i].value;
    }
    if (sorted[i] == nullptr) {
      PyErr_Format(PyExc_TypeError, "%s() is missing the argument '%s' (position %zu)", called.name, called.parameters[i].name,
                   i + 1);
      return false;
    }
  }
  return true;
}

void refuse_argument(const routine& called, std::size_t index, PyObject* given, const char* accepted,
                     bool accepts_none) noexcept {
  if (PyErr_Occurred() != nullptr) {
    return;
  }
  try {
    std::string message(called.name);
    message.append("() argument '").append(called.parameters[index].name).append("' must be ").append(accepted);
    message.append(accepts_none ? " or None, not " : ", not ").append(given == Py_None ? "None" : Py_TYPE(given)->tp_name);
    PyErr_SetString(PyExc_TypeError, message.c_str());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  }
}

void refuse_receiver(const routine& called) noexcept {
  if (PyErr_Occurred() == nullptr) {
    PyErr_Format(PyExc_TypeError, "%s() needs an object that Orthanc has made", called.name);
  }
}

}  // namespace orthanc_python
