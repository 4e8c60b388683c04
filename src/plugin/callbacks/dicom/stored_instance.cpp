// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterOnStoredInstanceCallback: Python gets each DICOM instance that Orthanc has stored.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

registrations stored_instance_listeners("stored_instance");

OrthancPluginErrorCode on_stored(const OrthancPluginDicomInstance* instance, const char* instance_id) noexcept {
  run_callback([&] {
    for (const registered_function& listener : stored_instance_listeners.all()) {
      const bool heard = guarded([&] {
        const loan<OrthancPluginDicomInstance> lent(instance);
        run_python(measured_call(listener, instance_id), lent.object(), to_text(instance_id).ptr());
      });
      if (!heard) {
        report_error("the callback of the stored instance " + one_line(instance_id), listener);
      }
    }
  });
  return OrthancPluginErrorCode_Success;
}

void register_stored_instance_listener(const callback_argument& callback) {
  stored_instance_listeners.add(callback, [] {
    call(services::RegisterOnStoredInstanceCallback, [] { OrthancPluginRegisterOnStoredInstanceCallback(sdk(), on_stored); });
  });
}

}  // namespace

void init_stored_instance_callbacks(nb::module_& module) {
  define<"RegisterOnStoredInstanceCallback"_routine>(module, &register_stored_instance_listener);
}

}  // namespace orthanc_python
