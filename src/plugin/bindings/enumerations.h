// SPDX-License-Identifier: GPL-3.0-or-later
// The SDK's enumerations as Python IntEnums, and the way from a C value to its member and back.
#pragma once

#include <cstddef>

#include "bindings/traits.h"
#include "nanobind.h"

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

// Notes the class orthanc.<name>, which is made when it is first used.
void define_enumeration(enumeration_id id, const enumeration_definition& definition);

// Lets the module have the classes, made or not, as attributes.
void init_enumeration_names(nb::module_& module);

// The member with that value; a plain int when the running Orthanc knows more members than the SDK of the build.
nb::object enumeration_object(enumeration_id id, int value);

// The value of a member or an int (flags may be combined). Raises ValueError when the enumeration has no such value.
int enumeration_value(enumeration_id id, PyObject* object);

template <class E> nb::object member(E value) {
  return enumeration_object(enumeration_of<E>::id, static_cast<int>(value));
}

}  // namespace orthanc_python
