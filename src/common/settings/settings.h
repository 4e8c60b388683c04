// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of this plugin in Orthanc's configuration, checked by the table
// src/orthanc_python/plugin_settings/settings.schema.json.
#pragma once

#include <string>
#include <vector>

#include "json.h"

namespace orthanc_python {

struct plugin_settings {
  json_value section;                // "Python", with the default of each setting that is not given
  std::vector<std::string> unknown;  // what the section has and the table has not
};

// Check the settings, those outside of the section too. Throw std::runtime_error that names the setting.
plugin_settings read_settings(const json_value& configuration);

// The table of the section: an object with a JSON Schema for each setting.
const json_value& section_table();

// The scripts or the modules of a setting: a text, or a list of them. None of an empty text, and where there is no setting.
std::vector<std::string> texts_setting(const json_value& settings, const char* name);

// A setting that read_settings has checked. Return "" if it is neither given nor has a default.
std::string text_setting(const json_value& section, const char* name);
bool flag_setting(const json_value& section, const char* name);
int number_setting(const json_value& section, const char* name);

}  // namespace orthanc_python
