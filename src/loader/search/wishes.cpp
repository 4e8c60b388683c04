// SPDX-License-Identifier: GPL-3.0-or-later
#include "search/wishes.h"

#include <utility>

#include "settings/settings.h"

namespace orthanc_python_loader {

wishes read_wishes(const std::string& configuration) {
  const orthanc_python::json_value root = orthanc_python::parse_json(configuration);
  orthanc_python::plugin_settings settings = orthanc_python::read_settings(root);
  const orthanc_python::json_value& section = settings.section;
  wishes result;
  // The global setting wins.
  const auto scripts = root.find("PythonScript") != nullptr ? orthanc_python::texts_setting(root, "PythonScript")
                                                            : orthanc_python::texts_setting(section, "Path");
  result.script = !scripts.empty() || !orthanc_python::texts_setting(section, "Modules").empty();
  result.virtual_environment = orthanc_python::text_setting(section, "VirtualEnv");
  result.executable = orthanc_python::text_setting(section, "Executable");
  result.version = orthanc_python::text_setting(section, "Version");
  result.unknown = std::move(settings.unknown);
  return result;
}

}  // namespace orthanc_python_loader
