// SPDX-License-Identifier: GPL-3.0-or-later
#include "bindings/enumerations.h"

#include <array>
#include <atomic>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "generated.h"
#include "python_sources.h"

namespace orthanc_python {

namespace {

// An enumeration in Python. Lives as long as the process, with the references that it holds.
struct made_enumeration {
  nb::object type;
  bool flags = false;  // members are bits, to be combined
  unsigned all_bits = 0;
  std::unordered_map<int, PyObject*> members;
};

constexpr std::size_t count = static_cast<std::size_t>(enumeration_id::count);

// Filled once, while the module is created.
std::array<enumeration_definition, count> definitions;

// Filled at the first use of each: to make them all at the start would take longer than the rest of it.
std::array<std::atomic<const made_enumeration*>, count> made;

PyObject* orthanc_module = nullptr;  // a reference

std::unique_ptr<made_enumeration> make(const enumeration_definition& definition) {
  nb::list pairs;
  for (std::size_t i = 0; i < definition.count; ++i) {
    pairs.append(nb::make_tuple(definition.members[i].name, definition.members[i].value));
  }
  auto enumeration = std::make_unique<made_enumeration>();
  enumeration->type = embedded_module("enumerations").attr("create")(definition.name, pairs, definition.documentation);
  enumeration->flags = std::string_view(definition.name).ends_with("Flags");
  for (std::size_t i = 0; i < definition.count; ++i) {
    const enumeration_member& member = definition.members[i];
    enumeration->all_bits |= static_cast<unsigned>(member.value);
    enumeration->members.try_emplace(member.value, nb::object(enumeration->type.attr(member.name)).release().ptr());
  }
  return enumeration;
}

const made_enumeration& at(enumeration_id id) {
  const std::size_t i = static_cast<std::size_t>(id);
  if (const made_enumeration* known = made[i].load(std::memory_order_acquire); known != nullptr) {
    return *known;
  }
  std::unique_ptr<made_enumeration> enumeration = make(definitions[i]);
  const made_enumeration* first = nullptr;
  if (!made[i].compare_exchange_strong(first, enumeration.get())) {
    return *first;  // another thread has made it meanwhile
  }
  const made_enumeration& mine = *enumeration.release();
  nb::handle(orthanc_module).attr(definitions[i].name) = mine.type;  // from now on, it is found without get_attribute
  return mine;
}

nb::object names() {
  nb::object found = nb::handle(orthanc_module).attr("__dict__").attr("keys")();
  nb::object all = checked(PySet_New(found.ptr()));
  for (const enumeration_definition& definition : definitions) {
    all.attr("add")(definition.name);
  }
  return all;
}

// PEP 562. `__all__` is for `from orthanc import *`, which looks into the module's dictionary otherwise.
nb::object get_attribute(nb::str name) {
  const std::string_view wanted = name.c_str();
  for (std::size_t i = 0; i < count; ++i) {
    if (wanted == definitions[i].name) {
      return at(static_cast<enumeration_id>(i)).type;
    }
  }
  if (wanted == "__all__") {
    nb::list exported;
    for (const nb::handle each : names()) {
      if (*nb::cast<const char*>(each) != '_') {
        exported.append(each);
      }
    }
    return exported;
  }
  PyErr_Format(PyExc_AttributeError, "module 'orthanc' has no attribute %R", name.ptr());
  throw nb::python_error();
}

}  // namespace

void define_enumeration(enumeration_id id, const enumeration_definition& definition) {
  definitions[static_cast<std::size_t>(id)] = definition;
}

void init_enumeration_names(nb::module_& module) {
  orthanc_module = nb::object(module).release().ptr();
  module.def("__getattr__", &get_attribute);
  module.def("__dir__", &names);
}

nb::object enumeration_object(enumeration_id id, int value) {
  const made_enumeration& enumeration = at(id);
  const auto found = enumeration.members.find(value);
  if (found != enumeration.members.end()) {
    return nb::borrow(found->second);
  }
  return nb::steal(PyLong_FromLong(value));
}

int enumeration_value(enumeration_id id, PyObject* object) {
  const made_enumeration& enumeration = at(id);
  int overflow = 0;
  const long value = PyLong_AsLongAndOverflow(object, &overflow);
  const bool known = overflow == 0 && (enumeration.flags ? (value & ~static_cast<long>(enumeration.all_bits)) == 0
                                                         : enumeration.members.count(static_cast<int>(value)) != 0 &&
                                                               static_cast<int>(value) == value);
  if (!known) {
    PyErr_Format(PyExc_ValueError, "%R is not a valid %s", object, definitions[static_cast<std::size_t>(id)].name);
    throw nb::python_error();
  }
  return static_cast<int>(value);
}

}  // namespace orthanc_python
