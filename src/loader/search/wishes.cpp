// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/wishes.h"

#include "settings/settings.h"

namespace orthanc_python_loader {

wishes read_wishes(const std::string& configuration) {
  const orthanc_python::json_value root = orthanc_python::parse_json(configuration);
  const orthanc_python::json_value section = orthanc_python::read_settings(root).section;
  wishes result;
  // The global setting wins.
  const auto scripts = root.find("PythonScript") != nullptr ? orthanc_python::texts_setting(root, "PythonScript")
                                                            : orthanc_python::texts_setting(section, "Path");
  result.script = !scripts.empty() || !orthanc_python::texts_setting(section, "Modules").empty();
  result.virtual_environment = orthanc_python::text_setting(section, "VirtualEnv");
  result.executable = orthanc_python::text_setting(section, "Executable");
  result.version = orthanc_python::text_setting(section, "Version");
  return result;
}

}  // namespace orthanc_python_loader
