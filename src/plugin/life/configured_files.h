// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json.h"
#include "processes/worker/inherited_files.h"

namespace orthanc_python {

// The files that Orthanc opens, by its configuration.
orthancs_files configured_files(const json_value& root);

}  // namespace orthanc_python
