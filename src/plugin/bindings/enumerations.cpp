// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/enumerations.h"

#include <cstring>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "python_sources.h"

namespace orthanc_python {

namespace {

struct defined_enumeration {
  const char* name = "";
  bool flags = false;  // members are bits, to be combined
  unsigned all_bits = 0;
  std::unordered_map<int, PyObject*> members;  // references kept for the life of the process
};

// Filled once, while the module is created; only read afterwards.
std::vector<defined_enumeration> enumerations;

defined_enumeration& at(enumeration_id id) { return enumerations[static_cast<std::size_t>(id)]; }

}  // namespace

void define_enumeration(nb::module_& module, enumeration_id id, const char* name, const char* documentation,
                        const enumeration_member* members, std::size_t count) {
  nb::list pairs;
  for (std::size_t i = 0; i < count; ++i) {
    pairs.append(nb::make_tuple(members[i].name, members[i].value));
  }
  const nb::object type = embedded_module("enumerations").attr("create")(name, pairs, documentation);
  if (enumerations.size() <= static_cast<std::size_t>(id)) {
    enumerations.resize(static_cast<std::size_t>(id) + 1);
  }
  defined_enumeration& defined = at(id);
  defined.name = name;
  defined.flags = std::string_view(name).ends_with("Flags");
  for (std::size_t i = 0; i < count; ++i) {
    defined.all_bits |= static_cast<unsigned>(members[i].value);
    defined.members.try_emplace(members[i].value, nb::object(type.attr(members[i].name)).release().ptr());
  }
  module.attr(name) = type;
}

nb::object enumeration_object(enumeration_id id, int value) {
  const defined_enumeration& defined = at(id);
  const auto found = defined.members.find(value);
  if (found != defined.members.end()) {
    return nb::borrow(found->second);
  }
  return nb::steal(PyLong_FromLong(value));
}

int enumeration_value(enumeration_id id, PyObject* object) {
  const defined_enumeration& defined = at(id);
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  const bool known = overflow == 0 && (defined.flags ? (value & ~static_cast<long>(defined.all_bits)) == 0
                                                     : defined.members.count(static_cast<int>(value)) != 0 &&
                                                           static_cast<int>(value) == value);
  if (!known) {
    PyErr_Format(PyExc_ValueError, "%R is not a valid %s", object, defined.name);
    throw nb::python_error();
  }
  return static_cast<int>(value);
}

}  // namespace orthanc_python
