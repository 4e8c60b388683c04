// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's own routes: /python/metrics and those beside it. Orthanc protects them as all its routes.
#pragma once

namespace orthanc_python {

// To be called after the scripts have run: a script's own route of that name comes first.
void register_metrics_routes();

}  // namespace orthanc_python
