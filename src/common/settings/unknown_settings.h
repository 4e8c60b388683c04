// SPDX-License-Identifier: GPL-3.0-or-later
// Warnings about names of settings that do not exist.
// src/orthanc_python/plugin_settings/setting_names.py gives the same advice in the doctor.
#pragma once

#include <string>
#include <vector>

namespace orthanc_python {

// Return a warning with advice for each name of the section "Python" that the table of settings lacks.
std::vector<std::string> warnings_of_unknown(const std::vector<std::string>& names);

}  // namespace orthanc_python
