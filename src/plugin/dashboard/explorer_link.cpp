// SPDX-License-Identifier: GPL-3.0-or-later
#include "dashboard/explorer_link.h"

#include "sdk/sdk.h"

namespace orthanc_python {

namespace {

constexpr const char* name_of_plugin = "python";
constexpr const char* link = R"(
(function () {
  "use strict";
  function addLink() {
    const home = document.querySelector('#lookup [data-role="content"], #lookup .ui-content');
    if (home === null || document.getElementById("python-dashboard") !== null) return;
    const anchor = document.createElement("a");
    anchor.id = "python-dashboard";
    anchor.href = "../python/";
    anchor.rel = "external";
    anchor.textContent = "Python dashboard";
    home.appendChild(anchor);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", addLink);
  else addLink();
})();
)";

// OrthancPluginSetRootUri and its like, whose names differ between the versions of the SDK.
void set_property(_OrthancPluginProperty property, const char* value) {
  const _OrthancPluginSetPluginProperty parameters{name_of_plugin, property, value};
  sdk()->InvokeService(sdk(), _OrthancPluginService_SetPluginProperty, &parameters);
}

}  // namespace

std::atomic<bool> explorer_has_link{false};

std::string explorer_program(const char* of_script) { return std::string(of_script == nullptr ? "" : of_script) + link; }

void add_links(bool on) {
  const bool had = explorer_has_link.exchange(on);
  if (on) {
    set_property(_OrthancPluginProperty_RootUri, "/python/");
  }
  if (on || had) {
    set_property(_OrthancPluginProperty_OrthancExplorer, "");  // the link is added on its way to Orthanc
  }
}

}  // namespace orthanc_python
