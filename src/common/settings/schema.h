// SPDX-License-Identifier: GPL-3.0-or-later
// Compares a value with a JSON Schema (draft 4), as far as the table of settings uses it.
// src/orthanc_python/plugin_settings/schema.py does so in the doctor.
#pragma once

#include <optional>
#include <string>

#include "json.h"

namespace orthanc_python {

bool fits(const json_value& value, const json_value& schema);

// Return a number without fraction and exponent that fits 64 bits, else nothing.
std::optional<long long> whole_number(const json_value& value);

// Return a value for a message, without what is in a list or an object.
std::string shown(const json_value& value);

}  // namespace orthanc_python
