// SPDX-License-Identifier: GPL-3.0-or-later
// Names that the established plugin has and the rules do not give: halves of a result, older names of methods, managed memory.
#include <cstring>
#include <utility>

#include "bindings/domains.h"
#include "bindings/runtime.h"

namespace orthanc_python {

namespace {

using query_handle = handle<OrthancPluginFindQuery>;

std::pair<std::uint16_t, std::uint16_t> tag_of(const char* name, query_handle& self, number<std::uint32_t> index) {
  const service called{name, ""};
  const std::uint32_t c_index = index.value();
  const handle_use<OrthancPluginFindQuery> query(self);
  std::uint16_t group = 0;
  std::uint16_t element = 0;
  call_quick(called, [&] { return OrthancPluginGetFindQueryTag(sdk(), &group, &element, query.get(), c_index); });
  return {group, element};
}

nb::object create_memory_buffer(number<std::uint32_t> size) {
  const auto count = static_cast<std::size_t>(size.value());
  const nb::object buffer = checked(PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(count)));
  std::memset(PyBytes_AS_STRING(buffer.ptr()), 0, count);
  return buffer;
}

// Gives a method a second name.
void add_name(nb::module_& module, const char* owner, const char* name, const char* older) {
  const nb::object type = module.attr(owner);
  type.attr(older) = type.attr(name);
}

}  // namespace

void init_established_names(nb::module_& module) {
  module.def("CreateMemoryBuffer", &create_memory_buffer, nb::arg("size"), "A bytes object of zeros.\n\nOrthancPluginCreateMemoryBuffer");
  auto query = nb::borrow<nb::class_<query_handle>>(module.attr("FindQuery"));
  query.def(
      "GetFindQueryTagGroup", [](query_handle& self, number<std::uint32_t> index) { return tag_of("FindQuery.GetFindQueryTagGroup", self, index).first; },
      nb::arg("index"), "The group of a tag of the query.\n\nindex counts the tags from 0.");
  query.def(
      "GetFindQueryTagElement",
      [](query_handle& self, number<std::uint32_t> index) { return tag_of("FindQuery.GetFindQueryTagElement", self, index).second; },
      nb::arg("index"), "The element of a tag of the query.\n\nindex counts the tags from 0.");
  add_name(module, "FindMatcher", "IsMatch", "FindMatcherIsMatch");
  add_name(module, "StorageArea", "Create", "StorageAreaCreate");
  add_name(module, "StorageArea", "Read", "StorageAreaRead");
  add_name(module, "StorageArea", "Remove", "StorageAreaRemove");
}

}  // namespace orthanc_python
