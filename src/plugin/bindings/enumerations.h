// SPDX-License-Identifier: GPL-3.0-or-later
// The SDK's enumerations: Python classes whose attributes are plain integers. Converts C values to integers and back.
#pragma once

#include <cstddef>

#include "bindings/runtime/traits.h"
#include "conversion/nanobind.h"

namespace orthanc_python {

struct enumeration_member {
  const char* name;
  int value;
};

struct enumeration_definition {
  const char* name;
  const char* documentation;
  const enumeration_member* members;
  std::size_t count;
};

// Adds the class orthanc.<name> to the module.
void define_enumeration(nb::module_& module, enumeration_id id, const enumeration_definition& definition);

// Returns the value of an int (flags may be combined). Raises ValueError when the enumeration has no such value.
int enumeration_value(enumeration_id id, PyObject* object);

// Returns the plain int of a value, also of one that only a newer Orthanc knows.
template <class E> nb::object member(E value) {
  // NOLINTNEXTLINE(bugprone-sizeof-expression): it asks whether the type is complete
  static_assert(sizeof(enumeration_of<E>) > 0, "not an enumeration of the SDK");
  return nb::steal(PyLong_FromLong(static_cast<long>(value)));
}

}  // namespace orthanc_python
