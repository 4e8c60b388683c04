// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterIncomingCStoreInstanceFilter and RegisterIncomingDicomInstanceFilter: Python decides which DICOM instances are let
// in. All filters must agree, and one that fails refuses.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

constexpr std::uint16_t processing_failure = 0x0110;  // DICOM PS3.7, annex C

registrations store_filters("cstore_filter");
registrations instance_filters("instance_filter");

// The DIMSE status with which a filter refuses, or 0. Throws nb::python_error.
std::uint16_t ask_store_filter(const registered_function& filter, const OrthancPluginDicomInstance* instance) {
  const loan<OrthancPluginDicomInstance> lent(instance);
  const nb::object result = call_python(measured_call(filter), lent.object());
  // True would be the status 0x0001: a warning, after which a sender may take the instance for stored. False is 0.
  if (!PyLong_Check(result.ptr()) || result.ptr() == Py_True) {
    raise_error(PyExc_TypeError, "a C-STORE filter must return 0 or a DIMSE status, not %U: the instance is refused",
                shown(result).ptr());
  }
  return number<std::uint16_t>{result.ptr()}.value();
}

std::int32_t on_store(std::uint16_t* status, const OrthancPluginDicomInstance* instance) noexcept {
  *status = processing_failure;
  run_callback([&] {
    std::uint16_t refusal = 0;
    for (const registered_function& filter : store_filters.all()) {
      if (!guarded([&] { refusal = ask_store_filter(filter, instance); })) {
        report_error("the C-STORE filter", filter);
        refusal = processing_failure;
      }
      if (refusal != 0) {
        break;
      }
    }
    *status = refusal;
  });
  return *status == 0 ? 1 : 0;
}

bool ask_instance_filter(const registered_function& filter, const OrthancPluginDicomInstance* instance) {
  const loan<OrthancPluginDicomInstance> lent(instance);
  const nb::object result = call_python(measured_call(filter), lent.object());
  if (!PyBool_Check(result.ptr())) {
    raise_error(PyExc_TypeError, "an instance filter must return True or False, not %U: the instance is refused",
                shown(result).ptr());
  }
  return result.ptr() == Py_True;
}

std::int32_t on_instance(const OrthancPluginDicomInstance* instance) noexcept {
  bool allowed = false;
  run_callback([&] {
    allowed = true;
    for (const registered_function& filter : instance_filters.all()) {
      if (!guarded([&] { allowed = allowed && ask_instance_filter(filter, instance); })) {
        report_error("the filter of DICOM instances", filter);
        allowed = false;
      }
    }
  });
  return allowed ? 1 : 0;
}

void register_store_filter(const callback_argument& callback) {
  store_filters.add(callback, [] {
    call(services::RegisterIncomingCStoreInstanceFilter,
         [] { return OrthancPluginRegisterIncomingCStoreInstanceFilter(sdk(), on_store); });
  });
}

void register_instance_filter(const callback_argument& callback) {
  instance_filters.add(callback, [] {
    call(services::RegisterIncomingDicomInstanceFilter,
         [] { return OrthancPluginRegisterIncomingDicomInstanceFilter(sdk(), on_instance); });
  });
}

}  // namespace

void init_instance_filters(nb::module_& module) {
  define<"RegisterIncomingCStoreInstanceFilter"_routine>(module, &register_store_filter);
  define<"RegisterIncomingDicomInstanceFilter"_routine>(module, &register_instance_filter);
}

}  // namespace orthanc_python
