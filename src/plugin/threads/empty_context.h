// SPDX-License-Identifier: GPL-3.0-or-later
// A callback must not see what an earlier one on the same thread has set: context variables (PEP 567), and the thread's event
// loop.
#pragma once

#include "conversion/nanobind.h"

namespace orthanc_python {

// Runs a scope in an empty context: each context variable has its default. May be nested. Needs the GIL.
class empty_context {
public:
  empty_context() noexcept : context_(PyContext_New()) {
    if (context_ == nullptr || PyContext_Enter(context_) != 0) {  // no memory
      PyErr_Clear();
      Py_CLEAR(context_);
    }
  }
  ~empty_context() {
    if (context_ != nullptr && PyContext_Exit(context_) != 0) {
      PyErr_Clear();
    }
    Py_XDECREF(context_);
  }
  empty_context(const empty_context&) = delete;
  empty_context& operator=(const empty_context&) = delete;

private:
  PyObject* context_;
};

// From now on, calls a Python function at the end of each callback that is not within another; it replaces the former one.
void call_after_callbacks(nb::object function);

// Calls it, if there is one. Needs the GIL.
void end_callback() noexcept;

}  // namespace orthanc_python
