// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/enumerations.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "embedded/python_sources.h"
#include "generated.h"

namespace orthanc_python {

namespace {

constexpr std::size_t count = static_cast<std::size_t>(enumeration_id::count);

// Filled once, while the module is created.
std::array<enumeration_definition, count> definitions;

bool is_known(const enumeration_definition& definition, long value) {
  const auto* end = definition.members + definition.count;
  if (std::string_view(definition.name).ends_with("Flags")) {
    long all = 0;
    for (const auto* member = definition.members; member != end; ++member) {
      all |= member->value;
    }
    return (value & ~all) == 0;
  }
  return std::any_of(definition.members, end, [&](const enumeration_member& member) { return member.value == value; });
}

}  // namespace

void define_enumeration(nb::module_& module, enumeration_id id, const enumeration_definition& definition) {
  definitions[static_cast<std::size_t>(id)] = definition;
  nb::dict members;
  for (std::size_t i = 0; i < definition.count; ++i) {
    members[definition.members[i].name] = nb::int_(definition.members[i].value);
  }
  module.attr(definition.name) =
      embedded_module("enumerations").attr("create")(definition.name, members, to_text(definition.documentation));
}

int enumeration_value(enumeration_id id, PyObject* object) {
  const enumeration_definition& definition = definitions[static_cast<std::size_t>(id)];
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  if (overflow != 0 || !is_known(definition, value)) {
    raise_error(PyExc_ValueError, "%R is not a valid %s", object, definition.name);
  }
  return static_cast<int>(value);
}

}  // namespace orthanc_python
