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

}  // namespace

void init_established_names(nb::module_& module) {
  define<"CreateMemoryBuffer"_routine>(module, &create_memory_buffer);
  define<"FindQuery.GetFindQueryTagGroup"_routine>(module, [](query_handle& self, number<std::uint32_t> index) {
    return tag_of("FindQuery.GetFindQueryTagGroup", self, index).first;
  });
  define<"FindQuery.GetFindQueryTagElement"_routine>(module, [](query_handle& self, number<std::uint32_t> index) {
    return tag_of("FindQuery.GetFindQueryTagElement", self, index).second;
  });
  add_second_name(module, routines["FindMatcher.FindMatcherIsMatch"_routine], routines["FindMatcher.IsMatch"_routine]);
  add_second_name(module, routines["StorageArea.StorageAreaCreate"_routine], routines["StorageArea.Create"_routine]);
  add_second_name(module, routines["StorageArea.StorageAreaRead"_routine], routines["StorageArea.Read"_routine]);
  add_second_name(module, routines["StorageArea.StorageAreaRemove"_routine], routines["StorageArea.Remove"_routine]);
}

}  // namespace orthanc_python
