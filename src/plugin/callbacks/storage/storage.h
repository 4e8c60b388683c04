// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the generations of the storage area.
#pragma once

#include <string>

#include "bindings/runtime.h"
#include "callbacks/registry/single_registration.h"
#include "threads/python_thread.h"

namespace orthanc_python {

// There is one storage area, of whichever generation.
single_registration& storage_registration();

// The places of its functions in the registration.
enum { storage_create, storage_read, storage_remove };

// Run one of the functions of the script and return its error code. An exception is a failure.
template <class F> OrthancPluginErrorCode run_storage_function(std::size_t place, const char* what, const char* uuid,
                                                               F&& function) noexcept {
  OrthancPluginErrorCode code = OrthancPluginErrorCode_StorageAreaPlugin;
  run_uncollected_callback([&] {  // Orthanc may hold its database or its cache
    const registered_function callback = storage_registration().at(place);
    if (!guarded([&] { code = function(measured_call(callback, uuid)); })) {
      code = report_error(std::string(what) + one_line(uuid) + " in the storage area", callback);
    }
  });
  return code;
}

void init_custom_storage_area(nb::module_& module);

}  // namespace orthanc_python
