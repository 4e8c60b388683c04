// SPDX-License-Identifier: GPL-3.0-or-later
#include "threads/empty_context.h"

#include <atomic>

namespace orthanc_python {

namespace {

// One reference, kept for the life of the process.
std::atomic<PyObject*> after_callbacks{nullptr};

}  // namespace

void call_after_callbacks(nb::object function) { after_callbacks = function.release().ptr(); }

void end_callback() noexcept {
  if (PyObject* function = after_callbacks.load(std::memory_order_relaxed); function != nullptr) {
    PyObject* result = PyObject_CallNoArgs(function);
    if (result == nullptr) {
      PyErr_Clear();
    }
    Py_XDECREF(result);
  }
}

}  // namespace orthanc_python
