// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/wishes.h"

#include "settings/settings.h"

namespace orthanc_python_loader {

wishes read_wishes(const std::string& configuration) {
  const orthanc_python::json_value root = orthanc_python::parse_json(configuration);
  const orthanc_python::json_value section = orthanc_python::read_settings(root).section;
  wishes result;
  result.script = root.find("PythonScript") != nullptr || section.find("Path") != nullptr || section.find("Modules") != nullptr;
  result.virtual_environment = orthanc_python::text_setting(section, "VirtualEnv");
  result.executable = orthanc_python::text_setting(section, "Executable");
  result.version = orthanc_python::text_setting(section, "Version");
  return result;
}

}  // namespace orthanc_python_loader
