// SPDX-License-Identifier: GPL-3.0-or-later
// Which functions the running Orthanc has: the plugin may be built with a newer SDK, whose functions are then there and raise.
#include <cstdio>
#include <string_view>

#include "bindings/domains.h"
#include "bindings/runtime.h"

namespace orthanc_python {

namespace {

// Orthanc cannot be asked for a service without calling it, so its version decides.
bool is_in_orthanc(const routine& function) {
  int major = 0, minor = 0, revision = 0;
  std::sscanf(function.since, "%d.%d.%d", &major, &minor, &revision);
  return OrthancPluginCheckVersionAdvanced(sdk(), major, minor, revision) == 1;
}

bool has_function(const text& name) {
  const std::string_view wanted = name.c_str();
  for (std::size_t i = 0; i < routines_count && !wanted.starts_with('_'); ++i) {  // "_" begins the names of the plugin's own
    if (wanted == routines[i].name) {
      return is_in_orthanc(routines[i]);
    }
  }
  return false;
}

}  // namespace

void init_availability(nb::module_& module) { define<"HasFunction"_routine>(module, &has_function); }

}  // namespace orthanc_python
