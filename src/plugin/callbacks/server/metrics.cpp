// SPDX-License-Identifier: GPL-3.0-or-later
// RegisterRefreshMetricsCallback: Python measures when a monitoring tool asks for the metrics.
#include "bindings/domains.h"
#include "bindings/runtime.h"
#include "callbacks/registry/registrations.h"
#include "sdk_services.h"

namespace orthanc_python {

namespace {

registrations meters("refresh_metrics");

void on_metrics_refresh() noexcept {
  run_callback([&] {
    for (const registered_function& meter : meters.all()) {
      if (!guarded([&] { run_python(measured_call(meter)); })) {
        report_error("the refresh of the metrics", meter);
      }
    }
  });
}

void register_meter(const callback_argument& callback) {
  meters.add(callback, [] {
    call(services::RegisterRefreshMetricsCallback,
         [] { OrthancPluginRegisterRefreshMetricsCallback(sdk(), on_metrics_refresh); });
  });
}

}  // namespace

void init_metrics(nb::module_& module) { define<"RegisterRefreshMetricsCallback"_routine>(module, &register_meter); }

}  // namespace orthanc_python
