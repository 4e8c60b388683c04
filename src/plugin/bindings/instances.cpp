// SPDX-License-Identifier: GPL-3.0-or-later
// DICOM instances: the content of the file, whose size is another function's result; as a copy, in pieces, and as a view.
#include <algorithm>

#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "bindings/runtime/views.h"
#include "embedded/python_sources.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

using instance_handle = handle<OrthancPluginDicomInstance>;

struct content {
  const std::uint8_t* data;
  std::size_t size;
};

// Orthanc's own memory, valid as long as the instance. What Orthanc lends to a callback is there, and so is what has been read
// before: the GIL is kept. The file of one that the script has made may have to be written first, after a transcoding.
content file_of(const service& called, instance_handle& self, const handle_use<OrthancPluginDicomInstance>& instance) {
  const bool is_in_memory = !self.is_owned() || self.is_read();
  std::int64_t size = 0;
  const void* data = call_with(called, !is_in_memory, [&] {
    size = OrthancPluginGetInstanceSize(sdk(), instance.get());
    return OrthancPluginGetInstanceData(sdk(), instance.get());
  });
  if (data == nullptr || size < 0) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_InternalError);
  }
  self.note_reading();
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

nb::object instance_data(instance_handle& self) {
  const handle_use<OrthancPluginDicomInstance> instance(self);
  const auto [data, size] = file_of(services::DicomInstance_GetInstanceData, self, instance);
  return to_bytes(data, size);
}

nb::object instance_data_range(instance_handle& self, number<std::uint64_t> offset, number<std::uint64_t> size) {
  const std::uint64_t c_offset = offset.value(), c_size = size.value();
  const handle_use<OrthancPluginDicomInstance> instance(self);
  const auto [data, available] = file_of(services::DicomInstance_GetInstanceDataRange, self, instance);
  const auto first = static_cast<std::size_t>(std::min<std::uint64_t>(c_offset, available));
  return to_bytes(data + first, static_cast<std::size_t>(std::min<std::uint64_t>(c_size, available - first)));
}

nb::object instance_data_view(instance_handle& self) {
  if (!self.is_owned()) {
    return checked(PyMemoryView_FromObject(instance_data(self).ptr()));
  }
  const handle_use<OrthancPluginDicomInstance> instance(self);
  const auto [data, size] = file_of(services::DicomInstance_GetInstanceDataView, self, instance);
  return nb::cast(nb::ndarray<nb::memview, const std::uint8_t>(data, 1, &size, pin(self)));
}

nb::object open_instance_data(instance_handle& self) {
  const handle_use<OrthancPluginDicomInstance> valid(self);
  return embedded_module("instance_files").attr("open_instance")(nb::find(self));
}

}  // namespace

void init_instances(nb::module_& module) {
  define<"DicomInstance.GetInstanceData"_routine>(module, &instance_data);
  define<"DicomInstance.GetInstanceDataRange"_routine>(module, &instance_data_range);
  define<"DicomInstance.GetInstanceDataView"_routine>(module, &instance_data_view);
  define<"DicomInstance.OpenInstanceData"_routine>(module, &open_instance_data);
}

}  // namespace orthanc_python
