// SPDX-License-Identifier: GPL-3.0-or-later
// Python errors on their way to Orthanc's log, and C++ errors on their way to Python.
#pragma once

#include <string>

#include "conversion/nanobind.h"
#include "sdk/sdk.h"

namespace orthanc_python {

struct callback_record;

// The class orthanc.OrthancException (borrowed).
PyObject* orthanc_exception() noexcept;

// Creates that class in the module.
void init_errors(nb::module_& module);

// A function that a script has handed to the plugin, and where: what the report of its errors says.
struct registered_function {
  nb::object function = nb::none();
  nb::object place = nb::none();  // "script.py:12"
  const char* how = "registered";
  callback_record* record = nullptr;  // where its calls and errors are counted
};

[[noreturn]] void throw_runtime_error(const std::string& message);

// Takes the pending Python error and writes it to Orthanc's log, with file, line and traceback. `what` says what failed, on one
// line, such as "the REST callback of /hello". Counts it as an error of the callback. Returns the code of an OrthancException,
// else Plugin; `answer`, if given, receives the text for a client.
OrthancPluginErrorCode report_error(const std::string& what, const registered_function& callback = {},
                                    std::string* answer = nullptr) noexcept;

// Write to Orthanc's log that a REST callback has returned without an answer. Count it as an error of the callback.
void report_missing_answer(const std::string& what, const registered_function& callback, nb::handle result) noexcept;

// If the pending error says that an answer could not be sent, because the client has gone: clears it, writes a line at the
// level of information, and returns true.
bool report_gone_client(const std::string& what) noexcept;

// Makes the C++ exception that is being handled Python's pending error.
void set_error_of_exception() noexcept;

// Runs a piece of a callback that may raise. True if it did not; otherwise the error is pending in Python.
template <class F> bool guarded(F&& function) noexcept {
  try {
    function();
    return true;
  } catch (...) {
    set_error_of_exception();
  }
  return false;
}

// The same where nobody can be given the error: it is dropped.
template <class F> void guarded_or_clear(F&& function) noexcept {
  if (!guarded(function)) {
    PyErr_Clear();
  }
}

// The same where nobody can be given the error: sys.unraisablehook gets it.
template <class F> void guarded_or_unraisable(F&& function) noexcept {
  if (!guarded(function)) {
    PyErr_WriteUnraisable(nullptr);
  }
}

}  // namespace orthanc_python
