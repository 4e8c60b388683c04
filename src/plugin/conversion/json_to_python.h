// SPDX-License-Identifier: GPL-3.0-or-later
// A JSON value as Python's json.loads gives it.
#pragma once

#include "conversion/nanobind.h"
#include "json.h"

namespace orthanc_python {

// None, bool, int, float, str, list or dict. Raises what the making of these raises.
nb::object to_python(const json_value& value);

}  // namespace orthanc_python
