// SPDX-License-Identifier: GPL-3.0-or-later
// Two scripts or modules that register the same: the error names both. One script may do so, as with the established plugin.
#pragma once

#include <string>

#include "bindings/runtime/arguments.h"
#include "conversion/nanobind.h"
#include "sdk/errors.h"

namespace orthanc_python {

// Begin a start. `several`: whether more than one script or module is configured; nothing is noted otherwise.
void begin_conflicts(bool several);

// The script or module that is being run, until the end of the scope.
class owner_scope {
public:
  explicit owner_scope(const std::string& name);
  ~owner_scope();
  owner_scope(const owner_scope&) = delete;
  owner_scope& operator=(const owner_scope&) = delete;
};

// Raise RuntimeError if another script or module has registered this route.
void claim_route(const text& expression, PyObject* callback);

// Return the text of the error of a second registration. `what` is registered, such as "a storage area".
std::string already_registered(const char* what, const registered_function& first, PyObject* second);

}  // namespace orthanc_python
