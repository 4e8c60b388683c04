// SPDX-License-Identifier: GPL-3.0-or-later
// Measurements of Python that take seconds.
#pragma once

#include "metrics/routes/serving.h"

namespace orthanc_python {

// Answer with the JSON text of the embedded module's measurement. Status 503 if another one goes on, or it cannot measure now.
// Status 500 after an error. The log has it, by the name `what`.
answer measure(const OrthancPluginHttpRequest& request, const char* module, const char* what);

}  // namespace orthanc_python
