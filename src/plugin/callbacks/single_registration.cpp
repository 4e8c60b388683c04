// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/single_registration.h"

namespace orthanc_python {

namespace {

// "script.py:12" of the Python code that is calling.
std::string caller_location() {
  PyFrameObject* frame = PyEval_GetFrame();
  if (frame == nullptr) {
    return "an unknown place";
  }
  const nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  return nb::cast<std::string>(code.attr("co_filename")) + ":" + std::to_string(PyFrame_GetLineNumber(frame));
}

}  // namespace

void single_registration::claim(std::initializer_list<callback_argument> functions) {
  if (functions_.size() > 0) {
    throw_runtime_error(std::string(what_) + " is registered already, at " + where_);
  }
  where_ = caller_location();
  for (const callback_argument& function : functions) {
    functions_.add(function.object);
  }
}

}  // namespace orthanc_python
