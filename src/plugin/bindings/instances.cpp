// SPDX-License-Identifier: GPL-3.0-or-later
// DICOM instances: the content of the file, whose size is another function's result.
#include "bindings/domains.h"
#include "bindings/runtime.h"

namespace orthanc_python {

namespace {

using instance_handle = handle<OrthancPluginDicomInstance>;

nb::object instance_data(instance_handle& self) {
  const handle_use<OrthancPluginDicomInstance> instance(self);
  const service called{"DicomInstance.GetInstanceData", ""};
  std::int64_t size = 0;
  const void* data = call(called, [&] {
    size = OrthancPluginGetInstanceSize(sdk(), instance.get());
    return OrthancPluginGetInstanceData(sdk(), instance.get());
  });
  if (data == nullptr || size < 0) {
    raise_orthanc_exception(called, OrthancPluginErrorCode_InternalError);
  }
  return to_bytes(data, static_cast<std::size_t>(size));
}

}  // namespace

void init_instances(nb::module_& module) {
  auto instance = nb::borrow<nb::class_<instance_handle>>(module.attr("DicomInstance"));
  instance.def("GetInstanceData", &instance_data, "A copy of the DICOM file.");
}

}  // namespace orthanc_python
