// SPDX-License-Identifier: GPL-3.0-or-later
// The dashboard: a page at /python/, and the routes that it reads besides those of the metrics.
#pragma once

namespace orthanc_python {

struct dashboard_settings {
  bool on = false;
  bool allows_reload = false;
  bool has_password = false;  // Orthanc asks for one
};

// Begins to collect, or ends it. To be called before the scripts run.
void prepare_dashboard(const dashboard_settings& settings);

// To be called after the scripts have run: a script's own route of that name comes first.
void register_dashboard_routes(const dashboard_settings& settings);

bool is_reload_allowed() noexcept;

// Ends to collect, at the plugin's stop.
void stop_dashboard() noexcept;

}  // namespace orthanc_python
