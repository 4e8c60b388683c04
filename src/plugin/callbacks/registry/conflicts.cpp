// SPDX-License-Identifier: GPL-3.0-or-later
#include "callbacks/registry/conflicts.h"

#include "callbacks/registry/registrations.h"
#include "embedded/python_sources.h"

namespace orthanc_python {

namespace {

bool are_several = false;  // set at the start, before any callback is registered

nb::object conflicts() { return embedded_module("conflicts"); }

}  // namespace

void begin_conflicts(bool several) {
  are_several = several;
  if (several) {
    conflicts().attr("clear")();
  }
}

owner_scope::owner_scope(const std::string& name) {
  if (are_several) {
    conflicts().attr("owner") = name;
  }
}

owner_scope::~owner_scope() {
  if (are_several) {
    guarded([] { conflicts().attr("owner") = ""; });
  }
}

void claim_route(const text& expression, PyObject* callback) {
  if (are_several) {
    conflicts().attr("claim_route")(nb::borrow(expression.object), nb::borrow(callback), script_place());
  }
}

std::string already_registered(const char* what, const registered_function& first, PyObject* second) {
  if (!are_several) {
    return std::string(what) + " is registered already, at " + nb::cast<std::string>(nb::str(first.place));
  }
  return nb::cast<std::string>(
      conflicts().attr("already_registered")(what, first.function, first.place, nb::borrow(second), script_place()));
}

}  // namespace orthanc_python
